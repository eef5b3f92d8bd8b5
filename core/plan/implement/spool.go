package implement

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

// spool lets equal subplans of a batch program be one, where doing their work again
// costs more than to keep its rows for all readers. A Spool forks them, never a plain
// node: its readers may take rows in any order without one waiting for another.
func spool(roots []*physical.Node) error {
	s := spooler{equal: consing{seen: map[*physical.Node]*class{}, byKey: map[string]*class{}}, uses: map[*class]int{}, spools: map[*class]*physical.Node{}}
	for _, r := range roots {
		if _, err := s.equal.visit(r); err != nil {
			return err
		}
	}
	for _, r := range roots {
		s.count(r)
	}
	for _, r := range roots {
		s.replace(r)
	}
	return nil
}

type spooler struct {
	equal  consing
	uses   map[*class]int // readers, where equal subplans are one already
	spools map[*class]*physical.Node
}

// count counts the readers of subplans that are worth keeping. What such a subplan
// reads is read once.
func (s *spooler) count(n *physical.Node) {
	c := s.equal.seen[n]
	if worthSpooling(n) {
		s.uses[c]++
		if s.uses[c] > 1 {
			return
		}
	}
	for _, in := range n.Inputs {
		s.count(in)
	}
}

// replace lets the readers below n read spools. A spool that has one reader is none.
func (s *spooler) replace(n *physical.Node) {
	for i, in := range n.Inputs {
		c := s.equal.seen[in]
		kept := isSpool(in)
		switch {
		case s.spools[c] != nil:
			n.Inputs[i] = s.spools[c]
			continue
		case s.uses[c] > 1 && !kept:
			n.Inputs[i] = over(c.node)
			s.spools[c] = n.Inputs[i]
			in = c.node
		case s.uses[c] > 1:
			n.Inputs[i] = c.node
			s.spools[c] = c.node
			in = c.node
		case kept:
			n.Inputs[i] = in.Inputs[0]
			in = in.Inputs[0]
		}
		s.replace(in)
	}
}

// shared reads a definition, which is implemented once for all its readers.
func (p *planner) shared(n *logical.Shared) (rel, error) {
	kept, ok := p.kept[n.Def]
	if !ok {
		r, err := p.visit(n.Def.Node)
		if err != nil {
			return rel{}, err
		}
		kept = rel{node: over(r.node), cols: r.cols}
		p.kept[n.Def] = kept
	}
	out := rel{node: kept.node, cols: make([]logical.Column, len(kept.cols))}
	for i, c := range kept.cols {
		out.cols[i] = p.newHidden(c.Type)
	}
	for i, c := range n.Cols {
		out.cols[kept.at(n.Of[i])] = c
	}
	return out, nil
}

func isSpool(n *physical.Node) bool {
	_, ok := n.Op.(*physical.Spool)
	return ok
}

// over is a spool of what n gives.
func over(n *physical.Node) *physical.Node {
	return &physical.Node{Op: &physical.Spool{}, Inputs: []*physical.Node{n}, Schema: n.Schema, Traits: n.Traits}
}

// worthSpooling reports a subplan whose work costs more than keeping its rows: two
// readers copy each of them into the log and out of it.
func worthSpooling(n *physical.Node) bool {
	switch n.Op.(type) {
	case *physical.Spool:
		return true
	case *physical.Exchange, *physical.Sink, *physical.Collect:
		return false
	}
	cost, work := workOf(n)
	return work && cost > 1.5*n.Traits.Rows
}

// workOf is the rows that the operators of a subplan handle, by what a row costs
// them, and whether any does more than to read and to choose. What a source's own
// chain does is rather done again: each reader has filters of its own.
func workOf(n *physical.Node) (cost float64, work bool) {
	in := 0.0
	for _, i := range n.Inputs {
		c, w := workOf(i)
		cost, work = cost+c, work || w
		in += i.Traits.Rows
	}
	switch n.Op.(type) {
	case *physical.Scan, *physical.Values:
		return cost + n.Traits.Rows, work
	case *physical.Exchange, *physical.Union, *physical.Limit, *physical.Spool:
		return cost + 0.1*in, work
	case *physical.Calc, *physical.Correlate, *physical.Expand, *physical.WindowTable:
		return cost + 0.2*in, work
	case *physical.Sort, *physical.SortLimit, *physical.Rank, *physical.OverAggregate:
		return cost + 3*in, true
	}
	return cost + in + n.Traits.Rows, true
}
