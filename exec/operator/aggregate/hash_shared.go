package aggregate

import (
	"sync"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

// shared is where the subtasks of one process meet: each fills tables of its
// own, and when all have, each merges partitions of all tables, whichever is
// next, in memory or from disk, until none is left. Tables are closed when the
// last subtask leaves. Without keys there is one group, and the last subtask to
// arrive merges it alone.
type shared struct {
	mu       sync.Mutex
	expected int
	members  []*Hash
	filled   int
	next     int    // the partition to merge next
	step     int    // partitions that are merged together
	apart    *apart // windows that need no merging; nil: all is merged by partition
	left     int
	broken   bool     // a subtask gave up: nobody will merge
	wake     []func() // those who wait for the last
}

// sources is what one subtask brings: its groups by partition, in memory or on disk.
type sources struct {
	groups   radix
	distinct []radix
	parts    []part // by partition; nil: all is in memory
}

// Groups are merged by partitions finer than those on disk, which are whole
// numbers of them: the table of one should stay in the cache.
const (
	mergeBits  = 6
	perPart    = 1 << (mergeBits - spillBits)
	mergedRows = 16 << 10 // of the least that is merged together
)

// radix is numbers ordered by partition.
type radix struct {
	order []uint32
	from  [1<<mergeBits + 1]int
}

// of is the numbers of some partitions.
func (r *radix) of(from, to int) []uint32 { return r.order[r.from[from]:r.from[to]] }

// join meets the other subtasks.
func (h *Hash) join() {
	n := h.ctx.Parallelism
	h.shared = h.ctx.Vertex(func() any { return &shared{expected: n} }).(*shared)
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	h.shared.members = append(h.shared.members, h)
	h.brought = h.groups
}

// endShared leaves the tables to be merged.
func (h *Hash) endShared(out operator.Output) error {
	if err := h.prepare(); err != nil {
		return err
	}
	last, err := h.arrive()
	if err != nil {
		return err
	}
	if len(h.keys) == 0 && !last {
		h.begin(true)
		return nil
	}
	h.waiting = true
	_, err = h.Resume(out)
	return err
}

// arrive says that a subtask's tables are filled; the last one wakes the others.
func (h *Hash) arrive() (last bool, err error) {
	s := h.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	h.arrived = true
	s.filled++
	if s.filled < s.expected {
		if len(h.keys) > 0 {
			h.ctx.Await()
			s.wake = append(s.wake, h.ctx.Awaken)
		}
		return false, nil
	}
	if err := s.settle(); err != nil {
		return true, err
	}
	for _, f := range s.wake {
		f()
	}
	s.wake = nil
	return true, nil
}

// settle decides how the tables are merged. The other subtasks wait for that.
func (s *shared) settle() error {
	if s.apart = s.windows(); s.apart != nil {
		return nil
	}
	for _, m := range s.members {
		if m.hopes {
			if err := m.order(); err != nil {
				return err
			}
		}
	}
	s.step = s.together()
	return nil
}

// windows is how the windows lie apart; nil: they do not.
func (s *shared) windows() *apart {
	var all []*spans
	for _, m := range s.members {
		if !m.mayForget() || m.set.Heap || m.sources.parts != nil {
			return nil
		}
		all = append(all, &m.spans)
	}
	return newApart(all)
}

func (s *shared) isFilled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filled == s.expected
}

// together is how many partitions are merged at a time: as those on disk, else few rows' worth.
func (s *shared) together() int {
	rows := 0
	for _, m := range s.members {
		if len(m.keys) == 0 || m.sources.parts != nil {
			return perPart
		}
		rows += len(m.sources.groups.order)
	}
	step := 1
	for step < 1<<spillBits && rows*step < mergedRows<<mergeBits {
		step *= 2
	}
	return step
}

// takeParts is the next partitions that nobody has begun to merge; from -1: none.
func (s *shared) takeParts() (from, to int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == 1<<mergeBits {
		return -1, -1
	}
	from = s.next
	s.next += s.step
	return from, s.next
}

// prepare makes the groups ready to be merged, unless its windows give hope that they need not be.
func (h *Hash) prepare() error {
	h.sources = &sources{}
	if len(h.keys) == 0 {
		return h.finishOnly()
	}
	if h.spilled == nil && h.mayForget() && !h.set.Heap {
		h.spans.close(h.groups.table, h.windows.from)
		if h.hopes = h.spans.apart(); h.hopes {
			return nil
		}
	}
	return h.order()
}

// order orders the groups by partition, or moves them to disk where there is no room for that.
func (h *Hash) order() error {
	g := h.groups
	held := int64(g.table.Len()) * 4
	for i := range g.distinct {
		held += int64(g.distinct[i].table.Len()) * 4
	}
	if h.spilled == nil && h.ctx.Memory.TryGrow(held) {
		h.sourcesHeld = held
		h.sources.groups = g.radix()
		for i := range g.distinct {
			h.sources.distinct = append(h.sources.distinct, g.distinctRadix(i))
		}
		return nil
	}
	if h.spilled == nil {
		if err := h.spill(); err != nil {
			return err
		}
	}
	if err := h.finishSpill(); err != nil {
		return err
	}
	h.sources.parts, h.work = h.work, nil
	return nil
}

func (g *groups) radix() radix {
	parts := make([]uint8, g.table.Len())
	for n := range parts {
		parts[n] = uint8(spill.PartitionOf(g.table.Hash(uint32(n)), 0, mergeBits))
	}
	return radixOf(parts)
}

