package file

import (
	"fmt"

	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// partitioner deals the rows of batches to partitions. Each partition's folder
// is named once; a row costs a look into a hash table without pointers.
type partitioner struct {
	sink    *sink
	table   *hashtable.Table // nil: the table is not partitioned
	keys    []vector.Vector
	data    []vector.Vector
	folders []string // by group
	groups  []uint32 // by row
	starts  []uint32 // by group, of this batch: where its rows begin in sel
	batch   uint64
	marks   []uint64 // by group, the batch that had rows of it last
	seen    []uint32 // groups of this batch
	sel     []uint32
}

// Keys of partitions are few; the table begins anew when there are too many.
const (
	partitionMemory = 256 << 20
	partitionsKept  = 1 << 16
)

func newPartitioner(s *sink) (*partitioner, error) {
	p := &partitioner{sink: s}
	if len(s.layout.parts) == 0 {
		return p, nil
	}
	var keys []types.Type
	for _, c := range s.layout.parts {
		keys = append(keys, c.typ)
	}
	grant, err := memory.NewManager(partitionMemory).Open("partitions of a sink", 0)
	if err != nil {
		return nil, err
	}
	p.table, err = hashtable.New(hashtable.Config{Keys: keys, Grant: grant})
	return p, err
}

// deal calls write once for each partition that b has rows of, with those rows
// and the columns that files hold.
func (p *partitioner) deal(b *stream.Batch, write func(folder string, b *stream.Batch) error) error {
	if p.table == nil {
		return write("", b)
	}
	if err := p.group(b); err != nil {
		return err
	}
	p.data = p.data[:0]
	for _, at := range p.sink.layout.data {
		p.data = append(p.data, b.Cols[at])
	}
	part := &stream.Batch{Cols: p.data, Rows: b.Rows}
	if len(p.seen) == 1 {
		return write(p.folders[p.seen[0]], part)
	}
	p.sort(b.Rows)
	end := uint32(0)
	for _, g := range p.seen {
		from := end
		end = p.starts[g]
		part.Sel = p.sel[from:end]
		if err := write(p.folders[g], part); err != nil {
			return err
		}
	}
	return nil
}

// group finds the partition of each row, and names those that are new.
func (p *partitioner) group(b *stream.Batch) error {
	if p.table.Len() > partitionsKept {
		p.table.Clear()
		p.folders, p.marks, p.starts = p.folders[:0], p.marks[:0], p.starts[:0]
	}
	p.keys = p.keys[:0]
	for _, c := range p.sink.layout.parts {
		p.keys = append(p.keys, b.Cols[c.place])
	}
	if cap(p.groups) < b.Rows {
		p.groups = make([]uint32, b.Rows)
		p.sel = make([]uint32, b.Rows)
	}
	p.groups, p.sel = p.groups[:b.Rows], p.sel[:b.Rows]
	ok, err := p.table.FindOrInsert(p.keys, b.Rows, nil, p.groups)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("filesystem: there are too many partitions in %s", p.sink.path)
	}
	for len(p.folders) < p.table.Len() {
		p.folders, p.marks, p.starts = append(p.folders, ""), append(p.marks, 0), append(p.starts, 0)
	}
	p.batch++
	p.seen = p.seen[:0]
	for row, g := range p.groups {
		if p.marks[g] == p.batch {
			continue
		}
		p.marks[g] = p.batch
		p.seen = append(p.seen, g)
		if p.folders[g] == "" {
			p.folders[g] = p.folder(row)
		}
	}
	return nil
}

func (p *partitioner) folder(row int) string {
	texts := make([]string, len(p.keys))
	for i := range p.keys {
		texts[i] = p.sink.layout.parts[i].text(&p.keys[i], row, p.sink.defaultName)
	}
	return p.sink.layout.folder(texts)
}

// sort lists the rows by group, in the order of the batch within each: behind
// it, starts of a group is where its rows end.
func (p *partitioner) sort(rows int) {
	for _, g := range p.seen {
		p.starts[g] = 0
	}
	groups := p.groups[:rows]
	for _, g := range groups {
		p.starts[g]++
	}
	at := uint32(0)
	for _, g := range p.seen {
		n := p.starts[g]
		p.starts[g] = at
		at += n
	}
	for row, g := range groups {
		p.sel[p.starts[g]] = uint32(row)
		p.starts[g]++
	}
}

func (p *partitioner) close() error {
	if p.table == nil {
		return nil
	}
	return p.table.Close()
}
