package aggregate_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"unsafe"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// value parses the text of a test's value: "" is NULL.
func value(t types.Type, s string) types.Value {
	switch {
	case s == "":
		return types.NullValue()
	case t.IsString():
		return types.StringValue(strings.TrimSuffix(s, "·"))
	case t.IsApproximate():
		var f float64
		fmt.Sscan(s, &f)
		return types.FloatValue(f)
	case t.Kind == types.Boolean:
		return types.BoolValue(s == "true")
	}
	n, ok := new(big.Int).SetString(s, 10) // decimals: unscaled
	if !ok {
		panic(s)
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	hi := new(big.Int).Rsh(n, 64).Int64()
	return types.Value{I: int64(lo), Hi: hi}
}

func show(t types.Type, v types.Value) string {
	switch {
	case v.Null:
		return ""
	case t.IsString():
		return v.Str()
	case t.IsApproximate():
		return fmt.Sprint(v.Float())
	case t.Kind == types.Boolean:
		return fmt.Sprint(v.Bool())
	case t.Kind == types.Array:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, "<"+show(*t.Elem, item)+">")
		}
		return strings.Join(parts, "")
	case t.Phys() == types.PhysInt128:
		n := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
		return n.Add(n, new(big.Int).SetUint64(uint64(v.I))).String()
	}
	return fmt.Sprint(v.I)
}

func column(t types.Type, texts []string) vector.Vector {
	b := vector.NewBuilder(t)
	for _, s := range texts {
		b.AppendValue(value(t, s))
	}
	return b.Finish()
}

func bind(t *testing.T, name string, args ...types.Type) function.Signature {
	t.Helper()
	f, ok := function.Lookup(name)
	if !ok {
		t.Fatalf("%s is not declared", name)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a, Literal: &types.Value{}}
	}
	sig, err := f.Bind(in)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// rig is one row of states.
type rig struct {
	acc    aggregate.Accumulator
	states aggregate.States
}

func newRig(acc aggregate.Accumulator) *rig {
	mem := make([]uint64, acc.Layout().Size/8+2)
	for i := range mem {
		mem[i] = 0xdeadbeefdeadbeef // Init must not rely on zeroes
	}
	r := &rig{acc: acc, states: aggregate.States{
		Base: unsafe.Pointer(&mem[0]), Stride: uintptr(acc.Layout().Size), Offset: 8, Index: []uint32{0}, Heap: &aggregate.Heap{},
	}}
	acc.Init(r.states)
	return r
}

func (r *rig) update(args []vector.Vector, in aggregate.Input) error {
	s := r.states
	s.Index = make([]uint32, in.Rows)
	return r.acc.Update(s, args, in)
}

func (r *rig) result(t types.Type) (string, error) {
	b := vector.NewBuilder(t)
	if err := r.acc.Result(r.states, b); err != nil {
		return "", err
	}
	v := b.Finish()
	return show(t, v.ValueAt(0)), nil
}

const nines = "99999999999999999999999999999999999999" // 38

