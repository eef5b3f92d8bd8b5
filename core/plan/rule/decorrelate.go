package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// decorrelate turns every Apply into a join. The predicates that tie a subquery
// to the outer query are pulled up through it until they can be the join's
// condition; an aggregate on the way groups by their inner sides as well
// (Galindo-Legaria and Joshi, "Orthogonal optimization of subqueries and
// aggregation", 2001). Where that is not possible, see unnest.
func decorrelate(root logical.Node) (logical.Node, error) {
	var failed error
	ids := newIDs(root)
	out := rewrite(root, func(n logical.Node) logical.Node {
		a, ok := n.(*logical.Apply)
		if !ok || failed != nil {
			return n
		}
		j, err := joinOf(a)
		if err != nil {
			j, err = unnest(a, ids)
		}
		if err != nil {
			failed = err
			return n
		}
		return j
	})
	return out, failed
}

func joinOf(a *logical.Apply) (logical.Node, error) {
	p := &puller{outer: idsOf(a.Left.Columns()), apply: a}
	right, upper := a.Right, []*logical.Project(nil)
	scalar := scalarAggregate(a.Right)
	switch {
	case a.Kind == logical.Single && scalar:
		right, upper = peel(a.Right)
	case scalar && !p.free(a.Right) && (a.Kind != logical.Semi || a.On == nil):
		// Grouping would turn its one row for no input into none.
		return nil, p.refuse("an aggregate without GROUP BY outside a scalar subquery")
	}
	inner, preds, err := p.pull(right)
	if err != nil {
		return nil, err
	}
	kind := a.Kind
	if kind == logical.Single && scalar {
		kind = logical.Left // one row a group: no second match is possible
	}
	on := append(append([]*expr.Expr(nil), conjunctsOf(a.On)...), preds...)
	join := &logical.Join{Kind: kind, Left: a.Left, Right: inner, MarkCol: a.MarkCol, NullAware: a.NullAware}
	if len(on) > 0 {
		join.On = expr.AndAll(on)
	}
	if a.Kind == logical.Single && scalar {
		return overEmpty(a, join, upper), nil
	}
	return keepColumns(join, a), nil
}

func conjunctsOf(e *expr.Expr) []*expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Conjuncts(e)
}

// keepColumns drops the inner columns that predicates needed on their way up.
func keepColumns(j logical.Node, like logical.Node) logical.Node {
	want := like.Columns()
	if len(j.Columns()) == len(want) {
		return j
	}
	return &logical.Project{Input: j, Assigns: passing(want)}
}

func passing(cols []logical.Column) []logical.Assign {
	out := make([]logical.Assign, len(cols))
	for i, c := range cols {
		out[i] = logical.Assign{Col: c, Expr: c.Ref()}
	}
	return out
}

// scalarAggregate reports a subquery that is one row by construction: an
// aggregate without keys under projections.
func scalarAggregate(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Project:
		return scalarAggregate(n.Input)
	case *logical.Aggregate:
		return len(n.Keys) == 0 && n.Sets == nil
	}
	return false
}

// peel takes the projections off a scalar aggregate, outermost first.
func peel(n logical.Node) (logical.Node, []*logical.Project) {
	var ps []*logical.Project
	for {
		p, ok := n.(*logical.Project)
		if !ok {
			return n, ps
		}
		ps = append(ps, p)
		n = p.Input
	}
}

// overEmpty evaluates the projections of a scalar subquery above its join. An
// outer row without a group sees what the aggregates give for no rows: NULL, or 0 of a COUNT.
func overEmpty(a *logical.Apply, join *logical.Join, upper []*logical.Project) logical.Node {
	agg, _ := peel(a.Right)
	values := map[int]*expr.Expr{}
	for _, c := range agg.(*logical.Aggregate).Aggs {
		ref := expr.Col(c.Col.ID, c.Col.Name, c.Col.Type.WithNull(true))
		values[c.Col.ID] = ref
		if c.Func == "COUNT" || c.Func == "$SUM0" {
			zero := expr.Lit(c.Col.Type, types.IntValue(0))
			values[c.Col.ID] = expr.NewCall(expr.Coalesce, c.Col.Type, ref, zero)
		}
	}
	for i := len(upper) - 1; i >= 0; i-- {
		next := map[int]*expr.Expr{}
		for _, as := range upper[i].Assigns {
			next[as.Col.ID] = substitute(as.Expr, values)
		}
		values = next
	}
	assigns := passing(a.Left.Columns())
	for _, c := range a.Right.Columns() {
		c.Type.Nullable = true
		assigns = append(assigns, logical.Assign{Col: c, Expr: values[c.ID]})
	}
	return &logical.Project{Input: join, Assigns: assigns}
}

// substitute puts expressions in place of columns.
func substitute(e *expr.Expr, by map[int]*expr.Expr) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Op == expr.Column {
			if r := by[x.Col]; r != nil {
				return r
			}
		}
		return x
	})
}

// puller pulls the predicates that use outer columns out of a subquery.
type puller struct {
	outer idSet
	apply *logical.Apply
}

func (p *puller) refuse(what string) error {
	return sqlerr.Unsupported(p.apply.Pos, "a correlated subquery with "+what).
		WithHint("join with the table of the subquery instead")
}

func (p *puller) correlated(e *expr.Expr) bool {
	for id := range uses(e) {
		if p.outer[id] {
			return true
		}
	}
	return false
}

// free reports whether a subtree uses no outer column.
func (p *puller) free(n logical.Node) bool {
	for _, e := range logical.Outer(n) {
		if p.outer[e.Col] {
			return false
		}
	}
	return true
}

