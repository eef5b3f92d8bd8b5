package ast

import "strings"

func (w *writer) call(e Expr) {
	switch e := e.(type) {
	case *Call:
		w.functionCall(e)
	case *JSONCall:
		w.jsonCall(e)
	case *Symbol:
		w.put(e.Word)
	case *DefaultArg:
		w.put("DEFAULT")
	case *NamedArg:
		w.ident(e.Name)
		w.put(" => ")
		w.lowest(e.Value)
	case *TableArg:
		w.tableArg(e)
	case *Descriptor:
		w.put("DESCRIPTOR")
		parens(w, e.Columns, w.ident)
	}
}

func (w *writer) tableArg(e *TableArg) {
	w.put("TABLE")
	switch {
	case e.Table != nil:
		w.put(" ")
		w.name(e.Table.Parts)
	case e.Func != nil:
		w.put("(")
		w.tableCall(e.Func)
		w.put(")")
	default:
		w.parenQuery(e.Query)
	}
	if e.PartitionBy != nil {
		w.put(" PARTITION BY ")
		parens(w, e.PartitionBy, w.lowest)
	}
	if e.OrderBy != nil {
		w.put(" ORDER BY ")
		parens(w, e.OrderBy, w.orderItem)
	}
}

func (w *writer) functionCall(c *Call) {
	switch {
	case c.NoParens:
		w.put(c.Name.Parts[0].Text)
		return
	case w.specialCall(c):
	default:
		w.functionName(c)
		w.put("(")
		w.when(c.Distinct, "DISTINCT ")
		list(w, c.Args, w.lowest)
		w.orderBy(c.OrderBy)
		w.put(")")
	}
	switch c.Nulls {
	case IgnoreNulls:
		w.put(" IGNORE NULLS")
	case RespectNulls:
		w.put(" RESPECT NULLS")
	}
	if c.WithinGroup != nil {
		w.put(" WITHIN GROUP (ORDER BY ")
		list(w, c.WithinGroup, w.orderItem)
		w.put(")")
	}
	w.filterOver(c.Filter, c.Over)
}

func (w *writer) filterOver(filter Expr, over *Window) {
	if filter != nil {
		w.put(" FILTER (WHERE ")
		w.lowest(filter)
		w.put(")")
	}
	if over != nil {
		w.put(" OVER ")
		w.window(over)
	}
}

// functionName writes a reserved word bare where it may be called like any function.
func (w *writer) functionName(c *Call) {
	n := c.Name
	if len(n.Parts) == 1 && isPlainName(n.Parts[0].Text) {
		switch upper := strings.ToUpper(n.Parts[0].Text); {
		case upper == "DESCRIPTOR", upper == "TIMESTAMPADD", upper == "TIMESTAMPDIFF":
		case upper == "FLOOR", upper == "CEIL", upper == "CEILING", upper == "SUBSTRING":
			if hasPlainArgs(c) {
				w.put(n.Parts[0].Text)
				return
			}
		case callable[upper], !reserved[upper]:
			w.put(n.Parts[0].Text)
			return
		}
	}
	w.name(n.Parts)
}

// tableCall writes the call of a table function, whose name no special syntax knows.
func (w *writer) tableCall(c *Call) {
	w.name(c.Name.Parts)
	w.put("(")
	w.when(c.Distinct, "DISTINCT ")
	list(w, c.Args, w.lowest)
	w.orderBy(c.OrderBy)
	w.put(")")
}

// hasPlainArgs reports whether a call has arguments that functions with a syntax
// of their own may have, and nothing beside them.
func hasPlainArgs(c *Call) bool {
	for _, arg := range c.Args {
		switch arg.(type) {
		case *Star, *NamedArg, *DefaultArg, *TableArg, *Descriptor:
			return false
		}
	}
	return len(c.Args) > 0 && !c.Distinct && c.OrderBy == nil && c.WithinGroup == nil && c.Filter == nil &&
		c.Nulls == NullsUnspecified && c.Over == nil
}

// specialCall writes a call in the syntax its function has of its own, and
// reports whether it has one that fits the arguments.
func (w *writer) specialCall(c *Call) bool {
	if len(c.Name.Parts) != 1 || !hasPlainArgs(c) {
		return false
	}
	name := c.Name.Parts[0].Text
	write := func(separators ...string) {
		w.put(name, "(")
		for i, arg := range c.Args {
			if i > 0 {
				w.put(separators[min(i, len(separators))-1])
			}
			w.lowest(arg)
		}
		w.put(")")
	}
	_, unit := c.Args[0].(*Symbol)
	switch n := len(c.Args); strings.ToUpper(name) {
	case "EXTRACT":
		if unit && n == 2 {
			write(" FROM ")
			return true
		}
	case "TIMESTAMPADD", "TIMESTAMPDIFF":
		if unit {
			write(", ")
			return true
		}
	case "FLOOR", "CEIL", "CEILING":
		if _, last := c.Args[n-1].(*Symbol); last && n == 2 {
			write(" TO ")
			return true
		}
	case "TRIM":
		switch {
		case unit && n == 2:
			write(" FROM ")
		case unit && n == 3:
			write(" ", " FROM ")
		case n == 1:
			write("")
		default:
			return false
		}
		return true
	case "POSITION":
		if n == 2 || n == 3 {
			w.put(name, "(")
			w.expr(c.Args[0], precRange+1)
			w.put(" IN ")
			list(w, c.Args[1:2], w.lowest)
			if n == 3 {
				w.put(" FROM ")
				w.lowest(c.Args[2])
			}
			w.put(")")
			return true
		}
	case "OVERLAY":
		if n == 3 || n == 4 {
			write(" PLACING ", " FROM ", " FOR ")
			return true
		}
	}
	return false
}

func (w *writer) jsonCall(c *JSONCall) {
	w.put(c.Name, "(")
	if c.Name == "JSON_OBJECT" || c.Name == "JSON_OBJECTAGG" {
		for i := 0; i < len(c.Args); i += 2 {
			w.when(i > 0, ", ")
			w.put("KEY ")
			w.lowest(c.Args[i])
			w.put(" VALUE ")
			w.lowest(c.Args[i+1])
		}
	} else {
		list(w, c.Args, w.lowest)
	}
	if c.Returning != nil {
		w.put(" RETURNING ")
		w.dataType(c.Returning)
	}
	w.put([...]string{
		WrapperUnspecified: "", WithoutWrapper: " WITHOUT WRAPPER", ConditionalWrapper: " WITH CONDITIONAL WRAPPER",
		UnconditionalWrapper: " WITH UNCONDITIONAL WRAPPER",
	}[c.Wrapper])
	w.jsonBehavior(c.OnEmpty, "EMPTY")
	w.jsonBehavior(c.OnError, "ERROR")
	if c.OnNull != OnNullUnspecified {
		w.when(len(c.Args) > 0, " ")
		w.put([...]string{NullOnNull: "NULL ON NULL", AbsentOnNull: "ABSENT ON NULL"}[c.OnNull])
	}
	w.put(")")
	w.filterOver(c.Filter, c.Over)
}

func (w *writer) jsonBehavior(b *JSONBehavior, on string) {
	if b == nil {
		return
	}
	w.put(" ", b.Kind)
	if b.Default != nil {
		w.put(" ")
		w.lowest(b.Default)
	}
	w.put(" ON ", on)
}
