package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// unnest turns an Apply into a join where predicates cannot simply be pulled up:
// the subquery is computed for all distinct values of the outer columns it uses
// at once (the domain), which are pushed down to where they are used
// (Neumann and Kemper, "Unnesting arbitrary queries", 2015).
//
//	Apply(L, R(c))  →  Join(L, R'(d), c = d),  R' over D = DISTINCT c AS d FROM L
func unnest(a *logical.Apply, ids *logical.Ids) (logical.Node, error) {
	u := &unnester{puller: puller{outer: idsOf(a.Left.Columns()), apply: a}, ids: ids}
	if !repeatable(a.Left) {
		return nil, u.refuse("LIMIT or a random function in the outer query")
	}
	u.columns = u.used()
	right, d, err := u.push(a.Right)
	if err != nil {
		return nil, err
	}
	on := append([]*expr.Expr(nil), conjunctsOf(a.On)...)
	for _, c := range u.columns {
		on = append(on, sameValue(c.Ref(), d[c.ID]))
	}
	kind := a.Kind
	if kind == logical.Single && scalarAggregate(a.Right) {
		kind = logical.Left
	}
	join := &logical.Join{Kind: kind, Left: a.Left, Right: right, On: expr.AndAll(on), MarkCol: a.MarkCol, NullAware: a.NullAware}
	return keepColumns(join, a), nil
}

// repeatable reports a plan that gives the same rows when it is run twice.
func repeatable(n logical.Node) bool {
	if s, ok := n.(*logical.Sort); ok && (s.Limit >= 0 || s.Offset > 0) {
		return false
	}
	for _, e := range logical.Exprs(n) {
		if expr.HasVolatile(e) {
			return false
		}
	}
	for _, in := range n.Inputs() {
		if !repeatable(in) {
			return false
		}
	}
	return true
}

// sameValue compares as grouping does: NULL equals NULL.
func sameValue(a, b *expr.Expr) *expr.Expr {
	op := expr.Eq
	if a.Type.Nullable || b.Type.Nullable {
		op = expr.IsNotDistinct
	}
	return expr.NewCall(op, types.BooleanType.NotNull(), a, b)
}

// domain is the columns that stand for outer ones in a subtree, by outer id.
type domain map[int]*expr.Expr

type unnester struct {
	puller
	ids     *logical.Ids
	columns []logical.Column // the outer columns in use
}

