package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// sort implements ORDER BY and LIMIT inside a query, where an order without a limit means nothing.
func (p *planner) sort(n *logical.Sort) (rel, error) {
	if n.Limit < 0 && n.Offset == 0 {
		return p.visit(n.Input)
	}
	return p.ordering(n)
}

// ordering implements ORDER BY and LIMIT.
func (p *planner) ordering(n *logical.Sort) (rel, error) {
	in, err := p.visit(n.Input)
	if err != nil {
		return rel{}, err
	}
	width := len(in.cols)
	in, keys, err := p.sortKeys(in, n.Keys)
	if err != nil {
		return rel{}, err
	}
	var out rel
	switch {
	case p.cfg.Streaming:
		if out, err = p.streamOrder(n, in, keys); err != nil {
			return rel{}, err
		}
	case len(keys) == 0:
		out = p.limit(n, in)
	case n.Limit >= 0:
		out = p.sortLimit(n, in, keys)
	default:
		out = p.sorted(n, in, keys)
	}
	if len(out.cols) > width {
		out = p.ordered(out, out.cols[:width:width])
	}
	return out, nil
}

func (p *planner) sortKeys(in rel, keys []logical.SortKey) (rel, []physical.SortKey, error) {
	list := make([]*expr.Expr, len(keys))
	for i, k := range keys {
		list[i] = k.Expr
	}
	in, at, err := p.extend(in, list)
	out := make([]physical.SortKey, len(at))
	for i, col := range at {
		out[i] = physical.SortKey{Col: col, Desc: keys[i].Desc, NullsFirst: keys[i].NullsFirst}
	}
	return in, out, err
}

func (p *planner) limit(n *logical.Sort, in rel) rel {
	limit := n.Limit
	if limit < 0 {
		limit = 1<<63 - 1 - n.Offset
	}
	rows := p.est.Rows(n)
	if in.node.Traits.Parallelism > 1 {
		in = p.single(p.on(in, &physical.Limit{Limit: limit + n.Offset}, rows))
	}
	return p.on(in, &physical.Limit{Offset: n.Offset, Limit: limit}, rows)
}

// sortLimit keeps the first rows of each subtask, then of all.
func (p *planner) sortLimit(n *logical.Sort, in rel, keys []physical.SortKey) rel {
	if in.node.Traits.Parallelism == 1 && in.comesSorted(keys) {
		return p.limit(n, in)
	}
	rows := p.est.Rows(n)
	if in.node.Traits.Parallelism > 1 {
		in = p.single(p.on(in, &physical.SortLimit{Keys: keys, Limit: n.Offset + n.Limit}, rows))
	}
	out := p.on(in, &physical.SortLimit{Keys: keys, Offset: n.Offset, Limit: n.Limit}, rows)
	out.node.Traits.Order = keys
	return out
}

func (p *planner) sorted(n *logical.Sort, in rel, keys []physical.SortKey) rel {
	out := p.sortedBy(p.single(in), keys)
	if n.Offset > 0 {
		out = p.limit(n, out)
	}
	return out
}

// streamOrder implements ORDER BY and LIMIT of a changing table.
func (p *planner) streamOrder(n *logical.Sort, in rel, keys []physical.SortKey) (rel, error) {
	t := in.node.Traits
	plain := t.Changelog == physical.InsertOnly
	switch {
	case len(keys) == 0 && plain:
		return p.limit(n, in), nil
	case n.Limit >= 0:
		op := &physical.Rank{OrderBy: keys, Start: n.Offset + 1, End: n.Offset + n.Limit, StateTTL: p.cfg.StateTTL}
		return p.rank(op, in, p.est.Rows(n)), nil
	case len(keys) > 0 && plain && t.IsTime(keys[0].Col) && !keys[0].Desc:
		out := p.on(p.single(in), &physical.TemporalSort{Keys: keys}, p.est.Rows(n))
		out.node.Traits.Order, out.node.Traits.Times = keys, []int{keys[0].Col}
		if n.Offset > 0 {
			out = p.limit(n, out)
		}
		return out, nil
	case len(keys) == 1 && plain && in.cols[keys[0].Col].Time == types.Proctime && !keys[0].Desc && n.Offset == 0:
		return p.single(in), nil // rows come in the order of processing time
	}
	return rel{}, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "ORDER BY of a streaming query must begin with a time attribute, ascending").
		WithHint("use --materialize to order the final table, add a LIMIT, or run in batch mode")
}

