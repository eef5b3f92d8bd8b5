package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// groups is a GROUP BY clause.
type groups struct {
	keys  []*expr.Expr
	byFP  map[string]int
	sets  [][]int // nil: one set of all keys
	setID logical.Column
}

// maxSets bounds CUBE.
const maxSets = 4096

// bindGroupBy binds the keys and multiplies out the grouping sets.
func (k *block) bindGroupBy() {
	if k.sel.GroupBy == nil {
		return
	}
	k.groups = &groups{byFP: map[string]int{}}
	x := k.binder("GROUP BY")
	x.block, x.subs = nil, &k.inner
	k.bindGroupWindow()
	sets := [][]int{{}}
	plain := true
	for _, g := range k.sel.GroupBy.Items {
		plain = plain && g.Kind == ast.GroupKey
		sets = product(g, sets, k.setsOf(x, g))
	}
	if !plain {
		if k.sel.GroupBy.Distinct {
			sets = distinctSets(sets)
		}
		k.groups.sets = sets
		k.groups.setID = logical.Column{ID: k.b.ids.Next(), Name: "$set", Type: types.BigIntType.NotNull()}
	}
	for _, s := range k.inner {
		k.node = s.apply(k.node)
	}
	k.inner = nil
}

// setsOf lists the grouping sets of one element, as indexes of keys.
func (k *block) setsOf(x *exprBinder, g *ast.GroupItem) [][]int {
	switch g.Kind {
	case ast.GroupKey:
		return [][]int{k.keySet(x, g)}
	case ast.GroupSets:
		var sets [][]int
		for _, i := range g.Items {
			sets = append(sets, k.setsOf(x, i)...)
		}
		return sets
	}
	parts := make([][]int, len(g.Items))
	for i, p := range g.Items {
		parts[i] = k.keySet(x, p)
	}
	if g.Kind == ast.Rollup {
		sets := make([][]int, 0, len(parts)+1)
		for n := len(parts); n >= 0; n-- {
			sets = append(sets, union(parts[:n]))
		}
		return sets
	}
	if len(parts) > 12 {
		fail(sqlerr.New(sqlerr.Grouping, g.Pos(), "CUBE of %d elements makes more than %d grouping sets", len(parts), maxSets))
	}
	var sets [][]int
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		var chosen [][]int
		for i := range parts {
			if mask&(1<<(len(parts)-1-i)) != 0 {
				chosen = append(chosen, parts[i])
			}
		}
		sets = append(sets, union(chosen))
	}
	return sets
}

func (k *block) keySet(x *exprBinder, g *ast.GroupItem) []int {
	var set []int
	for _, e := range g.Exprs {
		if k.group != nil && e == k.group.call {
			set = append(set, k.group.keys(k)...)
			continue
		}
		set = append(set, k.addKey(k.groupKey(x, e)))
	}
	return union([][]int{set})
}

// groupKey binds a key; a name that only the select list knows gets a hint.
func (k *block) groupKey(x *exprBinder, e ast.Expr) *expr.Expr {
	if n, ok := e.(*ast.NumberLit); ok && n.Kind == ast.Integer {
		fail(sqlerr.New(sqlerr.Grouping, e.Pos(), "GROUP BY takes expressions, not positions").
			WithHint("repeat the expression of the select list"))
	}
	k.refuseAlias(x, e)
	key := x.bind(e)
	if key.Type.Kind == types.Map || key.Type.Kind == types.Multiset {
		fail(sqlerr.New(sqlerr.Grouping, e.Pos(), "values of type %s cannot be grouped", key.Type.WithNull(true)))
	}
	return key
}

// refuseAlias tells of a key that only the select list knows.
func (k *block) refuseAlias(x *exprBinder, e ast.Expr) {
	ref, ok := e.(*ast.ColumnRef)
	if !ok || len(ref.Parts) != 1 {
		return
	}
	name := ref.Parts[0].Text
	for s := x.scope; s != nil; s = s.outer {
		if len(s.find(nil, name)) > 0 {
			return
		}
	}
	for _, it := range k.sel.Items {
		if it.Alias != nil && it.Alias.Text == name {
			err := sqlerr.New(sqlerr.UndefinedColumn, e.Pos(), "column `%s` does not exist in FROM: it is a name of the select list", name)
			err.Width = len([]rune(name))
			fail(err.WithHint("GROUP BY takes the expression itself: %s", ast.Format(it.Expr)))
		}
	}
}

func (k *block) addKey(e *expr.Expr) int {
	fp := fingerprint(e)
	i, ok := k.groups.byFP[fp]
	if !ok {
		i = len(k.groups.keys)
		k.groups.keys = append(k.groups.keys, e)
		k.groups.byFP[fp] = i
	}
	return i
}

