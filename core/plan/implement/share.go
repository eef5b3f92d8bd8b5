package implement

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
)

// share lets equal subplans of a streaming program be one: their work is done and
// their state is kept once. Of a bounded input this goes for subplans that move rows
// and keep state; what a source's own chain does is rather done again for each
// reader than sent to all of them. What gives other rows each time is not shared.
func share(roots []*physical.Node) error {
	s := consing{seen: map[*physical.Node]*class{}, byKey: map[string]*class{}, merges: true}
	for _, r := range roots {
		if _, err := s.visit(r); err != nil {
			return err
		}
	}
	return nil
}

// class is nodes that give the same rows.
type class struct {
	node   *physical.Node // the first of them
	number int
	moves  bool // there is an exchange in it or below it
}

// consing finds equal nodes.
type consing struct {
	seen   map[*physical.Node]*class
	byKey  map[string]*class
	merges bool // lets the inputs of a node be one where they may
}

// visit finds the class of a node.
func (s *consing) visit(n *physical.Node) (*class, error) {
	if c := s.seen[n]; c != nil {
		return c, nil
	}
	_, moves := n.Op.(*physical.Exchange)
	key := n.Op.Name()
	for i, in := range n.Inputs {
		c, err := s.visit(in)
		if err != nil {
			return nil, err
		}
		if s.merges && (c.moves || !in.Traits.Bounded) {
			n.Inputs[i] = c.node
		}
		moves = moves || c.moves
		key += fmt.Sprintf(" %d", c.number)
	}
	c := &class{node: n, number: len(s.seen), moves: moves}
	s.seen[n] = c
	if !repeatable(n.Op) {
		return c, nil
	}
	b, err := json.Marshal(n.Op)
	if err != nil {
		return nil, fmt.Errorf("compare plans: %s: %w", n.Op.Name(), err)
	}
	key += fmt.Sprintf(" %s %d %v", b, n.Traits.Parallelism, n.Schema.Types())
	if same := s.byKey[key]; same != nil {
		s.seen[n] = same
		return same, nil
	}
	s.byKey[key] = c
	return c, nil
}

// repeatable reports an operator that gives the same rows for the same input.
func repeatable(op physical.Op) bool {
	switch op := op.(type) {
	case *physical.Sink, *physical.Collect:
		return false
	case *physical.Calc:
		return steady(op.Filter) && !slices.ContainsFunc(op.Project, expr.HasVolatile)
	case *physical.Join:
		return steady(op.Residual)
	case *physical.IntervalJoin:
		return steady(op.Residual)
	case *physical.WindowJoin:
		return steady(op.Residual)
	}
	return true
}

func steady(cond *expr.Expr) bool { return cond == nil || !expr.HasVolatile(cond) }
