package binder

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// items binds the select list, stars expanded.
func (k *block) items() []item {
	x := k.binder("SELECT")
	var out []item
	for _, s := range k.sel.Items {
		if star, ok := s.Expr.(*ast.Star); ok {
			out = appendUnique(out, k.star(star))
			continue
		}
		it := item{expr: x.bind(s.Expr), name: outputName(s, len(out))}
		if it.expr.Type.Kind == types.Null && !it.expr.Type.Nullable {
			it.expr.Type.Nullable = true
		}
		out = append(out, it)
	}
	return out
}

// appendUnique adds what a star stands for. Names that are taken get a number, so
// that SELECT * of a join can be named from outside; names that were written stay.
func appendUnique(list, star []item) []item {
	taken := map[string]bool{}
	for _, it := range list {
		taken[it.name] = true
	}
	for _, it := range star {
		name := it.name
		for i := 0; taken[it.name]; i++ {
			it.name = name + strconv.Itoa(i)
		}
		taken[it.name] = true
		list = append(list, it)
	}
	return list
}

// outputName is the alias, else the name of a column or of a field of one, else
// EXPR$n: (row).field and array[1].field have no name of their own.
func outputName(s *ast.SelectItem, i int) string {
	if s.Alias != nil {
		return s.Alias.Text
	}
	if e, ok := s.Expr.(*ast.ColumnRef); ok {
		return e.Parts[len(e.Parts)-1].Text
	}
	return "EXPR$" + strconv.Itoa(i)
}

func (k *block) star(s *ast.Star) []item {
	var qualifier []string
	if s.Qualifier != nil {
		qualifier = s.Qualifier.Strings()
	}
	var out []item
	for _, v := range k.scope.cols {
		if qualifier == nil && v.merged || qualifier != nil && !v.is(qualifier) {
			continue
		}
		e := v.col.Ref()
		e.Pos = s.Pos()
		out = append(out, item{expr: e, name: v.col.Name})
	}
	if len(out) > 0 {
		return out
	}
	if qualifier != nil {
		if fields := k.rowFields(s, qualifier); fields != nil {
			return fields
		}
		err := sqlerr.New(sqlerr.UndefinedTable, s.Pos(), "table %s is not in FROM", quoted(qualifier))
		if tables := k.scope.tables(); len(tables) > 0 {
			err = err.WithHint("FROM has %s", strings.Join(tables, ", "))
		}
		fail(err)
	}
	fail(sqlerr.New(sqlerr.Syntax, s.Pos(), "SELECT * needs a FROM with columns"))
	return nil
}

// rowFields is row.*, the fields of a column or of one of its fields; nil where
// the name is no column's.
func (k *block) rowFields(s *ast.Star, name []string) []item {
	row, rest := k.columnOf(name)
	if row == nil {
		return nil
	}
	for _, f := range rest {
		row = field(row, &ast.Ident{At: s.At, Text: f})
	}
	var out []item
	for _, f := range row.Type.Fields {
		out = append(out, item{expr: field(row, &ast.Ident{At: s.At, Text: f.Name}), name: f.Name})
	}
	return out
}

// columnOf finds the column that a dotted name begins with, behind the longest
// qualifier that fits, and the fields that follow it.
func (k *block) columnOf(name []string) (column *expr.Expr, fields []string) {
	for i := len(name) - 1; i >= 0; i-- {
		if found := k.scope.find(name[:i], name[i]); len(found) == 1 {
			return found[0].col.Ref(), name[i+1:]
		}
	}
	return nil, nil
}

// orderKeys binds ORDER BY: a position, a name of the select list, or an
// expression in which such names stand for what they name.
func (k *block) orderKeys(order []*ast.OrderItem, items []item) []logical.SortKey {
	if len(order) == 0 {
		return nil
	}
	x := k.binder("ORDER BY")
	x.aliases = aliases(items)
	var keys []logical.SortKey
	for _, o := range order {
		if n, ok := ordinal(o.Expr, len(items)); ok {
			keys = append(keys, sortKey(o, items[n].expr))
			continue
		}
		keys = append(keys, sortKey(o, x.bind(o.Expr)))
	}
	return keys
}

// aliases are the names of the select list. One that stands for different
// columns names none of them.
func aliases(items []item) map[string]*expr.Expr {
	out := map[string]*expr.Expr{}
	for _, it := range items {
		first, taken := out[it.name]
		switch {
		case !taken:
			out[it.name] = it.expr
		case first != nil && fingerprint(first) != fingerprint(it.expr):
			out[it.name] = nil
		}
	}
	return out
}

