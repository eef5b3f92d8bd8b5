package correlate_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/function/table"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/correlate"
	"github.com/weir-engine/weir/exec/operator/optest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ints(list ...any) types.Value {
	var v types.Value
	for _, x := range list {
		if x == nil {
			v.Items = append(v.Items, types.NullValue())
			continue
		}
		v.Items = append(v.Items, types.IntValue(int64(x.(int))))
	}
	return v
}

func row(items ...types.Value) types.Value { return types.Value{Items: items} }

var (
	aBigint = types.BigIntType
	pair    = types.Type{Kind: types.Row, Nullable: true, Fields: []types.Field{{Name: "n", Type: aBigint}, {Name: "s", Type: types.StringType}}}
)

func schema(ts ...types.Type) *types.Schema {
	s := &types.Schema{}
	for _, t := range ts {
		s.Fields = append(s.Fields, types.Field{Name: "c", Type: t})
	}
	return s
}

func unnest(outer bool, pass, columns []int, result ...types.Type) func() operator.Operator {
	spec := &physical.Correlate{Func: logical.Unnest, Args: []int{1}, Outer: outer, Pass: pass, Columns: columns}
	spec.Result = types.Type{Kind: types.Row, Fields: schema(result...).Fields}
	return func() operator.Operator { return correlate.New(spec) }
}

func TestUnnest(t *testing.T) {
	list := types.ArrayType(aBigint).WithNull(true)
	in := schema(types.StringType, list)
	events := []optest.Event{
		optest.Rows(0, optest.R("a", ints(1, 2, nil)), optest.R("b", nil), optest.R("c", ints())),
		optest.Rows(0, optest.Before("a", ints(1, 2, nil)), optest.After("a", ints(3)), optest.R(nil, ints(4, 5)), optest.Gone("b", nil)),
		optest.End(0),
	}
	longList := ints()
	for range 20_000 {
		longList.Items = append(longList.Items, types.IntValue(7))
	}
	var long []string
	for range 20_000 {
		long = append(long, "x, 7")
	}
	optest.Run(t, optest.Case{
		Name: "inner", New: unnest(false, []int{0}, []int{0}, aBigint),
		Inputs: []*types.Schema{in}, Output: schema(types.StringType, aBigint),
		Events: []optest.Event{events[0], optest.Rows(0, optest.R(nil, ints(4, 5))), optest.End(0)},
		Want:   []string{"a, 1", "a, 2", "a, NULL", "NULL, 4", "NULL, 5"},
	})
	optest.Run(t, optest.Case{
		Name: "outer with ordinality", New: unnest(true, []int{0}, []int{0, logical.Ordinality}, aBigint),
		Inputs: []*types.Schema{in}, Output: schema(types.StringType, aBigint, types.IntType),
		Events: []optest.Event{
			events[0],
			// Updates of one element each stand as pairs.
			optest.Rows(0, optest.R("d", ints(8)), optest.Before("d", ints(8)), optest.After("d", ints(9)), optest.Gone("b", nil)),
			optest.End(0),
		},
		Want: []string{"a, 1, 1", "a, 2, 2", "a, NULL, 3", "c, NULL, NULL", "d, 9, 1"},
	})
	optest.Run(t, optest.Case{
		Name: "keeps the array", New: unnest(false, []int{1}, []int{logical.Ordinality}, aBigint),
		Inputs: []*types.Schema{in}, Output: schema(list, types.IntType), Events: events[:1],
		Want: []string{"[1, 2, NULL], 1", "[1, 2, NULL], 2", "[1, 2, NULL], 3"},
	})
	optest.Run(t, optest.Case{
		Name: "long", New: unnest(false, []int{0}, []int{0}, aBigint),
		Inputs: []*types.Schema{in}, Output: schema(types.StringType, aBigint),
		Events: []optest.Event{optest.Rows(0, optest.R("x", longList)), optest.End(0)}, Want: long,
	})
}

func TestUnnestRowsAndMaps(t *testing.T) {
	rows := types.ArrayType(pair).WithNull(true)
	text := types.StringValue
	optest.Run(t, optest.Case{
		Name: "rows", New: unnest(true, []int{0}, []int{1, 0}, aBigint, types.StringType),
		Inputs: []*types.Schema{schema(aBigint, rows)}, Output: schema(aBigint, types.StringType, aBigint),
		Events: []optest.Event{
			optest.Rows(0, optest.R(1, row(row(types.IntValue(5), text("five")), types.NullValue(), row(types.NullValue(), text("a long text beside NULL")))),
				optest.R(2, row(types.NullValue())), optest.R(3, row(row(types.IntValue(6), types.NullValue())))),
			optest.End(0),
		},
		Want: []string{"1, five, 5", "1, a long text beside NULL, NULL", "2, NULL, NULL", "3, NULL, 6"},
	})
	m := types.MapType(types.StringType, aBigint).WithNull(true)
	optest.Run(t, optest.Case{
		Name: "map", New: unnest(false, []int{0}, []int{0, 1}, types.StringType, aBigint),
		Inputs: []*types.Schema{schema(aBigint, m)}, Output: schema(aBigint, types.StringType, aBigint),
		Events: []optest.Event{
			optest.Rows(0, optest.R(1, row(text("k"), types.IntValue(1), text("l"), types.NullValue())), optest.R(2, nil)),
			optest.End(0),
		},
		Want: []string{"1, k, 1", "1, l, NULL"},
	})
}

// counting is a table function that makes the numbers below its argument.
type counting struct{}

func (counting) Append(args []vector.Vector, rows []uint32, out *table.Output) error {
	for _, r := range rows {
		if !args[0].IsValid(int(r)) {
			continue
		}
		for n := range vector.Values[int64](args[0].Base())[args[0].Index(int(r))] {
			vector.Append(out.Columns[0], n)
			out.Columns[1].AppendBytes([]byte("n"))
			out.End(r)
		}
	}
	return nil
}

func TestFunction(t *testing.T) {
	table.Declare(function.Function{Name: "TEST_COUNTING"}, func(args []function.Arg) (function.Signature, error) {
		return function.Signature{}, nil
	}, func(table.Site) (table.Rows, error) { return counting{}, nil })
	result := types.Type{Kind: types.Row, Fields: schema(aBigint, types.StringType).Fields}
	events := []optest.Event{optest.Rows(0, optest.R(0), optest.R(3), optest.R(nil), optest.R(1)), optest.End(0)}
	for _, c := range []struct {
		name  string
		outer bool
		want  []string
	}{
		{"inner", false, []string{"3, n, 0, 1", "3, n, 1, 2", "3, n, 2, 3", "1, n, 0, 1"}},
		{"outer", true, []string{"0, NULL, NULL, NULL", "NULL, NULL, NULL, NULL", "3, n, 0, 1", "3, n, 1, 2", "3, n, 2, 3", "1, n, 0, 1"}},
	} {
		spec := &physical.Correlate{Func: "TEST_COUNTING", Args: []int{0}, Outer: c.outer, Pass: []int{0}, Columns: []int{1, 0, logical.Ordinality}, Result: result}
		optest.Run(t, optest.Case{
			Name: c.name, New: func() operator.Operator { return correlate.New(spec) },
			Inputs: []*types.Schema{schema(aBigint)}, Output: schema(aBigint, types.StringType, aBigint, types.IntType), Events: events, Want: c.want,
		})
	}
}
