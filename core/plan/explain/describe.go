package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

func names(n *physical.Node) []string {
	if n.Schema == nil {
		return nil
	}
	return n.Schema.Names()
}

// inputNames are the columns that a node's expressions count: of all inputs, one behind the other.
func inputNames(n *physical.Node) []string {
	var out []string
	for _, in := range n.Inputs {
		out = append(out, names(in)...)
	}
	return out
}

// describe lists what an operator does.
func describe(n *physical.Node) []string {
	in := inputNames(n)
	switch op := n.Op.(type) {
	case *physical.Scan:
		return scan(n, op)
	case *physical.WatermarkAssigner:
		return []string{item("rowtime", columns(in, []int{op.Column})), item("watermark", expression(op.Expr, in))}
	case *physical.Values:
		return []string{fmt.Sprintf("rows=[%d]", len(op.Rows)), item("fields", strings.Join(names(n), ", "))}
	case *physical.Calc:
		return calc(n, op)
	case *physical.Exchange:
		return []string{item("distribution", distribution(n, op.Dist))}
	case *physical.Spool:
		return []string{item("fields", strings.Join(names(n), ", "))}
	case *physical.Union:
		return []string{item("union", strings.Join(names(n), ", "))}
	case *physical.Sort:
		return []string{item("orderBy", sortKeys(in, op.Keys))}
	case *physical.TemporalSort:
		return []string{item("orderBy", sortKeys(in, op.Keys))}
	case *physical.SortLimit:
		return slices.Concat([]string{item("orderBy", sortKeys(in, op.Keys))}, limits(op.Offset, op.Limit), runtimeFilters(op.RuntimeFilters))
	case *physical.Limit:
		return limits(op.Offset, op.Limit)
	case *physical.Correlate:
		return correlate(n, op, in)
	case *physical.LookupJoin:
		return lookup(n, op, in)
	case *physical.Expand:
		return []string{fmt.Sprintf("sets=[%d]", len(op.Projects))}
	case *physical.SingleRow:
		return grouped(in, op.Keys)
	case *physical.ChangelogNormalize:
		return append([]string{item("key", columns(in, op.Keys))}, ttl(op.StateTTL)...)
	case *physical.SinkMaterializer:
		return append([]string{item("key", columns(in, op.Keys))}, ttl(op.StateTTL)...)
	case *physical.Sink:
		return []string{item("table", op.Table.Name), item("fields", strings.Join(in, ", "))}
	case *physical.Collect:
		return collect(in, op)
	}
	if parts, ok := aggregation(n, in); ok {
		return parts
	}
	if parts, ok := join(n, in); ok {
		return parts
	}
	return ranking(n, in)
}

func scan(n *physical.Node, op *physical.Scan) []string {
	parts := []string{item("table", op.Table.Name), item("fields", strings.Join(scanned(n, op), ", "))}
	if len(op.Filters) > 0 {
		list := make([]string, len(op.Filters))
		for i, f := range op.Filters {
			list[i] = expression(f, names(n))
		}
		parts = append(parts, item("filter", strings.Join(list, " AND ")))
	}
	if op.Limit >= 0 {
		parts = append(parts, fmt.Sprintf("limit=[%d]", op.Limit))
	}
	return parts
}

// scanned names the columns that are read, and of others the fields.
func scanned(n *physical.Node, op *physical.Scan) (out []string) {
	for i, f := range n.Schema.Fields {
		if i >= len(op.Fields) || op.Fields[i] == nil {
			out = append(out, f.Name)
			continue
		}
		for _, k := range op.Fields[i] {
			out = append(out, f.Name+"."+f.Type.Fields[k].Name)
		}
	}
	return out
}

func calc(n *physical.Node, op *physical.Calc) []string {
	in, out := inputNames(n), names(n)
	list := make([]string, len(out))
	for i, name := range out {
		if op.Project == nil || op.Project[i].Op == expr.Column && in[op.Project[i].Col] == name {
			list[i] = name
		} else {
			list[i] = expression(op.Project[i], in) + " AS " + name
		}
	}
	parts := []string{item("select", strings.Join(list, ", "))}
	if op.Filter != nil {
		parts = append(parts, item("where", expression(op.Filter, in)))
	}
	return parts
}

func limits(offset, limit int64) []string {
	parts := []string{}
	if offset > 0 {
		parts = append(parts, fmt.Sprintf("offset=[%d]", offset))
	}
	return append(parts, fmt.Sprintf("fetch=[%d]", limit))
}

func runtimeFilters(all []physical.RuntimeFilter) []string {
	if len(all) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("runtimeFilters=[%d]", len(all))}
}

func collect(in []string, op *physical.Collect) []string {
	parts := []string{item("fields", strings.Join(in, ", "))}
	if op.Ordered {
		parts = append(parts, "ordered=[true]")
	}
	return parts
}

