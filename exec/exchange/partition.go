package exchange

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
)

// partitioner deals the rows of a batch over channels by the hash of key columns.
type partitioner struct {
	keys      []int
	subtask   []uint32 // by key group
	cols      []vector.Vector
	hashes    []uint64
	targets   []uint32
	sels      [][]uint32 // rows of the batch that go to each channel
	kinds     []stream.RowKind
	out       stream.Batch
	openPair  bool // the last batch ended with a -U, sent as -D
	maxGroups int
}

func newPartitioner(keys []int, parallelism, maxParallelism int) *partitioner {
	p := &partitioner{
		keys: keys, maxGroups: maxParallelism, subtask: make([]uint32, maxParallelism),
		cols: make([]vector.Vector, len(keys)), sels: make([][]uint32, parallelism),
	}
	for g := range p.subtask {
		p.subtask[g] = uint32(keyed.SubtaskOf(g, parallelism, maxParallelism))
	}
	return p
}

// split fills sels and returns the batch to take them from: b, but for the
// kinds of pairs that were parted.
func (p *partitioner) split(b *stream.Batch) *stream.Batch {
	for i, k := range p.keys {
		p.cols[i] = b.Cols[k]
	}
	if cap(p.hashes) < b.Rows {
		p.hashes, p.targets = make([]uint64, b.Rows), make([]uint32, b.Rows)
	}
	p.hashes, p.targets = p.hashes[:b.Rows], p.targets[:b.Rows]
	kernel.HashColumns(p.cols, b.Rows, b.Sel, p.hashes)
	for i := range p.sels {
		p.sels[i] = p.sels[i][:0]
	}
	groups := uint64(p.maxGroups)
	if b.Sel == nil {
		for r, h := range p.hashes {
			t := p.subtask[(h>>48)*groups>>16]
			p.targets[r] = t
			p.sels[t] = append(p.sels[t], uint32(r))
		}
	} else {
		for _, r := range b.Sel {
			t := p.subtask[(p.hashes[r]>>48)*groups>>16]
			p.targets[r] = t
			p.sels[t] = append(p.sels[t], r)
		}
	}
	if b.Kinds == nil && !p.openPair {
		return b
	}
	return p.partPairs(b)
}

// partPairs turns the halves of a -U/+U pair that go different ways, or that a
// batch's end parts, into -D and +I.
func (p *partitioner) partPairs(b *stream.Batch) *stream.Batch {
	p.out = *b
	n := b.Len()
	row := func(i int) int {
		if b.Sel != nil {
			return int(b.Sel[i])
		}
		return i
	}
	changed := false
	change := func(r int, k stream.RowKind) {
		if !changed {
			p.kinds = append(p.kinds[:0], b.Kinds...)
			p.out.Kinds, changed = p.kinds, true
		}
		p.kinds[r] = k
	}
	if p.openPair && n > 0 && b.Kind(row(0)) == stream.UpdateAfter {
		change(row(0), stream.Insert)
	}
	p.openPair = false
	for i := range n {
		r := row(i)
		if b.Kind(r) != stream.UpdateBefore {
			continue
		}
		if i+1 == n {
			change(r, stream.Delete)
			p.openPair = true
			break
		}
		if s := row(i + 1); b.Kind(s) == stream.UpdateAfter && p.targets[r] != p.targets[s] {
			change(r, stream.Delete)
			change(s, stream.Insert)
		}
	}
	return &p.out
}
