package aggregate

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// jsonAggregate is how values are written: NULL as null or left out, text as it is
// where it is JSON already.
type jsonAggregate struct{ nulls, raw bool }

// Names that only the binder writes begin with a dollar.
var (
	jsonArrays = map[string]*jsonAggregate{
		"JSON_ARRAYAGG": {}, "$JSON_ARRAYAGG NULL": {nulls: true},
		"$JSON_ARRAYAGG RAW": {raw: true}, "$JSON_ARRAYAGG NULL RAW": {nulls: true, raw: true},
	}
	jsonObjects = map[string]*jsonAggregate{
		"JSON_OBJECTAGG": {nulls: true}, "$JSON_OBJECTAGG ABSENT": {},
		"$JSON_OBJECTAGG RAW": {nulls: true, raw: true}, "$JSON_OBJECTAGG ABSENT RAW": {raw: true},
	}
)

// maxJSONAggregate is the length that the original gives these results.
const maxJSONAggregate = 2000

func declareJSON() {
	for name := range jsonArrays {
		declare(function.Function{
			Name: name, NeedsEntries: true, Bind: bindJSONArrayAgg,
			Doc: function.Doc{
				Syntax:   "JSON_ARRAYAGG(value [NULL | ABSENT ON NULL])",
				Text:     "The values in the order of the input as a JSON array; NULLs are left out, or null with NULL ON NULL.",
				Examples: []string{"JSON_ARRAYAGG(price)"},
			},
		})
	}
	for name := range jsonObjects {
		declare(function.Function{
			Name: name, NeedsEntries: true, Bind: bindJSONObjectAgg,
			Doc: function.Doc{
				Syntax:   "JSON_OBJECTAGG([KEY] key VALUE value [NULL | ABSENT ON NULL])",
				Text:     "A JSON object of the keys and values, ordered by key; values that are NULL are null, or left out with ABSENT ON NULL. Equal keys are an error.",
				Examples: []string{"JSON_OBJECTAGG(KEY name VALUE price)"},
			},
		})
	}
}

func bindJSONArrayAgg(args []function.Arg) (function.Signature, error) {
	if len(args) != 1 || args[0].Type.Kind == types.Null {
		return function.Signature{}, bindError("JSON_ARRAYAGG", args, "one argument")
	}
	return function.Signature{Args: []types.Type{args[0].Type}, Result: types.VarcharType(maxJSONAggregate).NotNull()}, nil
}

func bindJSONObjectAgg(args []function.Arg) (function.Signature, error) {
	if len(args) != 2 || !args[0].Type.IsString() || args[1].Type.Kind == types.Null {
		return function.Signature{}, bindError("JSON_OBJECTAGG", args, "a key that is a string, and a value")
	}
	return function.Signature{Args: []types.Type{args[0].Type, args[1].Type}, Result: types.VarcharType(maxJSONAggregate).NotNull()}, nil
}

// appendValue appends a value as JSON; false where it is left out.
func (j jsonAggregate) appendValue(dst []byte, t types.Type, v *vector.Vector, r int) ([]byte, bool) {
	switch null := !v.IsValid(r); {
	case null && !j.nulls:
		return dst, false
	case !null && j.raw:
		return append(dst, v.Bytes(r)...), true
	}
	return kernel.AppendJSONValue(dst, t, v, r, nil), true
}

type jsonArrayAgg struct {
	jsonAggregate
	arg types.Type
}

func (*jsonArrayAgg) header([]vector.Vector, int) []byte { return nil }

func (j *jsonArrayAgg) entry(dst []byte, args []vector.Vector, r int) ([]byte, bool, error) {
	dst, ok := j.appendValue(dst, j.arg, &args[0], r)
	return dst, ok, nil
}

func (*jsonArrayAgg) result(_ []byte, entries iter.Seq[[]byte], out *vector.Builder) error {
	text := []byte{'['}
	for e := range entries {
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(text, e...)
	}
	out.AppendBytes(append(text, ']'))
	return nil
}

func (*jsonArrayAgg) empty(out *vector.Builder) { out.AppendBytes([]byte("[]")) }

// jsonObjectAgg has entries of a key behind its length, and a value; one that is left
// out is empty, so that its key counts for equal ones all the same.
type jsonObjectAgg struct {
	jsonAggregate
	arg types.Type
}

func (*jsonObjectAgg) header([]vector.Vector, int) []byte { return nil }

func (j *jsonObjectAgg) entry(dst []byte, args []vector.Vector, r int) ([]byte, bool, error) {
	if !args[0].IsValid(r) {
		return dst, false, sqlerr.Newf(sqlerr.BadInput, "JSON_OBJECTAGG: a key is NULL")
	}
	key := args[0].Bytes(r)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(key)))
	dst, _ = j.appendValue(append(dst, key...), j.arg, &args[1], r)
	return dst, true, nil
}

func (*jsonObjectAgg) result(_ []byte, entries iter.Seq[[]byte], out *vector.Builder) error {
	type member struct{ key, value []byte }
	var members []member
	for e := range entries {
		n := 4 + binary.LittleEndian.Uint32(e)
		members = append(members, member{e[4:n], e[n:]})
	}
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare(a.key, b.key) })
	text := []byte{'{'}
	for i, m := range members {
		if i > 0 && bytes.Equal(m.key, members[i-1].key) {
			return sqlerr.Newf(sqlerr.BadInput, "JSON_OBJECTAGG: the key '%.60s' is there twice", m.key)
		}
		if len(m.value) == 0 {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(kernel.AppendJSONString(text, m.key), ':'), m.value...)
	}
	out.AppendBytes(append(text, '}'))
	return nil
}

func (*jsonObjectAgg) empty(out *vector.Builder) { out.AppendBytes([]byte("{}")) }
