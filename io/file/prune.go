package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// mayMatch reports whether rows with these statistics can satisfy a filter. What
// it does not understand may always match; stats(c) is nil where nothing is known.
func mayMatch(e *expr.Expr, rows int64, stats func(column int) *catalog.ColumnStats) bool {
	if e.Op != expr.Call {
		return true
	}
	switch e.Func {
	case expr.And:
		for _, a := range e.Args {
			if !mayMatch(a, rows, stats) {
				return false
			}
		}
		return true
	case expr.Or:
		for _, a := range e.Args {
			if mayMatch(a, rows, stats) {
				return true
			}
		}
		return false
	case expr.IsNull:
		s := columnStatsOf(e.Args[0], stats)
		return s == nil || s.Nulls != 0
	case expr.IsNotNull:
		s := columnStatsOf(e.Args[0], stats)
		return s == nil || s.Nulls != rows
	case expr.In:
		return inRange(e, rows, stats)
	case expr.Eq, expr.Lt, expr.Le, expr.Gt, expr.Ge:
		return compareRange(e.Func, e.Args[0], e.Args[1], rows, stats)
	}
	return true
}

func columnStatsOf(e *expr.Expr, stats func(int) *catalog.ColumnStats) *catalog.ColumnStats {
	if e.Op != expr.Column {
		return nil
	}
	return stats(e.Col)
}

func inRange(e *expr.Expr, rows int64, stats func(int) *catalog.ColumnStats) bool {
	for _, lit := range e.Args[1:] {
		if compareRange(expr.Eq, e.Args[0], lit, rows, stats) {
			return true
		}
	}
	return false
}

var mirrored = map[string]string{expr.Eq: expr.Eq, expr.Lt: expr.Gt, expr.Le: expr.Ge, expr.Gt: expr.Lt, expr.Ge: expr.Le}

func compareRange(op string, a, b *expr.Expr, rows int64, stats func(int) *catalog.ColumnStats) bool {
	if a.Op == expr.Literal {
		a, b, op = b, a, mirrored[op]
	}
	if a.Op != expr.Column || b.Op != expr.Literal || !ordered(a.Type, b.Type) {
		return true
	}
	if b.Lit.Null {
		return false // a comparison with NULL is never true
	}
	s := stats(a.Col)
	switch {
	case s == nil:
		return true
	case s.Nulls == rows:
		return false
	case s.Min == nil || s.Max == nil:
		return true
	}
	low, high := compare(a.Type, *s.Min, *b.Lit), compare(a.Type, *s.Max, *b.Lit)
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
