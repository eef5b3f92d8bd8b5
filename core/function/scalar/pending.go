package scalar

import (
	"bytes"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

var (
	notCode       = always(kernel.Not())
	isNullCode    = always(kernel.IsNull(false))
	isNotNullCode = always(kernel.IsNull(true))
	negateCode    = func(s Site) (kernel.Kernel, error) { k, _ := kernel.Negate(s.Type); return k, nil }

	similarCode, typeofCode, minusDateCode, timestampDiffCode Code
)

func truthCode(name string) Code {
	return always(kernel.Truth(name == "IS TRUE" || name == "IS NOT TRUE", name == "IS NOT TRUE" || name == "IS NOT FALSE"))
}
func compareCode(op string) Code { return always(kernel.Compare(op)) }
func distinctCode(d bool) Code   { return always(kernel.Distinct(d)) }
func roundToCode(bool) Code      { return nil }

func arithmeticCode(op string) Code {
	return func(s Site) (kernel.Kernel, error) {
		a, b := s.Args[0].Type, s.Args[1].Type
		if k, ok := kernel.Arithmetic(op, a, b, s.Type); ok {
			return k, nil
		}
		if a.IsTemporal() && b.IsInterval() {
			return intervalKernel(a, b, op == "-", 0, 1), nil
		}
		if b.IsTemporal() && a.IsInterval() {
			return intervalKernel(b, a, false, 1, 0), nil
		}
		return kernel.Kernel{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s %s %s cannot be evaluated", a, op, b)
	}
}

func intervalKernel(t, interval types.Type, minus bool, ti, ii int) kernel.Kernel {
	return kernel.Kernel{Name: "+", Eval: func(c *kernel.Call) error {
		x, n := c.Ints(ti), c.Ints(ii)
		for _, r := range c.Active() {
			d := n.At(r)
			if minus {
				d = -d
			}
			put(c.Out, r, shift(x.At(r), d, t, interval))
		}
		return nil
	}}
}

func put(v *vector.Vector, r uint32, x int64) {
	if v.Phys == types.PhysInt32 {
		vector.Values[int32](v)[r] = int32(x)
		return
	}
	vector.Values[int64](v)[r] = x
}

func shift(x, d int64, t, interval types.Type) int64 {
	const dayMillis = 86_400_000
	if interval.Kind == types.IntervalYearMonth {
		switch t.Kind {
		case types.Date:
			return kernel.AddMonths(x, d)
		default:
			perDay := t.TimeUnit() * 86_400
			day := floorDiv(x, perDay)
			return kernel.AddMonths(day, d)*perDay + x - day*perDay
		}
	}
	switch t.Kind {
	case types.Date:
		return x + floorDiv(d, dayMillis)
	case types.Time:
		return ((x+d)%dayMillis + dayMillis) % dayMillis
	}
	return x + d*(t.TimeUnit()/1000)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func timestampAddCode(s Site) (kernel.Kernel, error) {
	return kernel.Kernel{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "TIMESTAMPADD cannot be evaluated")
}

func partCode(unit string) Code {
	return func(s Site) (kernel.Kernel, error) { return extractKernel(unit, s.Args[0].Type, 0) }
}

func extractCode(s Site) (kernel.Kernel, error) {
	return extractKernel(string(bytes.ToUpper(s.Args[0].Literal.B)), s.Args[1].Type, 1)
}

func extractKernel(unit string, t types.Type, at int) (kernel.Kernel, error) {
	pick, ok := map[string]func(y, m, d int64) int64{
		"YEAR": func(y, _, _ int64) int64 { return y }, "MONTH": func(_, m, _ int64) int64 { return m }, "DAY": func(_, _, d int64) int64 { return d },
		"QUARTER": func(_, m, _ int64) int64 { return (m + 2) / 3 },
	}[unit]
	if !ok {
		return kernel.Kernel{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "EXTRACT(%s) cannot be evaluated", unit)
	}
	return kernel.Kernel{Name: "EXTRACT", Eval: func(c *kernel.Call) error {
		x := c.Ints(at)
		out := vector.Values[int64](c.Out)
		for _, r := range c.Active() {
			day := x.At(r)
			if t.Kind == types.Timestamp || t.Kind == types.TimestampLTZ {
				unit := t.TimeUnit()
				if t.Kind == types.TimestampLTZ {
					day = c.Env.Local(day, unit)
				}
				day = floorDiv(day, unit*86_400)
			}
			out[r] = pick(kernel.Civil(day))
		}
		return nil
	}}, nil
}

func inCode(s Site) (kernel.Kernel, error) {
	return kernel.Kernel{Name: "IN", Nulls: kernel.NullAware, Eval: func(c *kernel.Call) error {
		out := c.Out.Bits()
		nullItem := false
		for _, a := range c.Args[1:] {
			nullItem = nullItem || a.IsNullConst()
		}
		for _, r := range c.Selected() {
			hit := false
			if c.Args[0].IsValid(int(r)) {
				for _, a := range c.Args[1:] {
					if a.IsValid(int(r)) && kernel.EqualAt(c.Args[0], int(r), a, int(r)) {
						hit = true
						break
					}
				}
			}
			out.SetTo(int(r), hit)
			if !hit && (nullItem || !c.Args[0].IsValid(int(r))) {
				c.SetNull(int(r))
			}
		}
		return nil
	}}, nil
}

func likeCode(s Site) (kernel.Kernel, error) {
	return kernel.Kernel{Name: "LIKE", Eval: func(c *kernel.Call) error {
		x, p := c.Strings(0), c.Strings(1)
		out := c.Out.Bits()
		for _, r := range c.Active() {
			out.SetTo(int(r), likeMatch(x.At(r), p.At(r)))
		}
		return nil
	}}, nil
}

// likeMatch matches greedily with one point to come back to: the last %.
func likeMatch(s, p []byte) bool {
	i, j, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '%':
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == '_' || p[j] == s[i]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}
