package hashtable

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// keyEncoder writes nested keys: equal values have equal bytes.
var keyEncoder = vector.Encoder{Canonical: true}

// encodeNested encodes the rows of a column of ARRAY, ROW, MAP or MULTISET, whose
// bytes stand in a key as those of a string do.
func (k *keyList) encodeNested(at unsafe.Pointer, stride uintptr, t types.Type, v *vector.Vector, valid vector.Bitmap, sel []uint32) {
	for j := range k.n {
		r := j
		if sel != nil {
			r = int(sel[j])
		}
		if !valid.Get(r) {
			continue
		}
		from := len(k.bytes)
		k.bytes = keyEncoder.AppendBody(k.bytes, t, v, r)
		s := (*stringKey)(unsafe.Add(at, uintptr(j)*stride))
		view := vector.MakeView(k.bytes[from:], 0, 0)
		if view.Len <= vector.InlineLen {
			*(*vector.View)(unsafe.Pointer(s)) = view
			k.bytes = k.bytes[:from]
			continue
		}
		s.len, s.prefix, s.off = view.Len, view.Prefix, uint64(from)
	}
}

// appendNested appends a nested key column of groups.
func (t *Table) appendNested(col int, base unsafe.Pointer, groups []uint32, out *vector.Builder) {
	for _, g := range groups {
		if t.isNull(g, col) {
			out.AppendNull()
			continue
		}
		out.AppendEncodedBody((*stringKey)(unsafe.Add(base, uintptr(g)*t.stride)).bytes(t.heapBytes()))
	}
}
