package kernel

import (
	"math"
	"sort"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// isSameNested reports collections whose elements, keys or fields all keep their layout.
func isSameNested(from, to types.Type) bool {
	if len(from.Fields) != len(to.Fields) {
		return false
	}
	for i, f := range from.Fields {
		if !IsSameLayout(f.Type, to.Fields[i].Type) {
			return false
		}
	}
	return (from.Key == nil || IsSameLayout(*from.Key, *to.Key)) && (from.Elem == nil || IsSameLayout(*from.Elem, *to.Elem))
}

// castNested casts the elements, keys or fields of a collection to those of
// another: of a ROW by place. Offsets and validity are shared with the argument.
func castNested(from, to types.Type, try bool) func(*Call) error {
	var kids []*kidCast
	switch from.Kind {
	case types.Array, types.Multiset:
		kids = []*kidCast{newKidCast(*from.Elem, *to.Elem, try)}
	case types.Map:
		kids = []*kidCast{newKidCast(*from.Key, *to.Key, try), newKidCast(*from.Elem, *to.Elem, try)}
	case types.Row:
		for i, f := range from.Fields {
			kids = append(kids, newKidCast(f.Type, to.Fields[i].Type, try))
		}
	}
	for _, k := range kids {
		if k == nil {
			return nil
		}
	}
	return func(c *Call) error {
		v := c.Args[0]
		rows := c.Active()
		places := rows
		if v.Phys == types.PhysList {
			places = elementsOf(v, rows)
		}
		out := *v
		out.Kids = make([]vector.Vector, len(kids))
		for i, k := range kids {
			at, err := k.cast(&out.Kids[i], &v.Kids[i], places, c.Env)
			if err != nil {
				return c.fail(rowOf(v, at), err)
			}
			if try {
				k.dropFailed(&out, v, i, places)
			}
		}
		*c.Out = out
		if to.Kind == types.Map && kids[0].eval != nil {
			c.LastOfEachKey()
		}
		return nil
	}
}

// elementsOf lists the elements of rows of a Flat list.
func elementsOf(v *vector.Vector, rows []uint32) []uint32 {
	offsets := v.Offsets()
	if len(rows) == v.Len {
		if from, to := uint32(offsets[0]), uint32(offsets[v.Len]); from == 0 {
			return Iota(int(to))
		}
	}
	var out []uint32
	for _, r := range rows {
		for e := uint32(offsets[r]); e < uint32(offsets[r+1]); e++ {
			out = append(out, e)
		}
	}
	return out
}

// rowOf is the row of an element.
func rowOf(v *vector.Vector, place int) uint32 {
	if v.Phys == types.PhysStruct {
		return uint32(place)
	}
	offsets := v.Offsets()
	return uint32(sort.Search(v.Len, func(r int) bool { return int(offsets[r+1]) > place }))
}

// kidCast casts one column of elements.
type kidCast struct {
	to   types.Type
	eval func(*Call) error // nil: the layout stays
	call Call
}

func newKidCast(from, to types.Type, try bool) *kidCast {
	k := &kidCast{to: to, call: Call{Type: to, ArgTypes: []types.Type{from}}}
	if IsSameLayout(from, to) || from.Kind == types.Null {
		return k
	}
	inner, ok := Cast(from, to, try)
	if !ok {
		return nil
	}
	k.eval = inner.Eval
	return k
}

// cast computes the elements named; the place of the first that fails is told.
func (k *kidCast) cast(dst, v *vector.Vector, places []uint32, env *Env) (int, error) {
	if v.Phys == types.PhysNull || v.IsNullConst() {
		*dst = nullsLike(k.to, v.Len)
		return 0, nil
	}
	if k.eval == nil {
		*dst = *v
		return 0, nil
	}
	flat := v.Flatten()
	c := &k.call
	c.Args, c.Rows, c.Sel, c.Valid, c.Env = []*vector.Vector{&flat}, flat.Len, places, flat.Valid, env
	// The result is part of a column that may outlive this call: it gets memory of its own.
	*dst = vector.Vector{}
	Reuse(dst, k.to.Phys(), flat.Len)
	c.Out, c.buf, c.bufs = dst, nil, [1][]byte{}
	if err := k.eval(c); err != nil {
		return c.ErrRow, err
	}
	dst.Bufs = append([][]byte(nil), dst.Bufs...)
	if flat.Valid != nil {
		dst.Valid = vector.And(nil, dst.Valid, flat.Valid, flat.Len)
	}
	return 0, nil
}

// dropFailed makes the values NULL in which an element could not be cast, as
// TRY_CAST does. A NULL that a decimal overflows to is no failure.
func (k *kidCast) dropFailed(out, v *vector.Vector, kid int, places []uint32) {
	before, after := &v.Kids[kid], &out.Kids[kid]
	if k.eval == nil || after.Valid == nil {
		return
	}
	from := k.call.ArgTypes[0]
	owned := false
	for _, p := range places {
		if after.Valid.Get(int(p)) || !before.IsValid(int(p)) {
			continue
		}
		if from.IsApproximate() && !isFinite(before, int(p)) || from.IsString() || from.IsNested() {
			if !owned {
				out.Valid, owned = vector.And(nil, out.Valid, vector.NewBitmapSet(out.Len), out.Len), true
			}
			out.Valid.Clear(int(rowOf(v, int(p))))
		}
	}
}

func isFinite(v *vector.Vector, r int) bool {
	f := floatAt(v.Base(), v.Index(r))
	return !math.IsNaN(f) && !math.IsInf(f, 0)
}

// nullsLike is n NULLs, one a row.
func nullsLike(t types.Type, n int) vector.Vector {
	b := vector.NewBuilder(t)
	for range n {
		b.AppendNull()
	}
	return b.Finish()
}
