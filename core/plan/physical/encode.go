package physical

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/core/types"
)

// document is plans as JSON: nodes stand behind their inputs, which they name by index, so that a shared node
// is written once.
type document struct {
	Nodes []record `json:"nodes"`
	Roots []int    `json:"roots"`
}

type record struct {
	ID     string          `json:"id"`
	Name   string          `json:"name"`
	Op     json.RawMessage `json:"op"`
	Inputs []int           `json:"inputs,omitempty"`
	Schema *types.Schema   `json:"schema,omitempty"`
	Traits Traits          `json:"traits"`
}

// Encode writes the plans of a program, one root a sink, as JSON.
func Encode(roots ...*Node) ([]byte, error) {
	e := encoder{at: map[*Node]int{}}
	for _, r := range roots {
		i, err := e.add(r)
		if err != nil {
			return nil, err
		}
		e.doc.Roots = append(e.doc.Roots, i)
	}
	b, err := json.Marshal(e.doc)
	if err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return b, nil
}

type encoder struct {
	doc document
	at  map[*Node]int
}

func (e *encoder) add(n *Node) (int, error) {
	if i, ok := e.at[n]; ok {
		return i, nil
	}
	r := record{ID: n.ID, Name: n.Op.Name(), Schema: n.Schema, Traits: n.Traits}
	for _, in := range n.Inputs {
		i, err := e.add(in)
		if err != nil {
			return 0, err
		}
		r.Inputs = append(r.Inputs, i)
	}
	var err error
	if r.Op, err = json.Marshal(n.Op); err != nil {
		return 0, fmt.Errorf("encode plan: %s %s: %w", r.Name, r.ID, err)
	}
	e.doc.Nodes = append(e.doc.Nodes, r)
	e.at[n] = len(e.doc.Nodes) - 1
	return e.at[n], nil
}

// Decode reads what Encode wrote.
func Decode(b []byte) ([]*Node, error) {
	var doc document
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("decode plan: %w", err)
	}
	nodes := make([]*Node, len(doc.Nodes))
	for i, r := range doc.Nodes {
		op, err := DecodeOp(r.Name, r.Op)
		if err != nil {
			return nil, fmt.Errorf("decode plan: node %d: %w", i, err)
		}
		nodes[i] = &Node{ID: r.ID, Op: op, Schema: r.Schema, Traits: r.Traits}
		for _, in := range r.Inputs {
			if in < 0 || in >= i {
				return nil, fmt.Errorf("decode plan: node %d reads node %d, which does not stand before it", i, in)
			}
			nodes[i].Inputs = append(nodes[i].Inputs, nodes[in])
		}
	}
	var roots []*Node
	for _, r := range doc.Roots {
		if r < 0 || r >= len(nodes) {
			return nil, fmt.Errorf("decode plan: there is no node %d to be a root", r)
		}
		roots = append(roots, nodes[r])
	}
	return roots, nil
}
