package expr_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

var (
	boolT = types.BooleanType
	intT  = types.BigIntType
)

func col(i int, t types.Type) *expr.Expr { return expr.Col(i, fmt.Sprintf("c%d", i), t) }

func num(n int64) *expr.Expr { return expr.Lit(intT, types.IntValue(n)) }

func column(t types.Type, values ...any) vector.Vector {
	b := vector.NewBuilder(t)
	for _, v := range values {
		switch x := v.(type) {
		case nil:
			b.AppendNull()
		case bool:
			b.AppendBool(x)
		case int:
			b.AppendValue(types.IntValue(int64(x)))
		case string:
			b.AppendBytes([]byte(x))
		}
	}
	return b.Finish()
}

func eval(t *testing.T, e *expr.Expr, b *stream.Batch, in ...types.Type) []string {
	t.Helper()
	p, err := expr.Compile([]*expr.Expr{e}, in, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]vector.Vector, 1)
	if err := p.Eval(b, out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range b.Rows {
		v := out[0].ValueAt(i)
		switch {
		case v.Null:
			got = append(got, "NULL")
		case e.Type.Kind == types.Boolean:
			got = append(got, fmt.Sprint(v.Bool()))
		case e.Type.IsString():
			got = append(got, v.Str())
		default:
			got = append(got, fmt.Sprint(v.I))
		}
	}
	return got
}

func TestThreeValuedLogic(t *testing.T) {
	a := column(boolT, true, true, true, false, false, false, nil, nil, nil)
	c := column(boolT, true, false, nil, true, false, nil, true, false, nil)
	b := &stream.Batch{Cols: []vector.Vector{a, c}, Rows: 9}
	for _, tc := range []struct{ op, want string }{
		{expr.And, "[true false NULL false false false NULL false NULL]"},
		{expr.Or, "[true true true true false NULL true NULL NULL]"},
	} {
		got := eval(t, expr.NewCall(tc.op, boolT, col(0, boolT), col(1, boolT)), b, boolT, boolT)
		if fmt.Sprint(got) != tc.want {
			t.Errorf("%s: %v, want %s", tc.op, got, tc.want)
		}
	}
}

