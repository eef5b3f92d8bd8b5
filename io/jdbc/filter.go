package jdbc

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// condition is a filter in the database's SQL, "" where it cannot be said there. Rows
// that do not match may pass it, none that match may fail it: texts are compared for
// equality alone, because collations order them in other ways.
func condition(e *expr.Expr, name func(column int) string) string {
	if e.Op != expr.Call {
		return ""
	}
	switch e.Func {
	case expr.And, expr.Or:
		return joined(e, name)
	case expr.IsNull, expr.IsNotNull:
		if e.Args[0].Op == expr.Column {
			return name(e.Args[0].Col) + " " + e.Func
		}
	case expr.In:
		if e.Args[0].Op == expr.Column && comparable(e.Args[0].Type) {
			var all []string
			for _, a := range e.Args[1:] {
				all = append(all, literal(a))
			}
			return name(e.Args[0].Col) + " IN (" + strings.Join(all, ", ") + ")"
		}
	case expr.Eq, expr.Ne, expr.Lt, expr.Le, expr.Gt, expr.Ge:
		return comparison(e, name)
	}
	return ""
}

func joined(e *expr.Expr, name func(int) string) string {
	var all []string
	for _, a := range e.Args {
		c := condition(a, name)
		if c == "" {
			return ""
		}
		all = append(all, c)
	}
	return "(" + strings.Join(all, " "+e.Func+" ") + ")"
}

func comparison(e *expr.Expr, name func(int) string) string {
	a, b := e.Args[0], e.Args[1]
	side := func(x *expr.Expr) string {
		if x.Op == expr.Column {
			return name(x.Col)
		}
		return literal(x)
	}
	if a.Op == expr.Call || b.Op == expr.Call || a.Op == expr.Literal && b.Op == expr.Literal ||
		!comparable(a.Type) || !comparable(b.Type) || a.Type.IsString() && e.Func != expr.Eq {
		return ""
	}
	return side(a) + " " + e.Func + " " + side(b)
}

func comparable(t types.Type) bool {
	return t.IsInteger() || t.Kind == types.Decimal || t.IsString() || t.Kind == types.Date || t.IsTimestamp()
}

// casts are the types of literals that are written as texts.
var casts = map[types.Kind]string{types.Date: "::date", types.Timestamp: "::timestamp", types.TimestampLTZ: "::timestamptz", types.Decimal: "::numeric"}

func literal(e *expr.Expr) string {
	if e.Lit.Null {
		return "NULL"
	}
	v := vector.ConstOf(e.Type, *e.Lit, 1)
	text := string(appendText(nil, e.Type, &v, 0))
	if e.Type.IsInteger() {
		return "(" + text + ")"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'" + casts[e.Type.Kind]
}