// product combines every set so far with every set of one more element.
func product(at ast.Node, a, b [][]int) [][]int {
	if len(a)*len(b) > maxSets {
		fail(sqlerr.New(sqlerr.Grouping, at.Pos(), "GROUP BY makes more than %d grouping sets", maxSets))
	}
	var out [][]int
	for _, x := range a {
		for _, y := range b {
			out = append(out, union([][]int{x, y}))
		}
	}
	return out
}

func union(sets [][]int) []int {
	out := []int{}
	seen := map[int]bool{}
	for _, s := range sets {
		for _, i := range s {
			if !seen[i] {
				seen[i] = true
				out = append(out, i)
			}
		}
	}
	return out
}

func distinctSets(sets [][]int) [][]int {
	var out [][]int
	seen := map[string]bool{}
	for _, s := range sets {
		if fp := setMask(s); !seen[fp] {
			seen[fp] = true
			out = append(out, s)
		}
	}
	return out
}

func setMask(set []int) string {
	mask := []byte{}
	for _, i := range set {
		for len(mask) <= i {
			mask = append(mask, '0')
		}
		mask[i] = '1'
	}
	return strings.TrimRight(string(mask), "0")
}

// aggregate builds the aggregation, if there is one, and returns how expressions
// over its input become expressions over its output.
func (k *block) aggregate() func(*expr.Expr) *expr.Expr {
	if k.groups == nil && len(k.aggs) == 0 && k.sel.Having == nil {
		return func(e *expr.Expr) *expr.Expr { return e }
	}
	if k.groups == nil {
		k.groups = &groups{}
	}
	for _, s := range k.inner {
		k.node = s.apply(k.node)
	}
	input := columnsOf(k.node)
	keys := k.groupColumns()
	k.node = &logical.Aggregate{Input: k.node, Keys: keys, Sets: k.groups.sets, SetID: k.groups.setID, Aggs: k.aggs}
	r := &regroup{groups: k.groups, keys: k.node.Columns()[:len(keys)], input: input, block: k, shapes: map[shape]bool{}, sizes: map[*expr.Expr]int{}}
	for _, e := range k.groups.keys {
		r.shapes[r.shape(e)] = true
	}
	for _, o := range k.overs {
		o.rewrite(r.rewrite)
	}
	for _, s := range append(k.outer, k.semis...) {
		s.rewrite(r)
	}
	return r.rewrite
}

// groupColumns makes each key a column of the aggregation's input: with a
// Project below it where a key is more than a column.
func (k *block) groupColumns() []logical.Column {
	input := k.node.Columns()
	known := columnsOf(k.node)
	keys := make([]logical.Column, len(k.groups.keys))
	assigns := passing(input)
	computed := false
	for i, e := range k.groups.keys {
		if c, ok := known[e.Col]; ok && e.Op == expr.Column {
			keys[i] = c
			continue
		}
		keys[i] = logical.Column{ID: k.b.ids.Next(), Name: k.keyName(i, e), Type: e.Type}
		assigns = append(assigns, logical.Assign{Col: keys[i], Expr: e})
		computed = true
	}
	if computed {
		k.node = &logical.Project{Input: k.node, Assigns: assigns}
	}
	return keys
}

func (k *block) keyName(i int, e *expr.Expr) string {
	if e.Op == expr.Column {
		return e.Name
	}
	return "$key" + string(rune('0'+i%10))
}

// passing assigns each column to itself.
func passing(cols []logical.Column) []logical.Assign {
	out := make([]logical.Assign, len(cols))
	for i, c := range cols {
		out[i] = logical.Assign{Col: c, Expr: c.Ref()}
	}
	return out
}

// regroup turns expressions over an aggregation's input into expressions over its output.
type regroup struct {
	groups *groups
	keys   []logical.Column // as the aggregation gives them
	input  map[int]logical.Column
	block  *block
	shapes map[shape]bool // of the keys: only expressions of such a shape are compared
	sizes  map[*expr.Expr]int
}

// shape is what is cheap to compare of an expression.
type shape struct {
	op   expr.Op
	name string
	size int
}

func (r *regroup) shape(e *expr.Expr) shape { return shape{e.Op, e.Func, r.size(e)} }

// size is the number of nodes.
func (r *regroup) size(e *expr.Expr) int {
	n, ok := r.sizes[e]
	if !ok {
		n = 1
		for _, a := range e.Args {
			n += r.size(a)
		}
		r.sizes[e] = n
	}
	return n
}

