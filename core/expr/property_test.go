package expr_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// bind makes a call as the binder does: the function's declaration says what
// the arguments are cast to.
func bind(t testing.TB, name string, args ...*expr.Expr) *expr.Expr {
	t.Helper()
	f, ok := function.Lookup(name)
	if !ok {
		t.Fatalf("%s is not declared", name)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type, Literal: a.Lit}
	}
	sig, err := f.Bind(in)
	if err != nil {
		t.Fatal(err)
	}
	cast := make([]*expr.Expr, len(args))
	for i, a := range args {
		cast[i] = a
		if !a.Type.WithNull(sig.Args[i].Nullable).Equal(sig.Args[i]) {
			cast[i] = expr.Fold(expr.NewCall(expr.Cast, sig.Args[i], a), nil)
		}
	}
	return expr.NewCall(f.Name, sig.Result, cast...)
}

func str(s string) *expr.Expr {
	return expr.Lit(types.CharType(len(s)), types.StringValue(s))
}

func dec(p, s int, unscaled int64) *expr.Expr {
	t := types.DecimalType(p, s)
	return expr.Lit(t, types.DecimalValue(t, types.MakeInt128(unscaled)))
}

var (
	decT  = types.DecimalType(15, 2)
	longT = types.DecimalType(30, 4)
	input = []types.Type{types.IntType, types.BigIntType, decT, longT, types.DoubleType, types.StringType, types.StringType, types.DateType, types.BooleanType, types.TimestampType(3)}
	words = []string{"", "a", "abc", "forest green", "special wishes and requests", "Customer%complaints", "éa", "MAIL", "SHIP"}
)

// randomValue is NULL now and then.
func randomValue(r *rand.Rand, t types.Type) types.Value {
	if r.IntN(6) == 0 {
		return types.NullValue()
	}
	switch t.Kind {
	case types.Double:
		return types.FloatValue(float64(r.IntN(9)) / 2)
	case types.Varchar:
		return types.StringValue(words[r.IntN(len(words))])
	case types.Boolean:
		return types.BoolValue(r.IntN(2) == 0)
	case types.Decimal:
		return types.DecimalValue(t, types.MakeInt128(int64(r.IntN(2000)-1000)))
	case types.Timestamp:
		return types.IntValue(r.Int64N(2_000_000_000_000))
	}
	return types.IntValue(int64(r.IntN(20) - 5))
}

// randomColumn is Flat, Const or Dict.
func randomColumn(r *rand.Rand, t types.Type, n int) vector.Vector {
	b := vector.NewBuilder(t)
	switch r.IntN(5) {
	case 0:
		return vector.ConstOf(t, randomValue(r, t), n)
	case 1:
		for range 1 + r.IntN(4) {
			v := randomValue(r, t)
			for v.Null {
				v = randomValue(r, t)
			}
			b.AppendValue(v)
		}
		dict := b.Finish()
		v := vector.Vector{Phys: t.Phys(), Form: vector.Dict, Len: n, Codes: make([]uint32, n), Dict: &dict}
		if r.IntN(2) == 0 {
			v.Valid = vector.NewBitmapSet(n)
		}
		for i := range v.Codes {
			v.Codes[i] = uint32(r.IntN(dict.Len))
			if v.Valid != nil && r.IntN(4) == 0 {
				v.Valid.Clear(i)
			}
		}
		return v
	}
	for range n {
		b.AppendValue(randomValue(r, t))
	}
	return b.Finish()
}

