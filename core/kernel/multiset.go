package kernel

import (
	"strconv"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Occurrence is a distinct element of a multiset: the place of its first
// occurrence among the elements, and how often it occurs.
type Occurrence struct {
	Place int
	Count int64
}

// Occurrences counts the elements [from, to) of a column, in the order of their first.
func Occurrences(elements *vector.Vector, from, to int) []Occurrence {
	part := elements.Slice(from, to)
	counts := newEntries(&part)
	counts.begin(uint32(part.Len), 0)
	var out []Occurrence
	for p := range part.Len {
		if e, known := counts.put(uint32(p)); known {
			out[e].Count++
			continue
		}
		out = append(out, Occurrence{Place: from + p, Count: 1})
	}
	return out
}

// occurrencesAt counts the elements of row at of a Flat MULTISET column.
func occurrencesAt(v *vector.Vector, at int) []Occurrence {
	offsets := v.Offsets()
	return Occurrences(&v.Kids[0], int(offsets[at]), int(offsets[at+1]))
}

// appendMultiset appends {a=2, b=1}.
func appendMultiset(dst []byte, t types.Type, v *vector.Vector, at int, env *Env) []byte {
	dst = append(dst, '{')
	for i, o := range occurrencesAt(v, at) {
		dst = appendComma(dst, i)
		if v.Kids[0].IsValid(o.Place) {
			dst = appendCast(dst, t, &v.Kids[0], o.Place, env)
		} else {
			dst = append(dst, "NULL"...)
		}
		dst = strconv.AppendInt(append(dst, '='), o.Count, 10)
	}
	return append(dst, '}')
}

// appendJSONMultiset appends {"a":2,"b":1}.
func appendJSONMultiset(dst []byte, t types.Type, v *vector.Vector, at int, env *Env) []byte {
	dst = append(dst, '{')
	for i, o := range occurrencesAt(v, at) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSONString(dst, AppendText(nil, t, &v.Kids[0], o.Place, env))
		dst = strconv.AppendInt(append(dst, ':'), o.Count, 10)
	}
	return append(dst, '}')
}