// over computes window functions over sorted partitions.
func (p *planner) over(n *logical.Over) (rel, error) {
	in, err := p.visit(n.Input)
	if err != nil {
		return rel{}, err
	}
	in, keys, err := p.sortKeys(in, n.OrderBy)
	if err != nil {
		return rel{}, err
	}
	var args []*expr.Expr
	for _, c := range n.Calls {
		args = append(args, c.Args...)
	}
	in, at, err := p.extend(in, args)
	if err != nil {
		return rel{}, err
	}
	partition := in.ordinals(n.PartitionBy)
	in = p.hashed(in, partition)
	op := &physical.OverAggregate{PartitionBy: partition, OrderBy: keys, Unit: n.Unit, From: n.From, To: n.To}
	if p.cfg.Streaming {
		if err := p.streamOver(n, in, op); err != nil {
			return rel{}, err
		}
	} else {
		in = p.sortedBy(in, partitionOrder(partition, keys))
	}
	cols := append([]logical.Column(nil), in.cols...)
	for _, c := range n.Calls {
		a := physical.Agg{Func: c.Func, Filter: -1, Type: c.Col.Type, Args: at[:len(c.Args):len(c.Args)]}
		at = at[len(c.Args):]
		for _, e := range c.Args {
			a.ArgTypes = append(a.ArgTypes, e.Type)
		}
		op.Calls, cols = append(op.Calls, a), append(cols, c.Col)
	}
	node := p.make(op, cols, in.node.Traits.Rows, in.node)
	node.Traits.Order, node.Traits.UniqueKeys = in.node.Traits.Order, in.node.Traits.UniqueKeys
	if op.Unbounded && !op.Proctime {
		node.Traits.Times = []int{op.OrderBy[0].Col}
	}
	return rel{node: node, cols: cols}, nil
}

// partitionOrder is the order that brings partitions together and orders each.
func partitionOrder(partition []int, order []physical.SortKey) []physical.SortKey {
	var keys []physical.SortKey
	for _, c := range partition {
		keys = append(keys, physical.SortKey{Col: c, NullsFirst: true})
	}
	return append(keys, order...)
}

// top is a Top-N: rows of each partition whose ROW_NUMBER lies between two constants.
type top struct {
	filter     *logical.Filter
	over       *logical.Over
	number     logical.Column
	start, end int64
	rest       []*expr.Expr // other conditions
}

// topN recognises Filter(rn <= n) over ROW_NUMBER() OVER (…).
func topN(f *logical.Filter) (top, bool) {
	o, ok := f.Input.(*logical.Over)
	if !ok || len(o.Calls) != 1 || o.Calls[0].Func != "ROW_NUMBER" {
		return top{}, false
	}
	t := top{filter: f, over: o, number: o.Calls[0].Col, start: 1, end: -1}
	for _, c := range conjuncts(f.Cond) {
		if !t.bound(c) {
			t.rest = append(t.rest, c)
		}
	}
	return t, t.end >= t.start
}

var mirrored = map[string]string{expr.Lt: expr.Gt, expr.Le: expr.Ge, expr.Gt: expr.Lt, expr.Ge: expr.Le, expr.Eq: expr.Eq}

// bound takes a comparison of the row number with a constant.
func (t *top) bound(c *expr.Expr) bool {
	if c.Op != expr.Call || len(c.Args) != 2 || mirrored[c.Func] == "" {
		return false
	}
	a, b, op := c.Args[0], c.Args[1], c.Func
	if a.Op == expr.Literal {
		a, b, op = b, a, mirrored[op]
	}
	if a.Op != expr.Column || a.Col != t.number.ID || b.Op != expr.Literal || b.Lit.Null || !b.Type.IsInteger() {
		return false
	}
	v := b.Lit.I
	lower, upper := int64(1), int64(1<<62)
	switch op {
	case expr.Lt:
		upper = v - 1
	case expr.Le:
		upper = v
	case expr.Gt:
		lower = v + 1
	case expr.Ge:
		lower = v
	case expr.Eq:
		lower, upper = v, v
	}
	t.start = max(t.start, lower)
	if upper < 1<<62 && (t.end < 0 || upper < t.end) {
		t.end = upper
	}
	return true
}

// topN implements a Top-N; number: its ROW_NUMBER is read above.
func (p *planner) topN(t top, number bool) (rel, error) {
	for _, c := range t.rest {
		number = number || expr.Columns(c)[t.number.ID]
	}
	in, err := p.visit(t.over.Input)
	if err != nil {
		return rel{}, err
	}
	in, keys, err := p.sortKeys(in, t.over.OrderBy)
	if err != nil {
		return rel{}, err
	}
	partition := in.ordinals(t.over.PartitionBy)
	rows := p.est.Rows(t.filter)
	out := p.bestTop(t, in, partition, keys, number, rows)
	if number {
		out.cols = append(append([]logical.Column(nil), out.cols[:len(in.cols)]...), t.number)
	}
	if len(t.rest) == 0 {
		return out, nil
	}
	cond, err := out.bind(expr.AndAll(t.rest))
	return p.calc(out, cond, nil, out.cols), err
}

