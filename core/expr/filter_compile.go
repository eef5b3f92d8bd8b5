package expr

import (
	"math"

	"github.com/weir-engine/weir/core/types"
)

// test makes a test for e, or for NOT e where want is false.
func (c *compiler) test(e *Expr, want bool) (*test, error) {
	if e.Op == Call {
		switch e.Func {
		case Not:
			return c.test(e.Args[0], !want)
		case And, Or:
			// NOT (a AND b) is TRUE where NOT a or NOT b is.
			return c.junction(e, (e.Func == And) == want, want)
		case IsNull, IsNotNull:
			n, err := c.compile(e.Args[0])
			return &test{how: isNullness, want: (e.Func == IsNull) == want, n: n}, err
		case Eq, Ne, Lt, Le, Gt, Ge:
			if want || !e.Args[0].Type.IsApproximate() { // with NaN, NOT a < b is not a >= b
				return c.comparison(e, want)
			}
		}
	}
	n, err := c.compile(e)
	return &test{how: isValue, want: want, n: n}, err
}

func (c *compiler) junction(e *Expr, all, want bool) (*test, error) {
	t := &test{how: anyOf}
	if all {
		t.how = allOf
	}
	for _, a := range e.Args {
		k, err := c.test(a, want)
		if err != nil {
			return nil, err
		}
		if k.how == t.how {
			t.kids = append(t.kids, k.kids...)
			continue
		}
		t.kids = append(t.kids, k)
	}
	if all {
		t.kids = fuseRanges(t.kids)
	}
	if len(t.kids) == 1 {
		return t.kids[0], nil
	}
	return t, nil
}

// fuseRanges makes one test of two that stand side by side and bound the same value.
func fuseRanges(kids []*test) []*test {
	out := kids[:1]
	for _, k := range kids[1:] {
		if last := out[len(out)-1]; last.how == isRange && k.how == isRange && last.n == k.n {
			merged := *last
			merged.lo, merged.hi = max(last.lo, k.lo), min(last.hi, k.hi)
			out[len(out)-1] = &merged
			continue
		}
		out = append(out, k)
	}
	return out
}

var inverse = map[string]string{Eq: Ne, Ne: Eq, Lt: Ge, Ge: Lt, Gt: Le, Le: Gt}

var mirrored = map[string]string{Eq: Eq, Ne: Ne, Lt: Gt, Gt: Lt, Le: Ge, Ge: Le}

func (c *compiler) comparison(e *Expr, want bool) (*test, error) {
	op := e.Func
	if !want {
		op = inverse[op]
	}
	left, right := e.Args[0], e.Args[1]
	if left.Op == Literal {
		left, right, op = right, left, mirrored[op]
	}
	a, err := c.compile(left)
	if err != nil {
		return nil, err
	}
	if right.Op == Literal && !right.Lit.Null && isWhole(left.Type.Phys()) && op != Ne {
		if lo, hi, ok := bounds(op, right.Lit.I); ok {
			return &test{how: isRange, n: a, lo: lo, hi: hi}, nil
		}
	}
	b, err := c.compile(right)
	return &test{how: isComparison, op: op, a: a, b: b}, err
}

func isWhole(p types.Phys) bool { return p >= types.PhysInt8 && p <= types.PhysInt64 }

// bounds is the closed range of "x op k".
func bounds(op string, k int64) (lo, hi int64, ok bool) {
	lo, hi = math.MinInt64, math.MaxInt64
	switch op {
	case Eq:
		return k, k, true
	case Lt:
		return lo, k - 1, k != lo
	case Le:
		return lo, k, true
	case Gt:
		return k + 1, hi, k != hi
	}
	return k, hi, true
}
