package implement

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/core/plan/physical"
)

// share lets equal unbounded subplans of a program be one: their work is done
// and their state is kept once. Bounded subplans are run again instead, since a
// reader that waits for another input would hold up the others.
func share(roots []*physical.Node) error {
	s := consing{done: map[*physical.Node]*physical.Node{}, byKey: map[string]*physical.Node{}, number: map[*physical.Node]int{}}
	for _, r := range roots {
		if _, err := s.visit(r); err != nil {
			return err
		}
	}
	return nil
}

type consing struct {
	done   map[*physical.Node]*physical.Node
	byKey  map[string]*physical.Node
	number map[*physical.Node]int
}

func (s *consing) visit(n *physical.Node) (*physical.Node, error) {
	if one := s.done[n]; one != nil {
		return one, nil
	}
	key := n.Op.Name()
	for i, in := range n.Inputs {
		one, err := s.visit(in)
		if err != nil {
			return nil, err
		}
		n.Inputs[i] = one
		key += fmt.Sprintf(" %d", s.number[one])
	}
	one := n
	switch n.Op.(type) {
	case *physical.Sink, *physical.Collect:
	default:
		b, err := json.Marshal(n.Op)
		if err != nil {
			return nil, fmt.Errorf("compare plans: %s: %w", n.Op.Name(), err)
		}
		key += fmt.Sprintf(" %s %d %v", b, n.Traits.Parallelism, n.Schema.Types())
		if same := s.byKey[key]; same != nil && !n.Traits.Bounded {
			one = same
		} else {
			s.byKey[key] = n
		}
	}
	s.done[n] = one
	if s.number[one] == 0 {
		s.number[one] = len(s.number) + 1
	}
	return one, nil
}
