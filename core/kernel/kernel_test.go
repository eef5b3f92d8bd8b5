package kernel

import (
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func TestCivilAgreesWithTime(t *testing.T) {
	for day := int64(-800_000); day < 800_000; day += 37 {
		want := time.Unix(day*86_400, 0).UTC()
		y, m, d := Civil(day)
		if int(y) != want.Year() || time.Month(m) != want.Month() || int(d) != want.Day() || DayOf(y, m, d) != day {
			t.Fatalf("day %d: got %d-%d-%d, want %s", day, y, m, d, want)
		}
		if isoY, isoW := want.ISOWeek(); true {
			if gy, gw := isoWeek(day); int(gy) != isoY || int(gw) != isoW {
				t.Fatalf("day %d: got week %d of %d, want %d of %d", day, gw, gy, isoW, isoY)
			}
		}
		if got := dayOfYear(day); int(got) != want.YearDay() {
			t.Fatalf("day %d: got day %d of the year, want %d", day, got, want.YearDay())
		}
	}
}

func TestLikeAgreesWithRegexp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	random := func(alphabet []rune, n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	for range 20000 {
		pattern, s := random([]rune("ab%%_é"), 7), random([]rune("abé"), 9)
		l, err := CompileLike([]byte(pattern), '\\')
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile("(?s)^" + strings.NewReplacer("%", ".*", "_", ".").Replace(pattern) + "$")
		if got, want := l.Match([]byte(s)), re.MatchString(s); got != want {
			t.Fatalf("%q LIKE %q: got %v, want %v", s, pattern, got, want)
		}
	}
}

func TestLikeEscapes(t *testing.T) {
	for _, c := range []struct {
		s, pattern string
		want       bool
	}{
		{"a%b", `a\%b`, true}, {"axb", `a\%b`, false}, {"a_b", `a\_b`, true}, {`a\b`, `a\\b`, true},
	} {
		l, err := CompileLike([]byte(c.pattern), '\\')
		if err != nil {
			t.Fatal(err)
		}
		if l.Match([]byte(c.s)) != c.want {
			t.Errorf("%q LIKE %q: want %v", c.s, c.pattern, c.want)
		}
	}
	if _, err := CompileLike([]byte(`a\x`), '\\'); err == nil {
		t.Error("an escape before an ordinary character must be refused")
	}
}

// rat is the exact value of a decimal.
func rat(v types.Int128, scale int) *big.Rat {
	x, _ := new(big.Rat).SetString(types.FormatDecimal(v, scale))
	return x
}

// rounded is x at a scale, half up, or nil where it has more digits than the precision.
func rounded(x *big.Rat, precision, scale int) *big.Rat {
	text := x.FloatString(scale) // rounds half away from zero
	out, _ := new(big.Rat).SetString(text)
	if digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0"); len(digits) > precision {
		return nil
	}
	return out
}

func TestDecimalArithmeticIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	random := func(precision int) types.Int128 {
		var v types.Int128
		for range 1 + r.IntN(precision) {
			v, _ = v.Mul(types.MakeInt128(10))
			v = v.Add(types.MakeInt128(r.Int64N(10)))
		}
		if r.IntN(2) == 0 {
			v = v.Neg()
		}
		return v
	}
	derive := map[string]func(a, b types.Type) types.Type{
		"+": types.DecimalAdd, "-": types.DecimalSub, "*": types.DecimalMul, "/": types.DecimalDiv, "%": types.DecimalMod,
	}
	for range 6000 {
		pa, pb := 1+r.IntN(38), 1+r.IntN(38)
		a, b := types.DecimalType(pa, r.IntN(pa+1)), types.DecimalType(pb, r.IntN(pb+1))
		x, y := random(pa), random(pb)
		for op, typeOf := range derive {
			if y.Sign() == 0 && (op == "/" || op == "%") {
				continue
			}
			result := typeOf(a, b)
			k, _ := Arithmetic(op, a, b, result)
			one := vector.ConstOf(a, types.DecimalValue(a, x), 1)
			two := vector.ConstOf(b, types.DecimalValue(b, y), 1)
			one.Form, two.Form = vector.Flat, vector.Flat
			out := vector.NewFlat(result.Phys(), 1)
			c := &Call{Args: []*vector.Vector{&one, &two}, ArgTypes: []types.Type{a, b}, Type: result, Rows: 1, Out: &out}
			if err := k.Eval(c); err != nil {
				t.Fatal(err)
			}
			exact := exactly(op, rat(x, a.Scale), rat(y, b.Scale))
			want := rounded(exact, result.Precision, result.Scale)
			v := out.ValueAt(0)
			switch {
			case v.Null && want == nil:
			case v.Null || want == nil || rat(v.Unscaled(result), result.Scale).Cmp(want) != 0:
				t.Fatalf("%s %s %s as %s: got %+v, want %v", types.FormatDecimal(x, a.Scale), op, types.FormatDecimal(y, b.Scale), result, v, want)
			}
		}
	}
}

