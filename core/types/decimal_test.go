package types

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestDerivedDecimals(t *testing.T) {
	d := DecimalType
	cases := []struct {
		name      string
		got, want Type
	}{
		{"(10,2)+(10,2)", DecimalAdd(d(10, 2), d(10, 2)), d(11, 2)},
		{"(10,2)*(10,2)", DecimalMul(d(10, 2), d(10, 2)), d(21, 4)},
		{"(10,2)/(10,2)", DecimalDiv(d(10, 2), d(10, 2)), d(23, 13)},
		{"(38,18)*(38,18)", DecimalMul(d(38, 18), d(38, 18)), d(38, 6)},
		{"1+1.5", DecimalAdd(DecimalOfInteger(Integer), d(2, 1)), d(12, 1)},
		{"SUM(10,2)", SumType(d(10, 2)), d(38, 2)},
		{"AVG(10,2)", AvgType(d(10, 2)), d(38, 6)},
	}
	for _, c := range cases {
		if !c.got.Equal(c.want) {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
	if got, _ := Common(IntType, d(2, 1)); !got.Equal(d(11, 1)) {
		t.Errorf("INT with DECIMAL(2,1): got %s, want DECIMAL(11, 1)", got)
	}
}

func bigOf(v Int128) *big.Int {
	hi := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return hi.Add(hi, new(big.Int).SetUint64(v.Lo))
}

// halfUp is a/b rounded half away from zero.
func halfUp(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(b) >= 0 {
		if a.Sign()*b.Sign() < 0 {
			return q.Sub(q, big.NewInt(1))
		}
		return q.Add(q, big.NewInt(1))
	}
	return q
}

func bigPow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func randomDecimal(r *rand.Rand) Int128 {
	digits := 1 + r.IntN(38)
	var v Int128
	for range digits {
		v, _ = v.Mul(MakeInt128(10))
		v = v.Add(MakeInt128(r.Int64N(10)))
	}
	if r.IntN(2) == 0 {
		v = v.Neg()
	}
	return v
}

func TestInt128AgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	limit := new(big.Int).Lsh(big.NewInt(1), 127)
	check := func(op string, a, b, got Int128, ok bool, want *big.Int) {
		t.Helper()
		if fits := want.CmpAbs(limit) < 0; fits != ok || ok && bigOf(got).Cmp(want) != 0 {
			t.Fatalf("%s of %s and %s: got %s %v, want %s", op, bigOf(a), bigOf(b), bigOf(got), ok, want)
		}
	}
	for range 20000 {
		a, b := randomDecimal(r), randomDecimal(r)
		x, y := bigOf(a), bigOf(b)
		check("add", a, b, a.Add(b), true, new(big.Int).Add(x, y))
		check("sub", a, b, a.Sub(b), true, new(big.Int).Sub(x, y))
		p, ok := a.Mul(b)
		check("mul", a, b, p, ok, new(big.Int).Mul(x, y))
		drop := 1 + r.IntN(40)
		p, ok = MulDecimal(a, b, drop)
		check("mul drop", a, b, p, ok, halfUp(new(big.Int).Mul(x, y), bigPow10(drop)))
		p, ok = a.Rescale(drop, 0)
		check("rescale", a, b, p, ok, halfUp(x, bigPow10(drop)))
		if b.Sign() == 0 {
			continue
		}
		shift := r.IntN(38)
		p, ok = DivDecimal(a, b, shift)
		if num := new(big.Int).Mul(x, bigPow10(shift)); num.BitLen() <= 256 {
			check("div", a, b, p, ok, halfUp(num, y))
		}
		q, m := a.DivMod(b)
		check("quo", a, b, q, true, new(big.Int).Quo(x, y))
		check("rem", a, b, m, true, new(big.Int).Rem(x, y))
		if got := a.Cmp(b); got != x.Cmp(y) {
			t.Fatalf("cmp %s %s: got %d", x, y, got)
		}
		if s := FormatDecimal(a, 0); s != x.String() {
			t.Fatalf("format: got %s, want %s", s, x)
		}
		scale := r.IntN(39)
		if back, ok := ParseDecimal(FormatDecimal(a, scale), 38, scale); !ok || back != a {
			t.Fatalf("parse %s: got %s %v", FormatDecimal(a, scale), bigOf(back), ok)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	cases := []struct {
		text             string
		precision, scale int
		want             string
		ok               bool
	}{
		{"1.005", 10, 2, "1.01", true},
		{"-1.005", 10, 2, "-1.01", true},
		{"1.004999", 10, 2, "1.00", true},
		{".5", 2, 1, "0.5", true},
		{"4.", 2, 1, "4.0", true},
		{"1e2", 5, 1, "100.0", true},
		{"15e-1", 5, 0, "2", true},
		{"0.05", 1, 0, "0", true},
		{"99.95", 3, 1, "", false},
		{"1e40", 38, 0, "", false},
		{"", 5, 1, "", false},
		{"1x", 5, 1, "", false},
		{"-", 5, 1, "", false},
		{"--1", 5, 1, "", false},
	}
	for _, c := range cases {
		v, ok := ParseDecimal(c.text, c.precision, c.scale)
		if ok != c.ok || ok && FormatDecimal(v, c.scale) != c.want {
			t.Errorf("%q as DECIMAL(%d,%d): got %s %v", c.text, c.precision, c.scale, FormatDecimal(v, c.scale), ok)
		}
	}
}
