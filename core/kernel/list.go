package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// ListArg reads an ARRAY or MAP argument by row.
type ListArg struct {
	v       *vector.Vector
	offsets []int32
	mask    uint32
}

// Lists reads argument i by row. It must not be a NULL constant.
func (c *Call) Lists(i int) ListArg {
	v := c.Args[i]
	return ListArg{v: v, offsets: v.Offsets(), mask: mask(v)}
}

// At is the elements [from, to) of row r.
func (a *ListArg) At(r uint32) (from, to uint32) {
	r &= a.mask
	return uint32(a.offsets[r]), uint32(a.offsets[r+1])
}

// IsValid reports whether row r is not NULL.
func (a *ListArg) IsValid(r uint32) bool { return a.v.Valid.Get(int(r & a.mask)) }

// Lists makes the lists of a result as places in pools of elements, which are
// gathered when all are known. Rows are made in ascending order.
type Lists struct {
	c       *Call
	offsets []int32
	Places  []uint32 // append the places of a row's elements, then End
	rows    int      // that have offsets
}

// MakeLists begins a result of lists.
func (c *Call) MakeLists() *Lists {
	return &Lists{c: c, offsets: make([]int32, c.Rows+1)}
}

// Span appends the places [from, to).
func (l *Lists) Span(from, to uint32) {
	for p := from; p < to; p++ {
		l.Places = append(l.Places, p)
	}
}

// End ends row r; rows between the last one and r are empty.
func (l *Lists) End(r uint32) {
	last := l.offsets[l.rows]
	for l.rows < int(r) {
		l.rows++
		l.offsets[l.rows] = last
	}
	l.rows++
	l.offsets[l.rows] = int32(len(l.Places))
}

// Done gathers the elements of each kid of the result from its pool.
func (l *Lists) Done(pools ...*vector.Vector) {
	for l.rows < l.c.Rows {
		l.rows++
		l.offsets[l.rows] = int32(len(l.Places))
	}
	valid := l.c.Out.Valid
	out := vector.Of(types.PhysInt32, l.offsets)
	out.Phys, out.Len, out.Valid = types.PhysList, l.c.Rows, valid
	out.Kids = make([]vector.Vector, len(pools))
	for k, p := range pools {
		Gather(&out.Kids[k], p, l.Places)
	}
	*l.c.Out = out
}

// pool is the elements of several columns one behind the other, and where each begins.
func pool(t types.Type, vs ...*vector.Vector) (*vector.Vector, []uint32) {
	starts := make([]uint32, len(vs))
	if len(vs) == 1 {
		return vs[0], starts
	}
	b := vector.NewBuilder(t)
	for i, v := range vs {
		starts[i] = uint32(b.Len())
		b.AppendVector(v, nil)
	}
	all := b.Finish()
	return &all, starts
}

// one is a constant as a column of one row, and any other column as it is: the
// place of row r is r & mask.
func one(v *vector.Vector) *vector.Vector {
	if v.Form != vector.Const && v.Phys != types.PhysNull {
		return v
	}
	c := *v
	c.Len = 1
	return &c
}

// placeMask maps a row to its place in one(v).
func placeMask(v *vector.Vector) uint32 {
	if v.Phys == types.PhysNull {
		return 0
	}
	return mask(v)
}

// allNullList makes the whole result NULL.
func (c *Call) allNullList() {
	b := vector.NewBuilder(c.Type)
	b.AppendNull()
	out := b.Finish()
	out.Form, out.Len = vector.Const, c.Rows
	*c.Out = out
}

// Append is the kernel of ARRAY_APPEND, and of ARRAY_PREPEND where first is set.
func Append(first bool) Kernel {
	return Kernel{Nulls: NullAware, Eval: func(c *Call) error {
		if c.Args[0].IsNullConst() {
			c.allNullList()
			return nil
		}
		list, x := c.Lists(0), c.Args[1]
		elements, starts := pool(*c.Type.Elem, &c.Args[0].Kids[0], one(x))
		own := placeMask(x)
		out := c.MakeLists()
		for _, r := range c.Selected() {
			if !list.IsValid(r) {
				c.SetNull(int(r))
				out.End(r)
				continue
			}
			from, to := list.At(r)
			added := starts[1] + r&own
			if first {
				out.Places = append(out.Places, added)
			}
			out.Span(from, to)
			if !first {
				out.Places = append(out.Places, added)
			}
			out.End(r)
		}
		out.Done(elements)
		return nil
	}}
}

// ConcatLists is the kernel of ARRAY_CONCAT.
func ConcatLists() Kernel {
	return Kernel{Eval: func(c *Call) error {
		elements, starts, lists := c.pooled()
		out := c.MakeLists()
		for _, r := range c.Active() {
			for i := range lists {
				from, to := lists[i].At(r)
				out.Span(starts[i]+from, starts[i]+to)
			}
			out.End(r)
		}
		out.Done(elements)
		return nil
	}}
}

// pooled reads all arguments as lists over one pool.
func (c *Call) pooled() (*vector.Vector, []uint32, []ListArg) {
	kids := make([]*vector.Vector, len(c.Args))
	lists := make([]ListArg, len(c.Args))
	for i, v := range c.Args {
		kids[i], lists[i] = &v.Kids[0], c.Lists(i)
	}
	elements, starts := pool(*c.ArgTypes[0].Elem, kids...)
	return elements, starts, lists
}

// Reverse is the kernel of ARRAY_REVERSE.
func Reverse() Kernel {
	return Kernel{Eval: func(c *Call) error {
		list, out := c.Lists(0), c.MakeLists()
		for _, r := range c.Active() {
			from, to := list.At(r)
			for p := to; p > from; p-- {
				out.Places = append(out.Places, p-1)
			}
			out.End(r)
		}
		out.Done(&c.Args[0].Kids[0])
		return nil
	}}
}

// SliceLists is the kernel of ARRAY_SLICE: places count from 1, or from the end
// where they are negative; 0 stands for 1. Both ends belong to the slice.
func SliceLists() Kernel {
	return Kernel{Eval: func(c *Call) error {
		list, out := c.Lists(0), c.MakeLists()
		begin := c.Ints(1)
		for _, r := range c.Active() {
			from, to := list.At(r)
			n := int64(to) - int64(from)
			first, last := begin.At(r), n
			if len(c.Args) > 2 {
				end := c.Ints(2)
				last = end.At(r)
			}
			first, last = place(first, n), place(last, n)
			first, last = max(first, 1), min(last, n)
			if first <= last {
				out.Span(from+uint32(first)-1, from+uint32(last))
			}
			out.End(r)
		}
		out.Done(&c.Args[0].Kids[0])
		return nil
	}}
}

func place(i, n int64) int64 {
	switch {
	case i == 0:
		return 1
	case i < 0:
		return n + i + 1
	}
	return i
}

// Element is the kernel of ELEMENT: the only element; NULL where there is none.
func Element() Kernel {
	return Kernel{Nulls: NullAware, Eval: func(c *Call) error {
		if c.Args[0].IsNullConst() {
			*c.Out = NullVector(c.Type.Phys(), c.Rows, nil)
			return nil
		}
		list := c.Lists(0)
		index := make([]uint32, c.Rows)
		for i := range index {
			index[i] = NoRow
		}
		for _, r := range c.Selected() {
			if !list.IsValid(r) {
				continue
			}
			switch from, to := list.At(r); to - from {
			case 0:
			case 1:
				index[r] = from
			default:
				return c.fail(r, errManyElements(to-from))
			}
		}
		GatherNullable(c.Out, &c.Args[0].Kids[0], index)
		return nil
	}}
}
