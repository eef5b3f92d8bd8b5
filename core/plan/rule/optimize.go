package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
)

// Config is what rewriting depends on besides the plan.
type Config struct {
	Streaming bool
	Env       *kernel.Env // of constant folding; nil: UTC
}

// Optimize rewrites a bound plan into an equal one that runs faster. No Apply and no
// Named is left in it.
func Optimize(root logical.Node, c Config) (logical.Node, error) {
	if c.Streaming { // implement shares what is equal: state is kept once, whatever it costs to make
		root, _, err := planWith(root, nil, c)
		return root, err
	}
	return optimizeNamed(root, c)
}

func optimize(root logical.Node, c Config) (logical.Node, error) {
	root, err := decorrelate(root)
	if err != nil {
		return nil, err
	}
	if !c.Streaming {
		root = sessionsOver(root, newIDs(root))
	}
	root = fold(root, c)
	root = unmark(pushdown(root, c))
	if !c.Streaming {
		root = dropEmpty(root)
		root = splitDistinct(root, newIDs(root))
		root = shareSums(root, newIDs(root))
		root = sinkScalars(pushSemiJoins(root))
		root = orderJoins(root)
		root = pushdown(root, c)
	}
	if c.Streaming && crosses(root) {
		root = pushdown(orderJoins(root), c)
	}
	root = prune(root)
	return hint(root), nil
}

// rewrite rebuilds a plan bottom-up.
func rewrite(n logical.Node, f func(logical.Node) logical.Node) logical.Node {
	in := n.Inputs()
	if len(in) > 0 {
		out := make([]logical.Node, len(in))
		changed := false
		for i := range in {
			out[i] = rewrite(in[i], f)
			changed = changed || out[i] != in[i]
		}
		if changed {
			n = n.WithInputs(out)
		}
	}
	return f(n)
}

// idSet is a set of column ids.
type idSet map[int]bool

func idsOf(cols []logical.Column) idSet {
	s := idSet{}
	for _, c := range cols {
		s[c.ID] = true
	}
	return s
}

// uses reports the columns of an expression.
func uses(e *expr.Expr) idSet {
	s := idSet{}
	expr.Walk(e, func(x *expr.Expr) bool {
		if x.Op == expr.Column {
			s[x.Col] = true
		}
		return true
	})
	return s
}

// within reports whether an expression uses only columns of a set.
func within(e *expr.Expr, s idSet) bool {
	for id := range uses(e) {
		if !s[id] {
			return false
		}
	}
	return true
}

// withFilter puts conditions over a node. Constants among them are decided here.
func withFilter(n logical.Node, conds []*expr.Expr) logical.Node {
	var open []*expr.Expr
	for _, c := range distinct(conds) {
		switch {
		case c.Op != expr.Literal:
			open = append(open, c)
		case neverTrue(c):
			return &logical.Values{Cols: n.Columns()}
		}
	}
	if len(open) == 0 {
		return n
	}
	return &logical.Filter{Input: n, Cond: expr.AndAll(open)}
}