func aggregation(n *physical.Node, in []string) ([]string, bool) {
	switch op := n.Op.(type) {
	case *physical.HashAggregate:
		list := calls(in, op.Aggs)
		if op.Phase == physical.Final {
			list = merged(op.Aggs)
		}
		return append(grouped(in, op.Keys), item("select", list), "phase=["+phase(op.Phase)+"]"), true
	case *physical.SortAggregate:
		return append(grouped(in, op.Keys), item("select", calls(in, op.Aggs)), "phase=["+phase(op.Phase)+"]"), true
	case *physical.GroupAggregate:
		parts := append(grouped(in, op.Keys), item("select", calls(in, op.Aggs)))
		return append(parts, ttl(op.StateTTL)...), true
	case *physical.WindowAggregate:
		w := fmt.Sprintf("%s, time=PROCTIME()", op.Spec)
		switch {
		case op.Proctime:
		case op.Attached:
			w = fmt.Sprintf("%s, end=%s, attached", op.Spec, columns(in, []int{op.Time}))
		default:
			w = fmt.Sprintf("%s, time=%s", op.Spec, columns(in, []int{op.Time}))
		}
		props := make([]string, len(op.Props))
		for i, k := range op.Props {
			props[i] = [...]string{"start", "end", "time"}[k]
		}
		return append(grouped(in, op.Keys), item("window", w), item("select", calls(in, op.Aggs)), item("properties", strings.Join(props, ", "))), true
	case *physical.WindowTable:
		return []string{item("window", fmt.Sprintf("%s, time=%s", op.Spec, columns(in, []int{op.Time})))}, true
	case *physical.OverAggregate:
		parts := []string{}
		if len(op.PartitionBy) > 0 {
			parts = append(parts, item("partitionBy", columns(in, op.PartitionBy)))
		}
		parts = append(parts, item("orderBy", sortKeys(in, op.OrderBy)))
		if op.Unbounded {
			parts = append(parts, item("window", frame(op)))
		}
		return append(append(parts, item("select", calls(in, op.Calls))), ttl(op.StateTTL)...), true
	}
	return nil, false
}

// frame is a frame that ends at the current row.
func frame(op *physical.OverAggregate) string {
	unit := [...]string{"ROWS", "RANGE"}[op.Unit]
	switch {
	case op.From.Unbounded:
		return unit + " BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
	case op.Unit == logical.Range:
		return fmt.Sprintf("RANGE BETWEEN %d ms PRECEDING AND CURRENT ROW", -op.From.Offset)
	}
	return fmt.Sprintf("ROWS BETWEEN %d PRECEDING AND CURRENT ROW", -op.From.Offset)
}

func phase(p physical.Phase) string { return [...]string{"complete", "partial", "final", "shared"}[p] }

func grouped(in []string, keys []int) []string {
	if len(keys) == 0 {
		return nil
	}
	return []string{item("groupBy", columns(in, keys))}
}

// merged names aggregates of states, which lie in one column: their arguments were read before.
func merged(aggs []physical.Agg) string {
	list := make([]string, len(aggs))
	for i, a := range aggs {
		list[i] = a.Func
	}
	return strings.Join(list, ", ")
}

func calls(in []string, aggs []physical.Agg) string {
	list := make([]string, len(aggs))
	for i, a := range aggs {
		args := columns(in, a.Args)
		if a.Func == "COUNT" && len(a.Args) == 0 {
			args = "*"
		}
		if a.Distinct {
			args = "DISTINCT " + args
		}
		list[i] = a.Func + "(" + args + ")"
		if a.Filter >= 0 {
			list[i] += " FILTER " + columns(in, []int{a.Filter})
		}
	}
	return strings.Join(list, ", ")
}

// correlate shows the call and what of the input stands beside its rows.
func correlate(n *physical.Node, op *physical.Correlate, in []string) []string {
	kind := logical.Inner
	if op.Outer {
		kind = logical.Left
	}
	call := op.Func + "(" + columns(in, op.Args) + ")"
	return []string{item("invocation", call), item("select", strings.Join(names(n), ", ")), item("joinType", kind.String())}
}

// lookup shows the table, its keys and what of the input they are compared with.
func lookup(n *physical.Node, op *physical.LookupJoin, in []string) []string {
	kind := logical.Inner
	if op.Outer {
		kind = logical.Left
	}
	produced := op.Table.Produced()
	var keys []string
	for i, k := range op.Keys {
		keys = append(keys, op.Table.Columns[produced[k]].Name+"="+columns(in, op.Args[i:i+1]))
	}
	out := []string{item("table", op.Table.Name), item("joinType", kind.String()), item("lookup", strings.Join(keys, ", ")), item("select", strings.Join(names(n), ", "))}
	if op.Cache.Rows > 0 {
		out = append(out, item("cache", fmt.Sprintf("%d rows", op.Cache.Rows)))
	}
	return out
}

