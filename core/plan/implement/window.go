package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// window names the window columns of a rel by column id; 0 where one is not there.
type window struct {
	spec             logical.WindowSpec
	zoned            bool // start and end are local times of the session
	start, end, attr int
}

// windowOf is the columns that a WindowTable adds.
func windowOf(n *logical.WindowTable) *window {
	return &window{spec: n.Spec, zoned: n.Time.Type.Kind == types.TimestampLTZ, start: n.Start.ID, end: n.End.ID, attr: n.Attr.ID}
}

// through follows the columns through a projection; nil when start or end is lost.
func (w *window) through(in rel, project []*expr.Expr, cols []logical.Column) *window {
	if w == nil {
		return nil
	}
	out := &window{spec: w.spec, zoned: w.zoned}
	for i, c := range cols {
		from := i
		if project != nil {
			if project[i].Op != expr.Column {
				continue
			}
			from = project[i].Col
		}
		switch in.cols[from].ID {
		case w.start:
			out.start = c.ID
		case w.end:
			out.end = c.ID
		case w.attr:
			out.attr = c.ID
		}
	}
	if out.start == 0 || out.end == 0 {
		return nil
	}
	return out
}

// windowEnd is the ordinal of window_end if a partitioning has the window columns; -1 if not.
func (r rel) windowEnd(partition []int) int {
	if r.win == nil {
		return -1
	}
	start, end := r.at(r.win.start), r.at(r.win.end)
	if !subset([]int{start, end}, partition) {
		return -1
	}
	return end
}

func (p *planner) windowTable(n *logical.WindowTable) (rel, error) {
	in, err := p.visit(n.Input)
	if err != nil {
		return rel{}, err
	}
	if err := p.needRowtime(n, in); err != nil {
		return rel{}, err
	}
	if n.Spec.Kind == logical.Session {
		return p.sessionTable(n, in)
	}
	cols := append(append([]logical.Column(nil), in.cols...), n.Start, n.End, n.Attr)
	op := &physical.WindowTable{Spec: n.Spec, Time: in.at(n.Time.ID), Proctime: n.Time.Time == types.Proctime}
	node := p.make(op, cols, p.est.Rows(n), in.node)
	t := &node.Traits
	t.Changelog = in.node.Traits.Changelog
	if len(in.node.Traits.Times) > 0 {
		t.Times = []int{len(cols) - 1}
	}
	out := rel{node: node, cols: cols}
	if !op.Proctime { // the end of a window of processing time is known to nobody but who makes it
		out.win = windowOf(n)
	}
	return out, nil
}

// sessionTable keeps rows until their session has ended: only then are its bounds
// known. Sessions that end together may have begun apart, so that what is over them
// groups and joins by both bounds as by any columns.
func (p *planner) sessionTable(n *logical.WindowTable, in rel) (rel, error) {
	if in.node.Traits.Changelog != physical.InsertOnly {
		return rel{}, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "SESSION windows of rows that change are not supported here").
			WithHint("group by window_start, window_end and the columns of PARTITION BY")
	}
	op := &physical.WindowAggregate{
		Spec: n.Spec, Proctime: n.Time.Time == types.Proctime, KeepRows: true, Keys: in.ordinals(n.PartitionBy), Time: in.at(n.Time.ID),
		Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd, physical.WindowTime},
	}
	in = p.hashed(in, op.Keys)
	cols := append(append([]logical.Column(nil), in.cols...), n.Start, n.End, n.Attr)
	node := p.make(op, cols, p.est.Rows(n), in.node)
	if !op.Proctime {
		node.Traits.Times = []int{len(cols) - 1}
	}
	return rel{node: node, cols: cols}, nil
}

// needRowtime refuses windows over columns that no watermark speaks of.
func (p *planner) needRowtime(n *logical.WindowTable, in rel) error {
	at := in.at(n.Time.ID)
	if p.cfg.Streaming && !in.isTime(at) {
		return sqlerr.New(sqlerr.Windowing, n.Pos, "column %s is no time attribute here", n.Time.Name).
			WithHint("a streaming window needs the column of a WATERMARK, PROCTIME(), or window_time of an inner window")
	}
	return nil
}

