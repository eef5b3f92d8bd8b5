package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

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
