package hashtable

import (
	"github.com/weir-engine/weir/core/types"
)

// layout says how a key lies in a row: strings first, 16 bytes each (length,
// prefix, rest or place in the heap), then fixed values from wide to narrow,
// then one bit for each column that is NULL. What is not used is zero, so that
// keys without long strings are equal when their words are.
type layout struct {
	types   []types.Type
	fields  []field // by key column
	strings []int   // key columns that are strings, in order of place
	nulls   int     // offset of the null bits; -1: no column can be NULL
	words   int     // 8-byte words of a key
}

type field struct {
	phys   types.Phys
	off    int
	width  int
	nested bool // ARRAY, MAP, MULTISET, ROW
}

func newLayout(keys []types.Type) *layout {
	l := &layout{types: keys, fields: make([]field, len(keys)), nulls: -1}
	nullable := 0
	for i, t := range keys {
		l.fields[i] = field{phys: t.Phys(), width: width(t.Phys())}
		if t.IsNested() { // encoded to bytes, which lie as a string does
			l.fields[i] = field{phys: types.PhysBytes, width: width(types.PhysBytes), nested: true}
		}
		if t.Nullable {
			nullable++
		}
	}
	at := 0
	for i := range l.fields {
		if l.fields[i].phys == types.PhysBytes {
			l.fields[i].off = at
			l.strings = append(l.strings, i)
			at += 16
		}
	}
	for _, w := range []int{16, 8, 4, 2, 1} {
		for i := range l.fields {
			if f := &l.fields[i]; f.width == w && f.phys != types.PhysBytes {
				f.off = at
				at += w
			}
		}
	}
	if nullable > 0 {
		l.nulls = at
		at += (len(keys) + 7) / 8
	}
	l.words = max(1, (at+7)/8)
	return l
}

func width(p types.Phys) int {
	if p == types.PhysBool {
		return 1
	}
	return p.Width()
}
