package order

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/rowcodec"
	"github.com/weir-engine/weir/state/spill"
)

const (
	maxGathered = 1 << 31 // bytes in one set of columns: string offsets have 32 bits
	firstRoom   = 256     // rows beyond twice the limit before the first cut, which says soon what comes too late
)

// sorter takes rows and gives them back in order. What does not fit in memory
// lies in sorted runs on disk. With a limit it forgets rows that cannot be among
// the first limit, and so needs room for about twice as many.
type sorter struct {
	ctx      *operator.Context
	name     string // of the operator, for errors
	types    []types.Type
	keys     []physical.SortKey
	limit    int64 // 0: none
	room     int64 // with a limit: rows beyond twice as many before the next cut
	prefixes *prefixes
	encoder  rowcodec.KeyEncoder

	rooms *memory.Rooms // rows and entries lie here
	other *memory.Rooms // where truncate puts those it keeps
	rows  *stream.Builder
	list  entries
	spare entries
	batch []uint64
	bound uint64                               // with a limit: rows with larger prefixes come too late
	cut   bool                                 // bound holds
	tell  func(t types.Type, last types.Value) // hears of the first key of the last row that counts; may be nil
	last  *types.Value                         // what it heard
	sel   []uint32

	space  *spill.Space
	runs   []*spill.Run
	merger *spill.Merger

	sorted *stream.Batch
	next   int
	index  []uint32
	out    stream.Batch
	taken  int64
}

func newSorter(ctx *operator.Context, name string, ts []types.Type, keys []physical.SortKey, limit int64) *sorter {
	s := &sorter{ctx: ctx, name: name, types: ts, keys: keys, limit: limit, room: firstRoom, prefixes: newPrefixes(keys, ts), rooms: memory.NewRooms(ctx.Memory), other: memory.NewRooms(ctx.Memory)}
	s.begin()
	for _, k := range keys {
		s.encoder.Orders = append(s.encoder.Orders, rowcodec.Order{Desc: k.Desc, NullsLast: !k.NullsFirst})
	}
	return s
}

// begin starts with no rows in rooms that hold none.
func (s *sorter) begin() {
	s.rows = stream.NewBuilderIn(s.types, s.rooms)
	s.list, s.spare = entries{room: s.rooms.New()}, entries{room: s.rooms.New()}
	s.sorted, s.taken = nil, 0
}

// add takes the rows of a batch.
func (s *sorter) add(b *stream.Batch) error {
	n := b.Len()
	s.batch = slices.Grow(s.batch[:0], n)[:n]
	s.prefixes.of(b.Cols, b.Rows, b.Sel, s.batch)
	sel := b.Sel
	if s.cut {
		if sel = s.early(b); len(sel) == 0 {
			return nil
		}
	}
	first := s.rows.Rows()
	s.rows.Append(b, sel)
	s.list.append(s.batch[:s.rows.Rows()-first], first)
	s.spare.expect(s.rows.Rows()) // sorting must not be refused it
	if s.limit > 0 && int64(s.rows.Rows()) >= 2*s.limit+s.room {
		s.room = min(2*s.room, 2*stream.BatchRows)
		if err := s.truncate(); err != nil {
			return err
		}
	}
	return s.account()
}

// early keeps the rows that may be among the first, with their prefixes.
func (s *sorter) early(b *stream.Batch) []uint32 {
	s.sel = s.sel[:0]
	for i, p := range s.batch {
		if p > s.bound {
			continue
		}
		r := uint32(i)
		if b.Sel != nil {
			r = b.Sel[i]
		}
		s.batch[len(s.sel)] = p
		s.sel = append(s.sel, r)
	}
	return s.sel
}

// account spills where memory was refused.
func (s *sorter) account() error {
	if s.fits() {
		return nil
	}
	if s.limit > 0 && int64(s.rows.Rows()) > s.limit {
		if err := s.truncate(); err != nil || s.fits() {
			return err
		}
	}
	return s.spill()
}

func (s *sorter) fits() bool { return !s.rooms.Refused() && s.rows.Size() < maxGathered }

func (s *sorter) tooSmall() error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "%s: its rows do not fit into its memory (%d bytes in use) and there is no disk to put them on", s.name, s.ctx.Memory.InUse()).
		WithHint("give the process more memory, or a directory for temporary files")
}