func exactly(op string, x, y *big.Rat) *big.Rat {
	out := new(big.Rat)
	switch op {
	case "+":
		return out.Add(x, y)
	case "-":
		return out.Sub(x, y)
	case "*":
		return out.Mul(x, y)
	case "/":
		return out.Quo(x, y)
	}
	q := out.Quo(x, y)
	whole := new(big.Int).Quo(q.Num(), q.Denom()) // towards zero
	return new(big.Rat).Sub(x, new(big.Rat).Mul(y, new(big.Rat).SetInt(whole)))
}

// TestTextReadsBack: what AppendText writes, ParseText reads.
func TestTextReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	for _, typ := range []types.Type{
		types.TinyIntType, types.IntType, types.BigIntType, types.DoubleType, types.FloatType, types.DateType, types.BooleanType,
		types.DecimalType(12, 3), types.DecimalType(38, 10), types.TimestampType(0), types.TimestampType(3), types.TimestampType(6), types.TimestampType(9),
	} {
		for range 300 {
			v := types.IntValue(r.Int64N(200) - 100)
			switch {
			case typ.Kind == types.Boolean:
				v = types.BoolValue(r.IntN(2) == 0)
			case typ.IsApproximate():
				v = types.FloatValue(float64(float32(r.NormFloat64() * 1e9)))
			case typ.IsTimestamp():
				step := types.Pow10(map[int]int{0: 3, 3: 0, 6: 0, 9: 0}[typ.Precision])
				v = types.IntValue((r.Int64N(2e12) - 1e12) / step * step)
			case typ.Kind == types.Decimal:
				v = types.DecimalValue(typ, types.MakeInt128(r.Int64N(2e11)-1e11))
			}
			c := vector.ConstOf(typ, v, 1)
			s := AppendText(nil, typ, &c, 0, nil)
			back, err := ParseText(s, typ, nil)
			if err != nil || back.I != v.I || back.Hi != v.Hi {
				t.Fatalf("%s: %+v is written %s and read back %+v (%v)", typ, v, s, back, err)
			}
		}
	}
}

func TestJSONPath(t *testing.T) {
	doc := `{"a": {"b": [10, {"c": "x\u00e9\n"}]}, "k.1": [[]], "n": null, "s": "}\"{"}`
	for _, c := range []struct {
		path, want string
		finding    JSONFinding
	}{
		{"$.a.b[0]", "10", JSONFound},
		{"a.b[0]", "10", JSONFound},
		{"$.a.b[1].c", `"x\u00e9\n"`, JSONFound},
		{"lax $['k.1'][0]", "[]", JSONFound},
		{"$.s", `"}\"{"`, JSONFound},
		{"$.a.b[-2]", "10", JSONFound},
		{"$.a.b[0,5]", "[10]", JSONFound},
		{"$.a.b[:1]", "[10]", JSONFound},
		{"$..c", `["x\u00e9\n"]`, JSONFound},
		{"$.a.b.length()", "2", JSONFound},
		{"lax $.n", "", JSONMissing},
		{"$.n", "", JSONFailed},
		{"$.a.b[2]", "", JSONFailed},
		{"lax $.zz", "", JSONMissing},
		{"$.zz[*]", "", JSONFailed},
		{"$.a[0]", "", JSONFailed},
		{"$.", "", JSONFailed},
		{"$.a b", "", JSONFailed},
	} {
		p, err := CompileJSONPath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		v, finding := p.Find([]byte(doc), new([]byte))
		if finding != c.finding || string(v) != c.want {
			t.Errorf("%s: got %q %v", c.path, v, finding)
		}
	}
	for _, bad := range []string{"$.a[?(@.b)]", "$.a.max()"} {
		if _, err := CompileJSONPath(bad); err == nil {
			t.Errorf("%s must be refused", bad)
		}
	}
}

func TestJSONNumbersKeepTheirExponent(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"1e5", "1E+5"},
		{"1.50", "1.50"},
		{"1e99999999999999999999", "1E+1099511627776"},
		{"1e-99999999999999999999", "1E-1099511627776"},
	} {
		if got := string(AppendBigDecimal(nil, []byte(c.text))); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}
