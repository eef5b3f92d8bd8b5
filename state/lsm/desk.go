package lsm

import "unsafe"

// desk is where the rows of a run are gathered and sorted: their bytes from the
// front, what describes them from the back. Its memory lies outside the Go heap,
// but for one that a flush makes for itself when it must not wait.
type desk struct {
	mem  []byte
	used int // bytes at the front
	n    int // rows at the back
}

// flushRow is a row of a desk: its key, then its value. chunk is eight bytes of
// the key, those that are being compared.
type flushRow struct {
	chunk          uint64
	at, key, value uint32
	gone           bool
}

const rowBytes = int(unsafe.Sizeof(flushRow{}))

func (d *desk) clear() { d.used, d.n = 0, 0 }

// fits reports whether a row of so many bytes has room.
func (d *desk) fits(bytes int) bool { return d.used+bytes+(d.n+1)*rowBytes <= len(d.mem) }

// enlarge makes room for a row of so many bytes, on the heap.
func (d *desk) enlarge(bytes int) {
	rows := d.rows()
	size := max(2*len(d.mem), d.used+bytes+(d.n+1)*rowBytes, 64<<10)
	bigger := &desk{mem: make([]byte, (size+7)&^7), used: d.used, n: d.n}
	copy(bigger.mem, d.mem[:d.used])
	copy(bigger.rows(), rows)
	*d = *bigger
}

// add puts a row down, which fits.
func (d *desk) add(gone bool, key []byte, value [][]byte) {
	r := flushRow{at: uint32(d.used), key: uint32(len(key)), gone: gone}
	d.used += copy(d.mem[d.used:], key)
	for _, v := range value {
		d.used += copy(d.mem[d.used:], v)
		r.value += uint32(len(v))
	}
	d.n++
	d.rows()[0] = r
}

// rows are the rows, the last one first.
func (d *desk) rows() []flushRow {
	if d.n == 0 {
		return nil
	}
	at := len(d.mem) - d.n*rowBytes
	return unsafe.Slice((*flushRow)(unsafe.Pointer(&d.mem[at])), d.n)
}

func (d *desk) keyOf(r *flushRow) []byte { return d.mem[r.at : r.at+r.key] }

func (d *desk) valueOf(r *flushRow) []byte { return d.mem[r.at+r.key : r.at+r.key+r.value] }