// attachedWindow groups rows that already have windows: by keys, within each window.
func (p *planner) attachedWindow(n *logical.Aggregate, in rel, keys, props []logical.Column) (rel, error) {
	end := in.cols[in.at(in.win.end)]
	g, err := p.grouped(in, append(keys, end), n.Aggs)
	if err != nil {
		return rel{}, err
	}
	op := &physical.WindowAggregate{Spec: in.win.spec, Time: g.in.at(end.ID), Attached: true, Zoned: in.win.zoned}
	return p.windowed(n, g, op, keys, props, in.win), nil
}

// splitKeys parts grouping keys into plain ones and window columns; ok if start and end are among them.
func splitKeys(all []logical.Column, w *window) (keys, props []logical.Column, ok bool) {
	start, end := false, false
	for _, k := range all {
		switch k.ID {
		case w.start:
			start = true
		case w.end:
			end = true
		case w.attr:
		default:
			keys = append(keys, k)
			continue
		}
		props = append(props, k)
	}
	return keys, props, start && end
}

func (w *window) property(id int) physical.WindowProperty {
	switch id {
	case w.start:
		return physical.WindowStart
	case w.end:
		return physical.WindowEnd
	}
	return physical.WindowTime
}

// windowed finishes a window aggregation: keys, results, then the window's columns.
func (p *planner) windowed(n *logical.Aggregate, g grouping, op *physical.WindowAggregate, keys, props []logical.Column, w *window) rel {
	op.Keys, op.Aggs = upTo(len(keys)), g.aggs
	op.Retracts = g.in.node.Traits.Changelog != physical.InsertOnly
	cols := append([]logical.Column(nil), keys...)
	for _, a := range n.Aggs {
		cols = append(cols, a.Col)
	}
	out := &window{spec: w.spec, zoned: w.zoned}
	var times []int
	for _, c := range props {
		op.Props = append(op.Props, w.property(c.ID))
		switch c.ID {
		case w.start:
			out.start = c.ID
		case w.end:
			out.end = c.ID
		case w.attr:
			if out.attr = c.ID; !op.Proctime {
				times = []int{len(cols)}
			}
		}
		cols = append(cols, c)
	}
	in := p.hashed(g.in, op.Keys)
	node := p.make(op, cols, p.est.Rows(n), in.node)
	node.Traits.Times = times
	node.Traits.UniqueKeys = [][]int{append(upTo(len(keys)), between(len(keys)+len(n.Aggs), len(cols))...)}
	if op.Proctime {
		return rel{node: node, cols: cols}
	}
	node.Traits.Ahead = windowsAhead(op, g.in.cols[op.Time].Type, upTo(len(cols))[len(cols)-len(op.Props):])
	return rel{node: node, cols: cols, win: out}
}

// windowsAhead: once the watermark has passed the last millisecond of a window, the
// window has been emitted, and rows that come for it are dropped. Bounds that are
// local times of an instant are not compared with the watermark, which is one.
func windowsAhead(op *physical.WindowAggregate, time types.Type, props []int) []physical.Ahead {
	if op.Attached {
		return nil
	}
	var out []physical.Ahead
	for i, prop := range op.Props {
		switch {
		case prop == physical.WindowTime:
			out = append(out, physical.Ahead{Col: props[i]})
		case time.Kind != types.Timestamp:
		case prop == physical.WindowEnd:
			out = append(out, physical.Ahead{Col: props[i], By: 1})
		case op.Spec.Kind != logical.Session:
			out = append(out, physical.Ahead{Col: props[i], By: 1 - op.Spec.Size})
		}
	}
	return out
}

