package spill

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// gather makes one batch of rows picked from the blocks of several lanes, column
// by column. Strings are not copied: the batch has the buffers of all lanes.
type gather struct {
	lane []uint32
	row  []uint32
	used []bool // by lane
	out  stream.Batch
	data [][]uint64 // memory of the columns
}

func (g *gather) reset(lanes int) {
	g.lane, g.row = g.lane[:0], g.row[:0]
	if len(g.used) < lanes {
		g.used = make([]bool, lanes)
	}
	clear(g.used)
}

func (g *gather) rows() int { return len(g.row) }

func (g *gather) add(lane, row int) {
	g.lane = append(g.lane, uint32(lane))
	g.row = append(g.row, uint32(row))
	g.used[lane] = true
}

func (g *gather) batch(ts []types.Type, lanes []*lane) *stream.Batch {
	g.out = stream.Batch{Cols: g.out.Cols[:0], Rows: g.rows()}
	for len(g.data) < len(ts) {
		g.data = append(g.data, nil)
	}
	for c, t := range ts {
		g.out.Cols = append(g.out.Cols, g.column(c, t, lanes))
	}
	g.out.Kinds = g.kinds(lanes)
	return &g.out
}

func (g *gather) kinds(lanes []*lane) []stream.RowKind {
	changes := false
	for k, l := range lanes {
		changes = changes || g.used[k] && l.blk.batch.Kinds != nil
	}
	if !changes {
		return nil
	}
	kinds := make([]stream.RowKind, g.rows())
	for i := range kinds {
		kinds[i] = lanes[g.lane[i]].blk.batch.Kind(int(g.row[i]))
	}
	return kinds
}

func (g *gather) column(c int, t types.Type, lanes []*lane) vector.Vector {
	sources := make([]*vector.Vector, len(lanes))
	nulls := false
	for k, l := range lanes {
		if g.used[k] {
			sources[k] = &l.blk.batch.Cols[c]
			nulls = nulls || sources[k].Valid != nil
		}
	}
	v := vector.Vector{Phys: t.Phys(), Len: g.rows()}
	switch v.Phys.Width() {
	case 1:
		v = take[uint8](g, c, v.Phys, sources)
	case 2:
		v = take[uint16](g, c, v.Phys, sources)
	case 4:
		v = take[uint32](g, c, v.Phys, sources)
	case 8:
		v = take[uint64](g, c, v.Phys, sources)
	case 16:
		if v.Phys == types.PhysBytes {
			v = g.strings(c, sources)
		} else {
			v = take[types.Int128](g, c, v.Phys, sources)
		}
	default:
		return g.rowByRow(t, sources)
	}
	if nulls {
		v.Valid = vector.NewBitmap(v.Len)
		for i := range v.Len {
			v.Valid.SetTo(i, sources[g.lane[i]].Valid.Get(int(g.row[i])))
		}
	}
	return v
}

// memory is room for the values of column c, kept between batches.
func (g *gather) memory(c, bytes int) []byte {
	words := (bytes + 7) / 8
	if cap(g.data[c]) < words {
		g.data[c] = make([]uint64, words)
	}
	g.data[c] = g.data[c][:words]
	whole := vector.Of(types.PhysInt64, g.data[c])
	return whole.Data[:bytes]
}

func take[T vector.Elem](g *gather, c int, p types.Phys, sources []*vector.Vector) vector.Vector {
	from := make([][]T, len(sources))
	for k, s := range sources {
		if s != nil {
			from[k] = vector.Values[T](s)
		}
	}
	v := vector.Vector{Phys: p, Len: g.rows(), Data: g.memory(c, g.rows()*p.Width())}
	dst := vector.Values[T](&v)
	lane, row := g.lane[:len(dst)], g.row[:len(dst)]
	for i := range dst {
		dst[i] = from[lane[i]][row[i]]
	}
	return v
}

func (g *gather) strings(c int, sources []*vector.Vector) vector.Vector {
	v := take[vector.View](g, c, types.PhysBytes, sources)
	v.Bufs = make([][]byte, len(sources))
	for k, s := range sources {
		if s != nil {
			v.Bufs[k] = s.Bufs[0]
		}
	}
	views := v.Views()
	for i := range views {
		if views[i].Len > vector.InlineLen {
			views[i].Buf = g.lane[i]
		}
	}
	return v
}

// rowByRow is for bits and nested layouts.
func (g *gather) rowByRow(t types.Type, sources []*vector.Vector) vector.Vector {
	b := vector.NewBuilder(t)
	one := make([]uint32, 1)
	for i, r := range g.row {
		one[0] = r
		b.AppendVector(sources[g.lane[i]], one)
	}
	return b.Finish()
}
