package stream

import (
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Builder gathers rows from batches into one dense batch that stands alone.
// One goroutine uses it. The batch that Finish describes shares the builder's
// memory until Reset.
type Builder struct {
	cols  []*vector.Builder
	rows  int
	kinds []RowKind // nil until the first row that is not +I
}

// NewBuilder makes an empty builder for rows of a schema.
func NewBuilder(ts []types.Type) *Builder { return NewBuilderIn(ts, nil) }

// NewBuilderIn makes one whose columns lie in rooms, for rows that are kept
// longer than a batch. It is of no use any more when the rooms are reset.
func NewBuilderIn(ts []types.Type, rooms *memory.Rooms) *Builder {
	b := &Builder{cols: make([]*vector.Builder, len(ts))}
	for i, t := range ts {
		b.cols[i] = vector.NewBuilderIn(t, rooms)
	}
	return b
}

// Rows is the number of rows gathered.
func (b *Builder) Rows() int { return b.rows }

// Size is the bytes gathered.
func (b *Builder) Size() int {
	n := len(b.kinds)
	for _, c := range b.cols {
		n += c.Size()
	}
	return n
}

// Column gives column i, for callers that fill columns themselves and then say Advance.
func (b *Builder) Column(i int) *vector.Builder { return b.cols[i] }

// Advance counts n rows that the caller appended to every column, of one kind.
func (b *Builder) Advance(n int, kind RowKind) {
	if kind != Insert && b.kinds == nil {
		b.kinds = make([]RowKind, b.rows, b.rows+n)
	}
	if b.kinds != nil {
		for range n {
			b.kinds = append(b.kinds, kind)
		}
	}
	b.rows += n
}

// Truncate takes back all rows from n on, where all columns are as long as Rows. It
// must not be called once the batch that Finish described is in use.
func (b *Builder) Truncate(n int) {
	for _, c := range b.cols {
		c.Truncate(n)
	}
	b.rows = min(b.rows, n)
	if b.kinds != nil {
		b.kinds = b.kinds[:b.rows]
	}
}

// Append gathers rows sel of src, in that order; those of src.Sel (all where it is nil) when sel is nil.
func (b *Builder) Append(src *Batch, sel []uint32) {
	if sel == nil {
		sel = src.Sel
	}
	n := src.Rows
	if sel != nil {
		n = len(sel)
	}
	for i := range b.cols {
		b.cols[i].AppendVector(&src.Cols[i], sel)
	}
	b.appendKinds(src, sel, n)
	b.rows += n
}

func (b *Builder) appendKinds(src *Batch, sel []uint32, n int) {
	if src.Kinds == nil && b.kinds == nil {
		return
	}
	if b.kinds == nil {
		b.kinds = make([]RowKind, b.rows, b.rows+n)
	}
	for i := range n {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		b.kinds = append(b.kinds, src.Kind(r))
	}
}

// Finish describes what was gathered.
func (b *Builder) Finish() *Batch {
	out := &Batch{Cols: make([]vector.Vector, len(b.cols)), Rows: b.rows, Kinds: b.kinds}
	for i, c := range b.cols {
		out.Cols[i] = c.Finish()
	}
	return out
}

// Reset forgets the rows and keeps the memory.
func (b *Builder) Reset() {
	for _, c := range b.cols {
		c.Reset()
	}
	b.rows, b.kinds = 0, nil
}
