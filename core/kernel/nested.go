package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// MakeRow is the kernel of ROW: the arguments are its fields.
func MakeRow() Kernel {
	return Kernel{Name: "ROW", Nulls: NullAware, Eval: func(c *Call) error {
		kids := make([]vector.Vector, len(c.Args))
		for i, v := range c.Args {
			kids[i] = v.Flatten()
			if v.Phys == types.PhysNull {
				kids[i] = NullVector(c.Type.Fields[i].Type.Phys(), c.Rows, nil)
				kids[i] = kids[i].Flatten()
			}
		}
		*c.Out = vector.Vector{Phys: types.PhysStruct, Len: c.Rows, Kids: kids}
		return nil
	}}
}

// MakeList is the kernel of ARRAY and MAP: each row's arguments become its
// elements, by turns the keys and values of a MAP, in which the last of equal keys counts.
func MakeList() Kernel {
	return Kernel{Name: "ARRAY", Nulls: NullAware, Eval: func(c *Call) error {
		elems := []types.Type{*c.Type.Elem}
		if c.Type.Kind == types.Map {
			elems = []types.Type{*c.Type.Key, *c.Type.Elem}
		}
		lists := make([]*Lists, len(elems))
		pools := make([]*vector.Vector, len(elems))
		for k, t := range elems {
			lists[k] = c.MakeLists()
			pools[k] = lists[k].turns(t, k, len(elems))
		}
		out := lists[0]
		out.Done(pools[0])
		for k := 1; k < len(elems); k++ {
			c.Out.Kids = append(c.Out.Kids, vector.Vector{})
			Gather(&c.Out.Kids[k], pools[k], lists[k].Places)
		}
		if c.Type.Kind == types.Map {
			c.LastOfEachKey()
		}
		return nil
	}}
}

// turns makes the lists of every step-th argument, from the first-th on.
func (l *Lists) turns(t types.Type, first, step int) *vector.Vector {
	var vs []*vector.Vector
	var masks []uint32
	for i := first; i < len(l.c.Args); i += step {
		vs, masks = append(vs, one(l.c.Args[i])), append(masks, placeMask(l.c.Args[i]))
	}
	elements, starts := pool(t, vs...)
	for _, r := range l.c.Selected() {
		for i, m := range masks {
			l.Places = append(l.Places, starts[i]+r&m)
		}
		l.End(r)
	}
	return elements
}

// Item is the kernel of array[i] and map[key]: NULL where there is no such element.
func Item(of types.Type) Kernel {
	find := itemOfArray
	if of.Kind == types.Map {
		find = itemOfMap
	}
	return Kernel{Name: "ITEM", Nulls: NullAware, Eval: func(c *Call) error {
		list, key := c.Args[0], c.Args[1]
		if list.IsNullConst() || key.IsNullConst() {
			*c.Out = NullVector(c.Type.Phys(), c.Rows, nil)
			return nil
		}
		index := make([]uint32, c.Rows)
		for r := range index {
			index[r] = NoRow
		}
		for _, r := range c.Selected() {
			if list.IsValid(int(r)) && key.IsValid(int(r)) {
				index[r] = find(list, key, int(r))
			}
		}
		GatherNullable(c.Out, &list.Kids[len(list.Kids)-1], index)
		return nil
	}}
}

func itemOfArray(list, index *vector.Vector, r int) uint32 {
	at := list.Index(r)
	from, to := list.Offsets()[at], list.Offsets()[at+1]
	i := intAt(index, index.Index(r))
	if i < 1 || i > int64(to-from) {
		return NoRow
	}
	return uint32(int64(from) + i - 1)
}

func itemOfMap(list, key *vector.Vector, r int) uint32 {
	at := list.Index(r)
	for i := list.Offsets()[at]; i < list.Offsets()[at+1]; i++ {
		if EqualAt(&list.Kids[0], int(i), key, r) {
			return uint32(i)
		}
	}
	return NoRow
}

// Cardinality is the kernel of CARDINALITY: the number of elements.
func Cardinality() Kernel {
	return Kernel{Name: "CARDINALITY", Eval: func(c *Call) error {
		list := c.Args[0]
		for _, r := range c.Active() {
			at := list.Index(int(r))
			c.PutInt(r, int64(list.Offsets()[at+1]-list.Offsets()[at]))
		}
		return nil
	}}
}

// Position is the kernel of ARRAY_POSITION, from 1 and 0 where there is none,
// and of ARRAY_CONTAINS where the result is BOOLEAN, by which a NULL is found too.
func Position() Kernel {
	return Kernel{Name: "ARRAY_POSITION", Nulls: NullAware, Eval: func(c *Call) error {
		list, x := c.Args[0], c.Args[1]
		for _, r := range c.Selected() {
			if !list.IsValid(int(r)) || c.Out.Phys != types.PhysBool && !x.IsValid(int(r)) {
				c.SetNull(int(r))
				continue
			}
			at := list.Index(int(r))
			from, to := list.Offsets()[at], list.Offsets()[at+1]
			place := int64(0)
			for i := from; i < to && place == 0; i++ {
				if EqualAt(&list.Kids[0], int(i), x, int(r)) {
					place = int64(i-from) + 1
				}
			}
			if c.Out.Phys == types.PhysBool {
				c.PutBool(r, place > 0)
			} else {
				c.PutInt(r, place)
			}
		}
		return nil
	}}
}
