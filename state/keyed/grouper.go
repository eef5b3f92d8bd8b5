package keyed

import (
	"math/bits"
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// Grouper finds the distinct keys of a batch and which of them each row has. It
// hashes all rows, but encodes distinct keys only. The zero value is ready; what
// it returns is valid until the next call. One goroutine uses it.
type Grouper struct {
	keys    Keys
	times   []int64
	index   []uint32
	first   []uint32 // by key: the row it was first seen in
	hashes  []uint64 // by row: of the key
	folded  []uint64 // by row: of the key and its time
	slots   []uint32 // open addressing: key + 1
	all     []uint32
	encoder rowcodec.KeyEncoder
	whole   Keys // all keys encoded; only when two keys have one hash
}

// Group groups the rows of sel (all rows when nil) by the columns. index[r] is
// the key of row r, for the selected rows; keys are in order of first appearance.
// No columns: all rows have one key, the empty one.
func (g *Grouper) Group(cols []vector.Vector, rows int, sel []uint32) (keys *Keys, index []uint32) {
	g.hash(cols, rows, sel)
	g.distinct(g.hashes, rows, sel)
	if !g.sameValues(cols, rows, sel) {
		g.groupEncoded(cols, nil, rows, sel)
	}
	g.keys.Reset()
	g.encoder.EncodeHashed(cols, rows, g.first, g.hashes, &g.keys)
	return &g.keys, g.index
}

// Index is Group for a caller that needs no keys: which distinct values each row
// has, and by First where they were first seen. It encodes nothing.
func (g *Grouper) Index(cols []vector.Vector, rows int, sel []uint32) (index []uint32) {
	g.hash(cols, rows, sel)
	g.distinct(g.hashes, rows, sel)
	if !g.sameValues(cols, rows, sel) {
		g.groupEncoded(cols, nil, rows, sel)
	}
	return g.index
}

// GroupTimed groups by (time, key); times are by row of the batch. Key i of the
// result is at its[i]; the hash of a key does not depend on its time.
func (g *Grouper) GroupTimed(times []int64, cols []vector.Vector, rows int, sel []uint32) (its []int64, keys *Keys, index []uint32) {
	g.hash(cols, rows, sel)
	g.folded = slices.Grow(g.folded[:0], rows)[:rows]
	foldTimes(g.folded, g.hashes, times)
	g.distinct(g.folded, rows, sel)
	if !g.sameValues(cols, rows, sel) || !g.sameTimes(times, rows, sel) {
		g.groupEncoded(cols, times, rows, sel)
	}
	g.keys.Reset()
	g.encoder.EncodeHashed(cols, rows, g.first, g.hashes, &g.keys)
	g.times = g.times[:0]
	for _, r := range g.first {
		g.times = append(g.times, times[r])
	}
	return g.times, &g.keys, g.index
}

// First is the row in which each key of the last call was first seen.
func (g *Grouper) First() []uint32 { return g.first }

func (g *Grouper) hash(cols []vector.Vector, rows int, sel []uint32) {
	g.hashes = slices.Grow(g.hashes[:0], rows)[:rows]
	kernel.HashColumns(cols, rows, sel, g.hashes)
}

// foldTimes is this table's hash alone: it is stored nowhere. Rows outside the
// selection are folded too, whatever they hold.
func foldTimes(out, hashes []uint64, times []int64) {
	hashes, times = hashes[:len(out)], times[:len(out)]
	for i := range out {
		hi, lo := bits.Mul64(hashes[i]^0xa0761d6478bd642f, uint64(times[i])*2+0x9e3779b97f4a7c15)
		out[i] = hi ^ lo
	}
}

// open makes an empty table for up to n keys.
func (g *Grouper) open(rows, n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(g.slots) < size {
		g.slots = make([]uint32, size)
	}
	g.slots = g.slots[:size]
	clear(g.slots)
	g.first = g.first[:0]
	g.index = slices.Grow(g.index[:0], rows)[:rows]
}

// selected is sel, or the list of all rows.
func (g *Grouper) selected(rows int, sel []uint32) []uint32 {
	if sel != nil {
		return sel
	}
	for len(g.all) < rows {
		g.all = append(g.all, uint32(len(g.all)))
	}
	return g.all[:rows]
}

// distinct groups by hash alone.
func (g *Grouper) distinct(hashes []uint64, rows int, sel []uint32) {
	sel = g.selected(rows, sel)
	g.open(rows, len(sel))
	slots, index := g.slots, g.index
	mask := uint64(len(slots) - 1)
	for _, r := range sel {
		h := hashes[r]
		at := h & mask
		for {
			s := slots[at]
			if s == 0 {
				g.first = append(g.first, r)
				s = uint32(len(g.first))
				slots[at] = s
			} else if hashes[g.first[s-1]] != h {
				at = (at + 1) & mask
				continue
			}
			index[r] = s - 1
			break
		}
	}
}

// groupEncoded groups by the keys' bytes, for the batch in which two keys have one hash.
func (g *Grouper) groupEncoded(cols []vector.Vector, times []int64, rows int, sel []uint32) {
	sel = g.selected(rows, sel)
	g.whole.Reset()
	g.encoder.EncodeHashed(cols, rows, sel, g.hashes, &g.whole)
	g.open(rows, len(sel))
	mask := uint64(len(g.slots) - 1)
	var firstAt []uint32 // by key: its place in sel
	for i, r := range sel {
		key := g.whole.At(i)
		at := g.hashes[r] & mask
		for ; ; at = (at + 1) & mask {
			s := g.slots[at]
			if s == 0 {
				g.first, firstAt = append(g.first, r), append(firstAt, uint32(i))
				g.slots[at] = uint32(len(g.first))
				g.index[r] = uint32(len(g.first) - 1)
				break
			}
			if string(g.whole.At(int(firstAt[s-1]))) == string(key) && (times == nil || times[g.first[s-1]] == times[r]) {
				g.index[r] = s - 1
				break
			}
		}
	}
}

func (g *Grouper) sameTimes(times []int64, rows int, sel []uint32) bool {
	diff := int64(0)
	for _, r := range g.selected(rows, sel) {
		diff |= times[r] ^ times[g.first[g.index[r]]]
	}
	return diff == 0
}

// sameValues reports whether every row's columns equal those of the row that
// stands for its group: whether equal hashes did mean equal keys.
func (g *Grouper) sameValues(cols []vector.Vector, rows int, sel []uint32) bool {
	if len(g.first) == rows {
		return true // every row is a group of its own
	}
	sel = g.selected(rows, sel)
	for c := range cols {
		if !g.sameColumn(&cols[c], sel) {
			return false
		}
	}
	return true
}

func (g *Grouper) sameColumn(v *vector.Vector, sel []uint32) bool {
	switch v.Form {
	case vector.Const:
		return true
	case vector.Dict:
		if v.Valid == nil && sameFixed(v.Codes, g.first, g.index, sel) {
			return true // equal codes; different codes may still mean equal values
		}
		flat := v.Flatten()
		return g.sameColumn(&flat, sel)
	}
	if !g.sameNulls(v.Valid, sel) {
		return false
	}
	valid := v.Valid
	switch v.Phys {
	case types.PhysNull:
		return true
	case types.PhysInt8:
		return sameInts(vector.Values[int8](v), valid, g.first, g.index, sel)
	case types.PhysInt16:
		return sameInts(vector.Values[int16](v), valid, g.first, g.index, sel)
	case types.PhysInt32:
		return sameInts(vector.Values[int32](v), valid, g.first, g.index, sel)
	case types.PhysInt64:
		return sameInts(vector.Values[int64](v), valid, g.first, g.index, sel)
	case types.PhysInt128:
		return sameInts(vector.Values[types.Int128](v), valid, g.first, g.index, sel)
	case types.PhysFloat32:
		return sameFloats(vector.Values[float32](v), valid, g.first, g.index, sel)
	case types.PhysFloat64:
		return sameFloats(vector.Values[float64](v), valid, g.first, g.index, sel)
	case types.PhysBytes:
		return sameStrings(v, g.first, g.index, sel)
	case types.PhysBool:
		return sameBits(v.Bits(), valid, g.first, g.index, sel)
	}
	return false // nested: compared by their bytes
}

func (g *Grouper) sameNulls(valid vector.Bitmap, sel []uint32) bool {
	if valid == nil {
		return true
	}
	for _, r := range sel {
		if valid.Get(int(r)) != valid.Get(int(g.first[g.index[r]])) {
			return false
		}
	}
	return true
}

func sameFixed(values, first, index, sel []uint32) bool {
	diff := uint32(0)
	for _, r := range sel {
		diff |= values[r] ^ values[first[index[r]]]
	}
	return diff == 0
}

func sameInts[T int8 | int16 | int32 | int64 | types.Int128](values []T, valid vector.Bitmap, first, index, sel []uint32) bool {
	same := true
	for _, r := range sel {
		if values[r] != values[first[index[r]]] {
			same = same && valid != nil && !valid.Get(int(r))
		}
	}
	return same
}

// sameFloats takes all NaNs for one value, as keys do.
func sameFloats[T float32 | float64](values []T, valid vector.Bitmap, first, index, sel []uint32) bool {
	same := true
	for _, r := range sel {
		a, b := values[r], values[first[index[r]]]
		if a != b && (a == a || b == b) {
			same = same && valid != nil && !valid.Get(int(r))
		}
	}
	return same
}

func sameBits(values, valid vector.Bitmap, first, index, sel []uint32) bool {
	for _, r := range sel {
		if values.Get(int(r)) != values.Get(int(first[index[r]])) && valid.Get(int(r)) {
			return false
		}
	}
	return true
}

func sameStrings(v *vector.Vector, first, index, sel []uint32) bool {
	views := v.Views()
	for _, r := range sel {
		a, b := &views[r], &views[first[index[r]]]
		if *a == *b { // the same place, or short and equal
			continue
		}
		if v.Valid.Get(int(r)) && string(a.Bytes(v.Bufs)) != string(b.Bytes(v.Bufs)) {
			return false
		}
	}
	return true
}
