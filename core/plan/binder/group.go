package binder

import (
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
