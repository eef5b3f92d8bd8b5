package kernel

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

var (
	errNoJSON        = errors.New("no JSON")
	errDuplicateKeys = errors.New("an object has a key twice")
)

// AppendVariant appends a JSON document as a VARIANT stores it: without white space,
// the members of objects in the order of their keys, numbers as their type prints
// them (integers, DECIMAL without zeros at its end, DOUBLE where there is an exponent
// or more digits than DECIMAL has). Of equal keys the last counts, or they are an error.
func AppendVariant(dst, doc []byte, duplicates bool) ([]byte, error) {
	v, ok := JSONDocument(doc)
	if !ok {
		return dst, errNoJSON
	}
	return appendVariant(dst, v, duplicates)
}

func appendVariant(dst, v []byte, duplicates bool) ([]byte, error) {
	var err error
	switch v[0] {
	case '{':
		return appendVariantObject(dst, v, duplicates)
	case '[':
		dst = append(dst, '[')
		first := true
		eachJSON(v, func(_, x []byte) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst, err = appendVariant(dst, x, duplicates)
			return err == nil
		})
		return append(dst, ']'), err
	case '"':
		return appendCanonicalString(dst, v), nil
	case 't', 'f', 'n':
		return append(dst, v...), nil
	}
	return appendVariantNumber(dst, v), nil
}

func appendVariantObject(dst, v []byte, duplicates bool) ([]byte, error) {
	members := jsonMembers(v)
	dst = append(dst, '{')
	first := true
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(m.key, members[i+1].key) {
			if !duplicates {
				return dst, errDuplicateKeys
			}
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		var err error
		dst = append(AppendJSONString(dst, m.key), ':')
		if dst, err = appendVariant(dst, m.value, duplicates); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendVariantNumber(dst, v []byte) []byte {
	digits := bytes.TrimLeft(v, "-0.")
	significant := len(digits)
	if bytes.IndexByte(digits, '.') >= 0 {
		significant--
	}
	if bytes.ContainsAny(v, "eE") || significant > types.MaxDecimalPrecision {
		f, _ := strconv.ParseFloat(string(v), 64) // out of range: Infinity, as in the original
		return AppendDouble(dst, f, 64)
	}
	if bytes.IndexByte(v, '.') >= 0 {
		v = bytes.TrimSuffix(bytes.TrimRight(v, "0"), []byte("."))
	}
	if string(v) == "-0" {
		v = v[1:]
	}
	return append(dst, v...)
}

// jsonMembers lists the members of an object by key, equal keys in their order.
func jsonMembers(v []byte) []jsonMemberText {
	var members []jsonMemberText
	eachJSON(v, func(key, x []byte) bool {
		if bytes.IndexByte(key, '\\') >= 0 {
			key = UnquoteJSON(nil, key)
		} else {
			key = key[1 : len(key)-1]
		}
		members = append(members, jsonMemberText{key, x})
		return true
	})
	slices.SortStableFunc(members, func(a, b jsonMemberText) int { return bytes.Compare(a.key, b.key) })
	return members
}

// VariantItem is the kernel of variant[i], counted from 1, and variant['key']: NULL
// where there is none, an error for a VARIANT of another kind.
func VariantItem(byName bool) Kernel {
	return Kernel{Name: "ITEM", Eval: func(c *Call) error {
		x, out := c.Strings(0), c.MakeBytes()
		for _, r := range c.Active() {
			v := x.At(r)
			var item []byte
			var ok bool
			if byName {
				if v[0] != '{' {
					return c.fail(r, sqlerr.Newf(sqlerr.BadInput, "a VARIANT that is no object has no member"))
				}
				keys := c.Strings(1)
				step := jsonStep{name: string(keys.At(r))}
				item, ok = step.in(v)
			} else {
				if v[0] != '[' {
					return c.fail(r, sqlerr.Newf(sqlerr.BadInput, "a VARIANT that is no array has no element"))
				}
				if i := c.Ints(1).At(r); i > 0 && i <= math.MaxInt32 {
					item, ok = jsonElement(v, int(i-1))
				}
			}
			if !ok {
				c.SetNull(int(r))
				continue
			}
			out.Put(r, item)
		}
		out.Done()
		return nil
	}}
}
