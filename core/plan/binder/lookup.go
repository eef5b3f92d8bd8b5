package binder

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// lookupJoin binds left JOIN t FOR SYSTEM_TIME AS OF left.proctime ON …: for each row
// of left the rows that t has of its key when the row is there.
func (b *Binder) lookupJoin(j *ast.Join, left relation, t *ast.TableRef, env *env) relation {
	outer := j.Kind == ast.LeftJoin
	switch {
	case joinKinds[j.Kind] != logical.Inner && !outer:
		unsupported(t, "FOR SYSTEM_TIME AS OF in other than an inner or LEFT JOIN")
	case j.On == nil:
		unsupported(t, "FOR SYSTEM_TIME AS OF without ON")
	}
	b.processingTime(t, left, env)
	plain := *t
	plain.AsOf = nil
	right := b.table(&plain, env)
	scan := asked(t, right)
	refuseSameNames(j, left, right)
	cols := append(append([]visible(nil), left.cols...), right.cols...)
	s := &scope{cols: cols, outer: env.outer}
	n := &logical.Correlate{Input: left.node, Func: logical.Lookup, Outer: outer, Pass: left.node.Columns(), Cols: scan.Cols, Ordinals: scan.Ordinals, Pos: t.Pos()}
	n.Asked = &logical.Asked{Table: scan.Table}
	if scan.Info != nil {
		n.Asked.Info = scan.Info.Lookup
	}
	var rest []*expr.Expr
	var later []ast.Expr
	for _, c := range conjuncts(j.On) {
		if hasSubquery(c) && !outer {
			later = append(later, c)
			continue
		}
		x := &exprBinder{b: b, env: env, scope: s, clause: "ON"}
		cond := x.condition(c)
		switch {
		case isTrue(cond) || takesKey(n, scan, cond):
		case outer:
			unsupported(c, "a condition of a LEFT lookup join that is no equality of a column of the table and a value of the same type")
		default:
			rest = append(rest, cond)
		}
	}
	if len(n.Args) == 0 {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, j.On.Pos(), "a lookup join needs an equality of a column of %s and a value of the same type", scan.Table.Name).
			WithHint("CAST the value to the column's type"))
	}
	var node logical.Node = n
	if len(rest) > 0 {
		node = &logical.Filter{Input: n, Cond: conjunction(rest)}
	}
	for _, c := range later {
		node = b.filterBySubquery(node, s, env, c, "ON")
	}
	return relation{node: node, cols: retyped(cols, node)}
}

// processingTime wants AS OF a column of left that is its processing time.
func (b *Binder) processingTime(t *ast.TableRef, left relation, env *env) {
	x := &exprBinder{b: b, env: env, scope: &scope{cols: left.cols, outer: env.outer}, clause: "FOR SYSTEM_TIME AS OF"}
	e := x.bind(t.AsOf)
	time := types.NoTime
	if e.Op == expr.Call && e.Func == expr.Proctime {
		time = types.Proctime
	}
	for _, c := range left.cols {
		if e.Op == expr.Column && c.col.ID == e.Col {
			time = c.col.Time
		}
	}
	if time != types.Proctime {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, t.AsOf.Pos(), "FOR SYSTEM_TIME AS OF takes a column of the left side that is its processing time").
			WithHint("declare it: pt AS PROCTIME()"))
	}
}

// asked is the scan of a table that is looked up.
func asked(t *ast.TableRef, right relation) *logical.Scan {
	n := right.node
	if w, ok := n.(*logical.Watermark); ok {
		n = w.Input
	}
	scan, ok := n.(*logical.Scan)
	if !ok {
		unsupported(t, "FOR SYSTEM_TIME AS OF on a view, a query or a table with computed columns")
	}
	if scan.Info != nil && scan.Info.Lookup == nil {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, t.Pos(), "table %s cannot be looked up by key: connector '%s' does not do that", scan.Table.Name, scan.Table.Connector()).
			WithHint("join it without FOR SYSTEM_TIME AS OF"))
	}
	return scan
}

// takesKey makes an equality of a column of the table and a value of the left side a key.
func takesKey(n *logical.Correlate, scan *logical.Scan, cond *expr.Expr) bool {
	if cond.Op != expr.Call || cond.Func != expr.Eq {
		return false
	}
	for i, a := range cond.Args {
		value := cond.Args[1-i]
		if a.Op != expr.Column || !sameKind(a.Type, value.Type) {
			continue
		}
		at := slices.IndexFunc(scan.Cols, func(c logical.Column) bool { return c.ID == a.Col })
		if at < 0 || slices.Contains(n.Asked.Keys, scan.Ordinals[at]) || refersTo(value, scan.Cols) {
			continue
		}
		n.Args, n.Asked.Keys = append(n.Args, value), append(n.Asked.Keys, scan.Ordinals[at])
		return true
	}
	return false
}

// sameKind reports types whose values are written alike.
func sameKind(a, b types.Type) bool {
	return a.IsString() && b.IsString() || a.Kind == b.Kind && a.Scale == b.Scale && a.Precision == b.Precision && !a.IsNested()
}

func refersTo(e *expr.Expr, cols []logical.Column) bool {
	for id := range expr.Columns(e) {
		if slices.ContainsFunc(cols, func(c logical.Column) bool { return c.ID == id }) {
			return true
		}
	}
	return false
}
