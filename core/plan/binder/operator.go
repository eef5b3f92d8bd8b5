package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/types"
)

var operators = map[ast.BinaryOp]string{
	ast.Or: expr.Or, ast.And: expr.And,
	ast.Equal: expr.Eq, ast.NotEqual: expr.Ne, ast.Less: expr.Lt, ast.LessEqual: expr.Le, ast.Greater: expr.Gt, ast.GreaterEqual: expr.Ge,
	ast.IsDistinctFrom: expr.IsDistinct, ast.IsNotDistinctFrom: expr.IsNotDistinct,
	ast.Add: expr.Add, ast.Subtract: expr.Sub, ast.Multiply: expr.Mul, ast.Divide: expr.Div, ast.Modulo: expr.Mod, ast.Concat: expr.Concat,
}

func (x *exprBinder) unary(e *ast.Unary) *expr.Expr {
	switch e.Op {
	case ast.Not:
		return x.call(e, expr.Not, x.bind(e.X))
	case ast.Plus:
		return x.bind(e.X)
	}
	if n, ok := e.X.(*ast.NumberLit); ok {
		lit := number(n, true)
		lit.Pos = e.Pos()
		return lit
	}
	return x.call(e, expr.Negate, x.bind(e.X))
}

func (x *exprBinder) binary(e *ast.Binary) *expr.Expr {
	switch e.Op {
	case ast.And, ast.Or:
		return x.chain(e)
	case ast.Overlaps:
		return x.overlaps(e)
	case ast.Equal, ast.NotEqual:
		if l, r := rowOf(e.Left), rowOf(e.Right); l != nil && r != nil && len(l) == len(r) {
			return x.rowEqual(e, l, r)
		}
	}
	return x.call(e, operators[e.Op], x.bind(e.Left), x.bind(e.Right))
}

// chain binds a AND b AND c as one call. The tree leans to the left and may be
// very deep, so it is walked without recursion.
func (x *exprBinder) chain(e *ast.Binary) *expr.Expr {
	var operands []ast.Expr
	var at ast.Expr = e
	for {
		b, ok := at.(*ast.Binary)
		if !ok || b.Op != e.Op {
			break
		}
		operands = append(operands, b.Right)
		at = b.Left
	}
	args := []*expr.Expr{x.bind(at)}
	for i := len(operands) - 1; i >= 0; i-- {
		args = append(args, x.bind(operands[i]))
	}
	return x.call(e, operators[e.Op], flatten(operators[e.Op], args)...)
}

