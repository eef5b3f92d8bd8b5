package order

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/spill"
)

// ofPlace reports functions of where a row stands in its partition, not of a frame.
func ofPlace(name string) bool {
	switch name {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG", "LEAD":
		return true
	}
	return false
}

// peers goes through a partition block by block and finds where rows differ in
// order from the row before.
type peers struct {
	keys   []physical.SortKey
	last   *stream.Builder // the order columns of the last row so far
	change []bool

	rows, dense int64 // so far: rows, and peers
	begin       int64 // of the peers at hand
	place       places
}

// places is where the rows of a block stand in their partition.
type places struct {
	first int64   // of the first row, from 0
	rows  int64   // of the partition
	start []int64 // of each row's peers
	dense []int64
}

func newPeers(keys []physical.SortKey, ts []types.Type) peers {
	p := peers{keys: keys}
	var own []types.Type
	for _, k := range keys {
		own = append(own, ts[k.Col])
	}
	p.last = stream.NewBuilder(own)
	return p
}

// changes says of each row of the next block whether it is the first of its peers.
func (p *peers) changes(b *stream.Batch) []bool {
	p.change = append(p.change[:0], make([]bool, b.Rows)...)
	p.change[0] = p.rows == 0
	before := p.last.Finish()
	for i, k := range p.keys {
		v := &b.Cols[k.Col]
		markChanges(v, p.change)
		p.change[0] = p.change[0] || !kernel.EqualAt(&before.Cols[i], 0, v, 0)
	}
	p.last.Reset()
	at := []uint32{uint32(b.Rows - 1)}
	for i, k := range p.keys {
		p.last.Column(i).AppendVector(&b.Cols[k.Col], at)
	}
	p.rows += int64(b.Rows)
	return p.change
}

// places says where the rows of the next block stand in a partition of some rows.
func (p *peers) places(b *stream.Batch, rows int64) *places {
	first := p.rows
	l := &p.place
	l.first, l.rows, l.start, l.dense = first, rows, l.start[:0], l.dense[:0]
	for i, changed := range p.changes(b) {
		if changed {
			p.begin = first + int64(i)
			p.dense++
		}
		l.start, l.dense = append(l.start, p.begin), append(l.dense, p.dense)
	}
	return l
}

// atPlace computes a function of place for a block of a partition on disk.
func (p *largePartition) atPlace(call int, l *places, b *stream.Batch) (vector.Vector, error) {
	c := &p.o.calls[call]
	switch c.call.Func {
	case "ROW_NUMBER":
		return eachInt(b.Rows, func(i int) int64 { return l.first + int64(i) + 1 }), nil
	case "RANK":
		return eachInt(b.Rows, func(i int) int64 { return l.start[i] + 1 }), nil
	case "DENSE_RANK":
		return eachInt(b.Rows, func(i int) int64 { return l.dense[i] }), nil
	case "PERCENT_RANK":
		return eachFloat(b.Rows, func(i int) float64 { return float64(l.start[i]) / float64(max(l.rows-1, 1)) }), nil
	case "CUME_DIST":
		return eachFloat(b.Rows, func(i int) float64 { return float64(l.first+int64(i)+1) / float64(l.rows) }), nil
	case "NTILE":
		n := b.Cols[c.call.Args[0]].ValueAt(0).I
		return eachInt(b.Rows, func(i int) int64 { return bucket(l.first+int64(i), l.rows, n) }), nil
	}
	return p.neighbour(call, l, b)
}

// neighbour reads the run a second time, so many rows ahead or behind.
func (p *largePartition) neighbour(call int, l *places, b *stream.Batch) (vector.Vector, error) {
	c := p.o.calls[call].call
	offset := int64(1)
	if len(c.Args) > 1 {
		offset = b.Cols[c.Args[1]].ValueAt(0).I
	}
	if c.Func == "LAG" {
		offset = -offset
	}
	s := p.shifted[call]
	if s == nil {
		reader, err := p.run.Open()
		if err != nil {
			return vector.Vector{}, err
		}
		s = &shifted{reader: reader, col: c.Args[0], rows: l.rows}
		p.shifted[call] = s
	}
	values := vector.NewBuilder(c.Type)
	from := l.first + offset
	if err := s.take(values, from, from+int64(b.Rows)); err != nil {
		return vector.Vector{}, err
	}
	if len(c.Args) < 3 {
		return values.Finish(), nil
	}
	values.AppendVector(&b.Cols[c.Args[2]], nil)
	all := values.Finish()
	index := make([]uint32, b.Rows)
	for i := range index {
		index[i] = uint32(i)
		if !all.IsValid(i) { // as in Flink the default stands for NULL values too
			index[i] = uint32(b.Rows + i)
		}
	}
	return gatherOr(&all, index), nil
}

// shifted reads a column of a run at rows that ascend.
type shifted struct {
	reader *spill.Reader
	col    int
	rows   int64 // of the run
	block  *stream.Batch
	first  int64 // of the block
}

// take appends rows [from, to), NULL where there are none.
func (s *shifted) take(out *vector.Builder, from, to int64) error {
	for from < to {
		if from < 0 || from >= s.rows {
			out.AppendNull()
			from++
			continue
		}
		for s.block == nil || from >= s.first+int64(s.block.Rows) {
			if s.block != nil {
				s.first += int64(s.block.Rows)
			}
			b, err := s.reader.Next()
			if err != nil {
				return err
			}
			s.block = b
		}
		end := min(to, s.first+int64(s.block.Rows))
		v := s.block.Cols[s.col].Slice(int(from-s.first), int(end-s.first))
		out.AppendVector(&v, nil)
		from = end
	}
	return nil
}
