package hashtable

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/vector"
)

// Prober finds keys in a table that nobody changes any more. Each goroutine has its own.
type Prober struct {
	table  *Table
	keys   keyList
	hashed []uint64
	found  []uint32
}

// NewProber makes a Prober of a table.
func (t *Table) NewProber() *Prober {
	t.slotAll()
	return &Prober{table: t}
}

// Find writes the group of each row that sel names (all when nil) to groups[r],
// None where the key is not in the table. The columns have the types of the
// keys; those that the table declares NOT NULL must have no NULL in these rows.
func (p *Prober) Find(cols []vector.Vector, rows int, sel, groups []uint32) {
	if cap(p.hashed) < rows {
		p.hashed = make([]uint64, rows)
	}
	by := p.hashed[:rows]
	kernel.HashColumns(cols[:len(p.table.layout.fields)], rows, sel, by)
	p.FindHashed(cols, rows, sel, by, groups)
}

// FindHashed is Find with the hashes of the rows at hand: it may reorder them.
func (p *Prober) FindHashed(cols []vector.Vector, rows int, sel []uint32, hashes []uint64, groups []uint32) {
	t, k := p.table, &p.keys
	n := rows
	if sel != nil {
		n = len(sel)
	}
	if t.n == 0 {
		p.none(n, sel, groups)
		return
	}
	t.layout.encode(k, cols, rows, sel)
	k.take(hashes[:rows], sel)
	if sel == nil {
		t.probe(k, 0, n, groups, false)
		return
	}
	if cap(p.found) < n {
		p.found = make([]uint32, n)
	}
	out := p.found[:n]
	t.probe(k, 0, n, out, false)
	for i, r := range sel {
		groups[r] = out[i]
	}
}

func (p *Prober) none(n int, sel, groups []uint32) {
	for i := range n {
		r := uint32(i)
		if sel != nil {
			r = sel[i]
		}
		groups[r] = None
	}
}
