package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// tableRows is a table function bound beside the rows that it is called for.
type tableRows struct {
	node *logical.Correlate // without input
	cols []visible
}

// rowsOf binds an item of FROM that makes rows of the items before it; nil for any other.
func (b *Binder) rowsOf(t ast.TableExpr, left relation, env *env) *tableRows {
	switch t := t.(type) {
	case *ast.Unnest:
		return b.unnest(t, left, env)
	case *ast.TableFunc:
		f, ok := function.Lookup(t.Call.Name.Last().Text)
		if !ok || f.Kind != function.Table || len(t.Call.Name.Parts) > 1 {
			return nil
		}
		if !t.Lateral {
			left.cols = nil
		}
		return b.called(t, f, left, env)
	}
	return nil
}

// unnest binds UNNEST(collection): the elements of an ARRAY or MULTISET, the
// fields of its ROWs, the keys and values of a MAP.
func (b *Binder) unnest(t *ast.Unnest, left relation, env *env) *tableRows {
	if len(t.Exprs) != 1 {
		unsupported(t, "UNNEST of several collections at once")
	}
	x := &exprBinder{b: b, env: env, scope: &scope{cols: left.cols, outer: env.outer}, clause: "UNNEST"}
	of := x.bind(t.Exprs[0])
	result := types.Type{Kind: types.Row}
	switch elem := of.Type.Elem; {
	case of.Type.Kind == types.Map:
		result.Fields = []types.Field{{Name: "KEY", Type: *of.Type.Key}, {Name: "VALUE", Type: *elem}}
	case of.Type.Kind != types.Array && of.Type.Kind != types.Multiset:
		fail(sqlerr.New(sqlerr.DatatypeMismatch, t.Exprs[0].Pos(), "UNNEST takes an ARRAY, MAP or MULTISET, not %s", of.Type.WithNull(true)))
	case elem.Kind == types.Row:
		for _, f := range elem.Fields {
			result.Fields = append(result.Fields, types.Field{Name: f.Name, Type: f.Type.WithNull(f.Type.Nullable || elem.Nullable)})
		}
	default:
		result.Fields = []types.Field{{Name: "EXPR$0", Type: *elem}}
	}
	r := b.tableRows(logical.Unnest, []*expr.Expr{of}, result, t.Alias, t)
	if t.Ordinality {
		r.addOrdinality(b)
	}
	r.rename(t.Alias)
	return r
}

// called binds a table function of the registry.
func (b *Binder) called(t *ast.TableFunc, f *function.Function, left relation, env *env) *tableRows {
	x := &exprBinder{b: b, env: env, scope: &scope{cols: left.cols, outer: env.outer}, clause: f.Name}
	x.plain(t.Call, f)
	args := make([]*expr.Expr, len(t.Call.Args))
	for i, a := range t.Call.Args {
		args[i] = x.argument(a)
	}
	sig := bindSignature(t.Call, f, args)
	r := b.tableRows(f.Name, coerceAll(args, sig), sig.Result, t.Alias, t.Call)
	r.rename(t.Alias)
	return r
}

// tableRows names the columns of a table function: one alone takes the name of the alias.
func (b *Binder) tableRows(name string, args []*expr.Expr, result types.Type, alias *ast.Alias, at ast.Node) *tableRows {
	r := &tableRows{node: &logical.Correlate{Func: name, Args: args, Result: result, Pos: at.Pos()}}
	for i, f := range result.Fields {
		if alias != nil && len(result.Fields) == 1 {
			f.Name = alias.Name.Text
		}
		r.add(logical.Column{ID: b.ids.Next(), Name: f.Name, Type: f.Type}, i)
	}
	return r
}

func (r *tableRows) add(c logical.Column, ordinal int) {
	r.node.Cols, r.node.Ordinals = append(r.node.Cols, c), append(r.node.Ordinals, ordinal)
	r.cols = append(r.cols, visible{col: c})
}

// addOrdinality adds the place of a row among those of its input row.
func (r *tableRows) addOrdinality(b *Binder) {
	r.add(logical.Column{ID: b.ids.Next(), Name: "ORDINALITY", Type: types.IntType.NotNull()}, logical.Ordinality)
}

// rename gives the columns the names of an alias.
func (r *tableRows) rename(a *ast.Alias) {
	named := aliased(relation{cols: r.cols}, a)
	r.cols = named.cols
	for i, c := range r.cols {
		r.node.Cols[i].Name = c.col.Name
	}
}

// correlate puts a table function beside the rows of a relation.
func (b *Binder) correlate(made *tableRows, left relation, outer bool, at ast.Node) relation {
	n := made.node
	n.Input, n.Pass, n.Outer = left.node, left.node.Columns(), outer
	cols := append(append([]visible(nil), left.cols...), made.cols...)
	return relation{node: n, cols: retyped(cols, n)}
}

// correlateJoin binds left JOIN UNNEST(…) and its kin.
func (b *Binder) correlateJoin(j *ast.Join, left relation, made *tableRows, env *env) relation {
	switch {
	case j.Kind == ast.RightJoin || j.Kind == ast.FullJoin:
		fail(sqlerr.New(sqlerr.Syntax, j.Right.Pos(), "%s cannot stand on the right of a RIGHT or FULL JOIN", made.node.Func))
	case j.Natural || j.Using != nil:
		unsupported(j.Right, made.node.Func+" in a NATURAL JOIN or JOIN … USING")
	}
	refuseSameNames(j, left, relation{cols: made.cols})
	r := b.correlate(made, left, j.Kind == ast.LeftJoin, j.Right)
	if j.On == nil {
		return r
	}
	s := &scope{cols: r.cols, outer: env.outer}
	if j.Kind == ast.LeftJoin {
		x := &exprBinder{b: b, env: env, scope: s, clause: "ON of an outer join"}
		if !isTrue(x.condition(j.On)) {
			unsupported(j.On, "a condition other than TRUE in LEFT JOIN "+made.node.Func)
		}
		return r
	}
	r.node = b.filterBy(r.node, s, env, j.On, "ON")
	return r
}
