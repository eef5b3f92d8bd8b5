package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// TestParseInto holds the short ways to the general parser: over texts that nearly
// are numbers and dates, both give the same value or both none.
func TestParseInto(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	env := &Env{}
	kinds := []types.Type{
		types.BigIntType, types.IntType, types.DoubleType, types.DateType, types.TimestampType(3), types.TimestampType(9),
		types.DecimalType(15, 2), types.DecimalType(18, 0), types.DecimalType(5, 4), types.DecimalType(38, 10), types.StringType,
	}
	usual := 0
	for range 400_000 {
		typ := kinds[r.IntN(len(kinds))]
		text := nearly(r, typ)
		want, ok := parse(text, typ, env)
		c := vector.NewBuilder(typ)
		err := ParseInto(c, &typ, text, env)
		if (err == nil) != ok || c.Len() != map[bool]int{true: 1}[ok] {
			t.Fatalf("%q as %s: error %v and %d rows, the general parser says %v", text, typ, err, c.Len(), ok)
		}
		if !ok {
			continue
		}
		usual++
		v := c.Finish()
		if got := v.ValueAt(0); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q as %s: got %v, the general parser %v", text, typ, got, want)
		}
	}
	if usual < 50_000 {
		t.Errorf("only %d texts could be read", usual)
	}
}

// nearly is a text of a type with, now and then, a byte that is wrong.
func nearly(r *rand.Rand, t types.Type) []byte {
	var s []byte
	switch t.Kind {
	case types.Date:
		s = fmt.Appendf(nil, "%04d-%02d-%02d", r.IntN(2500), r.IntN(14), r.IntN(33))
	case types.Timestamp:
		s = fmt.Appendf(nil, "%04d-%02d-%02d %02d:%02d:%02d", 1+r.IntN(9998), 1+r.IntN(12), r.IntN(32), r.IntN(25), r.IntN(61), r.IntN(61))
		if r.IntN(2) == 0 {
			s = fmt.Appendf(s, ".%0*d", 1+r.IntN(11), r.IntN(1_000_000_000))
		}
	default:
		s = fmt.Appendf(nil, "%d", r.Int64N(1<<(1+r.IntN(62)))-r.Int64N(1<<(1+r.IntN(20))))
		if r.IntN(2) == 0 {
			s = fmt.Appendf(s, ".%0*d", 1+r.IntN(6), r.IntN(1_000_000))
		}
	}
	if r.IntN(4) == 0 {
		const odd = "0123456789.-+ eET:x\t"
		at := r.IntN(len(s))
		switch c := odd[r.IntN(len(odd))]; r.IntN(3) {
		case 0:
			s[at] = c
		case 1:
			s = append(s[:at], append([]byte{c}, s[at:]...)...)
		default:
			s = append(s[:at], s[at+1:]...)
		}
	}
	return s
}
