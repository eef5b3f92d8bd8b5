package table

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/state/keyed"
)

// Table maps keys to rows. The index is a list of slots, each a reference to a
// record and 24 bits of the key's hash:
//
//	slot = hash bits 0–23 · reference (40 bits)         0: empty
//
// A key's home is given by the hash rotated past the key group's bits, from the
// top: so the order of slots is the order of rotated hashes, before and after
// growth, and a scan needs to remember one number. Probing goes forward and
// never wraps; slots beyond the last home are slack.
type Table struct {
	pool  *Pool
	slab  *slab
	keyAt int // bytes before the key
	width int // of rows; 0: they vary
	time  int64
	born  uint32

	index index
	shift uint // 64 - log2(homes)
	live  int
	used  int // slots that are not empty
}

const (
	refBits   = 40
	refMask   = 1<<refBits - 1
	groupBits = 16 // the hash's bits that choose the key group
	minHomes  = 8
)

// NewTable makes an empty table of a state. width > 0: all rows have it.
func NewTable(pool *Pool, owner uint16, width int) *Table {
	return &Table{pool: pool, slab: newSlab(pool, owner), keyAt: headerBytes, width: width}
}

// Len is the number of records, those marked Gone included.
func (t *Table) Len() int { return t.live }

// Bytes is the bytes of the records of the state, other tables of Times included.
func (t *Table) Bytes() int64 { return t.slab.bytes }

func slotOf(hash, ref uint64) uint64 { return hash<<refBits | ref }

func (t *Table) home(hash uint64) int {
	return int(bits.RotateLeft64(hash, groupBits) >> t.shift)
}

// Find looks keys up: refs[i] is the record of key i, 0 where there is none.
func (t *Table) Find(keys *keyed.Keys, refs []uint64) {
	if t.live == 0 {
		clear(refs[:keys.N()])
		return
	}
	slots, base, keyAt, shift := t.index, t.pool.base, t.keyAt, t.shift
	refs = refs[:len(keys.Hash)]
	off := keys.Off[:len(keys.Hash)+1]
	for i, hash := range keys.Hash {
		key := keys.Bytes[off[i]:off[i+1]]
		ref := uint64(0)
		for at := bits.RotateLeft64(hash, groupBits) >> shift; ; at++ {
			s := *slots.at(base, int(at))
			if s == 0 {
				break
			}
			if (s^hash<<refBits)>>refBits != 0 {
				continue
			}
			h := (*header)(unsafe.Add(base, (s&refMask)<<3))
			if h.hash == hash && int(h.klen) == len(key) &&
				unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(h), keyAt)), len(key)) == unsafe.String(unsafe.SliceData(key), len(key)) {
				ref = s & refMask
				break
			}
		}
		refs[i] = ref
	}
}

// find is Find for one key: its record, and its slot or the empty one that ends the search.
func (t *Table) find(hash uint64, key []byte) (ref uint64, slot int) {
	if t.index.n == 0 {
		return 0, -1
	}
	for at := t.home(hash); ; at++ {
		s := *t.slot(at)
		if s == 0 {
			return 0, at
		}
		if (s^hash<<refBits)>>refBits == 0 {
			if h := t.pool.header(s & refMask); h.hash == hash && int(h.klen) == len(key) && string(t.Key(s&refMask)) == string(key) {
				return s & refMask, at
			}
		}
	}
}

// Load appends the rows of records; where refs is 0 or the record is Gone, an absent one.
func (t *Table) Load(refs []uint64, into *keyed.Rows) {
	if into.Width > 0 && into.Width == t.width {
		t.loadFixed(refs, into)
		return
	}
	for _, ref := range refs {
		if ref == 0 || t.pool.header(ref).flags&Gone != 0 {
			into.AppendAbsent()
			continue
		}
		into.Append(t.Row(ref))
	}
}

func (t *Table) loadFixed(refs []uint64, into *keyed.Rows) {
	w, at := t.width, len(into.Bytes)
	into.Bytes = grow(into.Bytes, len(refs)*w)
	dst := into.Bytes[at:]
	base, keyAt := t.pool.base, t.keyAt
	for _, ref := range refs {
		h := (*header)(unsafe.Add(base, ref<<3))
		has := ref != 0 && h.flags&Gone == 0
		if has {
			row := unsafe.Add(unsafe.Pointer(h), keyAt+padded(int(h.klen)))
			copy(dst[:w], unsafe.Slice((*byte)(row), w))
		} else {
			clear(dst[:w])
		}
		into.Has = append(into.Has, has)
		dst = dst[w:]
	}
}