func TestAggregates(t *testing.T) {
	short, long := types.DecimalType(10, 2), types.DecimalType(38, 2)
	cases := []struct {
		name string
		arg  types.Type
		in   string // values by space; - is NULL
		want string
	}{
		{"COUNT", types.IntType, "", "0"},
		{"COUNT", types.IntType, "1 - 3", "2"},
		{"COUNT", types.StringType, "a - bcdefghijklmnopqrstuvw", "2"},
		{"SUM", types.IntType, "", ""},
		{"SUM", types.IntType, "- -", ""},
		{"SUM", types.IntType, "1 - 3", "4"},
		{"SUM", types.IntType, "2147483647 1", "-2147483648"},
		{"SUM", types.TinyIntType, "127 1", "-128"},
		{"SUM", types.SmallType, "32767 2", "-32767"},
		{"SUM", types.BigIntType, "9223372036854775807 1", "-9223372036854775808"},
		{"SUM", types.DoubleType, "1.5 2.25 -", "3.75"},
		{"SUM", types.FloatType, "1.5 2.25", "3.75"},
		{"SUM", short, "150 -275 -", "-125"},
		{"SUM", long, nines + " 1 -2", "99999999999999999999999999999999999998"},
		{"SUM", long, nines + " 1", ""}, // 39 digits
		{"SUM", long, "-" + nines + " -1 5", "-99999999999999999999999999999999999995"},
		{"SUM", long, nines + " " + nines + " " + nines + " -" + nines + " -" + nines, nines},
		{"$SUM0", types.BigIntType, "", "0"},
		{"$SUM0", short, "-", "0"},
		{"AVG", types.IntType, "7 - 8", "7"},
		{"AVG", types.IntType, "-7 -8", "-7"},
		{"AVG", types.IntType, "2147483647 2147483647", "2147483647"},
		{"AVG", types.DoubleType, "1 2", "1.5"},
		{"AVG", short, "100 100 101", "1003333"}, // 1.003333
		{"AVG", short, "100 100 102", "1006667"},
		{"AVG", short, "-100 -100 -102", "-1006667"},
		{"AVG", long, nines, ""}, // four more digits do not fit
		{"AVG", types.DecimalType(38, 8), nines, nines},
		{"AVG", short, "-", ""},
		{"MIN", types.IntType, "3 - 1 2", "1"},
		{"MAX", types.IntType, "3 - 1 2", "3"},
		{"MIN", types.IntType, "-", ""},
		{"MIN", types.BooleanType, "true false -", "false"},
		{"MAX", types.BooleanType, "false - true", "true"},
		{"MIN", long, nines + " -" + nines + " 0", "-" + nines},
		{"MAX", long, "-1 18446744073709551616 5", "18446744073709551616"},
		{"MIN", types.DoubleType, "NaN 2 1", "1"},
		{"MAX", types.DoubleType, "1 NaN 2", "NaN"},
		{"MIN", types.StringType, "pear apple applf -", "apple"},
		{"MAX", types.StringType, "longprefixed-a longprefixed-c longprefixed-b long", "longprefixed-c"},
		{"MIN", types.StringType, "ab · a", ""}, // · is the empty string
		{"FIRST_VALUE", types.StringType, "- b a", "b"},
		{"LAST_VALUE", types.StringType, "b a -", "a"},
		{"FIRST_VALUE", types.BigIntType, "- 5 6", "5"},
		{"LAST_VALUE", types.BigIntType, "5 6 -", "6"},
		{"LAST_VALUE", long, "5 6 -", "6"},
		{"SINGLE_VALUE", types.IntType, "5", "5"},
		{"SINGLE_VALUE", types.StringType, "-", ""},
		{"SINGLE_VALUE", types.IntType, "", ""},
		{"VAR_POP", types.DoubleType, "1 2 3 4", "1.25"},
		{"VAR_SAMP", types.DoubleType, "1 2 3", "1"},
		{"VAR_SAMP", types.DoubleType, "1", ""},
		{"VAR_POP", types.DoubleType, "1", "0"},
		{"STDDEV_POP", types.DoubleType, "2 4 4 4 5 5 7 9", "2"},
		{"STDDEV_POP", types.IntType, "1 2 3 4", "1"}, // 1.118 as INT
		{"STDDEV_SAMP", short, "100 200 300", "1000000"},
		{"LISTAGG", types.StringType, "a - b c", "a,b,c"},
		{"LISTAGG", types.StringType, "· a", ",a"},
		{"LISTAGG", types.StringType, "-", ""},
		{"ARRAY_AGG", types.IntType, "1 - 2", "<1><><2>"},
		{"ARRAY_AGG", types.StringType, "a - bc", "<a><><bc>"},
		{"APPROX_COUNT_DISTINCT", types.IntType, "1 2 1 - 3", "3"},
		{"APPROX_COUNT_DISTINCT", types.IntType, "", "0"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s(%s) %s", c.name, c.arg, c.in), func(t *testing.T) {
			sig := bind(t, c.name, c.arg)
			var texts []string
			for _, s := range strings.Fields(c.in) {
				texts = append(texts, strings.TrimSuffix(s, map[bool]string{true: "-"}[s == "-"]))
			}
			v := column(c.arg, texts)
			for split := 0; split <= len(texts); split++ {
				got, err := mergedAt(c.name, sig, v, split)
				if err != nil {
					t.Fatal(err)
				}
				if got != c.want && !close(sig.Result, got, c.want) {
					t.Errorf("split at %d: got %q, want %q", split, got, c.want)
				}
			}
		})
	}
}

