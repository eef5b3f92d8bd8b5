package binder

import (
	"fmt"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

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
	k.node = &logical.Aggregate{Input: k.node, Keys: keys, Sets: k.groups.sets, SetID: k.groups.setID, Aggs: k.aggs, TTL: k.ttl}
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
	return fmt.Sprintf("$key%d", i)
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