func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b[:len(b)+n]
	}
	bigger := make([]byte, len(b)+n, max(2*cap(b), len(b)+n))
	copy(bigger, b)
	return bigger
}

// Key is the key of a record. It is valid until the next change.
func (t *Table) Key(ref uint64) []byte {
	return t.pool.bytesAt(ref, t.keyAt, int(t.pool.header(ref).klen))
}

// Row is the row of a record. It is valid until the next change.
func (t *Table) Row(ref uint64) []byte {
	h := t.pool.header(ref)
	return t.pool.bytesAt(ref, t.keyAt+padded(int(h.klen)), int(h.rlen))
}

// Set stores a row at a key, whose record (0: none yet) the caller has found. It
// returns the record, which may be another.
func (t *Table) Set(ref, hash uint64, key, row []byte, epoch, flags uint32) (uint64, error) {
	rowAt := t.keyAt + padded(len(key))
	if ref != 0 && rowAt+len(row) <= t.pool.room(ref) {
		t.pool.own(pageOf(ref))
		h := t.pool.header(ref)
		h.rlen, h.epoch, h.flags = uint32(len(row)), epoch, flags
		copy(t.pool.bytesAt(ref, rowAt, len(row)), row)
		return ref, nil
	}
	if ref == 0 {
		if err := t.reserve(1); err != nil {
			return 0, err
		}
	}
	size := rowAt + len(row)
	if ref != 0 {
		size += len(row) / 8 // it grew once and will again
	}
	fresh, err := t.record(size, hash, key, row, epoch, flags)
	if err != nil {
		return 0, err
	}
	if ref != 0 {
		*t.slot(t.slotAt(ref, hash)) = slotOf(hash, fresh)
		t.slab.release(ref)
		return fresh, nil
	}
	t.place(hash, fresh)
	return fresh, nil
}

// record writes a record that is in no index yet.
func (t *Table) record(size int, hash uint64, key, row []byte, epoch, flags uint32) (uint64, error) {
	ref, err := t.slab.alloc(size)
	if err != nil {
		return 0, err
	}
	*t.pool.header(ref) = header{hash: hash, klen: uint32(len(key)), rlen: uint32(len(row)), epoch: epoch, flags: flags}
	if t.keyAt > headerBytes {
		*(*int64)(unsafe.Add(t.pool.at(ref), headerBytes)) = t.time
	}
	copy(t.pool.bytesAt(ref, t.keyAt, len(key)), key)
	copy(t.pool.bytesAt(ref, t.keyAt+padded(len(key)), len(row)), row)
	return ref, nil
}

// place puts a new record into the index, where reserve has made room.
func (t *Table) place(hash, ref uint64) {
	at := t.home(hash)
	slot := t.slot(at)
	for *slot > deadRef {
		at++
		slot = t.slot(at)
	}
	if *slot == 0 {
		t.used++
	}
	*slot = slotOf(hash, ref)
	t.live++
}

func (t *Table) slotAt(ref, hash uint64) int {
	want := slotOf(hash, ref)
	at := t.home(hash)
	for *t.slot(at) != want {
		at++
	}
	return at
}

// Remove takes a record out.
func (t *Table) Remove(ref uint64) {
	at := t.slotAt(ref, t.pool.header(ref).hash)
	if *t.slot(at + 1) == 0 {
		*t.slot(at) = 0 // nothing was pushed past it
		t.used--
	} else {
		*t.slot(at) = deadRef
	}
	t.live--
	t.slab.release(ref)
}

// Each calls f for every record until it returns false. f must not change the table.
func (t *Table) Each(f func(ref uint64) bool) {
	for i := range t.index.n {
		if s := *t.slot(i); s > deadRef && !f(s&refMask) {
			return
		}
	}
}

