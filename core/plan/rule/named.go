package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/estimate"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// mostShared is how many names of a statement are weighed one by one.
const mostShared = 12

// optimizeNamed decides which names of a batch statement (of WITH, and views) that
// occur several times are computed once, and rewrites the statement. It must be
// decided before predicates move, for each use draws other ones into the plan of the
// name. Both ways are planned, and the cheaper is taken: once for all, with what the
// uses ask for between them, or at each use for itself.
func optimizeNamed(root logical.Node, c Config) (logical.Node, error) {
	uses := map[any][]*logical.Named{}
	var keys []any
	findNamed(root, func(n *logical.Named) {
		if len(uses[n.Of]) == 0 {
			keys = append(keys, n.Of)
		}
		uses[n.Of] = append(uses[n.Of], n)
	})
	shared := map[any]bool{}
	for _, k := range keys {
		if len(uses[k]) > 1 && len(shared) < mostShared && shareable(uses[k]) {
			shared[k] = true
		}
	}
	best, cost, err := planWith(root, shared, c)
	if err != nil || len(shared) == 0 {
		return best, err
	}
	for _, k := range keys {
		if !shared[k] {
			continue
		}
		delete(shared, k)
		plan, less, err := planWith(root, shared, c)
		if err != nil {
			return nil, err
		}
		if less <= cost {
			best, cost = plan, less
		} else {
			shared[k] = true
		}
	}
	return best, nil
}

func findNamed(n logical.Node, f func(*logical.Named)) {
	if named, ok := n.(*logical.Named); ok {
		f(named)
	}
	for _, in := range n.Inputs() {
		findNamed(in, f)
	}
}

// shareable reports uses of a name that all stand for the same rows, which somebody
// has to work for.
func shareable(uses []*logical.Named) bool {
	if !works(uses[0].Input) {
		return false
	}
	for _, u := range uses {
		if len(logical.Outer(u.Input)) > 0 || volatile(u.Input) {
			return false
		}
	}
	return true
}

// works reports a plan that does more than to read, choose and compute columns.
func works(n logical.Node) bool {
	switch n.(type) {
	case *logical.Join, *logical.Apply, *logical.Aggregate, *logical.Over, *logical.Sort:
		return true
	}
	for _, in := range n.Inputs() {
		if works(in) {
			return true
		}
	}
	return false
}

func volatile(n logical.Node) bool {
	for _, e := range logical.Exprs(n) {
		if expr.HasVolatile(e) {
			return true
		}
	}
	for _, in := range n.Inputs() {
		if volatile(in) {
			return true
		}
	}
	return false
}

// planWith rewrites a statement of which some names are computed once, and estimates
// what it costs to run.
func planWith(root logical.Node, shared map[any]bool, c Config) (logical.Node, float64, error) {
	o := outliner{shared: shared, defs: map[any]*logical.Definition{}}
	root = o.outline(root)
	bound := make([]logical.Node, len(o.order))
	var err error
	for i, d := range o.order { // those that others read come first
		bound[i] = d.Node
		if d.Node, err = optimize(d.Node, c); err != nil {
			return nil, 0, err
		}
	}
	if root, err = optimize(root, c); err != nil {
		return nil, 0, err
	}
	plans := []logical.Node{root}
	for i := len(o.order) - 1; i >= 0; i-- {
		d := o.order[i]
		d.Node = asked(d, bound[i], plans)
		if d.Node, err = optimize(d.Node, c); err != nil {
			return nil, 0, err
		}
		plans = append(plans, d.Node)
	}
	e := estimate.New(root)
	cost := e.Cost(root)
	for _, d := range o.order {
		cost += e.Cost(d.Node) + e.Rows(d.Node)*0.5 // kept for its readers
	}
	return root, cost, nil
}

// outliner replaces names: by what they stand for, or by readers of one definition.
type outliner struct {
	shared map[any]bool
	defs   map[any]*logical.Definition
	order  []*logical.Definition
}

func (o *outliner) outline(n logical.Node) logical.Node {
	named, ok := n.(*logical.Named)
	if !ok {
		in := n.Inputs()
		if len(in) == 0 {
			return n
		}
		out := make([]logical.Node, len(in))
		for i := range in {
			out[i] = o.outline(in[i])
		}
		return n.WithInputs(out)
	}
	if !o.shared[named.Of] {
		return o.outline(named.Input)
	}
	d := o.defs[named.Of]
	if d == nil {
		d = &logical.Definition{Name: named.Name}
		d.Node = o.outline(named.Input)
		o.defs[named.Of], o.order = d, append(o.order, d)
	}
	s := &logical.Shared{Def: d, Cols: named.Columns()}
	// The columns of the definition are those of its first use: the same in number and order.
	for _, c := range d.Node.Columns() {
		s.Of = append(s.Of, c.ID)
	}
	return s
}

// asked is the plan of a definition with no more than its readers ask for: the
// columns that any of them reads, of the rows that any of them lets pass.
func asked(d *logical.Definition, bound logical.Node, plans []logical.Node) logical.Node {
	r := readers{of: d, need: idSet{}, filtered: true}
	for _, p := range plans {
		r.visit(p, nil)
	}
	var conds []*expr.Expr
	if r.filtered && len(r.conds) > 0 {
		conds = []*expr.Expr{anyOf(r.conds)}
	}
	out := &logical.Project{Input: withFilter(bound, conds)}
	for _, c := range bound.Columns() {
		if r.need[c.ID] {
			out.Assigns = append(out.Assigns, logical.Assign{Col: c, Expr: c.Ref()})
		}
	}
	return out
}

// readers is what is asked of a definition.
type readers struct {
	of       *logical.Definition
	need     idSet
	conds    []*expr.Expr // of each reader, over the definition's columns
	filtered bool         // no reader takes all rows
}

func (r *readers) visit(n logical.Node, above *expr.Expr) {
	if s, ok := n.(*logical.Shared); ok && s.Def == r.of {
		r.add(s, above)
		return
	}
	var cond *expr.Expr
	if f, ok := n.(*logical.Filter); ok {
		cond = f.Cond
	}
	for _, in := range n.Inputs() {
		r.visit(in, cond)
	}
}

func (r *readers) add(s *logical.Shared, cond *expr.Expr) {
	by := map[int]*expr.Expr{}
	for i, c := range s.Cols {
		r.need[s.Of[i]] = true
		by[c.ID] = expr.Col(s.Of[i], c.Name, c.Type)
	}
	var own []*expr.Expr
	for _, e := range conjunctsOf(cond) {
		if !expr.HasVolatile(e) {
			own = append(own, substitute(e, by))
		}
	}
	if len(own) == 0 {
		r.filtered = false
		return
	}
	r.conds = append(r.conds, expr.AndAll(own))
}

// anyOf is the OR of conditions, each of them once.
func anyOf(conds []*expr.Expr) *expr.Expr {
	conds = distinct(conds)
	if len(conds) == 1 {
		return conds[0]
	}
	return expr.NewCall(expr.Or, types.BooleanType, conds...)
}
