package logical

import (
	"fmt"
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// FormatExpr prints an expression much as SQL writes it; columns are name#id.
func FormatExpr(e *expr.Expr) string {
	switch e.Op {
	case expr.Column:
		return formatColumn(Column{ID: e.Col, Name: e.Name})
	case expr.Literal:
		return FormatValue(e.Type, *e.Lit)
	}
	return formatCall(e)
}

func formatCall(e *expr.Expr) string {
	switch e.Func {
	case expr.Eq, expr.Ne, expr.Lt, expr.Le, expr.Gt, expr.Ge, expr.Add, expr.Sub, expr.Mul, expr.Div, expr.Mod,
		expr.Concat, expr.And, expr.Or, expr.IsDistinct, expr.IsNotDistinct:
		return infix(e)
	case expr.Like, expr.SimilarTo:
		s := operand(e.Args[0]) + " " + e.Func + " " + operand(e.Args[1])
		if len(e.Args) > 2 {
			s += " ESCAPE " + operand(e.Args[2])
		}
		return s
	case expr.Not:
		return "NOT " + operand(e.Args[0])
	case expr.Negate:
		return "-" + operand(e.Args[0])
	case expr.IsNull, expr.IsNotNull, expr.IsTrue, expr.IsNotTrue, expr.IsFalse, expr.IsNotFalse:
		return operand(e.Args[0]) + " " + e.Func
	case expr.In:
		return operand(e.Args[0]) + " IN (" + formatExprs(e.Args[1:]) + ")"
	case expr.Cast, expr.TryCast:
		return e.Func + "(" + FormatExpr(e.Args[0]) + " AS " + e.Type.WithNull(true).String() + ")"
	case expr.Case:
		return formatCase(e)
	case expr.Field:
		return formatField(e)
	case expr.Item:
		return operand(e.Args[0]) + "[" + FormatExpr(e.Args[1]) + "]"
	}
	return e.Func + "(" + formatExprs(e.Args) + ")"
}

func infix(e *expr.Expr) string {
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = operand(a)
	}
	return strings.Join(parts, " "+e.Func+" ")
}

// operand is an argument of an operator: in parentheses if it has an operator of its own.
func operand(e *expr.Expr) string {
	s := FormatExpr(e)
	if e.Op != expr.Call {
		return s
	}
	switch e.Func {
	case expr.Eq, expr.Ne, expr.Lt, expr.Le, expr.Gt, expr.Ge, expr.Add, expr.Sub, expr.Mul, expr.Div, expr.Mod,
		expr.Concat, expr.And, expr.Or, expr.IsDistinct, expr.IsNotDistinct, expr.Like, expr.SimilarTo, expr.Not,
		expr.IsNull, expr.IsNotNull, expr.IsTrue, expr.IsNotTrue, expr.IsFalse, expr.IsNotFalse, expr.In, expr.Negate:
		return "(" + s + ")"
	}
	return s
}

func formatCase(e *expr.Expr) string {
	var b strings.Builder
	b.WriteString("CASE")
	n := len(e.Args)
	for i := 0; i+1 < n; i += 2 {
		fmt.Fprintf(&b, " WHEN %s THEN %s", FormatExpr(e.Args[i]), FormatExpr(e.Args[i+1]))
	}
	fmt.Fprintf(&b, " ELSE %s END", FormatExpr(e.Args[n-1]))
	return b.String()
}

func formatField(e *expr.Expr) string {
	row := e.Args[0]
	if i := e.Args[1].Lit; i != nil && int(i.I) < len(row.Type.Fields) {
		return operand(row) + "." + row.Type.Fields[i.I].Name
	}
	return e.Func + "(" + formatExprs(e.Args) + ")"
}

func formatExprs(list []*expr.Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = FormatExpr(e)
	}
	return strings.Join(parts, ", ")
}

func formatColumn(c Column) string { return fmt.Sprintf("%s#%d", c.Name, c.ID) }

func formatColumns(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = formatColumn(c)
	}
	return strings.Join(parts, ", ")
}

// formatTimed prints columns with their time attributes.
func formatTimed(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = formatColumn(c) + formatTime(c.Time)
	}
	return strings.Join(parts, ", ")
}

func formatTime(t types.TimeAttr) string {
	return [...]string{"", " *ROWTIME*", " *PROCTIME*"}[t]
}

// formatAssigns prints name#id for a column that passes, and expr AS name#id for others.
func formatAssigns(list []Assign) string {
	parts := make([]string, len(list))
	for i, a := range list {
		col := formatColumn(a.Col)
		if s := FormatExpr(a.Expr); s != col {
			col = s + " AS " + col
		}
		parts[i] = col
	}
	return strings.Join(parts, ", ")
}

func formatKeys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = FormatExpr(k.Expr)
		if k.Desc {
			parts[i] += " DESC"
		}
		// NULL is the least of all values unless the query says otherwise.
		if k.NullsFirst == k.Desc {
			parts[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

func formatPartition(p map[string]string) string {
	parts := make([]string, 0, len(p))
	for k, v := range p {
		parts = append(parts, k+"="+v)
	}
	sort.Strings(parts)
	return strings.Join(parts, ", ")
}

func describeJoin(name string, kind JoinKind, on *expr.Expr, mark Column, nullAware bool) string {
	var parts []string
	if on != nil {
		parts = append(parts, FormatExpr(on))
	}
	if kind == Mark {
		parts = append(parts, "mark "+formatColumn(mark))
	}
	if nullAware {
		parts = append(parts, "null-aware")
	}
	return name + "(" + strings.Join(parts, "; ") + ")"
}
