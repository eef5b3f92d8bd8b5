package kernel

import (
	"bytes"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// In is the kernel of IN with constants of one type; nulls tells that one of the
// constants is NULL, which makes a miss unknown. Integers are looked up in a
// sorted list, strings in a small table; other layouts are compared one by one.
func In(t types.Type, items []types.Value, nulls bool) Kernel {
	var member func(c *Call, rows []uint32)
	switch t.Phys() {
	case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
		member = inIntegers(items)
	case types.PhysBytes:
		member = inStrings(items)
	default:
		member = inAny(t, items)
	}
	return Kernel{Name: "IN", Eval: func(c *Call) error {
		rows := c.Active()
		member(c, rows)
		if nulls {
			out := c.Out.Bits()
			for _, r := range rows {
				if !out.Get(int(r)) {
					c.SetNull(int(r))
				}
			}
		}
		return nil
	}}
}

// fewItems is up to where trying one by one is quicker than searching.
const fewItems = 8

func inIntegers(items []types.Value) func(*Call, []uint32) {
	set := make([]int64, len(items))
	for i, v := range items {
		set[i] = v.I
	}
	slices.Sort(set)
	return func(c *Call, rows []uint32) {
		x, out := c.Ints(0), c.Out.Bits()
		for _, r := range rows {
			out.SetTo(int(r), containsInt(set, x.At(r)))
		}
	}
}

func containsInt(set []int64, x int64) bool {
	if len(set) <= fewItems {
		found := 0
		for _, k := range set {
			found |= bit(k == x)
		}
		return found != 0
	}
	_, ok := slices.BinarySearch(set, x)
	return ok
}

func inStrings(items []types.Value) func(*Call, []uint32) {
	size := 16
	for size < 2*len(items) {
		size *= 2
	}
	table := make([][]byte, size) // open addressing; nil: free
	slot := func(s []byte) int { return int(xxh3.Hash(s)) & (size - 1) }
	for _, v := range items {
		at := slot(v.B)
		for table[at] != nil {
			at = (at + 1) & (size - 1)
		}
		table[at] = append(make([]byte, 0, len(v.B)+1), v.B...)
	}
	return func(c *Call, rows []uint32) {
		x, out := c.Strings(0), c.Out.Bits()
		for _, r := range rows {
			s := x.At(r)
			at := slot(s)
			for table[at] != nil && !bytes.Equal(table[at], s) {
				at = (at + 1) & (size - 1)
			}
			out.SetTo(int(r), table[at] != nil)
		}
	}
}

func inAny(t types.Type, items []types.Value) func(*Call, []uint32) {
	b := vector.NewBuilder(t)
	for _, v := range items {
		b.AppendValue(v)
	}
	set := b.Finish()
	return func(c *Call, rows []uint32) {
		out := c.Out.Bits()
		for _, r := range rows {
			hit := false
			for i := 0; i < set.Len && !hit; i++ {
				hit = EqualAt(c.Args[0], int(r), &set, i)
			}
			out.SetTo(int(r), hit)
		}
	}
}
