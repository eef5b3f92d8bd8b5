package logical

import (
	"fmt"
	"slices"
	"strings"
)

// Format prints a plan as a tree, one node a line, inputs indented below:
//
//	Sort(total#7 DESC NULLS LAST; limit 10)
//	  Aggregate(k#2; SUM(v#3) AS total#7)
//	    Scan(default_catalog.default_database.t: k#2, v#3)
//
// A column is its name and its id. Definitions that are read follow, each under its name.
func Format(n Node) string {
	var f formatter
	f.format(n, 0)
	for i := 0; i < len(f.defs); i++ {
		f.WriteString(f.defs[i].Name + ":\n")
		f.format(f.defs[i].Node, 1)
	}
	return f.String()
}

type formatter struct {
	strings.Builder
	defs []*Definition // in the order in which they are read first
}

func (f *formatter) format(n Node, depth int) {
	switch n := n.(type) {
	case *Named: // it stands in the text
		f.format(n.Input, depth)
		return
	case *Shared:
		if !slices.Contains(f.defs, n.Def) {
			f.defs = append(f.defs, n.Def)
		}
	}
	f.WriteString(strings.Repeat("  ", depth))
	f.WriteString(Describe(n))
	f.WriteByte('\n')
	for _, in := range n.Inputs() {
		f.format(in, depth+1)
	}
}

// Describe prints a node without its inputs.
func Describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return describeScan(n)
	case *Values:
		return describeValues(n)
	case *Filter:
		return "Filter(" + FormatExpr(n.Cond) + ")"
	case *Project:
		return "Project(" + formatAssigns(n.Assigns) + ")"
	case *Join:
		return describeJoin(n.Kind.String(), n.Kind, n.On, n.MarkCol, n.NullAware)
	case *Apply:
		return describeJoin("Apply"+n.Kind.String(), n.Kind, n.On, n.MarkCol, n.NullAware)
	case *Aggregate:
		return describeAggregate(n)
	case *Over:
		return describeOver(n)
	case *WindowTable:
		return describeWindowTable(n)
	case *Correlate:
		return describeCorrelate(n)
	case *Sort:
		return describeSort(n)
	case *SetOp:
		return describeSetOp(n)
	case *Watermark:
		return fmt.Sprintf("Watermark(%s AS %s)", formatColumn(n.Col), FormatExpr(n.Expr))
	case *Sink:
		return describeSink(n)
	case *Shared:
		return "Shared(" + n.Def.Name + ": " + formatColumns(n.Cols) + ")"
	}
	return fmt.Sprintf("%T", n)
}

func describeScan(n *Scan) string {
	s := fmt.Sprintf("Scan(%s: %s", n.Table.Name, formatTimed(n.Cols))
	if len(n.Filters) > 0 {
		s += "; filter " + formatExprs(n.Filters)
	}
	if n.Limit >= 0 {
		s += fmt.Sprintf("; limit %d", n.Limit)
	}
	return s + ")"
}

func describeValues(n *Values) string {
	rows := make([]string, len(n.Rows))
	for i, r := range n.Rows {
		rows[i] = "(" + formatExprs(r) + ")"
	}
	if len(n.Cols) == 0 {
		return "Values(" + strings.Join(rows, ", ") + ")"
	}
	return "Values(" + formatColumns(n.Cols) + ": " + strings.Join(rows, ", ") + ")"
}

func describeAggregate(n *Aggregate) string {
	parts := []string{formatColumns(n.Keys)}
	if n.Sets != nil {
		parts = append(parts, "sets "+formatSets(n)+" AS "+formatColumn(n.SetID))
	}
	calls := make([]string, len(n.Aggs))
	for i, a := range n.Aggs {
		calls[i] = formatAgg(a)
	}
	if len(calls) > 0 {
		parts = append(parts, strings.Join(calls, ", "))
	}
	return "Aggregate(" + strings.TrimPrefix(strings.Join(parts, "; "), "; ") + ")"
}

func formatSets(n *Aggregate) string {
	sets := make([]string, len(n.Sets))
	for i, set := range n.Sets {
		cols := make([]string, len(set))
		for j, k := range set {
			cols[j] = formatColumn(n.Keys[k])
		}
		sets[i] = "(" + strings.Join(cols, ", ") + ")"
	}
	return strings.Join(sets, ", ")
}

