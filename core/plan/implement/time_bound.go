package implement

import (
	"math"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// instant is a column's time, moved by a constant number of milliseconds.
type instant struct {
	col  int
	off  int64
	kind types.Kind
}

// farthest is how far an instant may be moved: sums of a few stay far from overflow.
const farthest = 1 << 52

// instantOf recognises a column of millisecond timestamps, and sums and
// differences of one and constant intervals.
func instantOf(e *expr.Expr) (instant, bool) {
	switch {
	case e.Op == expr.Column:
		return instant{col: e.Col, kind: e.Type.Kind}, e.Type.IsTimestamp() && e.Type.TimeUnit() == 1_000
	case e.Op != expr.Call || len(e.Args) != 2:
		return instant{}, false
	}
	t, d := e.Args[0], e.Args[1]
	if e.Func == expr.Add && d.Op != expr.Literal {
		t, d = d, t
	}
	ms, ok := constantInterval(d)
	if !ok || e.Func != expr.Add && e.Func != expr.Sub {
		return instant{}, false
	}
	at, ok := instantOf(t)
	if e.Func == expr.Sub {
		ms = -ms
	}
	at.off += ms
	return at, ok && at.off > -farthest && at.off < farthest
}

func constantInterval(e *expr.Expr) (int64, bool) {
	if e.Op != expr.Literal || e.Type.Kind != types.IntervalDaySecond || e.Lit.Null {
		return 0, false
	}
	return e.Lit.I, e.Lit.I > -farthest && e.Lit.I < farthest
}

// timeBound says that a left column minus a right column lies in [lower, upper].
type timeBound struct {
	left, right  int
	lower, upper int64
	from         []int // the conditions that say so
}

func (b timeBound) both() bool { return b.lower > math.MinInt64 && b.upper < math.MaxInt64 }

// rest is the conditions that b does not stand for.
func (b timeBound) rest(list []*expr.Expr) *expr.Expr {
	var rest []*expr.Expr
	for i, c := range list {
		if len(b.from) > 0 && b.from[0] == i {
			b.from = b.from[1:]
			continue
		}
		rest = append(rest, c)
	}
	if len(rest) == 0 {
		return nil
	}
	return expr.AndAll(rest)
}

// timeBounds gathers from conditions over both sides, and from equal keys, how
// far times of the left lie from times of the right; a pair of columns each.
func (s sides) timeBounds(list []*expr.Expr) []timeBound {
	var out []timeBound
	add := func(left, right int, lower, upper int64, from ...int) {
		for i := range out {
			if b := &out[i]; b.left == left && b.right == right {
				b.lower, b.upper = max(b.lower, lower), min(b.upper, upper)
				b.from = append(b.from, from...)
				return
			}
		}
		out = append(out, timeBound{left, right, lower, upper, from})
	}
	for i, l := range s.leftKeys {
		if t := s.left.cols[l].Type; t.IsTimestamp() && t.TimeUnit() == 1_000 {
			add(l, s.rightKeys[i], 0, 0)
		}
	}
	width := len(s.left.cols)
	for i, c := range list {
		l, r, op, ok := s.comparison(c)
		if !ok {
			continue
		}
		// left + l.off op right + r.off
		lower, upper := int64(math.MinInt64), int64(math.MaxInt64)
		d := r.off - l.off
		switch op {
		case expr.Lt:
			upper = d - 1
		case expr.Le:
			upper = d
		case expr.Gt:
			lower = d + 1
		case expr.Ge:
			lower = d
		case expr.Eq:
			lower, upper = d, d
		}
		add(l.col, r.col-width, lower, upper, i)
	}
	return out
}

// comparison recognises an instant of the left compared with one of the right, brought to that order.
func (s sides) comparison(c *expr.Expr) (l, r instant, op string, ok bool) {
	if c.Op != expr.Call || len(c.Args) != 2 || mirrored[c.Func] == "" {
		return l, r, "", false
	}
	l, okLeft := instantOf(c.Args[0])
	r, okRight := instantOf(c.Args[1])
	if !okLeft || !okRight || l.kind != r.kind {
		return l, r, "", false
	}
	op = c.Func
	if l.col > r.col {
		l, r, op = r, l, mirrored[op]
	}
	width := len(s.left.cols)
	return l, r, op, l.col < width && r.col >= width
}

// ahead carries through a projection what is known of times still to come.
func ahead(in []physical.Ahead, project []*expr.Expr) []physical.Ahead {
	var out []physical.Ahead
	for i, e := range project {
		at, ok := instantOf(e)
		if !ok {
			continue
		}
		for _, a := range in {
			if a.Col == at.col {
				out = append(out, physical.Ahead{Col: i, By: a.By + at.off})
			}
		}
	}
	return out
}
