package datagen

import (
	"math"
	"strconv"
	"time"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// column makes the values of one column.
type column struct {
	typ        types.Type
	seed       uint64
	nulls      float64
	sequence   bool
	start, end int64
	min, max   float64
	length     int
	variable   bool
	past       time.Duration
}

// random is SplitMix64.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// appendRow appends the value of row n; now is the time that timestamps lie before.
func (c *column) appendRow(b *vector.Builder, n, now int64) {
	r := random{state: c.seed ^ uint64(n)*0xbf58476d1ce4e5b9}
	if c.nulls > 0 && r.float() < c.nulls {
		b.AppendNull()
		return
	}
	if c.sequence {
		b.AppendValue(number(c.typ, float64(c.start+n), c.start+n))
		return
	}
	b.AppendValue(c.value(c.typ, &r, now))
}

func (c *column) value(t types.Type, r *random, now int64) types.Value {
	switch {
	case t.Kind == types.Boolean:
		return types.BoolValue(r.next()&1 == 1)
	case t.IsString(), t.IsBinary():
		return types.BytesValue(c.text(r))
	case t.IsTimestamp():
		ms := now
		if past := c.past.Milliseconds(); past > 0 {
			ms -= int64(r.next() % uint64(past))
		}
		return types.IntValue(ms * (t.TimeUnit() / 1000))
	case t.Kind == types.Date:
		return types.IntValue(now / 86_400_000)
	case t.Kind == types.Time:
		return types.IntValue(now % 86_400_000)
	case t.Kind == types.BigInt && c.min == math.MinInt64 && c.max == math.MaxInt64:
		return types.IntValue(int64(r.next()))
	case t.Kind == types.Row:
		var v types.Value
		for _, f := range t.Fields {
			whole := *c
			whole.min, whole.max = bounds(f.Type)
			v.Items = append(v.Items, whole.value(f.Type, r, now))
		}
		return v
	}
	f := c.min + r.float()*(c.max-c.min)
	if t.IsInteger() {
		f = math.Floor(c.min + r.float()*(c.max-c.min+1))
	}
	return number(t, f, int64(f))
}

// number is a value of a numeric or string type.
func number(t types.Type, f float64, i int64) types.Value {
	switch {
	case t.IsApproximate():
		return types.FloatValue(f)
	case t.IsString():
		return types.StringValue(strconv.FormatInt(i, 10))
	case t.Kind == types.Decimal && t.Precision <= types.MaxShortDecimal:
		return types.IntValue(int64(f * math.Pow10(t.Scale)))
	case t.Kind == types.Decimal:
		return types.Int128Value(types.Int128{Lo: uint64(int64(f)), Hi: int64(f) >> 63})
	}
	return types.IntValue(i)
}

const hexDigits = "0123456789abcdef"

func (c *column) text(r *random) []byte {
	n := c.length
	if c.variable {
		n = 1 + int(r.next()%uint64(n))
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = hexDigits[r.next()&15]
	}
	return out
}

// supported reports whether values of a type can be made up.
func supported(t types.Type) bool {
	switch t.Kind {
	case types.Array, types.Map, types.Multiset, types.Null:
		return false
	case types.Row:
		for _, f := range t.Fields {
			if !supported(f.Type) {
				return false
			}
		}
	case types.Decimal:
		// Above 18 digits only whole numbers are made, which the scale would shift.
		return t.Precision <= types.MaxShortDecimal || t.Scale == 0
	}
	return true
}
