package aggregate

import (
	"unsafe"

	"github.com/weir-engine/weir/core/vector"
)

// count is COUNT: rows, or rows whose argument is not NULL.
type count struct {
	rows   bool // COUNT(*)
	picked picked
}

func (c *count) Layout() Layout { return Layout{Size: 8, Version: 1} }
func (c *count) state() string  { return "count" }

func (c *count) Init(s States) {
	for _, g := range s.Index {
		*(*int64)(s.At(g)) = 0
	}
}

func (c *count) Update(s States, args []vector.Vector, in Input) error {
	base := unsafe.Add(s.Base, s.Offset)
	plain := in.Sel == nil && in.Kinds == nil
	if plain && (c.rows || args[0].Form != vector.Const && args[0].RowValid() == nil) {
		addCount(base, s.Stride, s.Index[:in.Rows], 1)
		return nil
	}
	var v *vector.Vector
	if !c.rows {
		v = &args[0]
	}
	c.picked.pick(v, s.Index, &in)
	addCount(base, s.Stride, c.picked.plusAt, 1)
	addCount(base, s.Stride, c.picked.minusAt, -1)
	return nil
}

func addCount(base unsafe.Pointer, stride uintptr, groups []uint32, by int64) {
	for _, g := range groups {
		*(*int64)(unsafe.Add(base, uintptr(g)*stride)) += by
	}
}

func (c *count) Merge(s, from States) error {
	for i, g := range s.Index {
		*(*int64)(s.At(g)) += *(*int64)(from.At(from.Index[i]))
	}
	return nil
}

func (c *count) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		vector.Append(out, *(*int64)(s.At(g)))
	}
	return nil
}