// used lists the outer columns of the subquery.
func (u *unnester) used() []logical.Column {
	var out []logical.Column
	seen := idSet{}
	for _, e := range logical.Outer(u.apply.Right) {
		seen[e.Col] = true
	}
	for _, c := range u.apply.Left.Columns() {
		if seen[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

func (u *unnester) fresh(c logical.Column) logical.Column {
	c.ID = u.ids.Next()
	return c
}

// source is the domain itself, under columns of its own.
func (u *unnester) source() (logical.Node, domain) {
	keys := &logical.Project{Input: u.apply.Left, Assigns: passing(u.columns)}
	out := &logical.Project{Input: &logical.Aggregate{Input: keys, Keys: u.columns}}
	d := domain{}
	for _, c := range u.columns {
		col := u.fresh(c)
		out.Assigns = append(out.Assigns, logical.Assign{Col: col, Expr: c.Ref()})
		d[c.ID] = col.Ref()
	}
	return out, d
}

func (d domain) columns(n logical.Node, outer []logical.Column) []logical.Column {
	byID := map[int]logical.Column{}
	for _, c := range n.Columns() {
		byID[c.ID] = c
	}
	out := make([]logical.Column, len(outer))
	for i, c := range outer {
		out[i] = byID[d[c.ID].Col]
	}
	return out
}

// push gives n for every value of the domain: its columns, and the domain's.
func (u *unnester) push(n logical.Node) (logical.Node, domain, error) {
	if u.free(n) {
		src, d := u.source()
		return &logical.Join{Kind: logical.Inner, Left: src, Right: n}, d, nil
	}
	switch n := n.(type) {
	case *logical.Join:
		return u.pushJoin(n)
	case *logical.SetOp:
		return u.pushSetOp(n)
	case *logical.Aggregate:
		return u.pushAggregate(n)
	case *logical.Sort:
		return u.pushSort(n)
	case *logical.Filter, *logical.Project, *logical.Over, *logical.WindowTable, *logical.Correlate:
	default:
		return nil, nil, u.refuse("this form")
	}
	in, d, err := u.push(n.Inputs()[0])
	if err != nil {
		return nil, nil, err
	}
	n = n.WithInputs([]logical.Node{in})
	switch n := n.(type) {
	case *logical.Filter:
		return &logical.Filter{Input: in, Cond: substitute(n.Cond, d)}, d, nil
	case *logical.Project:
		out := &logical.Project{Input: in}
		for _, a := range n.Assigns {
			out.Assigns = append(out.Assigns, logical.Assign{Col: a.Col, Expr: substitute(a.Expr, d)})
		}
		out.Assigns = append(out.Assigns, passing(d.columns(in, u.columns))...)
		return out, d, nil
	case *logical.Over:
		return u.pushOver(n, d), d, nil
	case *logical.Correlate:
		return u.pushCorrelate(n, d), d, nil
	}
	return n, d, nil
}

func (u *unnester) pushOver(n *logical.Over, d domain) logical.Node {
	out := *n
	out.PartitionBy = append(append([]logical.Column(nil), n.PartitionBy...), d.columns(n.Input, u.columns)...)
	out.OrderBy = nil
	for _, k := range n.OrderBy {
		k.Expr = substitute(k.Expr, d)
		out.OrderBy = append(out.OrderBy, k)
	}
	out.Calls = append([]logical.OverCall(nil), n.Calls...)
	for i, c := range out.Calls {
		out.Calls[i].Args = nil
		for _, e := range c.Args {
			out.Calls[i].Args = append(out.Calls[i].Args, substitute(e, d))
		}
	}
	return &out
}

func (u *unnester) pushCorrelate(n *logical.Correlate, d domain) logical.Node {
	out := *n
	out.Args = make([]*expr.Expr, len(n.Args))
	for i, e := range n.Args {
		out.Args[i] = substitute(e, d)
	}
	out.Pass = append(append([]logical.Column(nil), n.Pass...), d.columns(n.Input, u.columns)...)
	return &out
}

// pushSort keeps the first rows of each value of the domain.
func (u *unnester) pushSort(n *logical.Sort) (logical.Node, domain, error) {
	in, d, err := u.push(n.Input)
	if err != nil || n.Limit < 0 && n.Offset == 0 {
		return in, d, err
	}
	number := logical.Column{ID: u.ids.Next(), Name: "$number", Type: types.BigIntType.NotNull()}
	over := &logical.Over{
		Input: in, PartitionBy: d.columns(in, u.columns), From: logical.Bound{Unbounded: true},
		Calls: []logical.OverCall{{Col: number, Func: "ROW_NUMBER"}},
	}
	for _, k := range n.Keys {
		k.Expr = substitute(k.Expr, d)
		over.OrderBy = append(over.OrderBy, k)
	}
	compare := func(op string, v int64) *expr.Expr {
		return expr.NewCall(op, types.BooleanType.NotNull(), number.Ref(), expr.Lit(number.Type, types.IntValue(v)))
	}
	conds := []*expr.Expr{compare(expr.Gt, n.Offset)}
	if n.Limit >= 0 {
		conds = append(conds, compare(expr.Le, n.Offset+n.Limit))
	}
	kept := withFilter(over, conds)
	return &logical.Project{Input: kept, Assigns: passing(in.Columns())}, d, nil
}

// pushAggregate groups by the domain too. Without keys there is a row for every
// value of the domain, also where nothing is aggregated.
func (u *unnester) pushAggregate(n *logical.Aggregate) (logical.Node, domain, error) {
	if n.Sets != nil {
		return nil, nil, u.refuse("GROUPING SETS")
	}
	in, d, err := u.push(n.Input)
	if err != nil {
		return nil, nil, err
	}
	out := *n
	out.Input = in
	out.Keys = append(append([]logical.Column(nil), n.Keys...), d.columns(in, u.columns)...)
	out.Aggs = nil
	for _, a := range n.Aggs {
		args := a.Args
		a.Args = nil
		for _, e := range args {
			a.Args = append(a.Args, substitute(e, d))
		}
		if a.Filter != nil {
			a.Filter = substitute(a.Filter, d)
		}
		out.Aggs = append(out.Aggs, a)
	}
	if len(n.Keys) > 0 {
		return &out, d, nil
	}
	return u.everyValue(&out, d)
}

func (u *unnester) everyValue(agg *logical.Aggregate, d domain) (logical.Node, domain, error) {
	src, all := u.source()
	var on []*expr.Expr
	for _, c := range u.columns {
		on = append(on, sameValue(all[c.ID], d[c.ID]))
	}
	join := &logical.Join{Kind: logical.Left, Left: src, Right: agg, On: expr.AndAll(on)}
	assigns := passing(all.columns(src, u.columns))
	for i, a := range agg.Aggs {
		// The join pads with NULL what a COUNT of nothing is 0 for; its column must be another then.
		value := expr.Col(a.Col.ID, a.Col.Name, a.Col.Type.WithNull(true))
		if a.Func == "COUNT" || a.Func == "$SUM0" {
			inner := u.fresh(a.Col)
			agg.Aggs[i].Col = inner
			ref := expr.Col(inner.ID, inner.Name, inner.Type.WithNull(true))
			value = expr.NewCall(expr.Coalesce, a.Col.Type, ref, expr.Lit(a.Col.Type, types.Value{}))
		}
		assigns = append(assigns, logical.Assign{Col: a.Col, Expr: value})
	}
	return &logical.Project{Input: join, Assigns: assigns}, all, nil
}

// pushJoin pushes the domain to the sides that use it, and always to one that the join keeps whole.
func (u *unnester) pushJoin(n *logical.Join) (logical.Node, domain, error) {
	if n.Kind == logical.Full {
		return nil, nil, u.refuse("FULL JOIN")
	}
	toLeft, toRight := !u.free(n.Left), !u.free(n.Right)
	switch {
	case n.Kind == logical.Right:
		toRight = true
	case n.Kind != logical.Inner || !toRight:
		toLeft = true
	}
	out := *n
	var ld, rd domain
	var err error
	if toLeft {
		if out.Left, ld, err = u.push(n.Left); err != nil {
			return nil, nil, err
		}
	}
	if toRight {
		if out.Right, rd, err = u.push(n.Right); err != nil {
			return nil, nil, err
		}
	}
	d := ld
	if ld == nil || n.Kind == logical.Right {
		d = rd
	}
	var on []*expr.Expr
	for _, c := range conjunctsOf(n.On) {
		on = append(on, substitute(c, d))
	}
	if ld != nil && rd != nil {
		for _, c := range u.columns {
			on = append(on, sameValue(ld[c.ID], rd[c.ID]))
		}
	}
	out.On = expr.AndAll(on)
	return &out, d, nil
}

// pushSetOp makes the domain's columns the last of every input: rows combine within one value of it.
func (u *unnester) pushSetOp(n *logical.SetOp) (logical.Node, domain, error) {
	out := *n
	out.Ins = nil
	d := domain{}
	out.Cols = append([]logical.Column(nil), n.Cols...)
	for _, c := range u.columns {
		col := u.fresh(c)
		out.Cols = append(out.Cols, col)
		d[c.ID] = col.Ref()
	}
	for _, in := range n.Ins {
		pushed, of, err := u.push(in)
		if err != nil {
			return nil, nil, err
		}
		cols := append(append([]logical.Column(nil), in.Columns()...), of.columns(pushed, u.columns)...)
		out.Ins = append(out.Ins, &logical.Project{Input: pushed, Assigns: passing(cols)})
	}
	return &out, d, nil
}
