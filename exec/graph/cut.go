package graph

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// Cut makes a job of physical plans, one root a sink.
func Cut(id, name string, roots []*physical.Node, config Config) (*Job, error) {
	c := &cutter{job: &Job{ID: id, Name: name, Config: config.WithDefaults()}, made: map[*physical.Node]*Vertex{}, uses: map[*physical.Node]int{}, ids: map[string]int{}}
	for _, r := range roots {
		c.count(r, map[*physical.Node]bool{})
	}
	for _, r := range roots {
		v, err := c.chainOf(r)
		if err != nil {
			return nil, err
		}
		c.finish(v)
	}
	if c.job.Config.Blocking && !c.job.Config.Streaming {
		c.job.materialise()
	}
	return c.job, c.job.Check()
}

type cutter struct {
	job  *Job
	made map[*physical.Node]*Vertex // shared nodes that are already the end of a vertex
	uses map[*physical.Node]int
	ids  map[string]int
}

// count finds shared nodes. In batch mode bounded ones are shared where a Spool ends
// them, and run once for each reader elsewhere: a reader that waits (a build before
// its probe) would block the other.
func (c *cutter) count(n *physical.Node, seen map[*physical.Node]bool) {
	c.uses[n]++
	if _, ok := n.Op.(*physical.Exchange); seen[n] && !ok {
		return
	}
	seen[n] = true
	for _, in := range n.Inputs {
		c.count(in, seen)
	}
}

func (c *cutter) shared(n *physical.Node) bool {
	_, spooled := n.Op.(*physical.Spool)
	return c.uses[n] > 1 && (spooled || !n.Traits.Bounded || c.job.Config.Streaming)
}

// chainOf returns a vertex, not yet in the job, whose chain ends with n.
func (c *cutter) chainOf(n *physical.Node) (*Vertex, error) {
	spec, err := c.spec(n)
	if err != nil {
		return nil, err
	}
	at := chainedInput(n)
	v := &Vertex{}
	if at >= 0 && c.chains(n, n.Inputs[at]) {
		if v, err = c.chainOf(n.Inputs[at]); err != nil {
			return nil, err
		}
		spec.Chained = at
	} else {
		at = -1
		v.ID, v.Parallelism, v.MaxParallelism = spec.ID, c.parallelism(n), c.job.Config.MaxParallelism
		v.MaxParallelism = max(v.MaxParallelism, v.Parallelism)
		spec.Chained = -1
	}
	v.Chain = append(v.Chain, spec)
	v.Bounded = n.Traits.Bounded
	for i, in := range n.Inputs {
		if i == at {
			continue
		}
		e, err := c.edge(n, in)
		if err != nil {
			return nil, err
		}
		e.Op, e.Input = len(v.Chain)-1, i
		v.Inputs = append(v.Inputs, e)
	}
	return v, nil
}

// edge cuts between n and its input.
func (c *cutter) edge(n, in *physical.Node) (Edge, error) {
	dist := physical.Distribution{Kind: physical.Forward}
	if x, ok := in.Op.(*physical.Exchange); ok {
		dist, in = x.Dist, in.Inputs[0]
	} else if c.parallelism(n) != c.parallelism(in) {
		dist.Kind = physical.Rebalance
	}
	if dist.Kind == physical.AnyDist {
		dist.Kind = physical.Rebalance
	}
	if v := c.made[in]; v != nil && c.shared(in) {
		return Edge{From: v.ID, Dist: dist}, nil
	}
	v, err := c.chainOf(in)
	if err != nil {
		return Edge{}, err
	}
	c.finish(v)
	c.made[in] = v
	return Edge{From: v.ID, Dist: dist}, nil
}

// finish puts a complete vertex into the job, under a name of its own.
func (c *cutter) finish(v *Vertex) {
	c.ids[v.ID]++
	if k := c.ids[v.ID]; k > 1 { // a bounded shared plan that is run again
		v.ID = fmt.Sprintf("%s#%d", v.ID, k)
		for i := range v.Chain {
			v.Chain[i].ID = fmt.Sprintf("%s#%d", v.Chain[i].ID, k)
			if v.Chain[i].Source != "" {
				v.Chain[i].Source = fmt.Sprintf("%s#%d", v.Chain[i].Source, k)
			}
		}
	}
	for i, s := range v.Chain {
		if i > 0 {
			v.Name += " -> "
		}
		v.Name += s.Name
	}
	c.job.Vertices = append(c.job.Vertices, v)
}

// chains reports whether n can run in the same subtasks as its input.
func (c *cutter) chains(n, in *physical.Node) bool {
	if _, ok := in.Op.(*physical.Exchange); ok {
		return false
	}
	return !c.shared(in) && c.parallelism(n) == c.parallelism(in)
}

// chainedInput is the input that may feed n by calls; -1: all come over edges.
func chainedInput(n *physical.Node) int {
	switch op := n.Op.(type) {
	case *physical.HashJoin:
		return probeInput(op.BuildRight)
	case *physical.NestedLoopJoin:
		return probeInput(op.BuildRight)
	}
	if len(n.Inputs) == 1 {
		return 0
	}
	if _, ok := n.Op.(*physical.Union); ok {
		return 0
	}
	return -1
}

func probeInput(buildRight bool) int {
	if buildRight {
		return 0
	}
	return 1
}

func (c *cutter) parallelism(n *physical.Node) int {
	if n.Traits.Parallelism > 0 {
		return n.Traits.Parallelism
	}
	if n.Traits.Dist.Kind == physical.Single {
		return 1
	}
	return c.job.Config.Parallelism
}

func (c *cutter) spec(n *physical.Node) (OperatorSpec, error) {
	if _, ok := n.Op.(*physical.Exchange); ok {
		return OperatorSpec{}, fmt.Errorf("cut plan: an exchange stands where an operator must be, over %s", n.Inputs[0].ID)
	}
	params, err := json.Marshal(n.Op)
	if err != nil {
		return OperatorSpec{}, fmt.Errorf("cut plan: encode %s: %w", n.ID, err)
	}
	s := OperatorSpec{ID: n.ID, Name: n.Op.Name(), Params: params, Output: n.Schema, Bounded: n.Traits.Bounded, Traits: n.Traits}
	for _, in := range n.Inputs {
		s.Inputs = append(s.Inputs, schemaOf(in))
	}
	if _, ok := n.Op.(*physical.WatermarkAssigner); ok {
		scan := n
		for len(scan.Inputs) == 1 {
			scan = scan.Inputs[0]
		}
		s.Source = scan.ID
	}
	return s, nil
}

// schemaOf is what a node emits; an exchange emits what it takes.
func schemaOf(n *physical.Node) *types.Schema {
	if n.Schema == nil && len(n.Inputs) == 1 {
		return schemaOf(n.Inputs[0])
	}
	return n.Schema
}