// pull gives the subtree without outer columns, which also outputs the inner
// columns of the predicates, and the predicates.
func (p *puller) pull(n logical.Node) (logical.Node, []*expr.Expr, error) {
	if p.free(n) {
		return n, nil, nil
	}
	switch n := n.(type) {
	case *logical.Filter:
		return p.filter(n)
	case *logical.Project:
		return p.project(n)
	case *logical.Aggregate:
		return p.aggregate(n)
	case *logical.Join:
		return p.join(n)
	case *logical.Sort:
		if n.Limit < 0 && n.Offset == 0 {
			return p.pull(n.Input) // a join keeps no order
		}
		if (p.apply.Kind == logical.Semi || p.apply.Kind == logical.Anti) && n.Limit > 0 && n.Offset == 0 {
			return p.pull(n.Input) // existence is not changed by a limit
		}
		return nil, nil, p.refuse("LIMIT")
	case *logical.SetOp:
		return nil, nil, p.refuse("a set operation")
	case *logical.Over:
		return nil, nil, p.refuse("OVER")
	}
	return nil, nil, p.refuse("this form")
}

func (p *puller) filter(n *logical.Filter) (logical.Node, []*expr.Expr, error) {
	in, preds, err := p.pull(n.Input)
	if err != nil {
		return nil, nil, err
	}
	var stay []*expr.Expr
	for _, c := range expr.Conjuncts(n.Cond) {
		if p.correlated(c) {
			preds = append(preds, c)
		} else {
			stay = append(stay, c)
		}
	}
	return withFilter(in, stay), preds, nil
}

func (p *puller) project(n *logical.Project) (logical.Node, []*expr.Expr, error) {
	in, preds, err := p.pull(n.Input)
	if err != nil {
		return nil, nil, err
	}
	var assigns []logical.Assign
	for _, a := range n.Assigns {
		if !p.correlated(a.Expr) {
			assigns = append(assigns, a)
			continue
		}
		if !p.unread(n, a.Col) {
			return nil, nil, p.refuse("an output that uses outer columns")
		}
	}
	return p.outputs(in, assigns, preds), preds, nil
}

// unread reports an output of EXISTS, whose value nobody asks for.
func (p *puller) unread(n *logical.Project, c logical.Column) bool {
	exists := p.apply.Kind == logical.Semi || p.apply.Kind == logical.Anti
	return exists && logical.Node(n) == p.apply.Right && (p.apply.On == nil || !uses(p.apply.On)[c.ID])
}

// outputs projects, and passes the inner columns of the predicates too.
func (p *puller) outputs(in logical.Node, assigns []logical.Assign, preds []*expr.Expr) logical.Node {
	have := idSet{}
	for _, a := range assigns {
		have[a.Col.ID] = true
	}
	for _, c := range in.Columns() {
		for _, e := range preds {
			if uses(e)[c.ID] && !have[c.ID] {
				have[c.ID] = true
				assigns = append(assigns, logical.Assign{Col: c, Expr: c.Ref()})
			}
		}
	}
	return &logical.Project{Input: in, Assigns: assigns}
}

// aggregate groups by the inner sides of the pulled predicates too: the group of
// an outer row is the one that equals it there, so these must be equalities.
func (p *puller) aggregate(n *logical.Aggregate) (logical.Node, []*expr.Expr, error) {
	if n.Sets != nil {
		return nil, nil, p.refuse("GROUPING SETS")
	}
	for _, a := range n.Aggs {
		for _, e := range append(append([]*expr.Expr(nil), a.Args...), conjunctsOf(a.Filter)...) {
			if p.correlated(e) {
				return nil, nil, p.refuse("an aggregate of outer columns")
			}
		}
	}
	in, preds, err := p.pull(n.Input)
	if err != nil {
		return nil, nil, err
	}
	out := *n
	out.Input = in
	out.Keys = append([]logical.Column(nil), n.Keys...)
	have, cols := idsOf(out.Keys), in.Columns()
	for _, e := range preds {
		if !p.isEquality(e) {
			return nil, nil, p.refuse("an aggregate below a condition that is not an equality with one inner column")
		}
		for _, c := range cols {
			if uses(e)[c.ID] && !have[c.ID] {
				have[c.ID] = true
				out.Keys = append(out.Keys, c)
			}
		}
	}
	return &out, preds, nil
}

// isEquality reports inner column = expression of outer columns only.
func (p *puller) isEquality(e *expr.Expr) bool {
	if e.Op != expr.Call || e.Func != expr.Eq {
		return false
	}
	for i := range 2 {
		inner, outer := e.Args[i], e.Args[1-i]
		if inner.Op == expr.Column && !p.outer[inner.Col] && within(outer, p.outer) {
			return true
		}
	}
	return false
}

func (p *puller) join(n *logical.Join) (logical.Node, []*expr.Expr, error) {
	l, lp, err := p.pull(n.Left)
	if err != nil {
		return nil, nil, err
	}
	r, rp, err := p.pull(n.Right)
	if err != nil {
		return nil, nil, err
	}
	var stay, up []*expr.Expr
	for _, c := range conjunctsOf(n.On) {
		if p.correlated(c) {
			up = append(up, c)
		} else {
			stay = append(stay, c)
		}
	}
	if n.Kind != logical.Inner && len(rp)+len(up) > 0 {
		return nil, nil, p.refuse("an outer join or subquery that uses outer columns")
	}
	out := *n
	out.Left, out.Right, out.On = l, r, nil
	if len(stay) > 0 {
		out.On = expr.AndAll(stay)
	}
	return &out, append(append(lp, rp...), up...), nil
}
