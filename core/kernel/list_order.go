package kernel

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// ExtremeElement is the kernel of ARRAY_MAX, and of ARRAY_MIN where least is set:
// NULL elements do not count.
func ExtremeElement(least bool) Kernel {
	return Kernel{Nulls: NullAware, Eval: func(c *Call) error {
		if c.Args[0].IsNullConst() {
			*c.Out = NullVector(c.Type.Phys(), c.Rows, nil)
			return nil
		}
		list := c.Lists(0)
		elements := c.Args[0].Kids[0].Flatten()
		best := make([]uint32, c.Rows)
		for i := range best {
			best[i] = NoRow
		}
		for _, r := range c.Selected() {
			if list.IsValid(r) {
				from, to := list.At(r)
				best[r] = bestOf(&elements, from, to, least)
			}
		}
		GatherNullable(c.Out, &elements, best)
		return nil
	}}
}

// bestOf is the place of the extreme of [from, to); NoRow where all are NULL.
func bestOf(v *vector.Vector, from, to uint32, least bool) uint32 {
	switch v.Phys {
	case types.PhysInt8:
		return bestNumber(vector.Values[int8](v), v.Valid, from, to, least)
	case types.PhysInt16:
		return bestNumber(vector.Values[int16](v), v.Valid, from, to, least)
	case types.PhysInt32:
		return bestNumber(vector.Values[int32](v), v.Valid, from, to, least)
	case types.PhysInt64:
		return bestNumber(vector.Values[int64](v), v.Valid, from, to, least)
	case types.PhysFloat32:
		return bestNumber(vector.Values[float32](v), v.Valid, from, to, least)
	case types.PhysFloat64:
		return bestNumber(vector.Values[float64](v), v.Valid, from, to, least)
	}
	best := NoRow
	for p := from; p < to; p++ {
		if !v.IsValid(int(p)) {
			continue
		}
		if best == NoRow || (compareWide(v, p, best) < 0) == least && compareWide(v, p, best) != 0 {
			best = p
		}
	}
	return best
}

// bestNumber: a value that compares with none, NaN, is neither above nor below another.
func bestNumber[T number](values []T, valid vector.Bitmap, from, to uint32, least bool) uint32 {
	best := NoRow
	for p := from; p < to; p++ {
		if !valid.Get(int(p)) {
			continue
		}
		if best == NoRow || least && values[p] < values[best] || !least && values[p] > values[best] {
			best = p
		}
	}
	return best
}

// compareWide orders two elements that are no numbers of Go's: strings, long decimals, booleans.
func compareWide(v *vector.Vector, a, b uint32) int {
	switch v.Phys {
	case types.PhysBytes:
		views := v.Views()
		return bytes.Compare(views[a].Bytes(v.Bufs), views[b].Bytes(v.Bufs))
	case types.PhysInt128:
		x, y := vector.Values[types.Int128](v)[a], vector.Values[types.Int128](v)[b]
		return cmp.Or(cmp.Compare(x.Hi, y.Hi), cmp.Compare(x.Lo, y.Lo))
	case types.PhysBool:
		return bit(v.Bits().Get(int(a))) - bit(v.Bits().Get(int(b)))
	}
	return 0
}

// SortLists is the kernel of ARRAY_SORT(array [, ascending [, nulls first]]): NULLs
// stand first where the order ascends, unless the third argument says otherwise.
func SortLists() Kernel {
	return Kernel{Eval: func(c *Call) error {
		list, out := c.Lists(0), c.MakeLists()
		elements := c.Args[0].Kids[0].Flatten()
		for _, r := range c.Active() {
			ascend := len(c.Args) < 2 || c.boolAt(1, r)
			nullsFirst := ascend
			if len(c.Args) > 2 {
				nullsFirst = c.boolAt(2, r)
			}
			from, to := list.At(r)
			out.sorted(&elements, from, to, ascend, nullsFirst)
			out.End(r)
		}
		out.Done(&elements)
		return nil
	}}
}

func (c *Call) boolAt(i int, r uint32) bool {
	v := c.Args[i]
	return v.Bits().Get(int(r & mask(v)))
}

// sorted appends the places [from, to) in the order of their values.
func (l *Lists) sorted(v *vector.Vector, from, to uint32, ascend, nullsFirst bool) {
	if nullsFirst {
		l.nulls(v, from, to)
	}
	start := len(l.Places)
	for p := from; p < to; p++ {
		if v.IsValid(int(p)) {
			l.Places = append(l.Places, p)
		}
	}
	sortPlaces(v, l.Places[start:])
	if !ascend {
		slices.Reverse(l.Places[start:])
	}
	if !nullsFirst {
		l.nulls(v, from, to)
	}
}

func (l *Lists) nulls(v *vector.Vector, from, to uint32) {
	for p := from; p < to; p++ {
		if !v.IsValid(int(p)) {
			l.Places = append(l.Places, p)
		}
	}
}

func sortPlaces(v *vector.Vector, places []uint32) {
	switch v.Phys {
	case types.PhysInt8:
		sortNumbers(vector.Values[int8](v), places)
	case types.PhysInt16:
		sortNumbers(vector.Values[int16](v), places)
	case types.PhysInt32:
		sortNumbers(vector.Values[int32](v), places)
	case types.PhysInt64:
		sortNumbers(vector.Values[int64](v), places)
	case types.PhysFloat32:
		sortFloats(vector.Values[float32](v), places)
	case types.PhysFloat64:
		sortFloats(vector.Values[float64](v), places)
	default:
		slices.SortStableFunc(places, func(a, b uint32) int { return compareWide(v, a, b) })
	}
}

func sortNumbers[T integer](values []T, places []uint32) {
	slices.SortFunc(places, func(a, b uint32) int { return cmp.Compare(values[a], values[b]) })
}

// sortFloats puts NaN last.
func sortFloats[T float](values []T, places []uint32) {
	slices.SortFunc(places, func(a, b uint32) int {
		x, y := values[a], values[b]
		if x != x || y != y {
			return bit(x != x) - bit(y != y)
		}
		return cmp.Compare(x, y)
	})
}