// ordinal is a position in the select list, from 0.
func ordinal(e ast.Expr, columns int) (int, bool) {
	n, ok := e.(*ast.NumberLit)
	if !ok || n.Kind != ast.Integer {
		return 0, false
	}
	i, err := strconv.Atoi(n.Text)
	if err != nil || i < 1 || i > columns {
		fail(sqlerr.New(sqlerr.UndefinedColumn, e.Pos(), "ORDER BY position %s is not in the select list", n.Text).
			WithHint("it has %d columns", columns))
	}
	return i - 1, true
}

// project computes the select list, and behind it what only ORDER BY needs.
func (k *block) project(items []item, keys []logical.SortKey) selected {
	p := k.b.projectionOver(k.node)
	out := selected{order: keys}
	for _, it := range items {
		out.cols = append(out.cols, visible{col: p.add(it.expr, it.name)})
	}
	if !k.sel.Distinct {
		out.wide = p.addKeys(keys)
		out.node = &logical.Project{Input: k.node, Assigns: p.assigns}
		return out
	}
	out.node = distinct(&logical.Project{Input: k.node, Assigns: p.assigns}, k.sel.Pos())
	for i := range keys {
		keys[i].Expr = p.above(keys[i].Expr)
	}
	above := k.b.projectionOver(out.node)
	for _, c := range out.cols {
		above.add(c.col.Ref(), c.col.Name)
	}
	if out.wide = above.addKeys(keys); out.wide {
		out.node = &logical.Project{Input: out.node, Assigns: above.assigns}
	}
	return out
}

// addKeys makes each key a column, and reports whether it took new ones.
func (p *projection) addKeys(keys []logical.SortKey) (wider bool) {
	for i := range keys {
		col, ok := p.byFP[fingerprint(keys[i].Expr)]
		if !ok {
			col = p.add(keys[i].Expr, fmt.Sprintf("$order%d", i))
			wider = true
		}
		keys[i].Expr = col.Ref()
	}
	return wider
}

// above turns an expression over the projection's input into one over its output,
// as ORDER BY of a SELECT DISTINCT must be.
func (p *projection) above(e *expr.Expr) *expr.Expr {
	if col, ok := p.byFP[fingerprint(e)]; ok {
		return atPos(col.Ref(), e.Pos)
	}
	if e.Op == expr.Column {
		if _, ok := p.known[e.Col]; ok {
			fail(sqlerr.New(sqlerr.Grouping, e.Pos, "ORDER BY of a SELECT DISTINCT must name columns of its select list"))
		}
	}
	if len(e.Args) == 0 {
		return e
	}
	c := *e
	c.Args = make([]*expr.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = p.above(a)
	}
	return &c
}

func distinct(n logical.Node, pos sqlerr.Pos) logical.Node {
	for _, c := range n.Columns() {
		if c.Type.Kind == types.Map || c.Type.Kind == types.Multiset {
			fail(sqlerr.New(sqlerr.Grouping, pos, "values of type %s cannot be compared, as DISTINCT does", c.Type.WithNull(true)))
		}
	}
	return &logical.Aggregate{Input: n, Keys: n.Columns()}
}

// projection gives columns to expressions.
type projection struct {
	b       *Binder
	known   map[int]logical.Column // of the input
	taken   map[int]bool
	byFP    map[string]logical.Column
	assigns []logical.Assign
}

// projectionOver makes an empty projection over a node.
func (b *Binder) projectionOver(n logical.Node) *projection {
	return &projection{b: b, known: columnsOf(n), taken: map[int]bool{}, byFP: map[string]logical.Column{}}
}

// add computes one column more. A column of the input keeps its id, and with it
// its time attribute; anything else gets a new one.
func (p *projection) add(e *expr.Expr, name string) logical.Column {
	col := logical.Column{Name: name, Type: e.Type}
	if e.Op == expr.Column {
		if in, ok := p.known[e.Col]; ok {
			col.Time = in.Time
			if !p.taken[e.Col] {
				col.ID = e.Col
			}
		}
	}
	if e.Op == expr.Call && e.Func == expr.Proctime {
		col.Time = types.Proctime
	}
	if col.ID == 0 {
		col.ID = p.b.ids.Next()
	}
	p.taken[col.ID] = true
	if _, ok := p.byFP[fingerprint(e)]; !ok {
		p.byFP[fingerprint(e)] = col
	}
	p.assigns = append(p.assigns, logical.Assign{Col: col, Expr: e})
	return col
}

// uniqueNames makes result names unique as Flink does: a, a0, a1.
func uniqueNames(names []string) []string {
	taken := map[string]bool{}
	for _, n := range names {
		taken[n] = true
	}
	seen := map[string]bool{}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n
		for j := 0; seen[out[i]]; j++ {
			if c := n + strconv.Itoa(j); !taken[c] {
				out[i] = c
			}
		}
		seen[out[i]], taken[out[i]] = true, true
	}
	return out
}