// spill writes the rows at hand as a sorted run.
func (s *sorter) spill() error {
	if s.space == nil {
		if s.ctx.Spill == nil {
			return s.tooSmall()
		}
		space, err := s.ctx.OpenSpill()
		if err != nil {
			return err
		}
		s.space = space
	}
	w, err := s.space.Writer(s.types)
	if err != nil {
		return err
	}
	if err := s.order(); err != nil {
		w.Abort()
		return err
	}
	for b := s.gather(); b != nil; b = s.gather() {
		if err := w.Write(b); err != nil {
			w.Abort()
			return err
		}
	}
	run, err := w.Close()
	if err != nil {
		return err
	}
	s.runs = append(s.runs, run)
	s.ctx.Metric.Counter("spilledRuns").Add(1)
	return s.forget()
}

// forget drops the rows at hand, and their memory with them.
func (s *sorter) forget() error {
	if err := s.rooms.Reset(); err != nil {
		return err
	}
	s.begin()
	return nil
}

// truncate keeps the first limit rows.
func (s *sorter) truncate() error {
	if err := s.order(); err != nil {
		return err
	}
	sorted := *s
	s.rooms, s.other = s.other, s.rooms
	s.begin()
	for b := sorted.gather(); b != nil; b = sorted.gather() {
		first := s.rows.Rows()
		s.rows.Append(b, nil)
		for i := range b.Rows {
			s.list.append([]uint64{sorted.list.all[first+i].prefix}, first+i)
		}
	}
	s.spare.expect(s.rows.Rows())
	kept := s.list.all
	s.bound, s.cut = kept[len(kept)-1].prefix, int64(len(kept)) == s.limit
	if s.cut && s.prefixes.exact && s.bound > 0 {
		s.bound-- // among equals those that came first are kept
	}
	if s.cut && s.tell != nil {
		s.tellLast()
	}
	return s.other.Reset()
}

// tellLast tells the first key of the last row, of those just kept, where it is a new one.
func (s *sorter) tellLast() {
	col := s.keys[0].Col
	v := s.rows.Column(col).Finish()
	last := v.ValueAt(v.Len - 1)
	if old := s.last; old == nil || old.Null != last.Null || old.I != last.I || old.Hi != last.Hi || !bytes.Equal(old.B, last.B) {
		last.B = bytes.Clone(last.B) // it lies in a room
		s.last = &last
		s.tell(s.types[col], last)
	}
}

// order sorts s.list. It takes seconds for what fits into much memory, and so
// asks on its way whether the task is cancelled.
func (s *sorter) order() error {
	cancelled := func() error { return context.Cause(s.ctx.Ctx) }
	if err := sortPrefixes(&s.list, &s.spare, cancelled); err != nil {
		return err
	}
	s.sorted, s.next, s.taken = s.rows.Finish(), 0, 0
	if s.prefixes.exact {
		return nil
	}
	t := newTies(s.encoder, s.keys, s.sorted, cancelled)
	return eachTie(s.list.all, cancelled, t.order)
}

// gather is the next rows of those that order has sorted; nil: no more.
func (s *sorter) gather() *stream.Batch {
	n := min(stream.BatchRows, len(s.list.all)-s.next)
	if s.limit > 0 {
		n = int(min(int64(n), s.limit-s.taken))
	}
	if n <= 0 {
		return nil
	}
	s.index = s.index[:0]
	for _, e := range s.list.all[s.next : s.next+n] {
		s.index = append(s.index, e.row)
	}
	s.next += n
	s.taken += int64(n)
	if s.out.Cols == nil {
		s.out.Cols = make([]vector.Vector, len(s.types))
	}
	for c := range s.out.Cols {
		kernel.Gather(&s.out.Cols[c], &s.sorted.Cols[c], s.index)
	}
	s.out.Rows = n
	return &s.out
}

// finish sorts what is left and prepares merging.
func (s *sorter) finish() (err error) {
	if len(s.runs) == 0 {
		return s.order()
	}
	if s.rows.Rows() > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	keys := make([]spill.SortKey, len(s.keys))
	for i, k := range s.keys {
		keys[i] = spill.SortKey{Col: k.Col, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	s.merger, err = s.space.Merge(s.runs, keys)
	return err
}

// read is the next batch in order, valid until the next call; nil: no more.
func (s *sorter) read() (*stream.Batch, error) {
	if s.merger == nil {
		return s.gather(), nil
	}
	b, err := s.merger.Next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return b, err
}

func (s *sorter) close() (err error) {
	if s.merger != nil {
		err = s.merger.Close()
		s.merger = nil
	}
	if s.space != nil {
		if e := s.space.Close(); err == nil {
			err = e
		}
		s.space = nil
	}
	s.rows, s.list, s.spare, s.sorted = nil, entries{}, entries{}, nil
	for _, r := range []*memory.Rooms{s.rooms, s.other} {
		if e := r.Close(); err == nil {
			err = e
		}
	}
	return err
}
