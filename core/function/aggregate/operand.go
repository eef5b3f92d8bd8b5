package aggregate

import (
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// operand turns an argument in any form, with NULLs, a selection and row kinds,
// into dense values beside the groups they belong to, so that each accumulator
// has one loop. A flat column without NULLs passes through without a copy.
type operand[T vector.Elem] struct {
	values []T
	groups []uint32
	// The rows that retract, apart from the others.
	minusValues []T
	minusGroups []uint32

	picked
	spare, minusSpare []T
}

// picked is the rows of a batch that count, and scratch for their groups.
type picked struct {
	plus, minus     []uint32 // rows
	plusAt, minusAt []uint32 // their groups

	plusBuf, minusBuf       []uint32
	plusGroups, minusGroups []uint32
}

// take reads argument v of the rows that in names.
func (o *operand[T]) take(s *States, v *vector.Vector, in *Input) {
	o.minusValues, o.minusGroups = nil, nil
	if v.Form == vector.Flat && v.Valid == nil && in.Sel == nil && in.Kinds == nil && v.Phys != types.PhysNull {
		o.values, o.groups = vector.Values[T](v)[:in.Rows], s.Index[:in.Rows]
		return
	}
	o.pick(v, s.Index, in)
	o.values, o.spare = gather(v, o.plus, o.spare)
	o.groups = o.plusAt
	if len(o.minus) > 0 {
		o.minusValues, o.minusSpare = gather(v, o.minus, o.minusSpare)
		o.minusGroups = o.minusAt
	}
}

// pick lists the selected rows in which v is not NULL, by whether they retract,
// with their groups. v nil: no row is NULL. The loops work on local slices: a
// slice in p that grows row by row would cost a write barrier a row.
func (p *picked) pick(v *vector.Vector, index []uint32, in *Input) {
	p.plus, p.minus, p.plusAt, p.minusAt = nil, nil, nil, nil
	if v != nil && v.IsNullConst() {
		return
	}
	var valid vector.Bitmap
	if v != nil {
		valid = v.RowValid()
	}
	if in.Kinds != nil {
		p.pickKinds(valid, index, in)
		return
	}
	rows := in.Sel
	switch {
	case valid != nil:
		p.plusBuf = kernel.KeepValid(p.plusBuf[:0], in.Sel, in.Rows, valid)
		rows = p.plusBuf
	case in.Sel == nil:
		p.plus, p.plusAt = kernel.Iota(in.Rows), index[:in.Rows]
		return
	}
	p.plus = rows
	p.plusGroups = gatherGroups(p.plusGroups, index, rows)
	p.plusAt = p.plusGroups
}

func gatherGroups(dst, index, rows []uint32) []uint32 {
	dst = slices.Grow(dst[:0], len(rows))[:len(rows)]
	for i, r := range rows {
		dst[i] = index[r]
	}
	return dst
}

func (p *picked) pickKinds(valid vector.Bitmap, index []uint32, in *Input) {
	rows := in.Sel
	if rows == nil {
		rows = kernel.Iota(in.Rows)
	}
	plus, minus := p.plusBuf[:0], p.minusBuf[:0]
	for _, r := range rows {
		switch {
		case !valid.Get(int(r)):
		case in.Kinds[r].IsRetract():
			minus = append(minus, r)
		default:
			plus = append(plus, r)
		}
	}
	p.plusBuf, p.minusBuf = plus, minus
	p.plusGroups = gatherGroups(p.plusGroups, index, plus)
	p.minusGroups = gatherGroups(p.minusGroups, index, minus)
	p.plus, p.minus, p.plusAt, p.minusAt = plus, minus, p.plusGroups, p.minusGroups
}

// gather copies the values of rows into spare, growing it.
func gather[T vector.Elem](v *vector.Vector, rows []uint32, spare []T) (values, grown []T) {
	if cap(spare) < len(rows) {
		spare = make([]T, max(len(rows), 2*cap(spare)))
	}
	out := spare[:len(rows)]
	if len(out) == 0 {
		return out, spare
	}
	src := vector.Values[T](v.Base())
	switch v.Form {
	case vector.Const:
		for i := range out {
			out[i] = src[0]
		}
	case vector.Dict:
		for i, r := range rows {
			out[i] = src[v.Codes[r]]
		}
	default:
		for i, r := range rows {
			out[i] = src[r]
		}
	}
	return out, spare
}

// bitsAsBytes is a BOOLEAN column as one byte a row.
func bitsAsBytes(v *vector.Vector, spare []uint8) vector.Vector {
	base := v.Base()
	n := base.Len
	if v.Form == vector.Const {
		n = 1
	}
	if cap(spare) < n {
		spare = make([]uint8, n)
	}
	spare = spare[:n]
	bits := base.Bits()
	for i := range spare {
		spare[i] = 0
		if bits.Get(i) {
			spare[i] = 1
		}
	}
	out := *v
	wide := vector.Of(types.PhysInt8, spare)
	if v.Form == vector.Dict {
		wide.Len = base.Len
		out.Dict = &wide
	} else {
		out.Data = wide.Data
	}
	out.Phys = types.PhysInt8
	return out
}