func (g *groups) distinctRadix(i int) radix {
	t := g.distinct[i].table
	all := make([]uint32, t.Len())
	for n := range all {
		all[n] = uint32(n)
	}
	out := vector.NewBuilder(types.IntType.NotNull())
	t.AppendKeys(0, all, out)
	column := out.Finish()
	owners := vector.Values[uint32](&column)
	parts := make([]uint8, len(all))
	for n, owner := range owners[:len(parts)] {
		parts[n] = uint8(spill.PartitionOf(g.table.Hash(owner), 0, mergeBits))
	}
	return radixOf(parts)
}

// radixOf orders numbers by the partition of each.
func radixOf(parts []uint8) radix {
	r := radix{order: make([]uint32, len(parts))}
	var at [1<<mergeBits + 1]int
	for _, p := range parts {
		at[p+1]++
	}
	for i := 1; i < len(at); i++ {
		at[i] += at[i-1]
	}
	r.from = at
	for i, p := range parts {
		r.order[at[p]] = uint32(i)
		at[p]++
	}
	return r
}

// beginMerge starts merging into groups of our own.
func (h *Hash) beginMerge() error {
	own, err := newGroups(h.keys, h.set, h.ctx.Memory, 0)
	if err != nil {
		return err
	}
	own.overflow = h.overflowOnly
	h.groups = own
	h.begin(false)
	if len(h.keys) == 0 {
		return h.mergeOnly()
	}
	return nil
}

// mergeOnly merges the only groups of all subtasks.
func (h *Hash) mergeOnly() error {
	for _, m := range h.shared.members {
		from := m.brought
		if err := h.set.Merge(h.groups.states([]uint32{0}), from.states([]uint32{0})); err != nil {
			return err
		}
		for i := range from.distinct {
			err := eachChunk(from.distinct[i].table.Len(), func(entries []uint32) error {
				b, _ := from.distinctRows(i, entries)
				_, err := h.groups.mergeDistinct(i, b)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return h.finishOnly()
}

// nextShare merges the next partitions of all tables, if there are any.
func (h *Hash) nextShare() (bool, error) {
	if h.shared == nil || len(h.keys) == 0 {
		return false, nil
	}
	if h.shared.apart != nil {
		return h.nextWindow()
	}
	from, to := h.shared.takeParts()
	if from < 0 {
		return false, nil
	}
	return true, h.mergeAlone(func() error { return h.mergeShare(from, to) })
}

func (h *Hash) mergeShare(from, to int) error {
	if err := h.expectShare(from, to); err != nil {
		return err
	}
	for _, m := range h.shared.members {
		src := m.sources
		if src.parts != nil {
			if err := h.merge(src.parts[from/perPart]); err != nil {
				return err
			}
			continue
		}
		if err := h.mergeTable(m.brought, src, from, to); err != nil {
			return err
		}
	}
	return nil
}

// expectShare sizes the table once for all that comes.
func (h *Hash) expectShare(from, to int) error {
	rows := 0
	for _, m := range h.shared.members {
		if m.sources.parts == nil {
			rows += len(m.sources.groups.of(from, to))
		}
	}
	return h.groups.table.Expect(rows)
}

// mergeTable folds some partitions of a table in memory.
func (h *Hash) mergeTable(table *groups, src *sources, from, to int) error {
	err := chunks(src.groups.of(from, to), func(rows []uint32) error {
		return h.retry(func() (bool, error) { return h.groups.absorb(table, rows) })
	})
	for i := range src.distinct {
		if err != nil {
			return err
		}
		err = chunks(src.distinct[i].of(from, to), func(entries []uint32) error {
			b, _ := table.distinctRows(i, entries)
			return h.retry(func() (bool, error) { return h.groups.mergeDistinct(i, b) })
		})
	}
	return err
}

// retry folds something into the groups, spilling them where it does not fit.
func (h *Hash) retry(fold func() (bool, error)) error {
	return h.foldOrSpill(nil, 0, func(*stream.Batch) (bool, error) { return fold() })
}

func chunks(rows []uint32, f func([]uint32) error) error {
	for len(rows) > 0 {
		n := min(len(rows), stream.BatchRows)
		if err := f(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// absorb folds groups of another table in.
func (g *groups) absorb(from *groups, rows []uint32) (bool, error) {
	if cap(g.index) < len(rows) {
		g.index = make([]uint32, max(len(rows), stream.BatchRows))
	}
	g.index = g.index[:len(rows)]
	before := g.table.Len()
	ok, err := g.table.Absorb(from.table, rows, g.index)
	g.init(before)
	if !ok || err != nil {
		return ok, err
	}
	if err := g.set.Merge(g.states(g.index), from.states(rows)); err != nil {
		return false, err
	}
	g.settle()
	return true, nil
}

// leave closes what nobody will read any more: our own groups, and the tables of
// all when the last has left, or when nobody is going to merge them.
func (s *shared) leave(h *Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left++
	s.broken = s.broken || !h.arrived
	var err error
	if h.groups != h.brought {
		err = h.groups.close()
	}
	h.gone = true
	if s.left < s.expected && !s.broken {
		return err
	}
	for _, m := range s.members {
		if e := m.closeBrought(); err == nil {
			err = e
		}
	}
	return err
}

// closeBrought closes the tables of a subtask that has left.
func (h *Hash) closeBrought() error {
	if !h.gone || h.brought == nil {
		return nil
	}
	h.ctx.Memory.Shrink(h.sourcesHeld)
	err := h.brought.close()
	h.brought, h.sources = nil, nil
	if e := h.closeSpill(); err == nil {
		err = e
	}
	return err
}