func ttl(ms int64) []string {
	if ms == 0 {
		return nil
	}
	return []string{fmt.Sprintf("stateTTL=[%dms]", ms)}
}

func join(n *physical.Node, in []string) ([]string, bool) {
	var kind logical.JoinKind
	var left, right []int
	var residual *expr.Expr
	var more []string
	switch op := n.Op.(type) {
	case *physical.HashJoin:
		kind, left, right, residual = op.Kind, op.LeftKeys, op.RightKeys, op.Residual
		more = append(more, build(op.BuildRight))
		if op.Shared {
			more = append(more, "shared=[true]")
		}
		more = append(more, runtimeFilters(op.RuntimeFilters)...)
	case *physical.NestedLoopJoin:
		kind, residual = op.Kind, op.Cond
		more = append(more, build(op.BuildRight))
	case *physical.SortMergeJoin:
		kind, left, right, residual = op.Kind, op.LeftKeys, op.RightKeys, op.Residual
	case *physical.Join:
		kind, left, right, residual = op.Kind, op.LeftKeys, op.RightKeys, op.Residual
		more = append(more, item("leftState", layout(op.LeftState)), item("rightState", layout(op.RightState)))
		if op.LeftTTL == op.RightTTL {
			more = append(more, ttl(op.LeftTTL)...)
		} else {
			more = append(more, item("stateTTL", fmt.Sprintf("left %dms, right %dms", op.LeftTTL, op.RightTTL)))
		}
	case *physical.WindowJoin:
		kind, left, right, residual = op.Kind, op.LeftKeys, op.RightKeys, op.Residual
	case *physical.IntervalJoin:
		kind, left, right, residual = op.Kind, op.LeftKeys, op.RightKeys, op.Residual
		more = append(more, item("windowBounds", fmt.Sprintf("isRowTime=%t, leftLowerBound=%d, leftUpperBound=%d, leftTime=%s, rightTime=%s",
			op.Rowtime, op.Lower, op.Upper, in[op.LeftTime], in[n.Inputs[0].Schema.Len()+op.RightTime])))
		more = append(more, item("leftState", expiry(op.LeftExpiry)), item("rightState", expiry(op.RightExpiry)))
	default:
		return nil, false
	}
	width := n.Inputs[0].Schema.Len()
	conds := make([]string, len(left))
	for i := range left {
		conds[i] = in[left[i]] + " = " + in[width+right[i]]
	}
	if residual != nil {
		conds = append(conds, expression(residual, in))
	}
	return append([]string{item("joinType", kind.String()), item("where", strings.Join(conds, " AND "))}, more...), true
}

func build(right bool) string {
	if right {
		return "build=[right]"
	}
	return "build=[left]"
}

func expiry(e physical.Expiry) string {
	return [...]string{"kept", "until watermark", "until no match can come"}[e.When]
}

func layout(s physical.JoinState) string {
	return [...]string{"NoUniqueKey", "HasUniqueKey", "JoinKeyContainsUniqueKey"}[s]
}

func ranking(n *physical.Node, in []string) []string {
	switch op := n.Op.(type) {
	case *physical.Rank:
		strategy := [...]string{"AppendFastStrategy", "RetractStrategy"}[op.Strategy]
		if op.Bounded {
			strategy = "bounded"
		}
		return append([]string{item("strategy", strategy)}, rank(in, op.PartitionBy, op.OrderBy, op.Start, op.End, op.EmitNumber)...)
	case *physical.WindowRank:
		w := item("window", "end="+columns(in, []int{op.WindowEnd}))
		return append([]string{w}, rank(in, op.PartitionBy, op.OrderBy, op.Start, op.End, op.EmitNumber)...)
	case *physical.Deduplicate:
		keep, order := "FirstRow", "PROCTIME"
		if op.KeepLast {
			keep = "LastRow"
		}
		if op.Time >= 0 {
			order = "ROWTIME"
		}
		return []string{item("keep", keep), item("key", columns(in, op.Keys)), item("order", order)}
	}
	return nil
}

func rank(in []string, partition []int, order []physical.SortKey, start, end int64, number bool) []string {
	parts := []string{fmt.Sprintf("rankStart=[%d], rankEnd=[%d]", start, end)}
	if len(partition) > 0 {
		parts = append(parts, item("partitionBy", columns(in, partition)))
	}
	parts = append(parts, item("orderBy", sortKeys(in, order)))
	if number {
		parts = append(parts, "rowNumber=[true]")
	}
	return parts
}