// Scan appends the references of records from the rotated hash from on, until
// there are about max; next is where to go on, and more whether there is anything.
func (t *Table) Scan(from uint64, dst []uint64, max int) (refs []uint64, next uint64, more bool) {
	if t.live == 0 {
		return dst, 0, false
	}
	for at := int(from >> t.shift); at < t.index.n; at++ {
		s := *t.slot(at)
		switch {
		case s == 0:
			// No key has its home before an empty slot and lies behind it.
			if len(dst) >= max && at < 1<<(64-t.shift) {
				return dst, uint64(at) << t.shift, true
			}
		case s != deadRef:
			if bits.RotateLeft64(t.pool.header(s&refMask).hash, groupBits) >= from {
				dst = append(dst, s&refMask)
			}
		}
	}
	return dst, 0, false
}

// Found is what Find found, for a Store of the same keys soon after.
type Found struct {
	Refs []uint64
	gone uint64
}

// FindAll is Find that remembers.
func (t *Table) FindAll(keys *keyed.Keys, f *Found) {
	f.Refs = slices.Grow(f.Refs[:0], keys.N())[:keys.N()]
	t.Find(keys, f.Refs)
	f.gone = t.slab.gone
}

// Locate is the record of key k, 0 where there is none: by f where f still holds: no record has gone since,
// and the one it names has this key. Else it looks the key up.
func (t *Table) Locate(keys *keyed.Keys, k int, f *Found) uint64 {
	hash, key := keys.Hash[k], keys.At(k)
	if f.gone == t.slab.gone && k < len(f.Refs) && f.Refs[k] != 0 {
		ref := f.Refs[k]
		if h := t.pool.header(ref); h.hash == hash && int(h.klen) == len(key) && string(t.Key(ref)) == string(key) {
			return ref
		}
	}
	ref, _ := t.find(hash, key)
	return ref
}

// Store stores the rows of the keys that which names (all when nil); a row whose
// Has bit is clear removes its key.
func (t *Table) Store(keys *keyed.Keys, which []uint32, rows *keyed.Rows, epoch uint32, f *Found) error {
	n := keys.N()
	if which != nil {
		n = len(which)
	}
	fixed := t.width > 0 && rows.Width == t.width
	for i := range n {
		k := i
		if which != nil {
			k = int(which[i])
		}
		ref := t.Locate(keys, k, f)
		switch {
		case !rows.Has[k]:
			if ref != 0 {
				t.Remove(ref)
			}
		case fixed && ref != 0:
			t.overwrite(ref, rows.Bytes[k*t.width:(k+1)*t.width], epoch)
		default:
			if _, err := t.Set(ref, keys.Hash[k], keys.At(k), rows.At(k), epoch, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// overwrite stores a row of the same width.
func (t *Table) overwrite(ref uint64, row []byte, epoch uint32) {
	t.pool.own(pageOf(ref))
	h := t.pool.header(ref)
	h.epoch, h.flags = epoch, 0
	copy(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(h), t.keyAt+padded(int(h.klen)))), len(row)), row)
}

// Upsert stores one row.
func (t *Table) Upsert(hash uint64, key, row []byte, epoch, flags uint32) error {
	ref, _ := t.find(hash, key)
	_, err := t.Set(ref, hash, key, row, epoch, flags)
	return err
}

// Delete removes one key, where it is.
func (t *Table) Delete(hash uint64, key []byte) {
	if ref, _ := t.find(hash, key); ref != 0 {
		t.Remove(ref)
	}
}

// LoadOne appends the row of one key, or an absent one.
func (t *Table) LoadOne(hash uint64, key []byte, into *keyed.Rows) {
	ref, _ := t.find(hash, key)
	if ref == 0 || t.pool.header(ref).flags&Gone != 0 {
		into.AppendAbsent()
		return
	}
	into.Append(t.Row(ref))
}

// AppendRecords appends the keys and rows of records.
func (t *Table) AppendRecords(refs []uint64, into *keyed.Entries) {
	for _, ref := range refs {
		into.Keys.Append(t.pool.header(ref).hash, t.Key(ref))
		into.Rows.Append(t.Row(ref))
	}
}

// AppendRows is AppendRecords without what is marked Gone.
func (t *Table) AppendRows(refs []uint64, into *keyed.Entries) {
	for _, ref := range refs {
		h := t.pool.header(ref)
		if h.flags&Gone == 0 {
			into.Keys.Append(h.hash, t.Key(ref))
			into.Rows.Append(t.Row(ref))
		}
	}
}

// LookUp is the record of one key; 0: there is none.
func (t *Table) LookUp(hash uint64, key []byte) uint64 {
	ref, _ := t.find(hash, key)
	return ref
}
