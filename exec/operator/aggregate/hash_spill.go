package aggregate

import (
	"errors"
	"io"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/spill"
)

const (
	spillBits = 4 // 16 parts a level
	maxLevel  = 10
)

// overflow is groups on their way to disk, parted by the hash of their keys:
// rows of (keys, states), and for each list of DISTINCT arguments rows of (keys,
// arguments). The states of DISTINCT aggregates are not written: they come again
// from their values, each of which counts once when a part is merged.
//
// Without keys there is nothing to part but the DISTINCT values: see hash_only.go.
type overflow struct {
	level    int
	groups   *spill.Partitions
	distinct []*spill.Partitions
}

// part is one partition on disk.
type part struct {
	level    int
	groups   *spill.Run
	distinct []*spill.Run
}

func (h *Hash) space() (*spill.Space, error) {
	if h.disk != nil {
		return h.disk, nil
	}
	if h.ctx.Spill == nil {
		return nil, h.tooSmall()
	}
	space, err := h.ctx.OpenSpill()
	if err != nil {
		return nil, err
	}
	h.disk = space
	return space, nil
}

// spill moves all groups to disk.
func (h *Hash) spill() error {
	if h.groups.table == nil {
		return h.tooSmall() // one group that does not fit
	}
	if h.spilled == nil {
		o, err := h.openOverflow(0)
		if err != nil {
			return err
		}
		h.spilled = o
	}
	if err := h.spilled.write(h.groups); err != nil {
		return err
	}
	return h.groups.reset()
}

func (h *Hash) openOverflow(level int) (*overflow, error) {
	if level > maxLevel {
		return nil, h.tooSmall()
	}
	space, err := h.space()
	if err != nil {
		return nil, err
	}
	o := &overflow{level: level}
	if len(h.keys) > 0 {
		if o.groups, err = space.Partitions(append(append([]types.Type(nil), h.keys...), types.BytesType), level, spillBits); err != nil {
			return nil, err
		}
	}
	for _, d := range h.set.Distincts() {
		ts := append(append([]types.Type(nil), h.keys...), d.Types...)
		p, err := space.Partitions(ts, level, spillBits)
		if err != nil {
			o.abort()
			return nil, err
		}
		o.distinct = append(o.distinct, p)
	}
	return o, nil
}

func (o *overflow) abort() {
	if o.groups != nil {
		o.groups.Abort()
	}
	for _, p := range o.distinct {
		p.Abort()
	}
}

// write writes all groups and their DISTINCT values.
func (o *overflow) write(g *groups) error {
	out := stream.NewBuilder(append(append([]types.Type(nil), g.keys...), types.BytesType))
	var hashes []uint64
	err := eachChunk(g.table.Len(), func(groups []uint32) error {
		out.Reset()
		g.appendPartials(groups, out)
		hashes = hashes[:0]
		for _, n := range groups {
			hashes = append(hashes, g.table.Hash(n))
		}
		return o.groups.Write(out.Finish(), hashes)
	})
	for i := range g.distinct {
		if err != nil {
			return err
		}
		err = eachChunk(g.distinct[i].table.Len(), func(entries []uint32) error {
			b, owners := g.distinctRows(i, entries)
			hashes = hashes[:0]
			for _, n := range owners {
				hashes = append(hashes, g.table.Hash(n))
			}
			return o.distinct[i].Write(b, hashes)
		})
	}
	return err
}

// eachChunk calls f with the numbers below n, some at a time.
func eachChunk(n int, f func(numbers []uint32) error) error {
	const size = 1024
	numbers := make([]uint32, 0, min(n, size))
	for at := 0; at < n; {
		numbers = numbers[:0]
		for to := min(at+size, n); at < to; at++ {
			numbers = append(numbers, uint32(at))
		}
		if err := f(numbers); err != nil {
			return err
		}
	}
	return nil
}

// distinctRows makes rows of (keys, arguments) from entries of a DISTINCT
// table, and says which group each belongs to.
func (g *groups) distinctRows(i int, entries []uint32) (*stream.Batch, []uint32) {
	d, args := &g.distinct[i], g.set.Distincts()[i].Types
	owner := vector.NewBuilder(types.IntType.NotNull())
	d.table.AppendKeys(0, entries, owner)
	column := owner.Finish()
	owners := vector.Values[uint32](&column)
	out := stream.NewBuilder(append(append([]types.Type(nil), g.keys...), args...))
	for k := range g.keys {
		g.table.AppendKeys(k, owners, out.Column(k))
	}
	for a := range args {
		d.table.AppendKeys(1+a, entries, out.Column(len(g.keys)+a))
	}
	out.Advance(len(entries), stream.Insert)
	return out.Finish(), owners
}