func (r *regroup) rewrite(e *expr.Expr) *expr.Expr {
	if e == nil {
		return nil
	}
	if r.shapes[r.shape(e)] {
		if i, ok := r.groups.byFP[fingerprint(e)]; ok {
			ref := r.keys[i].Ref()
			ref.Pos = e.Pos
			return ref
		}
	}
	if e.Op == expr.Column {
		if c, ok := r.input[e.Col]; ok {
			r.fail(c, e.Pos)
		}
		return e
	}
	return r.block.rebuild(e, r.rewrite)
}

func (r *regroup) fail(c logical.Column, pos sqlerr.Pos) {
	err := sqlerr.New(sqlerr.Grouping, pos, "column `%s` must appear in GROUP BY or in an aggregate", c.Name)
	err.Width = len([]rune(c.Name))
	if len(r.keys) == 0 {
		err = err.WithHint("the query has aggregates and no GROUP BY: GROUP BY `%s`, or MAX(`%s`)", c.Name, c.Name)
	} else {
		err = err.WithHint("add `%s` to GROUP BY, or write MAX(`%s`)", c.Name, c.Name)
	}
	fail(err)
}

// rebuild applies f to the arguments of a call. Where an argument has become
// nullable, as keys of grouping sets do, the call is typed anew.
func (k *block) rebuild(e *expr.Expr, f func(*expr.Expr) *expr.Expr) *expr.Expr {
	if len(e.Args) == 0 {
		return e
	}
	args := make([]*expr.Expr, len(e.Args))
	changed, retype := false, false
	for i, a := range e.Args {
		args[i] = f(a)
		changed = changed || args[i] != a
		retype = retype || args[i].Type.Nullable != a.Type.Nullable
	}
	if !changed {
		return e
	}
	c := *e
	c.Args = args
	if retype {
		c.Type.Nullable = k.nullable(&c)
	}
	return &c
}

func (k *block) nullable(e *expr.Expr) bool {
	switch e.Func {
	case expr.Cast, expr.TryCast:
		return e.Func == expr.TryCast || e.Args[0].Type.Nullable
	case expr.Field, expr.Item:
		return true
	}
	return bindSignature(&ast.NullLit{At: ast.At(e.Pos)}, lookup(&ast.NullLit{}, e.Func), e.Args).Result.Nullable
}

// grouping binds GROUPING, GROUPING_ID and GROUP_ID: what they tell is decided by
// the number of the row's grouping set.
func (x *exprBinder) grouping(name string, e *ast.Call) *expr.Expr {
	if name != "GROUPING" && name != "GROUPING_ID" && name != "GROUP_ID" {
		return nil
	}
	if x.block == nil || x.block.groups == nil || x.inAggregate != "" {
		fail(sqlerr.New(sqlerr.Grouping, e.Pos(), "%s needs a GROUP BY", name))
	}
	g := x.block.groups
	keys := make([]int, len(e.Args))
	for i, a := range e.Args {
		in := *x
		in.block, in.subs, in.aliases = nil, nil, nil
		key, ok := g.byFP[fingerprint(in.bind(a))]
		if !ok {
			fail(sqlerr.New(sqlerr.Grouping, a.Pos(), "the argument of %s must appear in GROUP BY", name))
		}
		keys[i] = key
	}
	switch {
	case g.sets == nil:
		return constantBigint(e, 0)
	case name == "GROUP_ID":
		return x.bySet(e, g, func(set int) int64 { return groupID(g, set) })
	}
	return x.bySet(e, g, func(set int) int64 { return missing(g.sets[set], keys) })
}

// bySet is a constant for each grouping set.
func (x *exprBinder) bySet(at ast.Node, g *groups, value func(set int) int64) *expr.Expr {
	args := []*expr.Expr{}
	for set := range g.sets[1:] {
		id := g.setID.Ref()
		id.Pos = at.Pos()
		args = append(args, x.call(at, expr.Eq, id, constantBigint(at, int64(set+1))), constantBigint(at, value(set+1)))
	}
	if len(args) == 0 {
		return constantBigint(at, value(0))
	}
	return x.call(at, expr.Case, append(args, constantBigint(at, value(0)))...)
}

// missing has a bit for each key, the last one lowest: 1 where the set lacks it.
func missing(set, keys []int) int64 {
	var bits int64
	for _, k := range keys {
		bits <<= 1
		in := false
		for _, s := range set {
			in = in || s == k
		}
		if !in {
			bits |= 1
		}
	}
	return bits
}

// groupID counts the equal sets before this one; without repeated sets it is 0.
func groupID(g *groups, set int) int64 {
	var n int64
	for i := 0; i < set; i++ {
		if setMask(g.sets[i]) == setMask(g.sets[set]) {
			n++
		}
	}
	return n
}

func constantBigint(at ast.Node, n int64) *expr.Expr {
	lit := expr.Lit(types.BigIntType, types.IntValue(n))
	lit.Pos = at.Pos()
	return lit
}
