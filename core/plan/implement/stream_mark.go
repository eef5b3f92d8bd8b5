package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// markJoin is a mark join of changing tables, IN or EXISTS as a value, by joins
// that keep less than it would: with the distinct keys of the right, and for IN
// with what is known of the right as a whole: 0, or 1 where it has a NULL, and
// no row where it is empty.
//
//	mark = CASE WHEN found THEN TRUE WHEN whole IS NULL THEN FALSE
//	            WHEN x IS NULL OR whole = 1 THEN NULL ELSE FALSE END
func (p *planner) markJoin(n *logical.Join) (rel, error) {
	m := marking{p: p, join: n, left: n.Left}
	for _, c := range conjuncts(n.On) {
		if !m.equality(c) {
			return rel{}, sqlerr.New(sqlerr.FeatureNotSupported, c.Pos, "IN or EXISTS under OR, NOT or in SELECT, with conditions other than equality, is not supported in streaming mode").
				WithHint("let the subquery stand alone in WHERE, joined with AND, or run in batch mode")
		}
	}
	var mark *expr.Expr
	switch {
	case len(m.keys) == 0:
		mark = notNull(m.whole(nil, expr.Lit(types.IntType.NotNull(), types.IntValue(1))))
	case n.NullAware:
		found := notNull(m.found())
		isNull := expr.NewCall(expr.Case, types.IntType.NotNull(), expr.NewCall(expr.IsNull, types.BooleanType.NotNull(), m.keys[0].Ref()),
			expr.Lit(types.IntType.NotNull(), types.IntValue(1)), expr.Lit(types.IntType.NotNull(), types.IntValue(0)))
		mark = m.inValue(found, m.whole(m.keys[1:], isNull))
	default:
		mark = notNull(m.found())
	}
	assigns := append(passing(n.Left.Columns()), logical.Assign{Col: n.MarkCol, Expr: mark})
	return p.visit(&logical.Project{Input: m.left, Assigns: assigns})
}

// marking is a mark join on its way to a plan.
type marking struct {
	p     *planner
	join  *logical.Join
	left  logical.Node // so far
	outer []*expr.Expr // by equality: of the left
	keys  []logical.Column
	right []logical.Assign // the keys, of the right
}

// equality takes left expression = right expression.
func (m *marking) equality(c *expr.Expr) bool {
	if c.Op != expr.Call || c.Func != expr.Eq {
		return false
	}
	a, b := c.Args[0], c.Args[1]
	left, right := columnsOf(m.join.Left), columnsOf(m.join.Right)
	if left.covers(b) && right.covers(a) {
		a, b = b, a
	}
	if right.uses(a) || left.uses(b) || !right.covers(b) && !left.covers(a) {
		return false
	}
	key := m.p.newHidden(b.Type)
	m.outer, m.keys = append(m.outer, a), append(m.keys, key)
	m.right = append(m.right, logical.Assign{Col: key, Expr: b})
	return true
}

func columnsOf(n logical.Node) rel { return rel{cols: n.Columns()} }

// uses reports an expression with some column of r.
func (r rel) uses(e *expr.Expr) bool {
	some := false
	expr.Walk(e, func(e *expr.Expr) bool {
		some = some || e.Op == expr.Column && r.at(e.Col) >= 0
		return !some
	})
	return some
}

// found joins the distinct keys of the right: a column that is not NULL where they match.
func (m *marking) found() logical.Column {
	distinct := &logical.Aggregate{Input: &logical.Project{Input: m.join.Right, Assigns: m.right}, Keys: m.keys}
	flag := m.p.newHidden(types.BooleanType.NotNull())
	assigns := append(passing(m.keys), logical.Assign{Col: flag, Expr: expr.Lit(flag.Type, types.BoolValue(true))})
	return m.attach(&logical.Project{Input: distinct, Assigns: assigns}, m.keys, m.outer, flag)
}

// whole joins MAX(value) of the rows of the right that have keys by; NULL where there are none.
func (m *marking) whole(by []logical.Column, value *expr.Expr) logical.Column {
	arg := m.p.newHidden(value.Type)
	renamed := make([]logical.Column, len(by)) // the keys are in the plan already
	rows := &logical.Project{Input: &logical.Project{Input: m.join.Right, Assigns: m.right}}
	for i, k := range by {
		renamed[i] = m.p.newHidden(k.Type)
		rows.Assigns = append(rows.Assigns, logical.Assign{Col: renamed[i], Expr: k.Ref()})
	}
	rows.Assigns = append(rows.Assigns, logical.Assign{Col: arg, Expr: value})
	max := m.p.newHidden(value.Type.WithNull(true))
	agg := &logical.Aggregate{Input: rows, Keys: renamed, Aggs: []logical.AggCall{{Col: max, Func: "MAX", Args: []*expr.Expr{arg.Ref()}}}}
	return m.attach(agg, renamed, m.outer[len(m.outer)-len(by):], max)
}

// attach joins a table that has at most one row for the keys, and names its column.
func (m *marking) attach(right logical.Node, keys []logical.Column, outer []*expr.Expr, col logical.Column) logical.Column {
	var on []*expr.Expr
	for i, k := range keys {
		on = append(on, expr.NewCall(expr.Eq, types.BooleanType, outer[i], k.Ref()))
	}
	kind := logical.Left
	if len(on) == 0 {
		kind = logical.Inner // one row, always
	}
	joined := &logical.Join{Kind: kind, Left: m.left, Right: right}
	if len(on) > 0 {
		joined.On = expr.AndAll(on)
	}
	m.left = joined
	col.Type.Nullable = true
	return col
}

func (m *marking) inValue(found *expr.Expr, whole logical.Column) *expr.Expr {
	boolean := types.BooleanType
	lit := func(v types.Value) *expr.Expr { return expr.Lit(boolean.WithNull(v.Null), v) }
	isNull := func(e *expr.Expr) *expr.Expr { return expr.NewCall(expr.IsNull, boolean.NotNull(), e) }
	hasNull := expr.NewCall(expr.Eq, boolean, whole.Ref(), expr.Lit(types.IntType.NotNull(), types.IntValue(1)))
	unknown := expr.NewCall(expr.Or, boolean, isNull(m.outer[0]), hasNull)
	return expr.NewCall(expr.Case, boolean, found, lit(types.BoolValue(true)), isNull(whole.Ref()), lit(types.BoolValue(false)),
		unknown, lit(types.NullValue()), lit(types.BoolValue(false)))
}

func notNull(c logical.Column) *expr.Expr {
	return expr.NewCall(expr.IsNotNull, types.BooleanType.NotNull(), c.Ref())
}
