package aggregate

import (
	"fmt"
	"unsafe"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
)

// Partial states travel as rows: the keys, then one BYTES column with the
// states of a group (Set.Encode). Phases exchange them, and spilling writes them.

// appendPartials appends groups to a builder of such rows.
func (g *groups) appendPartials(groups []uint32, out *stream.Builder) {
	if g.table != nil {
		for i := range g.keys {
			g.table.AppendKeys(i, groups, out.Column(i))
		}
	}
	g.appendEncoded(groups, out.Column(len(g.keys)))
	out.Advance(len(groups), stream.Insert)
}

func (g *groups) appendEncoded(groups []uint32, out *vector.Builder) {
	s := g.states(groups)
	buf := g.scratch.bytes
	for _, n := range groups {
		buf = g.set.Encode(s, n, buf[:0])
		out.AppendBytes(buf)
	}
	g.scratch.bytes = buf
}

// partials is scratch rows that encoded states are decoded into.
type partials struct {
	rows  []uint64
	heap  acc.Heap
	index []uint32
	bytes []byte
}

// mergePartials folds the partial states of column states into the groups of
// their keys. It reports false as add does.
func (g *groups) mergePartials(keys []vector.Vector, states *vector.Vector, rows int, sel []uint32) (bool, error) {
	if ok, err := g.find(keys, rows, sel); !ok || err != nil {
		return ok, err
	}
	p := &g.scratch
	if err := p.decode(g.set, states, rows, sel); err != nil {
		return false, err
	}
	to := g.index
	if sel != nil {
		to = g.fresh[:0]
		for _, r := range sel {
			to = append(to, g.index[r])
		}
		g.fresh = to
	}
	if err := g.set.Merge(g.states(to), p.states(g.set)); err != nil {
		return false, err
	}
	g.settle()
	return true, nil
}

func (p *partials) decode(set *acc.Set, v *vector.Vector, rows int, sel []uint32) error {
	n := rows
	if sel != nil {
		n = len(sel)
	}
	if words := n*set.Size/8 + 1; cap(p.rows) < words {
		p.rows = make([]uint64, words)
	}
	p.rows = p.rows[:cap(p.rows)]
	p.heap.Bytes, p.index = p.heap.Bytes[:0], p.index[:0]
	s := p.states(set)
	for i := range n {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		p.index = append(p.index, uint32(i))
		if !v.IsValid(r) {
			return fmt.Errorf("aggregate: merge states: row %d has none", r)
		}
		if err := set.Decode(s, uint32(i), v.Bytes(r)); err != nil {
			return fmt.Errorf("aggregate: merge states: %w", err)
		}
	}
	return nil
}

func (p *partials) states(set *acc.Set) acc.States {
	return acc.States{Base: unsafe.Pointer(&p.rows[0]), Stride: uintptr(set.Size), Index: p.index, Heap: &p.heap}
}