func expressions(t *testing.T) map[string]*expr.Expr {
	c := make([]*expr.Expr, len(input))
	for i, typ := range input {
		c[i] = col(i, typ)
	}
	i, b, d, long, f, s, s2, day, boolean, ts := c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]
	one := dec(1, 0, 1)
	price := bind(t, "*", d, bind(t, "-", one, d))
	return map[string]*expr.Expr{
		"i+b":         bind(t, "+", i, b),
		"i*3":         bind(t, "*", i, num(3)),
		"d+d":         bind(t, "+", d, d),
		"i-d":         bind(t, "-", i, d),
		"charge":      bind(t, "*", price, bind(t, "+", one, d)),
		"long*d":      bind(t, "*", long, d),
		"long+long":   bind(t, "+", long, long),
		"d/nullif":    bind(t, "/", d, bind(t, "CASE", bind(t, "=", b, num(0)), expr.Lit(types.BigIntType, types.NullValue()), b)),
		"f/2":         bind(t, "/", f, num(2)),
		"i%3":         bind(t, "%", i, num(3)),
		"-d":          bind(t, "NEGATE", d),
		"d<long":      bind(t, "<", d, long),
		"i>=2":        bind(t, ">=", i, num(2)),
		"f<>1.5":      bind(t, "<>", f, expr.Lit(types.DoubleType, types.FloatValue(1.5))),
		"f<2":         bind(t, "<", f, expr.Lit(types.DoubleType, types.FloatValue(2))),
		"s=s2":        bind(t, "=", s, s2),
		"s='MAIL'":    bind(t, "=", s, str("MAIL")),
		"s<long":      bind(t, "<", s, str("special wishes and")),
		"s distinct":  bind(t, "IS DISTINCT FROM", s, s2),
		"between":     bind(t, "AND", bind(t, ">=", b, num(1)), bind(t, "<", b, num(7))),
		"or":          bind(t, "OR", bind(t, "=", i, num(1)), bind(t, "LIKE", s, str("%special%requests%")), bind(t, ">", b, num(3))),
		"not":         bind(t, "NOT", bind(t, "OR", bind(t, "<", i, num(3)), boolean)),
		"not like":    bind(t, "NOT", bind(t, "LIKE", s, str("%a%"))),
		"like _":      bind(t, "LIKE", s, str("_a%")),
		"like column": bind(t, "LIKE", s, s2),
		"in":          bind(t, "IN", s, str("MAIL"), str("SHIP"), str("abc")),
		"in null":     bind(t, "IN", i, num(1), num(4), expr.Lit(intT, types.NullValue())),
		"is null":     bind(t, "IS NULL", s),
		"is true":     bind(t, "IS NOT TRUE", boolean),
		"upper":       bind(t, "UPPER", s),
		"upper=":      bind(t, "=", bind(t, "UPPER", s), str("ABC")),
		"substring":   bind(t, "SUBSTRING", s, num32(2), num32(8)),
		"concat":      bind(t, "||", s, s2),
		"concat_ws":   bind(t, "CONCAT_WS", str("-"), s, s2),
		"length":      bind(t, "CHAR_LENGTH", s),
		"year":        bind(t, "YEAR", day),
		"format":      bind(t, "DATE_FORMAT", ts, str("yyyy-MM-dd")),
		"case":        bind(t, "CASE", bind(t, ">", i, num(3)), s, bind(t, "<", i, num(0)), s2, str("none of these is true")),
		"if":          bind(t, "IF", boolean, d, long),
		"coalesce":    bind(t, "COALESCE", i, b, num(7)),
		"cast text":   bind(t, "||", expr.NewCall(expr.Cast, types.StringType, d), s),
		"cast int":    expr.NewCall(expr.Cast, types.IntType, d),
		"try_cast":    expr.NewCall(expr.TryCast, types.IntType, s),
		"round":       bind(t, "ROUND", d, num32(1)),
		"greatest":    bind(t, "GREATEST", i, b, num(4)),
		"row field":   expr.NewCall(expr.Field, types.StringType, bind(t, "ROW", i, s), num32(1)),
		"item":        bind(t, "ITEM", bind(t, "ARRAY", s, s2), num32(2)),
	}
}

func num32(n int64) *expr.Expr { return expr.Lit(types.IntType, types.IntValue(n)) }

func text(t types.Type, v *vector.Vector, r int) string {
	if !v.IsValid(r) {
		return "NULL"
	}
	return string(kernel.AppendText(nil, t, v, r, nil))
}