// flatten merges calls of the same operator into one.
func flatten(op string, args []*expr.Expr) []*expr.Expr {
	var out []*expr.Expr
	for _, a := range args {
		if a.Op == expr.Call && a.Func == op {
			out = append(out, a.Args...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

// rowOf is the elements of a row constructor; nil for anything else.
func rowOf(e ast.Expr) []ast.Expr {
	if r, ok := e.(*ast.RowExpr); ok {
		return r.Elems
	}
	return nil
}

// rowEqual is (a, b) = (c, d), element by element.
func (x *exprBinder) rowEqual(e *ast.Binary, left, right []ast.Expr) *expr.Expr {
	var pairs []*expr.Expr
	for i := range left {
		pairs = append(pairs, x.call(e, expr.Eq, x.bind(left[i]), x.bind(right[i])))
	}
	all := x.and(e, pairs)
	if e.Op == ast.NotEqual {
		return x.call(e, expr.Not, all)
	}
	return all
}

func (x *exprBinder) and(at ast.Node, list []*expr.Expr) *expr.Expr {
	if len(list) == 1 {
		return list[0]
	}
	return x.call(at, expr.And, flatten(expr.And, list)...)
}

func (x *exprBinder) or(at ast.Node, list []*expr.Expr) *expr.Expr {
	if len(list) == 1 {
		return list[0]
	}
	return x.call(at, expr.Or, flatten(expr.Or, list)...)
}

// overlaps is (s1, e1) OVERLAPS (s2, e2): ends may stand in either order or be
// intervals; the periods overlap if each begins before the other's end.
func (x *exprBinder) overlaps(e *ast.Binary) *expr.Expr {
	l, r := rowOf(e.Left), rowOf(e.Right)
	if len(l) != 2 || len(r) != 2 {
		unsupported(e, "OVERLAPS of anything but two pairs")
	}
	lFrom, lTo := x.period(e, l)
	rFrom, rTo := x.period(e, r)
	return x.and(e, []*expr.Expr{x.call(e, expr.Ge, lTo, rFrom), x.call(e, expr.Ge, rTo, lFrom)})
}

func (x *exprBinder) period(at ast.Node, pair []ast.Expr) (from, to *expr.Expr) {
	from, to = x.bind(pair[0]), x.bind(pair[1])
	if to.Type.IsInterval() {
		to = x.call(at, expr.Add, from, to)
	}
	swapped := x.call(at, expr.Lt, to, from)
	return x.call(at, expr.Case, swapped, to, from), x.call(at, expr.Case, swapped, from, to)
}

var jsonTests = map[ast.Truth]string{
	ast.IsJSON: "IS JSON", ast.IsJSONObject: "IS JSON OBJECT", ast.IsJSONArray: "IS JSON ARRAY", ast.IsJSONScalar: "IS JSON SCALAR",
}

func (x *exprBinder) is(e *ast.Is) *expr.Expr {
	names := map[ast.Truth][2]string{
		ast.IsNull: {expr.IsNull, expr.IsNotNull}, ast.IsUnknown: {expr.IsNull, expr.IsNotNull},
		ast.IsTrue: {expr.IsTrue, expr.IsNotTrue}, ast.IsFalse: {expr.IsFalse, expr.IsNotFalse},
	}
	pair, ok := names[e.Test]
	arg := x.bind(e.X)
	if !ok {
		test := x.call(e, jsonTests[e.Test], arg)
		if e.Not {
			return x.call(e, expr.Not, test)
		}
		return test
	}
	if arg.Type.Kind == types.Null {
		arg = coerce(arg, types.BooleanType)
	}
	if e.Not {
		return x.call(e, pair[1], arg)
	}
	return x.call(e, pair[0], arg)
}

// between is x >= low AND x <= high; SYMMETRIC takes either order of the bounds.
func (x *exprBinder) between(e *ast.Between) *expr.Expr {
	v, low, high := x.bind(e.X), x.bind(e.Low), x.bind(e.High)
	in := func(low, high *expr.Expr) *expr.Expr {
		if e.Not {
			return x.or(e, []*expr.Expr{x.call(e, expr.Lt, v, low), x.call(e, expr.Gt, v, high)})
		}
		return x.and(e, []*expr.Expr{x.call(e, expr.Ge, v, low), x.call(e, expr.Le, v, high)})
	}
	switch {
	case !e.Symmetric:
		return in(low, high)
	case e.Not:
		return x.and(e, []*expr.Expr{in(low, high), in(high, low)})
	}
	return x.or(e, []*expr.Expr{in(low, high), in(high, low)})
}

func (x *exprBinder) like(e *ast.Like) *expr.Expr {
	args := []*expr.Expr{x.bind(e.X), x.bind(e.Pattern)}
	if e.Escape != nil {
		args = append(args, x.bind(e.Escape))
	}
	name := expr.Like
	switch e.Kind {
	case ast.SimilarPattern:
		name = expr.SimilarTo
	case ast.ILikePattern:
		// Without regard to case means: both in lower case, the escape too.
		for i := range args {
			args[i] = x.call(e, "LOWER", args[i])
		}
	}
	c := x.call(e, name, args...)
	if e.Not {
		c = x.call(e, expr.Not, c)
	}
	return c
}

// in binds x IN (list): IN for constants, else comparisons.
func (x *exprBinder) in(e *ast.In) *expr.Expr {
	if e.Query != nil {
		return x.inQuery(e)
	}
	x = x.value()
	var out *expr.Expr
	if left := rowOf(e.X); left != nil {
		out = x.rowIn(e, left)
	} else {
		out = x.inList(e, x.bind(e.X), x.all(e.List))
	}
	if e.Not {
		return x.call(e, expr.Not, out)
	}
	return out
}

func (x *exprBinder) inList(at ast.Node, v *expr.Expr, list []*expr.Expr) *expr.Expr {
	sig := x.signature(at, expr.In, append([]*expr.Expr{v}, list...))
	args := []*expr.Expr{coerce(v, sig.Args[0])}
	null := false
	for i, e := range list {
		if e.Op == expr.Literal && e.Lit.Null {
			null = true
			continue
		}
		c := coerce(e, sig.Args[i+1])
		if c.Op != expr.Literal || !args[0].Type.IsString() && !c.Type.Same(args[0].Type) {
			return x.comparisons(at, args[0], coerceAll(list, function.Signature{Args: sig.Args[1:]}))
		}
		args = append(args, c)
	}
	// A NULL among the items makes a miss unknown, and leaves a hit what it is.
	unknown := expr.Lit(types.BooleanType.WithNull(true), types.NullValue())
	if len(args) == 1 {
		return unknown
	}
	in := expr.NewCall(expr.In, sig.Result, args...)
	if null {
		return x.or(at, []*expr.Expr{in, unknown})
	}
	return in
}

func (x *exprBinder) comparisons(at ast.Node, v *expr.Expr, list []*expr.Expr) *expr.Expr {
	var out []*expr.Expr
	for _, e := range list {
		out = append(out, x.call(at, expr.Eq, v, e))
	}
	return x.or(at, out)
}

// rowIn is (a, b) IN ((1, 2), (3, 4)).
func (x *exprBinder) rowIn(e *ast.In, left []ast.Expr) *expr.Expr {
	var out []*expr.Expr
	for _, item := range e.List {
		right := rowOf(item)
		if len(right) != len(left) {
			unsupported(item, "IN of a row and something else")
		}
		out = append(out, x.rowEqual(&ast.Binary{At: ast.At(item.Pos()), Op: ast.Equal}, left, right))
	}
	return x.or(e, out)
}

// caseOf binds both forms of CASE; a missing ELSE is NULL.
func (x *exprBinder) caseOf(e *ast.Case) *expr.Expr {
	var operand *expr.Expr
	if e.Operand != nil {
		operand = x.bind(e.Operand)
	}
	var args []*expr.Expr
	for _, w := range e.Whens {
		args = append(args, x.when(w, operand), x.bind(w.Then))
	}
	otherwise := expr.Lit(types.NullType, types.NullValue())
	otherwise.Pos = e.Pos()
	if e.Else != nil {
		otherwise = x.bind(e.Else)
	}
	return x.call(e, expr.Case, append(args, otherwise)...)
}

func (x *exprBinder) when(w *ast.When, operand *expr.Expr) *expr.Expr {
	var conds []*expr.Expr
	for _, c := range w.Conds {
		cond := x.bind(c)
		if operand != nil {
			cond = x.call(c, expr.Eq, operand, cond)
		}
		conds = append(conds, cond)
	}
	return x.or(w, conds)
}
