package kernel

import (
	"bytes"
)

// AppendCanonicalJSON appends valid JSON without white space, the members of objects
// in the order of their keys, each key once, and fractions as BigDecimal prints them.
func AppendCanonicalJSON(dst, v []byte) []byte {
	switch v[0] {
	case '{':
		return appendCanonicalObject(dst, v)
	case '[':
		dst = append(dst, '[')
		first := true
		eachJSON(v, func(_, x []byte) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = AppendCanonicalJSON(dst, x)
			return true
		})
		return append(dst, ']')
	case '"':
		return appendCanonicalString(dst, v)
	}
	return appendCanonicalNumber(dst, v)
}

type jsonMemberText struct{ key, value []byte }

func appendCanonicalObject(dst, v []byte) []byte {
	members := jsonMembers(v)
	dst = append(dst, '{')
	first := true
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(m.key, members[i+1].key) {
			continue // the last of equal keys counts
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(AppendJSONString(dst, m.key), ':')
		dst = AppendCanonicalJSON(dst, m.value)
	}
	return append(dst, '}')
}

func appendCanonicalString(dst, v []byte) []byte {
	if bytes.IndexByte(v, '\\') < 0 {
		return append(dst, v...)
	}
	return AppendJSONString(dst, UnquoteJSON(nil, v))
}

func appendCanonicalNumber(dst, v []byte) []byte {
	switch {
	case v[0] == 't' || v[0] == 'f' || v[0] == 'n':
		return append(dst, v...)
	case bytes.ContainsAny(v, ".eE"):
		return AppendBigDecimal(dst, v)
	case string(v) == "-0":
		return append(dst, '0')
	}
	return append(dst, v...)
}
