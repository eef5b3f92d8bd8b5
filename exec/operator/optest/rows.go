package optest

import (
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// value makes a Value of what a test writes.
func value(x any, t types.Type) types.Value {
	switch x := x.(type) {
	case nil:
		return types.NullValue()
	case types.Value:
		return x
	case bool:
		return types.BoolValue(x)
	case int:
		if t.IsApproximate() {
			return types.FloatValue(float64(x))
		}
		return types.IntValue(int64(x))
	case int64:
		return types.IntValue(x)
	case float64:
		return types.FloatValue(x)
	case []byte:
		return types.BytesValue(x)
	case string:
		if t.Kind == types.Decimal {
			return decimal(x, t.Scale)
		}
		return types.StringValue(x)
	}
	panic(fmt.Sprintf("optest: a value cannot be a %T", x))
}

func decimal(s string, scale int) types.Value {
	whole, frac, _ := strings.Cut(s, ".")
	n, ok := new(big.Int).SetString(whole+(frac + strings.Repeat("0", scale))[:scale], 10)
	if !ok || len(frac) > scale {
		panic(fmt.Sprintf("optest: %q is no decimal of scale %d", s, scale))
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
	high := new(big.Int).Rsh(n, 64)
	return types.Int128Value(types.Int128{Lo: low.Uint64(), Hi: high.Int64()})
}

// text is a value of a column, for comparing.
func text(v *vector.Vector, r int, t types.Type) string {
	if !v.IsValid(r) {
		return "NULL"
	}
	b, i := v.Base(), v.Index(r)
	switch b.Phys {
	case types.PhysBool:
		return strconv.FormatBool(b.Bits().Get(i))
	case types.PhysInt8:
		return fmt.Sprint(vector.Values[int8](b)[i])
	case types.PhysInt16:
		return fmt.Sprint(vector.Values[int16](b)[i])
	case types.PhysInt32:
		return fmt.Sprint(vector.Values[int32](b)[i])
	case types.PhysInt64:
		return scaled(big.NewInt(vector.Values[int64](b)[i]), t)
	case types.PhysInt128:
		x := vector.Values[types.Int128](b)[i]
		n := new(big.Int).Lsh(big.NewInt(x.Hi), 64)
		return scaled(n.Add(n, new(big.Int).SetUint64(x.Lo)), t)
	case types.PhysFloat32:
		return strconv.FormatFloat(float64(vector.Values[float32](b)[i]), 'g', -1, 32)
	case types.PhysFloat64:
		return strconv.FormatFloat(vector.Values[float64](b)[i], 'g', -1, 64)
	case types.PhysBytes:
		return string(b.Bytes(i))
	case types.PhysList:
		return list(b, i, t)
	case types.PhysStruct:
		var parts []string
		for k := range b.Kids {
			parts = append(parts, text(&b.Kids[k], i, t.Fields[k].Type))
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return "?"
}

func list(v *vector.Vector, i int, t types.Type) string {
	var parts []string
	for r := v.Offsets()[i]; r < v.Offsets()[i+1]; r++ {
		if t.Kind == types.Map {
			parts = append(parts, text(&v.Kids[0], int(r), *t.Key)+"="+text(&v.Kids[1], int(r), *t.Elem))
		} else {
			parts = append(parts, text(&v.Kids[0], int(r), *t.Elem))
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func scaled(n *big.Int, t types.Type) string {
	if t.Kind != types.Decimal || t.Scale == 0 {
		return n.String()
	}
	s := new(big.Int).Abs(n).String()
	if len(s) <= t.Scale {
		s = strings.Repeat("0", t.Scale+1-len(s)) + s
	}
	s = s[:len(s)-t.Scale] + "." + s[len(s)-t.Scale:]
	if n.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// change is one row of the output.
type change struct {
	kind stream.RowKind
	cols []string
}

func (c change) row() string    { return strings.Join(c.cols, ", ") }
func (c change) String() string { return c.kind.String() + " " + c.row() }

func changes(b *stream.Batch, s *types.Schema) (out []change) {
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		c := change{kind: b.Kind(r)}
		for k := range b.Cols {
			c.cols = append(c.cols, text(&b.Cols[k], r, s.Fields[k].Type))
		}
		out = append(out, c)
	}
	return out
}

// fold is the table that a changelog leaves. It refuses changelogs that break the rules of an edge.
func fold(log []change, key []int) ([]string, error) {
	if key != nil {
		return foldByKey(log, key)
	}
	counts := map[string]int{}
	for i, c := range log {
		if c.kind == stream.UpdateBefore && (i+1 == len(log) || log[i+1].kind != stream.UpdateAfter) {
			return nil, fmt.Errorf("%s is not followed by its +U", c)
		}
		if !c.kind.IsRetract() {
			counts[c.row()]++
			continue
		}
		if counts[c.row()]--; counts[c.row()] < 0 {
			return nil, fmt.Errorf("%s leaves a table in which it is not", c)
		}
	}
	var out []string
	for row, n := range counts {
		for range n {
			out = append(out, row)
		}
	}
	sort.Strings(out)
	return out, nil
}

func foldByKey(log []change, key []int) ([]string, error) {
	table := map[string]string{}
	for _, c := range log {
		var k []string
		for _, i := range key {
			k = append(k, c.cols[i])
		}
		at := strings.Join(k, "\x00")
		switch c.kind {
		case stream.Delete:
			if _, ok := table[at]; !ok {
				return nil, fmt.Errorf("%s deletes a key that is not there", c)
			}
			delete(table, at)
		case stream.UpdateBefore: // its +U replaces the row
		default:
			table[at] = c.row()
		}
	}
	var out []string
	for _, row := range table {
		out = append(out, row)
	}
	sort.Strings(out)
	return out, nil
}

func sorted(rows []string) []string {
	out := append([]string(nil), rows...)
	sort.Strings(out)
	return out
}
