package aggregate

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// finish is what becomes of a sum and a count.
type finish uint8

const (
	asSum  finish = iota // NULL for no values
	asSum0               // 0 for no values
	asAvg
)

type intSum struct {
	sum   int64 // wraps
	count int64
}

// sumInt is SUM and AVG over integers, kept in 64 bits: truncating the result to
// the narrower type wraps as summing in that type would.
type sumInt[T int8 | int16 | int32 | int64] struct {
	as      finish
	result  types.Phys
	operand operand[T]
}

func (a *sumInt[T]) Layout() Layout { return Layout{Size: 16, Version: 1} }
func (a *sumInt[T]) state() string  { return "sum of integers" }

func (a *sumInt[T]) Init(s States) {
	for _, g := range s.Index {
		*(*intSum)(s.At(g)) = intSum{}
	}
}

func (a *sumInt[T]) Update(s States, args []vector.Vector, in Input) error {
	o := &a.operand
	o.take(&s, &args[0], &in)
	base := unsafe.Add(s.Base, s.Offset)
	addInts(base, s.Stride, o.values, o.groups)
	subInts(base, s.Stride, o.minusValues, o.minusGroups)
	return nil
}

func addInts[T int8 | int16 | int32 | int64](base unsafe.Pointer, stride uintptr, values []T, groups []uint32) {
	groups = groups[:len(values)]
	for i, x := range values {
		p := (*intSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		p.sum += int64(x)
		p.count++
	}
}

func subInts[T int8 | int16 | int32 | int64](base unsafe.Pointer, stride uintptr, values []T, groups []uint32) {
	groups = groups[:len(values)]
	for i, x := range values {
		p := (*intSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		p.sum -= int64(x)
		p.count--
	}
}

func (a *sumInt[T]) Merge(s, from States) error {
	for i, g := range s.Index {
		p, q := (*intSum)(s.At(g)), (*intSum)(from.At(from.Index[i]))
		p.sum += q.sum
		p.count += q.count
	}
	return nil
}

func (a *sumInt[T]) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*intSum)(s.At(g))
		if p.count == 0 && a.as != asSum0 {
			out.AppendNull()
			continue
		}
		x := p.sum
		if a.as == asAvg {
			x /= p.count
		}
		appendInt(out, a.result, x)
	}
	return nil
}

// appendInt appends x in the width of a layout, wrapping.
func appendInt(out *vector.Builder, phys types.Phys, x int64) {
	switch phys {
	case types.PhysInt8:
		vector.Append(out, int8(x))
	case types.PhysInt16:
		vector.Append(out, int16(x))
	case types.PhysInt32:
		vector.Append(out, int32(x))
	default:
		vector.Append(out, x)
	}
}