// close reports floats that differ by rounding only: sums depend on their order.
func close(t types.Type, a, b string) bool {
	var x, y float64
	if !t.IsApproximate() || a == "" || b == "" {
		return false
	}
	fmt.Sscan(a, &x)
	fmt.Sscan(b, &y)
	return math.Abs(x-y) <= 1e-12*math.Abs(y)
}

// mergedAt folds the rows before and from split apart, sends the second state
// over the wire, and merges.
func mergedAt(name string, sig function.Signature, v vector.Vector, split int) (string, error) {
	acc, err := aggregate.New(name, sig.Args, sig.Result)
	if err != nil {
		return "", err
	}
	a, b := newRig(acc), newRig(acc)
	for i, part := range []*rig{a, b} {
		rows := v.Slice(0, split)
		if i == 1 {
			rows = v.Slice(split, v.Len)
		}
		if err := part.update([]vector.Vector{rows}, aggregate.Input{Rows: rows.Len}); err != nil {
			return "", err
		}
	}
	if p, ok := acc.(aggregate.Portable); ok && acc.Layout().Heap {
		wire := p.Detach(b.states, 0, nil)
		b.states.Heap = &aggregate.Heap{Bytes: []byte("other things")}
		if rest, err := p.Attach(b.states, 0, wire); err != nil || len(rest) != 0 {
			return "", fmt.Errorf("attach: %w, %d left", err, len(rest))
		}
	}
	if err := acc.Merge(a.states, b.states); err != nil {
		return "", err
	}
	return a.result(sig.Result)
}

