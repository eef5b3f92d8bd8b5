package correlate

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Correlate emits each row once for each row that a table function makes of it.
type Correlate struct {
	spec *physical.Correlate
	made spanner
	most int // rows of a piece

	in    *stream.Batch // lent while rows of it are still to be emitted
	rows  []uint32      // of in: those that count
	next  int           // the first of rows that is not emitted whole
	spans spans
	place uint32 // in the span of rows[next]: the first that is not emitted

	left, right  []uint32 // the piece: rows of in, places in spans.cols or kernel.NoRow
	ordinal      []int32
	padded       bool // the piece has a kernel.NoRow
	kinds        []stream.RowKind
	dictionaries []*vector.Vector // by passing column: the nested column as a dictionary, one header a batch
	out          stream.Batch
}

// spanner makes the function's rows of a batch.
type spanner interface {
	// spans tells which rows the function made of each of the rows named. The
	// result is lent until the next call; fewer rows than named may be done.
	spans(args []*vector.Vector, rows []uint32, s *spans) error
}

// New makes the operator of a plan node.
func New(spec *physical.Correlate) *Correlate { return &Correlate{spec: spec} }

// Open prepares the function.
func (c *Correlate) Open(ctx *operator.Context) (err error) {
	c.most = max(ctx.BatchRows, 1)
	c.out.Cols = make([]vector.Vector, len(c.spec.Pass)+len(c.spec.Columns))
	c.dictionaries = make([]*vector.Vector, len(c.spec.Pass))
	c.made, err = newSpanner(c.spec, ctx)
	return err
}

// Process takes a batch; what one call should not emit is left to Resume.
func (c *Correlate) Process(_ int, b *stream.Batch, out operator.Output) error {
	c.in, c.rows, c.next = b, b.Sel, 0
	if c.rows == nil {
		c.rows = kernel.Iota(b.Rows)
	}
	clear(c.dictionaries)
	c.spans.rows = nil
	_, err := c.Resume(out)
	return err
}

// Resume emits pieces until the output is full.
func (c *Correlate) Resume(out operator.Output) (bool, error) {
	for c.in != nil && !out.Full() {
		if err := c.piece(); err != nil {
			return false, err
		}
		if len(c.left) == 0 {
			c.in = nil
			break
		}
		c.gather()
		if err := out.Emit(&c.out); err != nil {
			return false, err
		}
	}
	return c.in != nil, nil
}

// piece lists the next rows to emit.
func (c *Correlate) piece() error {
	c.left, c.right, c.ordinal, c.padded = c.left[:0], c.right[:0], c.ordinal[:0], false
	for len(c.left) < c.most {
		if c.next == len(c.spans.rows) {
			c.rows = c.rows[c.next:]
			if c.next, c.place, c.spans.rows = 0, 0, nil; len(c.rows) == 0 {
				return nil
			}
			if len(c.left) > 0 {
				return nil // the function's next rows may overwrite those of this piece
			}
			args := make([]*vector.Vector, len(c.spec.Args))
			for i, a := range c.spec.Args {
				args[i] = &c.in.Cols[a]
			}
			if err := c.made.spans(args, c.rows, &c.spans); err != nil {
				return err
			}
		}
		c.take()
	}
	return nil
}

// take puts as much of the spans into the piece as has room.
func (c *Correlate) take() {
	s := &c.spans
	for ; c.next < len(s.rows) && len(c.left) < c.most; c.next++ {
		r, from, to := s.rows[c.next], s.from[c.next], s.to[c.next]
		began := len(c.left)
		for i := from + c.place; i < to && len(c.left) < c.most; i++ {
			c.place = i + 1 - from
			if s.skip != nil && !s.skip.Get(int(i)) {
				continue
			}
			c.left, c.right, c.ordinal = append(c.left, r), append(c.right, i), append(c.ordinal, int32(c.place))
		}
		if from+c.place < to {
			return
		}
		if c.spec.Outer && len(c.left) == began && s.none(from, to) {
			if len(c.left) == c.most {
				return
			}
			c.left, c.right, c.ordinal, c.padded = append(c.left, r), append(c.right, kernel.NoRow), append(c.ordinal, 0), true
		}
		c.place = 0
	}
}

// gather makes the columns of the piece.
func (c *Correlate) gather() {
	c.out.Rows, c.out.Kinds = len(c.left), nil
	if c.in.Kinds != nil {
		c.kinds = c.kinds[:0]
		for _, r := range c.left {
			c.kinds = append(c.kinds, c.in.Kinds[r])
		}
		c.out.Kinds = c.kinds
	}
	for i, col := range c.spec.Pass {
		c.repeat(i, &c.in.Cols[col])
	}
	made := c.out.Cols[len(c.spec.Pass):]
	for i, o := range c.spec.Columns {
		if o == logical.Ordinality {
			made[i] = vector.Of(types.PhysInt32, c.ordinal)
			made[i].Valid = c.reached()
			continue
		}
		c.elements(&made[i], &c.spans.cols[o])
	}
}

// repeat gathers a passing column. Nested values are not copied: the column
// becomes the dictionary of what is emitted, unless some of its rows do not count
// and may hold anything.
func (c *Correlate) repeat(i int, v *vector.Vector) {
	dst := &c.out.Cols[i]
	if v.Form != vector.Flat || !isNested(v.Phys) || c.in.Sel != nil {
		kernel.Gather(dst, v, c.left)
		return
	}
	if c.dictionaries[i] == nil {
		d := *v
		c.dictionaries[i] = &d // readers tell dictionaries apart by their address
	}
	out := vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: len(c.left), Codes: c.left, Dict: c.dictionaries[i]}
	if v.Valid != nil {
		out.Valid = vector.NewBitmap(len(c.left))
		for k, r := range c.left {
			out.Valid.SetTo(k, v.Valid.Get(int(r)))
		}
	}
	*dst = out
}

func isNested(p types.Phys) bool { return p == types.PhysList || p == types.PhysStruct }

// elements gathers a column of the function's rows, or shares those that follow one another.
func (c *Correlate) elements(dst, v *vector.Vector) {
	n := len(c.right)
	switch first := c.right[0]; {
	case c.padded:
		kernel.GatherNullable(dst, v, c.right)
	case int(c.right[n-1]-first) == n-1 && c.spans.ascend:
		*dst = v.Slice(int(first), int(first)+n)
	default:
		kernel.Gather(dst, v, c.right)
	}
}

// reached is which rows of the piece are no padding; nil for all.
func (c *Correlate) reached() vector.Bitmap {
	if !c.padded {
		return nil
	}
	out := vector.NewBitmap(len(c.right))
	for i, p := range c.right {
		out.SetTo(i, p != kernel.NoRow)
	}
	return out
}

// Watermark passes on.
func (*Correlate) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to add.
func (*Correlate) EndInput(int, operator.Output) error { return nil }

// Close has nothing to give back.
func (*Correlate) Close() error { return nil }

var _ operator.Resumer = (*Correlate)(nil)