// TestPathsAgree holds batches of any form, with and without a selection,
// against each row evaluated alone.
func TestPathsAgree(t *testing.T) {
	for name, e := range expressions(t) {
		r := rand.New(rand.NewPCG(7, uint64(len(name))))
		p, err := expr.Compile([]*expr.Expr{e}, input, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		alone, _ := expr.Compile([]*expr.Expr{e}, input, nil)
		var filter *expr.Filter
		if e.Type.Kind == types.Boolean {
			if filter, err = expr.CompileFilter(e, input, nil); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for range 60 {
			b := randomBatch(r)
			out := make([]vector.Vector, 1)
			if err := p.Eval(b, out); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var want []uint32
			for i := range b.Rows {
				if !counts(b, i) {
					continue
				}
				expect := evalAlone(t, alone, e.Type, b, i)
				if got := text(e.Type, &out[0], i); got != expect {
					t.Fatalf("%s, row %d of %d (sel %v): got %s, alone %s", name, i, b.Rows, b.Sel, got, expect)
				}
				if expect == "true" {
					want = append(want, uint32(i))
				}
			}
			if filter == nil {
				continue
			}
			got, err := filter.Select(b, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s: selected %v, want %v", name, got, want)
			}
		}
	}
}

func randomBatch(r *rand.Rand) *stream.Batch {
	b := &stream.Batch{Rows: 1 + r.IntN(50)}
	for _, typ := range input {
		b.Cols = append(b.Cols, randomColumn(r, typ, b.Rows))
	}
	switch keep := r.IntN(4); keep {
	case 0:
	default:
		b.Sel = []uint32{}
		for i := range b.Rows {
			if r.IntN(4) < keep {
				b.Sel = append(b.Sel, uint32(i))
			}
		}
	}
	return b
}

func evalAlone(t *testing.T, p *expr.Program, typ types.Type, b *stream.Batch, row int) string {
	t.Helper()
	one := &stream.Batch{Rows: 1}
	for i := range b.Cols {
		c := vector.NewBuilder(input[i])
		c.AppendValue(b.Cols[i].ValueAt(row))
		one.Cols = append(one.Cols, c.Finish())
	}
	out := make([]vector.Vector, 1)
	if err := p.Eval(one, out); err != nil {
		t.Fatal(err)
	}
	return text(typ, &out[0], 0)
}

func benchColumns(rows int) *stream.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	price, discount, tax := make([]int64, rows), make([]int64, rows), make([]int64, rows)
	for i := range rows {
		price[i], discount[i], tax[i] = r.Int64N(10_000_000), r.Int64N(11), r.Int64N(9)
	}
	b := &stream.Batch{Rows: rows}
	for _, c := range [][]int64{price, discount, tax} {
		b.Cols = append(b.Cols, vector.Of(types.PhysInt64, c))
	}
	return b
}

// BenchmarkCharge is e*(100-d)*(100+t) of TPC-H query 1: four operations a row.
func BenchmarkCharge(b *testing.B) {
	in := []types.Type{decT, decT, decT}
	one := num32(1)
	e, d, x := col(0, decT), col(1, decT), col(2, decT)
	price := bind(b, "*", e, bind(b, "-", one, d))
	p, err := expr.Compile([]*expr.Expr{bind(b, "*", price, bind(b, "+", one, x))}, in, nil)
	if err != nil {
		b.Fatal(err)
	}
	batch, out := benchColumns(stream.BatchRows), make([]vector.Vector, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Eval(batch, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/stream.BatchRows/4, "ns/row/op")
}

// BenchmarkFilter is the condition of TPC-H query 6 on decimals.
func BenchmarkFilter(b *testing.B) {
	in := []types.Type{decT, decT, decT}
	cond := bind(b, "AND",
		bind(b, ">=", col(1, decT), dec(3, 2, 5)), bind(b, "<=", col(1, decT), dec(3, 2, 7)),
		bind(b, "<", col(0, decT), num32(24000)))
	f, err := expr.CompileFilter(cond, in, nil)
	if err != nil {
		b.Fatal(err)
	}
	batch, sel := benchColumns(stream.BatchRows), make([]uint32, 0, stream.BatchRows)
	b.ReportAllocs()
	for b.Loop() {
		if sel, err = f.Select(batch, sel[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/stream.BatchRows, "ns/row")
}
