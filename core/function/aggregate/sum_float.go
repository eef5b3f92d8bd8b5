package aggregate

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

type floatSum struct {
	sum   float64
	count int64
}

// sumFloat is SUM and AVG over FLOAT and DOUBLE, kept as DOUBLE.
type sumFloat[T float32 | float64] struct {
	as      finish
	result  types.Phys
	operand operand[T]
}

func (a *sumFloat[T]) Layout() Layout { return Layout{Size: 16, Version: 1} }
func (a *sumFloat[T]) state() string  { return "sum of floats" }

func (a *sumFloat[T]) Init(s States) {
	for _, g := range s.Index {
		*(*floatSum)(s.At(g)) = floatSum{}
	}
}

func (a *sumFloat[T]) Update(s States, args []vector.Vector, in Input) error {
	o := &a.operand
	o.take(&s, &args[0], &in)
	base := unsafe.Add(s.Base, s.Offset)
	addFloats(base, s.Stride, o.values, o.groups)
	subFloats(base, s.Stride, o.minusValues, o.minusGroups)
	return nil
}

func addFloats[T float32 | float64](base unsafe.Pointer, stride uintptr, values []T, groups []uint32) {
	groups = groups[:len(values)]
	for i, x := range values {
		p := (*floatSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		p.sum += float64(x)
		p.count++
	}
}

func subFloats[T float32 | float64](base unsafe.Pointer, stride uintptr, values []T, groups []uint32) {
	groups = groups[:len(values)]
	for i, x := range values {
		p := (*floatSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		p.sum -= float64(x)
		p.count--
		if p.count == 0 {
			p.sum = 0 // what is left is rounding
		}
	}
}

func (a *sumFloat[T]) Merge(s, from States) error {
	for i, g := range s.Index {
		p, q := (*floatSum)(s.At(g)), (*floatSum)(from.At(from.Index[i]))
		p.sum += q.sum
		p.count += q.count
	}
	return nil
}

func (a *sumFloat[T]) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*floatSum)(s.At(g))
		if p.count == 0 && a.as != asSum0 {
			out.AppendNull()
			continue
		}
		x := p.sum
		if a.as == asAvg {
			x /= float64(p.count)
		}
		appendFloat(out, a.result, x)
	}
	return nil
}

func appendFloat(out *vector.Builder, phys types.Phys, x float64) {
	if phys == types.PhysFloat32 {
		vector.Append(out, float32(x))
		return
	}
	vector.Append(out, x)
}