func TestRowsNotReachedRaiseNoError(t *testing.T) {
	x := column(intT, 0, 2, 5, nil)
	b := &stream.Batch{Cols: []vector.Vector{x}, Rows: 4}
	div := expr.NewCall(expr.Div, intT, num(10), col(0, intT))
	zero := expr.NewCall(expr.Eq, boolT, col(0, intT), num(0))
	e := expr.NewCall(expr.Case, intT, zero, num(-1), div)
	if got := fmt.Sprint(eval(t, e, b, intT)); got != "[-1 5 2 NULL]" {
		t.Errorf("CASE: %s", got)
	}
	p, err := expr.Compile([]*expr.Expr{div}, []types.Type{intT}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Eval(b, make([]vector.Vector, 1)); err == nil {
		t.Error("10 / 0 raised no error")
	}
	if err := p.Eval(&stream.Batch{Cols: b.Cols, Rows: 4, Sel: []uint32{1, 2}}, make([]vector.Vector, 1)); err != nil {
		t.Errorf("a row that is not selected raised %v", err)
	}
}

func TestCoalesceAndFieldAndStrings(t *testing.T) {
	s := column(types.StringType, "a string of some length", nil, "x")
	d := column(types.StringType, "1", "another long string, longer", nil)
	b := &stream.Batch{Cols: []vector.Vector{s, d}, Rows: 3}
	e := expr.NewCall(expr.Coalesce, types.StringType, col(0, types.StringType), col(1, types.StringType))
	want := "[a string of some length another long string, longer x]"
	if got := fmt.Sprint(eval(t, e, b, types.StringType, types.StringType)); got != want {
		t.Errorf("COALESCE: %s", got)
	}
}

// TestFilterAgreesWithEval holds the selecting paths against the column of booleans, over all forms of vectors.
func TestFilterAgreesWithEval(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dict := column(intT, 1, 3, 5, 7)
	for round := range 200 {
		n := 1 + r.IntN(40)
		var vals []any
		codes := make([]uint32, n)
		for i := range n {
			vals = append(vals, r.IntN(9))
			if r.IntN(5) == 0 {
				vals[i] = nil
			}
			codes[i] = uint32(r.IntN(4))
		}
		a := column(intT, vals...)
		d := vector.Vector{Phys: types.PhysInt64, Form: vector.Dict, Len: n, Codes: codes, Dict: &dict, Valid: a.Valid}
		b := &stream.Batch{Cols: []vector.Vector{a, d}, Rows: n}
		if r.IntN(2) == 0 {
			b.Sel = []uint32{}
			for i := range n {
				if r.IntN(3) > 0 {
					b.Sel = append(b.Sel, uint32(i))
				}
			}
		}
		ops := []string{expr.Eq, expr.Ne, expr.Lt, expr.Le, expr.Gt, expr.Ge}
		one := expr.NewCall(ops[r.IntN(6)], boolT, col(r.IntN(2), intT), num(int64(r.IntN(9))))
		two := expr.NewCall(ops[r.IntN(6)], boolT, col(0, intT), col(1, intT))
		e := expr.NewCall([]string{expr.And, expr.Or}[r.IntN(2)], boolT, one, two)
		f, err := expr.CompileFilter(e, []types.Type{intT, intT}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Select(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		truth := eval(t, e, b, intT, intT)
		var want []uint32
		for i := range n {
			if counts(b, i) && truth[i] == "true" {
				want = append(want, uint32(i))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("round %d: selected %v, want %v", round, got, want)
		}
	}
}

func counts(b *stream.Batch, row int) bool {
	if b.Sel == nil {
		return true
	}
	for _, s := range b.Sel {
		if int(s) == row {
			return true
		}
	}
	return false
}

func TestFold(t *testing.T) {
	sum := expr.NewCall(expr.Add, intT.NotNull(), num(1), num(2))
	e := expr.NewCall(expr.Mul, intT, col(0, intT), sum)
	folded := expr.Fold(e, nil)
	if lit := folded.Args[1]; lit.Op != expr.Literal || lit.Lit.I != 3 {
		t.Fatalf("1 + 2 was not folded: %+v", lit)
	}
	fails := expr.NewCall(expr.Div, intT, num(1), num(0))
	if expr.Fold(fails, nil).Op != expr.Call {
		t.Fatal("a failing expression must be left for the rows that reach it")
	}
}

func TestFoldSimplifies(t *testing.T) {
	yes, no := expr.Lit(boolT, types.BoolValue(true)), expr.Lit(boolT, types.BoolValue(false))
	null := expr.Lit(intT, types.NullValue())
	c, x := col(0, boolT), col(1, intT)
	fails := expr.NewCall(expr.Eq, boolT, expr.NewCall(expr.Div, intT, num(1), num(0)), num(1))
	cases := []struct {
		name string
		e    *expr.Expr
		want *expr.Expr // nil: a call stays
	}{
		{"c AND TRUE", expr.NewCall(expr.And, boolT, c, yes), c},
		{"FALSE AND fails", expr.NewCall(expr.And, boolT, no, fails), no},
		{"fails AND FALSE", expr.NewCall(expr.And, boolT, fails, no), nil},
		{"FALSE OR c", expr.NewCall(expr.Or, boolT, no, c), c},
		{"NOT NOT c", expr.NewCall(expr.Not, boolT, expr.NewCall(expr.Not, boolT, c)), c},
		{"CASE WHEN FALSE THEN 1 ELSE x", expr.NewCall(expr.Case, intT, no, num(1), x), x},
		{"CASE WHEN TRUE THEN x ELSE 1", expr.NewCall(expr.Case, intT, yes, x, num(1)), x},
		{"COALESCE(NULL, x)", expr.NewCall(expr.Coalesce, intT, null, x), x},
	}
	for _, tc := range cases {
		got := expr.Fold(tc.e, nil)
		if tc.want == nil && got.Op != expr.Call || tc.want != nil && (got.Op != tc.want.Op || got.Col != tc.want.Col || got.Lit != nil && got.Lit.I != tc.want.Lit.I) {
			t.Errorf("%s: got %s", tc.name, expr.Signature(got))
		}
	}
}

// TestDictionariesAreNotWrittenTo evaluates a large batch, whose dictionary is
// worth evaluating once, and then a small one, which is spread row by row: the
// dictionary, which other columns share, must stay as it is.
func TestDictionariesAreNotWrittenTo(t *testing.T) {
	dict := column(intT, 10, 20, 30, 40)
	e := expr.NewCall(expr.Sub, intT, num(1), col(0, intT))
	p, err := expr.Compile([]*expr.Expr{e}, []types.Type{intT}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]vector.Vector, 1)
	other := column(intT, 7, 8, 9, 6)
	for _, codes := range [][]uint32{{3, 2, 1, 0, 3, 3}, {2, 1}, {0}} {
		for _, d := range []*vector.Vector{&dict, &other} {
			v := vector.Vector{Phys: types.PhysInt64, Form: vector.Dict, Len: len(codes), Codes: codes, Dict: d}
			if err := p.Eval(&stream.Batch{Cols: []vector.Vector{v}, Rows: len(codes)}, out); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := fmt.Sprint(vector.Values[int64](&dict), vector.Values[int64](&other)); got != "[10 20 30 40] [7 8 9 6]" {
		t.Fatalf("dictionaries after evaluation: %s", got)
	}
}
