package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
)

// bind turns column ids into ordinals of r.
func (r rel) bind(e *expr.Expr) (*expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	var missing *expr.Expr
	out := expr.Transform(e, func(e *expr.Expr) *expr.Expr {
		if e.Op != expr.Column {
			return e
		}
		at := r.at(e.Col)
		if at < 0 {
			missing = e
			return e
		}
		c := *e
		c.Col = at
		c.Type.Nullable = c.Type.Nullable || r.cols[at].Type.Nullable
		return &c
	})
	if missing != nil {
		return nil, sqlerr.New(sqlerr.Internal, missing.Pos, "column %s (%d) is not produced below its use", missing.Name, missing.Col)
	}
	return out, nil
}

func (r rel) bindAll(list []*expr.Expr) ([]*expr.Expr, error) {
	var out []*expr.Expr
	for _, e := range list {
		b, err := r.bind(e)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (p *planner) filter(n *logical.Filter) (rel, error) {
	if top, ok := topN(n); ok {
		return p.topN(top, true)
	}
	in, err := p.visit(n.Input)
	if err != nil {
		return rel{}, err
	}
	cond, err := in.bind(n.Cond)
	if err != nil {
		return rel{}, err
	}
	out := p.calc(in, cond, nil, in.cols)
	t := &out.node.Traits
	t.Rows = p.est.Rows(n)
	t.Bytes = t.Rows * width(out.cols)
	return out, nil
}

func (p *planner) project(n *logical.Project) (rel, error) {
	in, err := p.projectInput(n)
	if err != nil {
		return rel{}, err
	}
	return p.projectOver(n, in)
}

// projectOver computes a projection over an input that is already implemented.
func (p *planner) projectOver(n *logical.Project, in rel) (rel, error) {
	var err error
	cols := make([]logical.Column, len(n.Assigns))
	list := make([]*expr.Expr, len(n.Assigns))
	for i, a := range n.Assigns {
		cols[i] = a.Col
		if list[i], err = in.bind(a.Expr); err != nil {
			return rel{}, err
		}
	}
	return p.calc(in, nil, list, cols), nil
}

// projectInput drops the row number of a Top-N where nobody reads it.
func (p *planner) projectInput(n *logical.Project) (rel, error) {
	if f, ok := n.Input.(*logical.Filter); ok {
		if top, ok := topN(f); ok {
			return p.topN(top, usesColumn(n, top.number.ID))
		}
	}
	return p.visit(n.Input)
}

func usesColumn(n logical.Node, id int) bool {
	used := false
	for _, e := range logical.Exprs(n) {
		expr.Walk(e, func(e *expr.Expr) bool {
			used = used || e.Op == expr.Column && e.Col == id
			return !used
		})
	}
	return used
}

// calc filters and projects; it is merged into a Calc below where that costs nothing.
func (p *planner) calc(in rel, filter *expr.Expr, project []*expr.Expr, cols []logical.Column) rel {
	if project != nil && identity(project, len(in.cols)) {
		project = nil
	}
	if filter == nil && project == nil {
		out := in
		n := *in.node
		n.Schema = schemaOf(cols)
		out.node, out.cols = &n, cols
		return out
	}
	if merged, ok := p.mergeCalc(in, filter, project, cols); ok {
		return merged
	}
	n := p.make(&physical.Calc{Filter: filter, Project: project}, cols, in.node.Traits.Rows, in.node)
	p.calcTraits(n, in.node.Traits, project)
	return rel{node: n, cols: cols, win: in.win.through(in, project, cols)}
}

// mergeCalc puts a projection onto a filter, or onto a projection of bare columns.
func (p *planner) mergeCalc(in rel, filter *expr.Expr, project []*expr.Expr, cols []logical.Column) (rel, bool) {
	below, ok := in.node.Op.(*physical.Calc)
	if !ok {
		return rel{}, false
	}
	if below.Project != nil && !bare(below.Project) && !readOnce(below.Project, filter, project) {
		return rel{}, false
	}
	up := func(e *expr.Expr) *expr.Expr { return substitute(e, below.Project) }
	op := &physical.Calc{Filter: below.Filter, Project: below.Project}
	if filter != nil {
		op.Filter = and(op.Filter, up(filter))
	}
	if project != nil {
		op.Project = make([]*expr.Expr, len(project))
		for i, e := range project {
			op.Project[i] = up(e)
		}
	}
	base := in.node.Inputs[0]
	n := p.make(op, cols, in.node.Traits.Rows, base)
	p.calcTraits(n, base.Traits, op.Project)
	return rel{node: n, cols: cols, win: in.win.through(in, project, cols)}, true
}

// readOnce reports that each computed column is read at most once above, so that merging repeats no work.
func readOnce(below []*expr.Expr, filter *expr.Expr, project []*expr.Expr) bool {
	if project == nil {
		return false
	}
	reads := make([]int, len(below))
	list := project
	if filter != nil {
		list = append(append([]*expr.Expr(nil), project...), filter)
	}
	for _, e := range list {
		expr.Walk(e, func(e *expr.Expr) bool {
			if e.Op == expr.Column {
				reads[e.Col]++
			}
			return true
		})
	}
	for i, k := range reads {
		if k > 1 && below[i].Op == expr.Call {
			return false
		}
	}
	return true
}

func bare(list []*expr.Expr) bool {
	for _, e := range list {
		if e.Op == expr.Call {
			return false
		}
	}
	return true
}

func identity(list []*expr.Expr, width int) bool {
	if len(list) != width {
		return false
	}
	for i, e := range list {
		if e.Op != expr.Column || e.Col != i {
			return false
		}
	}
	return true
}

func substitute(e *expr.Expr, by []*expr.Expr) *expr.Expr {
	if by == nil {
		return e
	}
	return expr.Transform(e, func(e *expr.Expr) *expr.Expr {
		if e.Op == expr.Column {
			return by[e.Col]
		}
		return e
	})
}

// and joins two conditions; their own ANDs are opened.
func and(a, b *expr.Expr) *expr.Expr {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return expr.AndAll(append(conjuncts(a), conjuncts(b)...))
}

func conjuncts(e *expr.Expr) []*expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Conjuncts(e)
}

// extend adds columns for expressions that are not columns already, and says where each lies.
func (p *planner) extend(in rel, list []*expr.Expr) (rel, []int, error) {
	cols := append([]logical.Column(nil), in.cols...)
	project := make([]*expr.Expr, len(in.cols))
	for i, c := range in.cols {
		project[i] = expr.Col(i, c.Name, c.Type)
	}
	at := make([]int, len(list))
	for i, e := range list {
		b, err := in.bind(e)
		if err != nil {
			return rel{}, nil, err
		}
		if b.Op == expr.Column {
			at[i] = b.Col
			continue
		}
		at[i] = len(project)
		project, cols = append(project, b), append(cols, p.newHidden(e.Type))
	}
	return p.calc(in, nil, project, cols), at, nil
}

// ordered brings a rel to exactly these columns.
func (p *planner) ordered(r rel, want []logical.Column) rel {
	list := make([]*expr.Expr, len(want))
	for i, c := range want {
		list[i] = expr.Col(r.at(c.ID), c.Name, c.Type)
	}
	return p.calc(r, nil, list, want)
}

// calcTraits carries the traits of a Calc's input through its projection.
func (p *planner) calcTraits(n *physical.Node, in physical.Traits, project []*expr.Expr) {
	t := &n.Traits
	t.Bounded, t.Changelog, t.Parallelism, t.Dist = in.Bounded, in.Changelog, in.Parallelism, in.Dist
	if isExchange(n.Inputs[0]) {
		in.Ahead = nil // a channel that was idle may be behind the watermark of the others
	}
	if project == nil {
		t.Order, t.UniqueKeys, t.UpsertKey, t.Times, t.Ahead = in.Order, in.UniqueKeys, in.UpsertKey, in.Times, in.Ahead
		return
	}
	t.Ahead = ahead(in.Ahead, project)
	to := map[int]int{}
	for i, e := range project {
		if _, ok := to[e.Col]; e.Op == expr.Column && !ok {
			to[e.Col] = i
		}
	}
	for _, k := range in.UniqueKeys {
		if m, ok := remap(k, to); ok {
			t.UniqueKeys = append(t.UniqueKeys, m)
		}
	}
	t.UpsertKey = nil
	if m, ok := remap(in.UpsertKey, to); ok && in.UpsertKey != nil {
		t.UpsertKey = m
	}
	if m, ok := remap(in.Dist.Keys, to); ok {
		t.Dist.Keys = m
	} else {
		t.Dist = physical.Distribution{}
	}
	for _, c := range in.Times {
		if at, ok := to[c]; ok {
			t.Times = append(t.Times, at)
		}
	}
	for _, k := range in.Order {
		at, ok := to[k.Col]
		if !ok {
			break
		}
		t.Order = append(t.Order, physical.SortKey{Col: at, Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
}

func remap(keys []int, to map[int]int) ([]int, bool) {
	if keys == nil {
		return nil, true
	}
	out := make([]int, len(keys))
	for i, k := range keys {
		at, ok := to[k]
		if !ok {
			return nil, false
		}
		out[i] = at
	}
	return out, true
}
