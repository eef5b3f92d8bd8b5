package order

import (
	"math"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// A prefix is the first 64 bits of a sort key: rows whose prefixes differ are
// ordered by them. Columns are packed from the top, each a NULL tag, where it
// may be NULL, and its value's order-preserving bits. It is exact when all
// columns fit, so that equal prefixes mean equal keys.
type prefixes struct {
	cols  []prefixColumn
	exact bool
}

type prefixColumn struct {
	key      physical.SortKey
	phys     types.Phys
	nullable bool
	bits     int // of the value that are taken
	whole    int // of the value
	shift    int // of the value's lowest bit
}

func newPrefixes(keys []physical.SortKey, ts []types.Type) *prefixes {
	p := &prefixes{exact: true}
	left := 64
	for _, k := range keys {
		t := ts[k.Col]
		c := prefixColumn{key: k, phys: t.Phys(), nullable: t.Nullable, whole: keyBits(t.Phys())}
		if c.nullable {
			left--
		}
		if left <= 0 || c.whole == 0 {
			p.exact = false
			break
		}
		c.bits = min(left, c.whole)
		left -= c.bits
		c.shift = left
		p.cols = append(p.cols, c)
		if c.bits < c.whole {
			p.exact = false
			break
		}
	}
	return p
}

// keyBits is the bits of a value; more than 64 never fit; 0: there is no cheap prefix.
func keyBits(p types.Phys) int {
	switch p {
	case types.PhysBool:
		return 1
	case types.PhysBytes, types.PhysInt128:
		return 128
	case types.PhysList, types.PhysStruct, types.PhysNull:
		return 0
	}
	return p.Width() * 8
}

// of writes the prefixes of the rows that sel names (all when nil) to out, in order.
func (p *prefixes) of(cols []vector.Vector, rows int, sel []uint32, out []uint64) {
	clear(out)
	for i := range p.cols {
		c := &p.cols[i]
		c.fold(&cols[c.key.Col], sel, out)
	}
}

func (c *prefixColumn) fold(v *vector.Vector, sel []uint32, out []uint64) {
	switch c.phys {
	case types.PhysBool:
		bits := v.Base().Bits()
		c.each(v, sel, out, func(i int) uint64 {
			if bits.Get(i) {
				return 1 << 63
			}
			return 0
		})
	case types.PhysInt8:
		foldInts(c, vector.Values[int8](v.Base()), v, sel, out)
	case types.PhysInt16:
		foldInts(c, vector.Values[int16](v.Base()), v, sel, out)
	case types.PhysInt32:
		foldInts(c, vector.Values[int32](v.Base()), v, sel, out)
	case types.PhysInt64:
		foldInts(c, vector.Values[int64](v.Base()), v, sel, out)
	case types.PhysFloat32:
		x := vector.Values[float32](v.Base())
		c.each(v, sel, out, func(i int) uint64 { return uint64(floatOrder32(x[i])) << 32 })
	case types.PhysFloat64:
		x := vector.Values[float64](v.Base())
		c.each(v, sel, out, func(i int) uint64 { return floatOrder(x[i]) })
	case types.PhysInt128:
		x := vector.Values[types.Int128](v.Base())
		c.each(v, sel, out, func(i int) uint64 { return uint64(x[i].Hi) ^ 1<<63 })
	case types.PhysBytes:
		views, bufs := v.Base().Views(), v.Base().Bufs
		c.each(v, sel, out, func(i int) uint64 { return stringOrder(&views[i], bufs) })
	}
}

// foldInts is the loop for the commonest keys.
func foldInts[T int8 | int16 | int32 | int64](c *prefixColumn, x []T, v *vector.Vector, sel []uint32, out []uint64) {
	up := uint(64 - c.whole)
	invert := c.inversion()
	down := uint(64 - c.bits)
	if v.Form == vector.Flat && v.Valid == nil {
		one := uint64(0)
		if c.nullable {
			one = c.tag(true)
		}
		for i := range out {
			r := i
			if sel != nil {
				r = int(sel[i])
			}
			u := (uint64(int64(x[r]))<<up ^ 1<<63 ^ invert) >> down
			out[i] |= u<<c.shift | one
		}
		return
	}
	c.each(v, sel, out, func(i int) uint64 { return uint64(int64(x[i]))<<up ^ 1<<63 })
}

func (c *prefixColumn) inversion() uint64 {
	if c.key.Desc {
		return ^uint64(0)
	}
	return 0
}

// tag is the bit in front of the value: where NULL stands does not depend on the direction.
func (c *prefixColumn) tag(valid bool) uint64 {
	if valid == c.key.NullsFirst {
		return 1 << (c.shift + c.bits)
	}
	return 0
}

// each folds values given with their highest bit on top.
func (c *prefixColumn) each(v *vector.Vector, sel []uint32, out []uint64, value func(i int) uint64) {
	invert, down := c.inversion(), uint(64-c.bits)
	for i := range out {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		if !v.IsValid(r) {
			out[i] |= c.tag(false)
			continue
		}
		u := (value(v.Index(r)) ^ invert) >> down
		out[i] |= u << c.shift
		if c.nullable {
			out[i] |= c.tag(true)
		}
	}
}

// floatOrder orders as SQL does: -0 equals 0, NaN is the largest.
func floatOrder(f float64) uint64 {
	switch {
	case f == 0:
		return 1 << 63
	case f != f:
		return math.MaxUint64
	}
	u := math.Float64bits(f)
	if u>>63 != 0 {
		return ^u
	}
	return u | 1<<63
}

func floatOrder32(f float32) uint32 {
	switch {
	case f == 0:
		return 1 << 31
	case f != f:
		return math.MaxUint32
	}
	u := math.Float32bits(f)
	if u>>31 != 0 {
		return ^u
	}
	return u | 1<<31
}

// stringOrder is the first eight bytes, zeroes behind the end.
func stringOrder(s *vector.View, bufs [][]byte) uint64 {
	var u uint64
	b := s.Bytes(bufs)
	for i := range min(8, len(b)) {
		u |= uint64(b[i]) << (56 - 8*i)
	}
	return u
}