func formatAgg(a AggCall) string {
	args := formatExprs(a.Args)
	if len(a.Args) == 0 && a.Func == "COUNT" {
		args = "*"
	}
	if a.Distinct {
		args = "DISTINCT " + args
	}
	s := a.Func + "(" + args + ")"
	if len(a.OrderBy) > 0 {
		s += " WITHIN GROUP (ORDER BY " + formatKeys(a.OrderBy) + ")"
	}
	if a.Filter != nil {
		s += " FILTER (WHERE " + FormatExpr(a.Filter) + ")"
	}
	return s + " AS " + formatColumn(a.Col)
}

func describeOver(n *Over) string {
	var parts []string
	if len(n.PartitionBy) > 0 {
		parts = append(parts, "PARTITION BY "+formatColumns(n.PartitionBy))
	}
	if len(n.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+formatKeys(n.OrderBy))
	}
	unit := "ROWS"
	if n.Unit == Range {
		unit = "RANGE"
	}
	parts = append(parts, fmt.Sprintf("%s BETWEEN %s AND %s", unit, formatBound(n.From, "PRECEDING"), formatBound(n.To, "FOLLOWING")))
	calls := make([]string, len(n.Calls))
	for i, c := range n.Calls {
		args := formatExprs(c.Args)
		if len(c.Args) == 0 && c.Func == "COUNT" {
			args = "*"
		}
		calls[i] = fmt.Sprintf("%s(%s) AS %s", c.Func, args, formatColumn(c.Col))
	}
	return "Over(" + strings.Join(parts, " ") + "; " + strings.Join(calls, ", ") + ")"
}

func formatBound(b Bound, unbounded string) string {
	switch {
	case b.Unbounded:
		return "UNBOUNDED " + unbounded
	case b.Offset < 0:
		return fmt.Sprintf("%d PRECEDING", -b.Offset)
	case b.Offset > 0:
		return fmt.Sprintf("%d FOLLOWING", b.Offset)
	}
	return "CURRENT ROW"
}

func describeWindowTable(n *WindowTable) string {
	s := fmt.Sprintf("WindowTable(%s %s", n.Spec, formatColumn(n.Time))
	if len(n.PartitionBy) > 0 {
		s += " PARTITION BY " + formatColumns(n.PartitionBy)
	}
	return s + "; " + formatTimed([]Column{n.Start, n.End, n.Attr}) + ")"
}

func describeCorrelate(n *Correlate) string {
	s := "Correlate("
	if n.Outer {
		s = "CorrelateOuter("
	}
	name := n.Func
	if n.Asked != nil {
		name += " " + n.Asked.Table.Name
	}
	return s + formatColumns(n.Pass) + "; " + name + "(" + formatExprs(n.Args) + ") AS " + formatColumns(n.Cols) + ")"
}

// String is TUMBLE 10000ms and the like.
func (s WindowSpec) String() string {
	out := fmt.Sprintf("%s %dms", s.Kind, s.Size)
	if s.Slide != 0 {
		out += fmt.Sprintf(" by %dms", s.Slide)
	}
	if s.Offset != 0 {
		out += fmt.Sprintf(" from %dms", s.Offset)
	}
	return out
}

func describeSort(n *Sort) string {
	var parts []string
	if len(n.Keys) > 0 {
		parts = append(parts, formatKeys(n.Keys))
	}
	if n.Offset > 0 {
		parts = append(parts, fmt.Sprintf("offset %d", n.Offset))
	}
	if n.Limit >= 0 {
		parts = append(parts, fmt.Sprintf("limit %d", n.Limit))
	}
	return "Sort(" + strings.Join(parts, "; ") + ")"
}

func (k SetKind) String() string { return [...]string{"Union", "Intersect", "Except"}[k] }

func describeSetOp(n *SetOp) string {
	name := n.Kind.String()
	if n.All {
		name += "All"
	}
	return name + "(" + formatColumns(n.Cols) + ")"
}

func describeSink(n *Sink) string {
	s := "Sink(" + n.Table.Name
	if n.Overwrite {
		s += "; overwrite"
	}
	if len(n.Partition) > 0 {
		s += "; partition " + formatPartition(n.Partition)
	}
	return s + ")"
}
