package join

import (
	"bytes"
	"errors"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/spill"
)

// largeGroup is right rows of one key that are more than memory holds. The left
// rows of the key at hand, about a batch, read all of it once.
type largeGroup struct {
	prefix uint64
	key    []byte
	writer *spill.Writer // nil: all rows are in run
	run    *spill.Run

	reader   *spill.Reader // of a pass over run; nil: none under way
	block    *stream.Batch
	base     int64 // number of the block's first row
	l, k     int   // the pair to list next: a left row, a row of the block
	to       int   // the left rows of this pass end
	through  bool  // the pass has seen all blocks
	passing  bool  // no more left rows have the key
	hit      vector.Bitmap
	hitBytes int64
}

// beginLarge moves the group at hand to disk: only its rows are ever more than a batch.
func (j *Merge) beginLarge() error {
	r := &j.right
	if j.ctx.Spill == nil {
		return j.tooSmall()
	}
	if j.space == nil {
		space, err := j.ctx.OpenSpill()
		if err != nil {
			return err
		}
		j.space = space
	}
	g := &largeGroup{prefix: r.prefix[r.next]}
	if !r.exact {
		g.key = bytes.Clone(r.whole.At(r.next))
	}
	var err error
	if g.writer, err = j.space.Writer(j.rightTypes); err != nil {
		return err
	}
	j.large, j.groupEnd, j.scanned, j.pair = g, 0, 0, 0
	j.ctx.Metric.Counter("largeGroups").Add(1)
	return g.add(j)
}

// add writes the right rows at hand that belong to the group.
func (g *largeGroup) add(j *Merge) error {
	r := &j.right
	if g.writer == nil {
		return nil
	}
	from := r.next
	for r.next < r.batch.Rows && g.has(r, r.next) {
		r.next++
	}
	if r.next > from {
		if err := g.writer.WriteRows(r.batch, kernel.Iota(r.next)[from:]); err != nil {
			return err
		}
	}
	if r.left() > 0 {
		return g.finish(j)
	}
	r.empty()
	return nil
}

// has reports whether row i of a window has the group's key.
func (g *largeGroup) has(w *window, i int) bool {
	return w.flags[i]&keyless == 0 && w.prefix[i] == g.prefix && (w.exact || bytes.Equal(w.whole.At(i), g.key))
}

// finish ends the run: the whole group is in it.
func (g *largeGroup) finish(j *Merge) (err error) {
	w := g.writer
	g.writer = nil
	if g.run, err = w.Close(); err != nil {
		return err
	}
	if j.kind.buildLone && j.cond != nil {
		g.hitBytes = g.run.Rows/8 + 1
		if !j.ctx.Memory.TryGrow(g.hitBytes) {
			g.hitBytes = 0
			return j.tooSmall()
		}
		g.hit = vector.NewBitmap(int(g.run.Rows))
	}
	return nil
}

// fill lists what is said next of the group. All right rows of a list are of one block.
func (g *largeGroup) fill(j *Merge) error {
	if g.writer != nil {
		if !j.right.ended {
			j.needs = 1 << 1
			return nil
		}
		if err := g.finish(j); err != nil {
			return err
		}
	}
	for j.needs == 0 && !j.list.full() {
		switch {
		case g.reader == nil:
			if over, err := g.beginPass(j); over || err != nil {
				return err
			}
		case g.through:
			for j.left.next < g.to && !j.list.full() {
				j.passLeft(true)
			}
			if j.left.next < g.to {
				return nil
			}
			if err := g.endPass(); err != nil {
				return err
			}
		case g.block == nil || g.k >= g.block.Rows:
			if len(j.list.left) > 0 {
				return nil
			}
			if err := g.nextBlock(j); err != nil {
				return err
			}
		default:
			g.list(j)
		}
	}
	return nil
}

// beginPass starts on the left rows at hand that have the key; over: there are none any more.
func (g *largeGroup) beginPass(j *Merge) (over bool, err error) {
	l := &j.left
	for l.left() > 0 && l.flags[l.next]&keyless != 0 && !j.list.full() {
		j.passLeft(false)
	}
	switch {
	case j.list.full():
		return false, nil
	case l.left() == 0 && !l.ended:
		j.needs = 1 << 0
		return false, nil
	case l.left() > 0 && g.has(l, l.next):
		g.to = l.run(l.next, 0)
	case !g.passing && j.kind.buildLone && j.cond != nil:
		g.passing, g.to = true, l.next
	default:
		if len(j.list.left) == 0 {
			j.large = nil
			j.ctx.Memory.Shrink(g.hitBytes)
			return true, g.close()
		}
		return true, nil
	}
	g.l, g.k, g.base, g.through = l.next, 0, 0, false
	g.reader, err = g.run.Open()
	return false, err
}

func (g *largeGroup) endPass() error {
	r := g.reader
	g.reader, g.block = nil, nil
	return r.Close()
}

func (g *largeGroup) nextBlock(j *Merge) error {
	if g.block != nil {
		g.base += int64(g.block.Rows)
	}
	b, err := g.reader.Next()
	if errors.Is(err, io.EOF) {
		g.block, g.through = nil, true
		return nil
	}
	g.block, g.l, g.k = b, j.left.next, 0
	return err
}

// list lists pairs with the rows of the block, or its rows alone when they have met all left rows.
func (g *largeGroup) list(j *Merge) {
	if g.passing {
		for ; g.k < g.block.Rows && !j.list.full(); g.k++ {
			if !g.hit.Get(int(g.base) + g.k) {
				j.list.add(noRow, uint32(g.k))
			}
		}
		return
	}
	for ; g.k < g.block.Rows; g.k++ {
		for ; g.l < g.to; g.l++ {
			if j.list.full() {
				return
			}
			j.list.add(uint32(g.l), uint32(g.k))
		}
		g.l = j.left.next
	}
}

func (g *largeGroup) close() (err error) {
	if g.writer != nil {
		g.writer.Abort()
		g.writer = nil
	}
	if g.reader != nil {
		err = g.endPass()
	}
	if g.run != nil {
		if e := g.run.Remove(); err == nil {
			err = e
		}
		g.run = nil
	}
	return err
}