func between(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func (p *planner) foldedWindow(n *logical.Aggregate, f folded) (rel, error) {
	in, err := p.visit(f.input)
	if err != nil {
		return rel{}, err
	}
	if err := p.needRowtime(f.table, in); err != nil {
		return rel{}, err
	}
	keys, props, _ := splitKeys(n.Keys, f.win)
	op := &physical.WindowAggregate{Spec: f.table.Spec, Proctime: f.table.Time.Time == types.Proctime}
	by := keys[:len(keys):len(keys)]
	if !op.Proctime {
		by = append(by, f.table.Time)
	}
	g, err := p.grouped(in, by, n.Aggs)
	if err != nil {
		return rel{}, err
	}
	op.Time = g.in.at(f.table.Time.ID)
	return p.windowed(n, g, op, keys, props, f.win), nil
}

// folded is a grouping by the windows of a WindowTable below, taken out of the plan.
type folded struct {
	table *logical.WindowTable
	input logical.Node // what lay between, over the WindowTable's input
	win   *window      // the window columns as the grouping names them
}

func foldWindow(n *logical.Aggregate) (folded, bool) {
	f := folded{}
	if n.Sets != nil {
		return f, false
	}
	input, win, ok := f.strip(n.Input)
	if !ok {
		return f, false
	}
	f.input, f.win = input, win
	keys, _, both := splitKeys(n.Keys, win)
	if !both || reads(n, win) {
		return f, false
	}
	if f.table.Spec.Kind == logical.Session && (!sameColumns(keys, f.table.PartitionBy) || anyDistinct(n)) {
		return f, false
	}
	return f, true
}

func anyDistinct(n *logical.Aggregate) bool {
	return slices.ContainsFunc(n.Aggs, func(c logical.AggCall) bool { return c.Distinct })
}

// reads reports a node whose expressions use window columns for more than passing them.
func reads(n logical.Node, w *window) bool {
	for _, e := range logical.Exprs(n) {
		if uses := expr.Columns(e); uses[w.start] || uses[w.end] || uses[w.attr] {
			return true
		}
	}
	return false
}

func sameColumns(a, b []logical.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		found := false
		for _, y := range b {
			found = found || x.ID == y.ID
		}
		if !found {
			return false
		}
	}
	return true
}

// strip takes the WindowTable out from under filters and projections that only pass its columns.
func (f *folded) strip(n logical.Node) (logical.Node, *window, bool) {
	switch n := n.(type) {
	case *logical.WindowTable:
		f.table = n
		return n.Input, windowOf(n), true
	case *logical.Filter:
		in, w, ok := f.strip(n.Input)
		if !ok || reads(n, w) {
			return nil, nil, false
		}
		return n.WithInputs([]logical.Node{in}), w, true
	case *logical.Project:
		in, w, ok := f.strip(n.Input)
		if !ok {
			return nil, nil, false
		}
		return f.stripProject(n, in, w)
	}
	return nil, nil, false
}

func (f *folded) stripProject(n *logical.Project, in logical.Node, w *window) (logical.Node, *window, bool) {
	out := &logical.Project{Input: in}
	up := &window{spec: w.spec, zoned: w.zoned}
	time := false
	for _, a := range n.Assigns {
		uses := expr.Columns(a.Expr)
		switch {
		case a.Expr.Op != expr.Column && (uses[w.start] || uses[w.end] || uses[w.attr]):
			return nil, nil, false
		case a.Expr.Op == expr.Column && a.Expr.Col == w.start:
			up.start = a.Col.ID
		case a.Expr.Op == expr.Column && a.Expr.Col == w.end:
			up.end = a.Col.ID
		case a.Expr.Op == expr.Column && a.Expr.Col == w.attr:
			up.attr = a.Col.ID
		default:
			time = time || a.Col.ID == f.table.Time.ID
			out.Assigns = append(out.Assigns, a)
		}
	}
	if !time {
		out.Assigns = append(out.Assigns, logical.Assign{Col: f.table.Time, Expr: f.table.Time.Ref()})
	}
	return out, up, true
}
