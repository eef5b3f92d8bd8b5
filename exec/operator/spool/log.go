package spool

import (
	"errors"
	"fmt"
	"io"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

const (
	chunkBytes = 8 << 20 // a chunk goes to disk, and is dropped, as a whole
	batchBytes = 1 << 20 // ends a batch of wide rows before it has all its rows
)

// log is the rows that readers have not had, in the order they came.
type log struct {
	ctx     *operator.Context
	types   []types.Type
	first   int // number of chunks[0]
	chunks  []*chunk
	filling *stream.Builder // nil: nothing gathered
	free    []*stream.Builder
	space   *spill.Space // nil: nothing went to disk
}

// chunk is a piece of the log: batches in memory, or a run.
type chunk struct {
	builders []*stream.Builder // whose memory the batches lie in
	batches  []*stream.Batch
	bytes    int64 // in memory
	run      *spill.Run
}

// spare is how many builders are kept for batches to come.
const spare = 16

// add copies the rows of a batch.
func (l *log) add(b *stream.Batch) error {
	if l.filling == nil {
		if n := len(l.free); n > 0 {
			l.filling, l.free = l.free[n-1], l.free[:n-1]
		} else {
			l.filling = stream.NewBuilder(l.types)
		}
	}
	l.filling.Append(b, b.Sel)
	if l.filling.Rows() >= l.ctx.BatchRows || l.filling.Size() >= batchBytes {
		return l.seal()
	}
	return nil
}

// seal makes what was gathered readable.
func (l *log) seal() error {
	if l.filling == nil {
		return nil
	}
	c := l.open()
	size := int64(l.filling.Size())
	c.builders, c.batches = append(c.builders, l.filling), append(c.batches, l.filling.Finish())
	l.filling = nil
	if l.ctx.Memory.TryGrow(size) {
		c.bytes += size
	} else if err := l.store(c); err != nil {
		return err
	}
	if !l.ctx.Memory.Yield() {
		return nil
	}
	for _, c := range l.chunks {
		if err := l.store(c); err != nil {
			return err
		}
	}
	return nil
}

// open is the chunk that takes the next batch.
func (l *log) open() *chunk {
	if n := len(l.chunks); n > 0 && l.chunks[n-1].run == nil && l.chunks[n-1].bytes < chunkBytes {
		return l.chunks[n-1]
	}
	c := &chunk{}
	l.chunks = append(l.chunks, c)
	return c
}

// store puts a chunk on disk.
func (l *log) store(c *chunk) (err error) {
	if c.run != nil {
		return nil
	}
	if l.space == nil {
		if l.ctx.Spill == nil {
			return errors.New("spool: memory is used up and there is no place to spill to")
		}
		if l.space, err = l.ctx.OpenSpill(); err != nil {
			return err
		}
	}
	w, err := l.space.Writer(l.types)
	if err != nil {
		return err
	}
	for _, b := range c.batches {
		if err := w.Write(b); err != nil {
			w.Abort()
			return err
		}
	}
	if c.run, err = w.Close(); err != nil {
		return err
	}
	l.release(c)
	return nil
}

// release gives a chunk's memory back.
func (l *log) release(c *chunk) {
	l.ctx.Memory.Shrink(c.bytes)
	for _, b := range c.builders {
		if len(l.free) < spare {
			b.Reset()
			l.free = append(l.free, b)
		}
	}
	c.builders, c.batches, c.bytes = nil, nil, 0
}

// end is the number behind the last chunk.
func (l *log) end() int { return l.first + len(l.chunks) }

// dropTo drops the chunks before a number: all readers have had them.
func (l *log) dropTo(number int) error {
	for l.first < number {
		c := l.chunks[0]
		l.chunks[0] = nil
		l.chunks = l.chunks[1:]
		l.first++
		l.release(c)
		if c.run != nil {
			if err := c.run.Remove(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *log) close() error {
	err := l.dropTo(l.end())
	if l.space != nil {
		err = errors.Join(err, l.space.Close())
	}
	return err
}

// cursor is a reader's place in the log: behind rows of the chunk.
type cursor struct {
	chunk int
	rows  int64         // of the chunk, that were read
	batch int           // of the chunk in memory, the next one
	run   *spill.Reader // of the chunk on disk; nil: not opened
}

// behind reports that there are batches which the cursor has not passed. The last
// chunk, where it is in memory, may still grow.
func (l *log) behind(c *cursor) bool {
	at := c.chunk - l.first
	switch {
	case at >= len(l.chunks):
		return false
	case at < len(l.chunks)-1 || l.chunks[at].run != nil:
		return true
	}
	return c.batch < len(l.chunks[at].batches)
}

// next is the next batch, valid until the log is changed; nil: there is none yet.
func (l *log) next(c *cursor) (*stream.Batch, error) {
	for c.chunk < l.end() {
		ch := l.chunks[c.chunk-l.first]
		if ch.run != nil {
			b, err := c.stored(ch)
			if b != nil || err != nil {
				return b, err
			}
		} else if c.batch < len(ch.batches) {
			b := ch.batches[c.batch]
			c.batch++
			c.rows += int64(b.Rows)
			return b, nil
		} else if c.chunk == l.end()-1 {
			return nil, nil
		}
		*c = cursor{chunk: c.chunk + 1}
	}
	return nil, nil
}

// stored is the next batch of a chunk on disk; nil: that was all. A chunk that was
// in memory when the cursor came is entered where the cursor stands.
func (c *cursor) stored(ch *chunk) (*stream.Batch, error) {
	skip := int64(0)
	if c.run == nil {
		r, err := ch.run.Open()
		if err != nil {
			return nil, err
		}
		c.run, skip = r, c.rows
	}
	for {
		b, err := c.run.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, c.close()
		case err != nil:
			return nil, err
		case skip >= int64(b.Rows):
			skip -= int64(b.Rows)
			continue
		case skip > 0:
			b.Sel = nil
			for r := int(skip); r < b.Rows; r++ {
				b.Sel = append(b.Sel, uint32(r))
			}
		}
		c.rows += int64(b.Len())
		return b, nil
	}
}

func (c *cursor) close() error {
	if c.run == nil {
		return nil
	}
	r := c.run
	c.run = nil
	if err := r.Close(); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}