// finishSpill writes what is left in memory and makes parts of it all.
func (h *Hash) finishSpill() error {
	o := h.spilled
	h.spilled = nil
	if err := o.write(h.groups); err != nil {
		o.abort()
		return err
	}
	if err := h.groups.reset(); err != nil {
		o.abort()
		return err
	}
	parts, err := o.close()
	h.work = append(h.work, parts...)
	return err
}

func (o *overflow) close() ([]part, error) {
	parts := make([]part, 1<<spillBits)
	for i := range parts {
		parts[i] = part{level: o.level, distinct: make([]*spill.Run, len(o.distinct))}
	}
	if o.groups != nil {
		runs, err := o.groups.Close()
		if err != nil {
			return nil, err
		}
		for i, r := range runs {
			parts[i].groups = r
		}
	}
	for d, p := range o.distinct {
		runs, err := p.Close()
		if err != nil {
			return nil, err
		}
		for i, r := range runs {
			parts[i].distinct[d] = r
		}
	}
	return parts, nil
}

// nextPart makes the groups of the next part that has any ready for emission.
func (h *Hash) nextPart() (bool, error) {
	for {
		if len(h.work) == 0 {
			if more, err := h.nextShare(); !more || err != nil {
				return false, err
			}
		} else {
			p := h.work[len(h.work)-1]
			h.work = h.work[:len(h.work)-1]
			if err := h.mergeAlone(func() error { return h.merge(p) }); err != nil {
				return false, err
			}
		}
		if h.lone.more() || h.groups.count() > 0 {
			return true, nil
		}
	}
}

// mergeAlone merges into empty groups; what does not fit becomes parts of its own.
func (h *Hash) mergeAlone(merge func() error) error {
	if err := h.emptyGroups(); err != nil {
		return err
	}
	if err := merge(); err != nil {
		return err
	}
	h.next = 0
	if h.spilled != nil {
		return h.finishSpill()
	}
	return nil
}

// emptyGroups keeps the memory for the next part, which takes about as much, unless others need it.
func (h *Hash) emptyGroups() error {
	if h.groups.full() || h.groups.table == nil || h.ctx.Memory.Yield() {
		return h.groups.reset()
	}
	h.groups.clear()
	return nil
}

// merge folds a part into the groups, spilling to the next level where it does not fit.
func (h *Hash) merge(p part) error {
	err := h.eachRow(p.groups, p.level, func(b *stream.Batch) (bool, error) {
		n := len(h.keys)
		return h.groups.mergePartials(b.Cols[:n], &b.Cols[n], b.Rows, nil)
	})
	for i, run := range p.distinct {
		if err != nil {
			return err
		}
		err = h.eachRow(run, p.level, func(b *stream.Batch) (bool, error) { return h.groups.mergeDistinct(i, b) })
	}
	return err
}

// eachRow folds all batches of a run and removes it.
func (h *Hash) eachRow(run *spill.Run, level int, fold func(b *stream.Batch) (bool, error)) error {
	if run == nil {
		return nil
	}
	r, err := run.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return run.Remove()
		}
		if err != nil {
			return err
		}
		if err := h.foldOrSpill(b, level, fold); err != nil {
			return err
		}
	}
}

func (h *Hash) foldOrSpill(b *stream.Batch, level int, fold func(b *stream.Batch) (bool, error)) error {
	ok, err := fold(b)
	if err != nil || ok && !h.groups.full() {
		return err
	}
	if h.spilled == nil {
		if h.spilled, err = h.openOverflow(level + 1); err != nil {
			return err
		}
	}
	if err := h.spill(); err != nil || ok {
		return err
	}
	return h.insist(b, fold)
}

// mergeDistinct folds rows of (keys, arguments): each value counts once a group.
func (g *groups) mergeDistinct(i int, b *stream.Batch) (bool, error) {
	n := len(g.keys)
	if ok, err := g.find(b.Cols[:n], b.Rows, nil); !ok || err != nil {
		return ok, err
	}
	for k := range g.distinct {
		g.distinct[k].rows = g.distinct[k].rows[:0]
	}
	in := acc.Input{Rows: b.Rows}
	cols := append(g.distinct[i].cols[:1], b.Cols[n:]...)
	if ok, err := g.see(i, cols, in, nil); !ok || err != nil {
		return ok, err
	}
	return true, g.foldNew(b.Rows)
}

func (h *Hash) closeSpill() error {
	if h.spilled != nil {
		h.spilled.abort()
		h.spilled = nil
	}
	if h.disk == nil {
		return nil
	}
	return h.disk.Close()
}
