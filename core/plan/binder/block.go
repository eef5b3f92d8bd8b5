package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/types"
)

// block is one SELECT on its way to a plan. Its expressions are bound over the
// columns of FROM; what they need beyond these is noted here first and built
// afterwards.
type block struct {
	b     *Binder
	env   *env
	sel   *ast.Select
	node  logical.Node // grows clause by clause
	scope *scope

	aggs    []logical.AggCall
	aggByFP map[string]int
	overs   []*overCall
	overIDs map[int]bool
	windows map[string]*ast.NamedWindow

	inner []*subquery // inside the arguments of aggregates and in GROUP BY: below the aggregation
	outer []*subquery // in the select list, HAVING, ORDER BY: above it

	semis []*subquery // conditions of HAVING that are joins themselves

	groups *groups
	group  *groupWindow // TUMBLE(…) and the like in GROUP BY
	ttl    int64        // of groups, in milliseconds; 0: no hint says
}

// item is a column of the select list.
type item struct {
	expr *expr.Expr
	name string
}

// selected is what a SELECT gives: its columns, and the expressions of ORDER BY bound.
type selected struct {
	relation
	order []logical.SortKey
	wide  bool // node has columns behind relation.cols that only the order needs
}

// selectBlock binds a SELECT, with the ORDER BY that follows it.
func (b *Binder) selectBlock(s *ast.Select, env *env, order []*ast.OrderItem) selected {
	k := &block{b: b, env: env, sel: s, aggByFP: map[string]int{}, overIDs: map[int]bool{}}
	checkHints(s.Hints)
	k.from()
	k.where()
	k.namedWindows()
	k.bindGroupBy()
	items := k.items()
	having := k.having()
	qualify := k.qualify(items)
	keys := k.orderKeys(order, items)

	rewrite := k.aggregate()
	for i := range items {
		items[i].expr = rewrite(items[i].expr)
	}
	for i := range keys {
		keys[i].Expr = rewrite(keys[i].Expr)
	}
	k.applySubqueries(false)
	k.filter(rewrite(having))
	for _, semi := range k.semis {
		k.node = semi.apply(k.node)
	}
	k.overWindows()
	k.applySubqueries(true)
	k.filter(rewrite(qualify))
	return k.project(items, keys)
}

// from binds FROM; without it there is one row without columns.
func (k *block) from() {
	r := relation{node: &logical.Values{Rows: [][]*expr.Expr{{}}}}
	if k.sel.From != nil {
		r = k.b.from(k.sel.From, k.env)
	}
	k.node = r.node
	k.scope = &scope{cols: r.cols, outer: k.env.outer}
	k.stateTTL()
}

// where filters by the plain conditions first, then by those with subqueries.
func (k *block) where() {
	if k.sel.Where == nil {
		return
	}
	k.node = k.b.filterBy(k.node, k.scope, k.env, k.sel.Where, "WHERE")
}

// filterBy keeps the rows of n for which a condition is TRUE.
func (b *Binder) filterBy(n logical.Node, s *scope, env *env, cond ast.Expr, clause string) logical.Node {
	var plain []*expr.Expr
	var later []ast.Expr
	for _, c := range conjuncts(cond) {
		if hasSubquery(c) {
			later = append(later, c)
			continue
		}
		x := &exprBinder{b: b, env: env, scope: s, clause: clause}
		plain = append(plain, x.condition(c))
	}
	if len(plain) > 0 {
		n = &logical.Filter{Input: n, Cond: conjunction(plain)}
	}
	for _, c := range later {
		n = b.filterBySubquery(n, s, env, c, clause)
	}
	return n
}

// conjuncts are the parts of a AND b AND c, in order.
func conjuncts(e ast.Expr) []ast.Expr {
	var right []ast.Expr
	for {
		b, ok := e.(*ast.Binary)
		if !ok || b.Op != ast.And {
			break
		}
		right = append(right, b.Right)
		e = b.Left
	}
	out := []ast.Expr{e}
	for i := len(right) - 1; i >= 0; i-- {
		out = append(out, conjuncts(right[i])...)
	}
	return out
}

func conjunction(list []*expr.Expr) *expr.Expr {
	if len(list) == 0 {
		return nil
	}
	list = flatten(expr.And, list)
	if len(list) == 1 {
		return list[0]
	}
	nullable := false
	for _, e := range list {
		nullable = nullable || e.Type.Nullable
	}
	c := expr.NewCall(expr.And, types.BooleanType.WithNull(nullable), list...)
	c.Pos = list[0].Pos
	return c
}

// binder binds expressions of this block's clauses that come after FROM.
func (k *block) binder(clause string) *exprBinder {
	return &exprBinder{b: k.b, env: k.env, scope: k.scope, clause: clause, block: k, subs: &k.outer}
}

// qualify binds QUALIFY, which may name the columns of the select list.
func (k *block) qualify(items []item) *expr.Expr {
	if k.sel.Qualify == nil {
		return nil
	}
	x := k.binder("QUALIFY")
	x.aliases = aliases(items)
	x.truth = true
	return x.condition(k.sel.Qualify)
}

// having binds HAVING; conditions that are joins themselves are noted as such.
func (k *block) having() *expr.Expr {
	if k.sel.Having == nil {
		return nil
	}
	var conds []*expr.Expr
	for _, c := range conjuncts(k.sel.Having) {
		x := k.binder("HAVING")
		x.truth = true
		if s := x.semi(c); s != nil {
			k.semis = append(k.semis, s)
			continue
		}
		conds = append(conds, x.condition(c))
	}
	return conjunction(conds)
}

func (k *block) filter(cond *expr.Expr) {
	if cond != nil {
		k.node = &logical.Filter{Input: k.node, Cond: cond}
	}
}

// addAggregate notes an aggregate, once for equal ones, and refers to its column.
func (k *block) addAggregate(call logical.AggCall, result types.Type, at *ast.Call) *expr.Expr {
	fp := call.Func + aggregateFingerprint(call)
	i, ok := k.aggByFP[fp]
	if !ok {
		i = len(k.aggs)
		call.Col = logical.Column{ID: k.b.ids.Next(), Name: call.Func, Type: result}
		if k.ungrouped() && !neverNull[call.Func] {
			// Over no rows at all there is still one group.
			call.Col.Type.Nullable = true
		}
		k.aggs = append(k.aggs, call)
		k.aggByFP[fp] = i
	}
	e := k.aggs[i].Col.Ref()
	e.Pos = at.Pos()
	return e
}

// neverNull are the aggregates that have a value for no rows.
var neverNull = map[string]bool{"COUNT": true, "$SUM0": true, "APPROX_COUNT_DISTINCT": true, "COLLECT": true}

func (k *block) ungrouped() bool {
	return k.groups == nil || len(k.groups.keys) == 0 || k.groups.sets != nil
}

func aggregateFingerprint(call logical.AggCall) string {
	fp := ""
	if call.Distinct {
		fp = " DISTINCT"
	}
	for _, a := range call.Args {
		fp += " " + fingerprint(a)
	}
	if call.Filter != nil {
		fp += " FILTER " + fingerprint(call.Filter)
	}
	for _, o := range call.OrderBy {
		fp += " ORDER " + fingerprint(o.Expr)
		if o.Desc {
			fp += " DESC"
		}
	}
	return fp
}

// applySubqueries puts the joins of the noted subqueries on the plan: those that
// look at a window function's column after it is computed, all others before.
func (k *block) applySubqueries(afterOver bool) {
	for _, s := range k.outer {
		if s.uses(k.overIDs) == afterOver {
			k.node = s.apply(k.node)
		}
	}
}
