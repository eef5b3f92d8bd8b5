package order

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// passing has the calls of an operator whose changes are all emitted as they come.
type passing struct{}

// Watermark passes on.
func (passing) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to add: every change has been emitted.
func (passing) EndInput(int, operator.Output) error { return nil }

// Close has nothing of its own to give back.
func (passing) Close() error { return nil }

// changes collects rows to emit, as they are stored, and emits them as columns.
type changes struct {
	codec    *rowcodec.RowCodec
	numbered bool // a BIGINT follows the columns
	rows     keyed.Rows
	kinds    []stream.RowKind
	numbers  []int64
	at       int
	cols     []*vector.Builder
	which    []uint32
	mine     []stream.RowKind
	out      stream.Batch
}

func newChanges(ts []types.Type, prefix int, numbered bool) *changes {
	c := &changes{codec: rowcodec.NewRowCodec(ts), numbered: numbered}
	c.codec.Prefix = prefix
	for _, t := range ts {
		c.cols = append(c.cols, vector.NewBuilder(t))
	}
	return c
}

func (c *changes) add(row []byte, kind stream.RowKind, number int64) {
	c.rows.Append(row)
	c.kinds = append(c.kinds, kind)
	if c.numbered {
		c.numbers = append(c.numbers, number)
	}
}

// update adds the pair that turns a row into another.
func (c *changes) update(old, now []byte, before bool, number int64) {
	if before {
		c.add(old, stream.UpdateBefore, number)
	}
	c.add(now, stream.UpdateAfter, number)
}

// emit emits what was collected, batch by batch, until the output is full.
func (c *changes) emit(out operator.Output) (more bool, err error) {
	for c.at < len(c.kinds) {
		if out.Full() {
			return true, nil
		}
		if err := c.emitBatch(out); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *changes) emitBatch(out operator.Output) error {
	to := min(len(c.kinds), c.at+stream.BatchRows)
	if to < len(c.kinds) && c.kinds[to-1] == stream.UpdateBefore {
		to-- // a pair stays together
	}
	c.which = c.which[:0]
	plain := true
	for i := c.at; i < to; i++ {
		c.which = append(c.which, uint32(i))
		plain = plain && c.kinds[i] == stream.Insert
	}
	for _, b := range c.cols {
		b.Reset()
	}
	if err := c.codec.Decode(&c.rows, c.which, c.cols); err != nil {
		return err
	}
	c.out = stream.Batch{Cols: c.out.Cols[:0], Rows: to - c.at}
	for _, b := range c.cols {
		c.out.Cols = append(c.out.Cols, b.Finish())
	}
	if c.numbered {
		numbers := append([]int64(nil), c.numbers[c.at:to]...)
		c.out.Cols = append(c.out.Cols, vector.Of(types.PhysInt64, numbers))
	}
	if !plain {
		c.mine = append(c.mine[:0], c.kinds[c.at:to]...)
		c.out.Kinds = c.mine
	}
	if c.at = to; to == len(c.kinds) {
		c.rows.Reset()
		c.kinds, c.numbers, c.at = c.kinds[:0], c.numbers[:0], 0
	}
	return out.Emit(&c.out)
}

// perKey lists the rows of a batch by key, in their order.
type perKey struct {
	rows []uint32
	from []uint32 // by key; one more than keys
}

func (p *perKey) group(n int, index []uint32, b *stream.Batch) {
	p.from = append(p.from[:0], make([]uint32, n+1)...)
	count := b.Len()
	at := func(i int) uint32 {
		if b.Sel != nil {
			return b.Sel[i]
		}
		return uint32(i)
	}
	for i := range count {
		p.from[index[at(i)]+1]++
	}
	for k := range n {
		p.from[k+1] += p.from[k]
	}
	p.rows = append(p.rows[:0], make([]uint32, count)...)
	next := append([]uint32(nil), p.from[:n]...)
	for i := range count {
		r := at(i)
		p.rows[next[index[r]]] = r
		next[index[r]]++
	}
}

func (p *perKey) of(key int) []uint32 { return p.rows[p.from[key]:p.from[key+1]] }

func pick(dst, cols []vector.Vector, which []int) []vector.Vector {
	dst = dst[:0]
	for _, c := range which {
		dst = append(dst, cols[c])
	}
	return dst
}
