package hashtable

import (
	"errors"
	"math"
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const (
	maxSpan  = 1 << 22 // entries of a direct index
	restTime = 32      // batches for which a fast way that did not pay is left alone
)

// directIndex is the way for one integer key whose values are dense: an array
// from value to group. While it has all groups of the table, a value it does not
// have is new, and its group needs no slot. Once others have come by hash it is a
// cache of the table: what it does not know goes by hash.
type directIndex struct {
	arena  *memory.Arena
	index  []uint32 // group+1 by value-base; 0: not known
	base   int64
	lo, hi int64 // of the values asked for since it was emptied; lo > hi: none
	known  int   // entries that are set
	rest   int   // batches to leave it alone
	missed []uint32
	stray  func() (forgot bool, err error) // nil: nobody asks
}

func (d *directIndex) bytes() int64 {
	if d.arena == nil {
		return 0
	}
	return d.arena.Size()
}

func (d *directIndex) close() error {
	a := d.arena
	d.arena, d.index, d.known, d.rest = nil, nil, 0, 0
	if a == nil {
		return nil
	}
	return a.Close()
}

// empty forgets all values and keeps the memory.
func (d *directIndex) empty() {
	if d.index != nil && d.lo <= d.hi {
		clear(d.index[d.lo-d.base : d.hi-d.base+1])
	}
	d.lo, d.hi, d.known, d.rest = math.MaxInt64, math.MinInt64, 0, 0
}

// complete reports that the index has all groups of the table.
func (d *directIndex) complete(t *Table) bool { return d.known == t.known() }

// reaches reports that the index has a place for each value from lo to hi.
func (d *directIndex) reaches(lo, hi int64) bool {
	n := uint64(len(d.index))
	return uint64(lo)-uint64(d.base) < n && uint64(hi)-uint64(d.base) < n
}

// byRange does the batch when its only key is a flat integer column of a dense range.
func (t *Table) byRange(cols []vector.Vector, rows int, sel, groups []uint32) (done, ok bool, err error) {
	d := &t.direct
	if len(t.layout.fields) != 1 || cols[0].Form != vector.Flat {
		return false, false, nil
	}
	if d.rest > 0 {
		d.rest--
		return false, false, nil
	}
	v := &cols[0]
	switch v.Phys {
	case types.PhysInt8:
		return byValues[int8](t, cols, rows, sel, groups)
	case types.PhysInt16:
		return byValues[int16](t, cols, rows, sel, groups)
	case types.PhysInt32:
		return byValues[int32](t, cols, rows, sel, groups)
	case types.PhysInt64:
		return byValues[int64](t, cols, rows, sel, groups)
	}
	return false, false, nil
}

type integer interface{ int8 | int16 | int32 | int64 }

func byValues[T integer](t *Table, cols []vector.Vector, rows int, sel, groups []uint32) (done, ok bool, err error) {
	d, v := &t.direct, &cols[0]
	values := vector.Values[T](v)[:rows]
	lo, hi := extremes(values, v.Valid, sel)
	if lo > hi { // NULLs only
		return false, false, nil
	}
	if fits, err := reach[T](t, lo, hi, rows); !fits || err != nil {
		d.rest = restTime
		return err != nil, false, err
	}
	d.missed = d.missed[:0]
	if sel == nil && v.Valid == nil {
		d.missed = lookupAll(d.index, d.base, values, groups[:rows], d.missed)
	} else {
		lookupSome(d, values, v.Valid, sel, rows, groups)
	}
	if len(d.missed) == 0 {
		return true, true, nil
	}
	if v.Valid == nil && d.complete(t) {
		ok, err := addValues(t, values, groups)
		return true, ok, err
	}
	if ok, err := t.byHash(cols, rows, d.missed, groups); !ok || err != nil {
		return true, ok, err
	}
	for _, r := range d.missed {
		if !v.Valid.Get(int(r)) {
			continue
		}
		e := &d.index[int64(values[r])-d.base]
		if *e == 0 {
			d.known++
		}
		*e = groups[r] + 1
	}
	return true, true, nil
}

// addValues makes groups of the missed values, none of which the table has.
func addValues[T integer](t *Table, values []T, groups []uint32) (bool, error) {
	d := &t.direct
	for missed := d.missed; len(missed) > 0; {
		some := missed[:min(chunk, len(missed))]
		missed = missed[len(some):]
		if ok, err := t.reserve(len(some), 0); !ok || err != nil {
			return ok, err
		}
		before, n := t.n, uint32(t.n)
		index, base := d.index, d.base
		rows, stride := t.rows.Base(), t.stride
		for _, r := range some {
			x := int64(values[r])
			e := index[x-base]
			if e == 0 {
				row := unsafe.Add(rows, uintptr(n)*stride)
				*(*uint64)(row) = kernel.HashInt(x)
				*(*T)(unsafe.Add(row, 8)) = values[r] // the rest of the key is zero, as the row is
				n++
				e = n
				index[x-base] = e
			}
			groups[r] = e - 1
		}
		t.n = int(n)
		d.known += t.n - before
	}
	return true, nil
}

func lookupAll[T integer](index []uint32, base int64, values []T, groups, missed []uint32) []uint32 {
	groups = groups[:len(values)]
	for r, x := range values {
		e := index[int64(x)-base]
		groups[r] = e - 1
		if e == 0 {
			missed = append(missed, uint32(r))
		}
	}
	return missed
}

func lookupSome[T integer](d *directIndex, values []T, valid vector.Bitmap, sel []uint32, rows int, groups []uint32) {
	n := rows
	if sel != nil {
		n = len(sel)
	}
	for i := range n {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		var e uint32
		if valid.Get(r) {
			e = d.index[int64(values[r])-d.base]
		}
		groups[r] = e - 1
		if e == 0 {
			d.missed = append(d.missed, uint32(r))
		}
	}
}

func extremes[T integer](values []T, valid vector.Bitmap, sel []uint32) (lo, hi int64) {
	if sel == nil && valid == nil {
		a, b := values[0], values[0]
		for _, x := range values {
			a, b = min(a, x), max(b, x)
		}
		return int64(a), int64(b)
	}
	lo, hi = math.MaxInt64, math.MinInt64
	if sel != nil {
		for _, r := range sel {
			if x := int64(values[r]); valid.Get(int(r)) {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
		return lo, hi
	}
	for r, x := range values {
		if valid.Get(r) {
			lo, hi = min(lo, int64(x)), max(hi, int64(x))
		}
	}
	return lo, hi
}

// reach is cover, which those that may forget make possible for values that are dense among themselves.
func reach[T integer](t *Table, lo, hi int64, rows int) (bool, error) {
	d := &t.direct
	fits, err := cover[T](t, lo, hi, rows)
	if fits || err != nil || d.stray == nil || !dense(uint64(hi)-uint64(lo), rows) {
		return fits, err
	}
	if forgot, err := d.stray(); !forgot || err != nil {
		return false, err
	}
	return cover[T](t, lo, hi, rows)
}

// dense reports that an index of a span pays for some values.
func dense(span uint64, values int) bool { return span < maxSpan && span <= 16*uint64(values) }

// cover makes the index reach from lo to hi, if that range is dense enough to be worth it.
func cover[T integer](t *Table, lo, hi int64, rows int) (bool, error) {
	d := &t.direct
	if d.index == nil {
		d.lo, d.hi = math.MaxInt64, math.MinInt64
	}
	fresh := d.lo > d.hi
	down := !fresh && lo < d.lo
	low, high := min(lo, d.lo), max(hi, d.hi)
	if d.index != nil && d.reaches(low, high) {
		d.lo, d.hi = low, high
		return true, nil
	}
	span := uint64(high) - uint64(low)
	if !dense(span, t.known()+rows) {
		return false, nil
	}
	size := int64(len(d.index))
	if d.index == nil || int64(span) >= size || !fresh {
		size = min(2*(int64(span)+1), maxSpan) // leave room where it grows to
	}
	base := low
	if down && high >= math.MinInt64+size {
		base = high - size + 1
	}
	if fresh && size == int64(len(d.index)) { // emptied, and large enough
		d.base, d.lo, d.hi = base, low, high
		return true, nil
	}
	return d.move(t, base, size, low, high)
}

// move makes an index of size entries from base on, with what is known.
func (d *directIndex) move(t *Table, base, size, low, high int64) (bool, error) {
	arena, err := memory.NewArena(t.grant, size*4)
	if err != nil {
		return false, err
	}
	if !arena.Grow(size * 4) {
		return false, arena.Close()
	}
	index := unsafe.Slice((*uint32)(arena.Base()), size)
	if d.lo <= d.hi {
		copy(index[d.lo-base:], d.index[d.lo-d.base:d.hi-d.base+1])
	}
	known, rest := d.known, d.rest
	if err := d.close(); err != nil {
		return false, errors.Join(err, arena.Close())
	}
	d.arena, d.base, d.index, d.known, d.rest = arena, base, index, known, rest
	d.lo, d.hi = low, high
	return true, nil
}
