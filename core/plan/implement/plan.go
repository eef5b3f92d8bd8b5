package implement

import (
	"fmt"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// Config is what planning depends on besides the plan.
type Config struct {
	Streaming      bool
	Parallelism    int
	MaxParallelism int
}

// Plan implements a statement: a Sink, or a query whose rows the client collects.
func Plan(root logical.Node, cfg Config) (*physical.Node, error) {
	p := &planner{cfg: cfg}
	n, err := p.implement(root)
	if err != nil {
		return nil, err
	}
	if _, ok := root.(*logical.Sink); !ok {
		n = p.single(n)
		n = node(&physical.Collect{Ordered: true}, n.Schema, n.Traits, n)
	}
	number(n, map[string]int{})
	return n, nil
}

type planner struct{ cfg Config }

func node(op physical.Op, s *types.Schema, t physical.Traits, in ...*physical.Node) *physical.Node {
	return &physical.Node{Op: op, Inputs: in, Schema: s, Traits: t}
}

// number gives each node an id: its name, numbered in the order of the plan.
func number(n *physical.Node, seen map[string]int) {
	for _, in := range n.Inputs {
		number(in, seen)
	}
	seen[n.Op.Name()]++
	n.ID = fmt.Sprintf("%s-%d", n.Op.Name(), seen[n.Op.Name()])
}

// single brings all rows into one subtask.
func (p *planner) single(n *physical.Node) *physical.Node {
	if n.Traits.Parallelism == 1 {
		return n
	}
	return p.exchange(n, physical.Distribution{Kind: physical.Single}, 1)
}

func (p *planner) exchange(n *physical.Node, d physical.Distribution, parallelism int) *physical.Node {
	t := n.Traits
	t.Dist, t.Parallelism, t.Order = d, parallelism, nil
	return node(&physical.Exchange{Dist: d}, n.Schema, t, n)
}

func schemaOf(cols []logical.Column) *types.Schema {
	s := &types.Schema{}
	for _, c := range cols {
		s.Fields = append(s.Fields, types.Field{Name: c.Name, Type: c.Type, Time: c.Time})
	}
	return s
}

// ordinals maps column ids to places.
type ordinals map[int]int

func places(cols []logical.Column) ordinals {
	o := ordinals{}
	for i, c := range cols {
		o[c.ID] = i
	}
	return o
}

// bind turns the column ids of an expression into ordinals.
func (o ordinals) bind(e *expr.Expr) *expr.Expr {
	return expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Op != expr.Column {
			return x
		}
		at, ok := o[x.Col]
		if !ok {
			panic(fmt.Sprintf("implement: column %s (%d) is not in the input", x.Name, x.Col))
		}
		c := *x
		c.Col = at
		return &c
	})
}
