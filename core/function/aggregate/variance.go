package aggregate

import (
	"math"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

type moments struct {
	mean, m2 float64 // m2: sum of squared distances from the mean
	count    int64
}

func (p *moments) add(x float64) {
	p.count++
	d := x - p.mean
	p.mean += d / float64(p.count)
	p.m2 += d * (x - p.mean)
}

func (p *moments) sub(x float64) {
	p.count--
	if p.count <= 0 {
		p.mean, p.m2 = 0, 0
		return
	}
	d := x - p.mean
	p.mean -= d / float64(p.count)
	p.m2 = max(0, p.m2-d*(x-p.mean))
}

func (p *moments) merge(q *moments) {
	n := p.count + q.count
	if n == 0 {
		return
	}
	d := q.mean - p.mean
	p.m2 += q.m2 + d*d*float64(p.count)*float64(q.count)/float64(n)
	p.mean += d * float64(q.count) / float64(n)
	p.count = n
}

// variance is VAR_* and STDDEV_* by Welford's recurrence, which keeps its digits
// where the difference of sums of squares loses them, and can retract.
type variance struct {
	sample, root bool
	arg, result  types.Type
	values       []float64
	picked       picked
}

func (a *variance) Layout() Layout { return Layout{Size: 24, Version: 1} }
func (a *variance) state() string  { return "moments" }

func (a *variance) Init(s States) {
	for _, g := range s.Index {
		*(*moments)(s.At(g)) = moments{}
	}
}

func (a *variance) Update(s States, args []vector.Vector, in Input) error {
	v := &args[0]
	p := &a.picked
	p.pick(v, s.Index, &in)
	a.values = asFloats(v, a.arg, p.plus, a.values)
	for i, x := range a.values {
		(*moments)(s.At(p.plusAt[i])).add(x)
	}
	a.values = asFloats(v, a.arg, p.minus, a.values)
	for i, x := range a.values {
		(*moments)(s.At(p.minusAt[i])).sub(x)
	}
	return nil
}

func (a *variance) Merge(s, from States) error {
	for i, g := range s.Index {
		(*moments)(s.At(g)).merge((*moments)(from.At(from.Index[i])))
	}
	return nil
}

func (a *variance) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*moments)(s.At(g))
		n := p.count
		if a.sample {
			n--
		}
		if n <= 0 {
			out.AppendNull()
			continue
		}
		x := p.m2 / float64(n)
		if a.root {
			x = math.Sqrt(x)
		}
		appendNumber(out, a.result, x)
	}
	return nil
}

// asFloats reads rows of a numeric column as DOUBLE.
func asFloats(v *vector.Vector, t types.Type, rows []uint32, spare []float64) []float64 {
	if cap(spare) < len(rows) {
		spare = make([]float64, len(rows))
	}
	out := spare[:len(rows)]
	if len(rows) == 0 {
		return out
	}
	switch v.Phys {
	case types.PhysInt8:
		widenTo(out, vector.Values[int8](v.Base()), v, rows)
	case types.PhysInt16:
		widenTo(out, vector.Values[int16](v.Base()), v, rows)
	case types.PhysInt32:
		widenTo(out, vector.Values[int32](v.Base()), v, rows)
	case types.PhysInt64:
		widenTo(out, vector.Values[int64](v.Base()), v, rows)
	case types.PhysFloat32:
		widenTo(out, vector.Values[float32](v.Base()), v, rows)
	case types.PhysFloat64:
		widenTo(out, vector.Values[float64](v.Base()), v, rows)
	case types.PhysInt128:
		values := vector.Values[types.Int128](v.Base())
		for i, r := range rows {
			x := values[v.Index(int(r))]
			out[i] = float64(x.Hi)*0x1p64 + float64(x.Lo)
		}
	}
	if t.Kind == types.Decimal && t.Scale > 0 {
		unit := math.Pow10(t.Scale)
		for i := range out {
			out[i] /= unit
		}
	}
	return out
}

func widenTo[T int8 | int16 | int32 | int64 | float32 | float64](out []float64, values []T, v *vector.Vector, rows []uint32) {
	for i, r := range rows {
		out[i] = float64(values[v.Index(int(r))])
	}
}

// appendNumber appends x in a numeric type: integers truncate, decimals round half up.
func appendNumber(out *vector.Builder, t types.Type, x float64) {
	switch {
	case t.IsApproximate():
		appendFloat(out, t.Phys(), x)
	case t.Kind != types.Decimal:
		appendInt(out, t.Phys(), int64(x))
	default:
		x = math.Floor(math.Abs(x)*math.Pow10(t.Scale) + 0.5)
		hi := math.Floor(x / 0x1p64)
		w := words{uint64(x - hi*0x1p64), uint64(hi)}
		if x >= 1e38 || !fits38(w) {
			out.AppendNull()
			return
		}
		appendDecimal(out, t, false, w)
	}
}
