package spill

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// groupBits are the hash's top bits that choose the key group; partitions take the next.
const groupBits = 16

// PartitionOf is the partition of a hash among 1<<bits, at a level of recursion:
// each level takes bits of its own, and none takes those of key groups.
func PartitionOf(hash uint64, level, bits int) int {
	return int(hash << (groupBits + level*bits) >> (64 - bits))
}

// Partitions writes rows to runs by hash. One goroutine uses it.
type Partitions struct {
	level, bits int
	writers     []*Writer
	sel         [][]uint32
}

// Partitions starts 1<<bits runs for a level of recursion (0 for the first).
func (s *Space) Partitions(ts []types.Type, level, bits int) (*Partitions, error) {
	n := 1 << bits
	p := &Partitions{level: level, bits: bits, sel: make([][]uint32, n)}
	for range n {
		w, err := s.Writer(ts)
		if err != nil {
			p.Abort()
			return nil, err
		}
		w.limit = max(blockBytes/n, 16<<10) // all of them gather at once
		p.writers = append(p.writers, w)
	}
	return p, nil
}

// Write appends the rows of a batch; hashes are by row of the batch.
func (p *Partitions) Write(b *stream.Batch, hashes []uint64) error {
	for i := range p.sel {
		p.sel[i] = p.sel[i][:0]
	}
	if b.Sel == nil {
		for r := range uint32(b.Rows) {
			at := PartitionOf(hashes[r], p.level, p.bits)
			p.sel[at] = append(p.sel[at], r)
		}
	} else {
		for _, r := range b.Sel {
			at := PartitionOf(hashes[r], p.level, p.bits)
			p.sel[at] = append(p.sel[at], r)
		}
	}
	for i, sel := range p.sel {
		if len(sel) > 0 {
			if err := p.writers[i].WriteRows(b, sel); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteTo appends all rows of a batch to one partition.
func (p *Partitions) WriteTo(partition int, b *stream.Batch) error {
	return p.writers[partition].Write(b)
}

// Close ends all runs: run i holds partition i, perhaps without rows.
func (p *Partitions) Close() ([]*Run, error) {
	runs := make([]*Run, len(p.writers))
	for i, w := range p.writers {
		run, err := w.Close()
		if err != nil {
			for _, r := range runs[:i] {
				_ = r.Remove() // err says more
			}
			for _, rest := range p.writers[i+1:] {
				rest.Abort()
			}
			return nil, err
		}
		runs[i] = run
	}
	return runs, nil
}

// Abort gives all runs up.
func (p *Partitions) Abort() {
	for _, w := range p.writers {
		w.Abort()
	}
}