func TestRetraction(t *testing.T) {
	cases := []struct {
		name string
		arg  types.Type
		in   string // +value or ~value
		want string
	}{
		{"COUNT", types.IntType, "+1 +2 ~1 +-", "1"},
		{"SUM", types.IntType, "+1 +2 ~1", "2"},
		{"SUM", types.IntType, "+1 ~1", ""},
		{"SUM", types.DoubleType, "+0.1 +0.2 ~0.1 ~0.2", ""},
		{"SUM", types.DecimalType(38, 0), "+" + nines + " +1 ~1", nines},
		{"AVG", types.DecimalType(5, 2), "+100 +300 +500 ~500", "2000000"},
		{"AVG", types.BigIntType, "+1 +9 ~1", "9"},
		{"VAR_POP", types.DoubleType, "+1 +2 +3 +10 ~10", "0.6666666666666666"},
		{"SINGLE_VALUE", types.IntType, "+1 ~1 +2", "2"},
		{"SINGLE_VALUE", types.IntType, "+1 +2 ~1", "2"},
	}
	for _, c := range cases {
		t.Run(c.name+" "+c.in, func(t *testing.T) {
			sig := bind(t, c.name, c.arg)
			acc, err := aggregate.New(c.name, sig.Args, sig.Result)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			var kinds []stream.RowKind
			for _, s := range strings.Fields(c.in) {
				texts = append(texts, strings.TrimPrefix(s[1:], map[bool]string{true: "-"}[s[1:] == "-"]))
				kinds = append(kinds, map[byte]stream.RowKind{'+': stream.Insert, '~': stream.Delete}[s[0]])
			}
			r := newRig(acc)
			if err := r.update([]vector.Vector{column(c.arg, texts)}, aggregate.Input{Rows: len(texts), Kinds: kinds}); err != nil {
				t.Fatal(err)
			}
			if got, _ := r.result(sig.Result); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestKeepingAll follows changelogs with aggregates that must keep every value.
func TestKeepingAll(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"LISTAGG", "+a +b ~a +c", "b,c"},
		{"LISTAGG", "+· +b +·", ",b,"},
		{"LISTAGG", "+a ~a", ""},
		{"LISTAGG", "+- ~x", ""},
		{"FIRST_VALUE", "+a +b ~a", "b"},
		{"FIRST_VALUE", "+a +b +a ~a", "b"},
		{"LAST_VALUE", "+a +bbbb +c ~c", "bbbb"},
		{"LAST_VALUE", "+a ~a", ""},
		{"ARRAY_AGG", "+a +- +c ~a", "<><c>"},
	} {
		t.Run(c.name+" "+c.in, func(t *testing.T) {
			sig := bind(t, c.name, types.StringType)
			set, err := aggregate.NewRetractingSet([]aggregate.Call{{Func: c.name, Args: []int{0}, ArgTypes: sig.Args, Filter: -1, Type: sig.Result}})
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			var kinds []stream.RowKind
			for _, s := range strings.Fields(c.in) {
				texts = append(texts, strings.TrimPrefix(s[1:], map[bool]string{true: "-"}[s[1:] == "-"]))
				kinds = append(kinds, map[byte]stream.RowKind{'+': stream.Insert, '~': stream.Delete}[s[0]])
			}
			mem := make([]uint64, 2*set.Size/8)
			row := aggregate.States{Base: unsafe.Pointer(&mem[0]), Stride: uintptr(set.Size), Index: []uint32{0}, Heap: &aggregate.Heap{}}
			set.Init(row)
			row.Index = make([]uint32, len(texts))
			if err := set.Update(row, []vector.Vector{column(types.StringType, texts)}, aggregate.Input{Rows: len(texts), Kinds: kinds}); err != nil {
				t.Fatal(err)
			}
			if err := set.Decode(row, 1, set.Encode(row, 0, nil)); err != nil {
				t.Fatal(err)
			}
			b := vector.NewBuilder(sig.Result)
			row.Index = []uint32{1}
			if err := set.Result(0, row, b); err != nil {
				t.Fatal(err)
			}
			v := b.Finish()
			if got := show(sig.Result, v.ValueAt(0)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	sig := bind(t, "MAX", types.IntType)
	acc, _ := aggregate.New("MAX", sig.Args, sig.Result)
	r := newRig(acc)
	in := aggregate.Input{Rows: 1, Kinds: []stream.RowKind{stream.Delete}}
	if r.update([]vector.Vector{column(types.IntType, []string{"1"})}, in) == nil {
		t.Error("MAX must refuse a retraction")
	}
	sig = bind(t, "SINGLE_VALUE", types.IntType)
	acc, _ = aggregate.New("SINGLE_VALUE", sig.Args, sig.Result)
	r = newRig(acc)
	if err := r.update([]vector.Vector{column(types.IntType, []string{"1", "1"})}, aggregate.Input{Rows: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.result(sig.Result); sqlerr.As(err) == nil || sqlerr.As(err).Code != sqlerr.Cardinality {
		t.Errorf("two rows in SINGLE_VALUE: %v", err)
	}
	f, _ := function.Lookup("sum")
	if _, err := f.Bind([]function.Arg{{Type: types.StringType}}); sqlerr.As(err) == nil || sqlerr.As(err).Hint == "" {
		t.Errorf("SUM of a string: %v", err)
	}
}

// TestFormsAndSelections folds one column in every form, with every mask.
func TestFormsAndSelections(t *testing.T) {
	dict := column(types.BigIntType, []string{"10", "20", "30"})
	v := vector.Vector{Phys: types.PhysInt64, Form: vector.Dict, Len: 5, Codes: []uint32{2, 0, 1, 2, 0}, Dict: &dict, Valid: vector.Bitmap{0b11101}}
	flat := v.Flatten()
	constant := vector.ConstOf(types.BigIntType, types.IntValue(7), 5)
	null := vector.ConstOf(types.BigIntType, types.NullValue(), 5)
	for _, c := range []struct {
		name string
		v    vector.Vector
		sel  []uint32
		sum  string
		n    string
		max  string
	}{
		{"dict", v, nil, "90", "4", "30"},
		{"dict sel", v, []uint32{0, 1, 4}, "40", "2", "30"},
		{"flat", flat, nil, "90", "4", "30"},
		{"flat none", flat, []uint32{}, "", "0", ""},
		{"const", constant, nil, "35", "5", "7"},
		{"const sel", constant, []uint32{3}, "7", "1", "7"},
		{"null", null, nil, "", "0", ""},
	} {
		for fn, want := range map[string]string{"SUM": c.sum, "COUNT": c.n, "MAX": c.max} {
			sig := bind(t, fn, types.BigIntType)
			acc, _ := aggregate.New(fn, sig.Args, sig.Result)
			r := newRig(acc)
			if err := r.update([]vector.Vector{c.v}, aggregate.Input{Rows: 5, Sel: c.sel}); err != nil {
				t.Fatal(err)
			}
			if got, _ := r.result(sig.Result); got != want {
				t.Errorf("%s %s: got %q, want %q", c.name, fn, got, want)
			}
		}
	}
}

func TestApproximateCountIsClose(t *testing.T) {
	const n = 200_000
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(i) * 7
	}
	acc, _ := aggregate.New("APPROX_COUNT_DISTINCT", []types.Type{types.BigIntType}, types.BigIntType)
	r := newRig(acc)
	if err := r.update([]vector.Vector{vector.Of(types.PhysInt64, values)}, aggregate.Input{Rows: n}); err != nil {
		t.Fatal(err)
	}
	got, _ := r.result(types.BigIntType)
	var x float64
	fmt.Sscan(got, &x)
	if math.Abs(x/n-1) > 0.05 {
		t.Errorf("estimate %v of %d", x, n)
	}
}

func TestSetSharesAndRoundTrips(t *testing.T) {
	dec := types.DecimalType(15, 2)
	calls := []aggregate.Call{
		{Func: "SUM", Args: []int{0}, ArgTypes: []types.Type{dec}, Filter: -1, Type: aggregate.SumType(dec)},
		{Func: "AVG", Args: []int{0}, ArgTypes: []types.Type{dec}, Filter: -1, Type: aggregate.AvgType(dec)},
		{Func: "SUM", Args: []int{0}, ArgTypes: []types.Type{dec}, Filter: 2, Type: aggregate.SumType(dec)},
		{Func: "MAX", Args: []int{1}, ArgTypes: []types.Type{types.StringType}, Filter: -1, Type: types.StringType},
		{Func: "COUNT", Filter: -1, Type: types.BigIntType},
	}
	s, err := aggregate.NewSet(calls)
	if err != nil {
		t.Fatal(err)
	}
	if s.Size != 32+32+32+8 {
		t.Errorf("row of %d bytes: SUM and AVG of a column share a state, a FILTER does not", s.Size)
	}
	cols := []vector.Vector{
		column(dec, []string{"100", "200", ""}),
		column(types.StringType, []string{"aa", "a rather long string", ""}),
		column(types.BooleanType, []string{"true", "false", ""}),
	}
	mem := make([]uint64, 2*s.Size/8)
	row := aggregate.States{Base: unsafe.Pointer(&mem[0]), Stride: uintptr(s.Size), Index: []uint32{0, 1}, Heap: &aggregate.Heap{}}
	s.Init(row)
	row.Index = []uint32{0, 0, 0}
	if err := s.Update(row, cols, aggregate.Input{Rows: 3}); err != nil {
		t.Fatal(err)
	}
	if err := s.Decode(row, 1, s.Encode(row, 0, nil)); err != nil {
		t.Fatal(err)
	}
	row.Index = []uint32{1}
	want := []string{"300", "1500000", "100", "aa", "3"}
	for i, c := range calls {
		b := vector.NewBuilder(c.Type)
		if err := s.Result(i, row, b); err != nil {
			t.Fatal(err)
		}
		v := b.Finish()
		if got := show(c.Type, v.ValueAt(0)); got != want[i] {
			t.Errorf("%s: got %q, want %q", c.Func, got, want[i])
		}
	}
}
