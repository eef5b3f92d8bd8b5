package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// facts are what is known of some rows of a file.
type facts struct {
	rows  int64
	stats func(column int) *catalog.ColumnStats // nil: nothing is known of the column
	// holds reports whether a column may hold a value; nil: every one between its bounds.
	holds func(column int, v types.Value) bool
}

// mayMatch reports whether rows can satisfy a filter. What it does not understand
// may always match.
func (k *facts) mayMatch(e *expr.Expr) bool {
	if e.Op != expr.Call {
		return true
	}
	switch e.Func {
	case expr.And:
		for _, a := range e.Args {
			if !k.mayMatch(a) {
				return false
			}
		}
		return true
	case expr.Or:
		for _, a := range e.Args {
			if k.mayMatch(a) {
				return true
			}
		}
		return false
	case expr.IsNull:
		s := k.statsOf(e.Args[0])
		return s == nil || s.Nulls != 0
	case expr.IsNotNull:
		s := k.statsOf(e.Args[0])
		return s == nil || s.Nulls != k.rows
	case expr.In:
		return k.mayBeIn(e)
	case expr.Eq, expr.Lt, expr.Le, expr.Gt, expr.Ge:
		return k.mayCompare(e.Func, e.Args[0], e.Args[1])
	}
	return true
}

func (k *facts) statsOf(e *expr.Expr) *catalog.ColumnStats {
	if e.Op != expr.Column {
		return nil
	}
	return k.stats(e.Col)
}

func (k *facts) mayBeIn(e *expr.Expr) bool {
	for _, lit := range e.Args[1:] {
		if k.mayCompare(expr.Eq, e.Args[0], lit) {
			return true
		}
	}
	return false
}

var mirrored = map[string]string{expr.Eq: expr.Eq, expr.Lt: expr.Gt, expr.Le: expr.Ge, expr.Gt: expr.Lt, expr.Ge: expr.Le}

func (k *facts) mayCompare(op string, a, b *expr.Expr) bool {
	if a.Op == expr.Literal {
		a, b, op = b, a, mirrored[op]
	}
	if a.Op != expr.Column || b.Op != expr.Literal || !ordered(a.Type, b.Type) {
		return true
	}
	if b.Lit.Null {
		return false // a comparison with NULL is never true
	}
	s := k.stats(a.Col)
	switch {
	case s == nil:
		return true
	case s.Nulls == k.rows:
		return false
	case s.Min != nil && s.Max != nil && !between(op, compare(a.Type, *s.Min, *b.Lit), compare(a.Type, *s.Max, *b.Lit)):
		return false
	}
	return op != expr.Eq || k.holds == nil || k.holds(a.Col, *b.Lit)
}

// between reports whether a comparison can hold for values from one that compares
// with the other side as low to one that does as high.
func between(op string, low, high int) bool {
	switch op {
	case expr.Eq:
		return low <= 0 && high >= 0
	case expr.Lt:
		return low < 0
	case expr.Le:
		return low <= 0
	case expr.Gt:
		return high > 0
	}
	return high >= 0
}

// ordered reports types whose values compare as their statistics do. FLOAT and
// DOUBLE are left out: NaN, which statistics ignore, is greater than all.
func ordered(a, b types.Type) bool {
	switch {
	case a.IsString() && b.IsString():
		return a.Kind != types.Char && b.Kind != types.Char // CHAR compares without its padding
	case a.Kind != b.Kind || a.Scale != b.Scale || a.Phys() != b.Phys() || a.TimeUnit() != b.TimeUnit():
		return false
	}
	return a.IsInteger() || a.Kind == types.Decimal || a.Kind == types.Date || a.Kind == types.Time || a.IsTimestamp()
}