func (p *planner) bestTop(t top, in rel, partition []int, keys []physical.SortKey, number bool, rows float64) rel {
	tr := in.node.Traits
	plain := tr.Changelog == physical.InsertOnly
	if !p.cfg.Streaming {
		in = p.hashed(in, partition)
		op := &physical.Rank{PartitionBy: partition, OrderBy: keys, Start: t.start, End: t.end, EmitNumber: number, Bounded: true}
		return p.numbered(in, op, number, t.number, rows)
	}
	if end := in.windowEnd(partition); end >= 0 && plain {
		in = p.hashed(in, partition)
		op := &physical.WindowRank{PartitionBy: partition, OrderBy: keys, Start: t.start, End: t.end, EmitNumber: number, WindowEnd: end, Zoned: in.win.zoned}
		out := p.numbered(in, op, number, t.number, rows)
		out.win = in.win
		return out
	}
	if t.start == 1 && t.end == 1 && plain && len(keys) == 1 && in.isTime(keys[0].Col) {
		return p.deduplicate(t, in, partition, keys[0], number, rows)
	}
	op := &physical.Rank{PartitionBy: partition, OrderBy: keys, Start: t.start, End: t.end, EmitNumber: number, StateTTL: p.cfg.StateTTL}
	out := p.rank(op, in, rows)
	if number {
		out = p.appendNumber(out, t.number)
	}
	return out
}

// numbered puts an operator that may emit the row number over in.
func (p *planner) numbered(in rel, op physical.Op, number bool, col logical.Column, rows float64) rel {
	cols := in.cols
	if number {
		cols = append(append([]logical.Column(nil), cols...), col)
	}
	n := p.make(op, cols, rows, in.node)
	n.Traits.UniqueKeys, n.Traits.Times = in.node.Traits.UniqueKeys, in.node.Traits.Times
	return rel{node: n, cols: cols}
}

// appendNumber gives a rank's output the schema with its number.
func (p *planner) appendNumber(r rel, col logical.Column) rel {
	r.cols = append(append([]logical.Column(nil), r.cols...), col)
	r.node.Schema = schemaOf(r.cols)
	part := r.node.Op.(*physical.Rank).PartitionBy
	key := append(append([]int(nil), part...), len(r.cols)-1)
	r.node.Traits.UniqueKeys = append(r.node.Traits.UniqueKeys[:len(r.node.Traits.UniqueKeys):len(r.node.Traits.UniqueKeys)], key)
	r.node.Traits.UpsertKey = key
	return r
}

// rank is a streaming Top-N.
func (p *planner) rank(op *physical.Rank, in rel, rows float64) rel {
	in = p.hashed(in, op.PartitionBy)
	if in.node.Traits.Changelog != physical.InsertOnly {
		op.Strategy = physical.RankRetract
	}
	out := p.on(in, op, rows)
	out.win = nil
	t := &out.node.Traits
	t.Changelog, t.Times, t.UpsertKey = physical.Retract, nil, nil
	if op.Start == 1 && op.End == 1 && len(op.PartitionBy) > 0 {
		t.UniqueKeys = append(t.UniqueKeys[:len(t.UniqueKeys):len(t.UniqueKeys)], op.PartitionBy)
		t.UpsertKey = op.PartitionBy
	} else if len(t.UniqueKeys) > 0 {
		t.UpsertKey = t.UniqueKeys[0]
	}
	return out
}

// deduplicate keeps one row a key.
func (p *planner) deduplicate(t top, in rel, partition []int, key physical.SortKey, number bool, rows float64) rel {
	in = p.hashed(in, partition)
	op := &physical.Deduplicate{Keys: partition, Time: key.Col, KeepLast: key.Desc, StateTTL: p.cfg.StateTTL}
	if in.cols[key.Col].Time == types.Proctime {
		op.Time = -1
	}
	out := p.on(in, op, rows)
	tr := &out.node.Traits
	tr.UniqueKeys = [][]int{partition}
	if op.KeepLast {
		tr.Changelog, tr.UpsertKey, tr.Times = physical.Retract, partition, nil
	}
	if !number {
		return out
	}
	list := make([]*expr.Expr, len(out.cols), len(out.cols)+1)
	for i, c := range out.cols {
		list[i] = expr.Col(i, c.Name, c.Type)
	}
	list = append(list, expr.Lit(t.number.Type, types.IntValue(1)))
	return p.calc(out, nil, list, append(append([]logical.Column(nil), out.cols...), t.number))
}

func (r rel) isTime(col int) bool {
	return r.node.Traits.IsTime(col) || r.cols[col].Time == types.Proctime
}
