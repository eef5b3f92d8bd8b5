package window

import (
	"encoding/binary"
	"math"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/state/keyed"
)

// sessions groups by key and by runs of rows that lie no more than the gap
// apart. A row begins as a session of its own, [time, time + gap), and merges
// with those of its key that it overlaps or touches, states included: a late row
// may bridge two of them. State is, below each key, session start → (rows, end,
// states), and a timer at each end a session has had; one that has moved on is ignored.
type sessions struct {
	a    *Aggregate
	rows *aggregate.Rows
	open keyed.MapState   // by key: start → row
	due  keyed.TimedState // timers: (end, key)

	runs  []run
	head  []int32  // by key: its first run; -1: none
	group []uint32 // by row: its run, then the run that run has become part of
	found keyed.Entries
	moved keyed.Rows

	timers []int64      // those that may be due, ascending
	kept   *sessionRows // the rows themselves; nil: only states are kept
}

// run is a session of a key of the batch: row i of the states is that of run i.
type run struct {
	key        uint32
	start, end int64
	stored     int64 // the start it was loaded with; absent: never stored
	into       int32 // the run it has become part of; its own number: none
	next       int32 // of its key; -1: none
	changed    bool
}

const absent = math.MinInt64

// Words of a row's head.
const (
	sessionCount = iota
	sessionEnd
)

func newSessions(a *Aggregate) (*sessions, error) {
	if a.spec.Attached {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "an aggregation over the windows of a SESSION aggregation is not supported").
			WithHint("group by window_start and window_end as plain columns")
	}
	if len(a.set.Distincts()) > 0 {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "DISTINCT aggregates, and MIN and MAX over updated rows, are not supported in SESSION windows").
			WithHint("use TUMBLE, HOP or CUMULATE")
	}
	s := &sessions{a: a, rows: aggregate.NewRows(a.set, 16)}
	var err error
	if s.open, err = a.ctx.Store.Map("sessions"); err != nil {
		return nil, err
	}
	if s.due, err = a.ctx.Store.Timed("due", 0); err != nil || !a.spec.KeepRows {
		return s, err
	}
	s.kept, err = newSessionRows(s)
	return s, err
}

// process folds the rows of a batch.
func (s *sessions) process(b *stream.Batch) error {
	in := acc.Input{Rows: b.Rows, Sel: s.a.readTimes(b)}
	if in.Sel != nil && len(in.Sel) == 0 {
		return nil
	}
	if s.a.spec.Retracts {
		in.Kinds = b.Kinds
	}
	for r, t := range s.a.times {
		s.a.times[r] = s.a.w.local(t)
	}
	keys, index := s.a.grouper.Group(s.a.cols, b.Rows, in.Sel)
	if err := s.load(keys); err != nil {
		return err
	}
	in.Sel = s.place(index, in)
	if len(in.Sel) == 0 {
		return nil
	}
	if err := s.merge(); err != nil {
		return err
	}
	if err := s.a.set.Update(s.rows.States(s.group), b.Cols, in); err != nil {
		return err
	}
	if s.kept != nil {
		if err := s.kept.add(keys, index, b, in.Sel); err != nil {
			return err
		}
	}
	s.count(in)
	return s.store(keys)
}

// load loads all open sessions of the keys.
func (s *sessions) load(keys *keyed.Keys) error {
	s.runs, s.head = s.runs[:0], s.head[:0]
	for range keys.N() {
		s.head = append(s.head, -1)
	}
	s.rows.Rows.Reset()
	var c keyed.Cursor
	for more := true; more; {
		var err error
		s.found.Reset()
		if more, err = s.open.ScanKeys(keys, nil, false, 0, &c, &s.found, stream.BatchRows); err != nil {
			return err
		}
		for i, key := range s.found.Owner {
			row := s.found.Rows.At(i)
			start := startOf(s.found.Subs.At(i))
			s.rows.Rows.Append(row)
			s.add(run{key: key, start: start, stored: start, end: int64(binary.LittleEndian.Uint64(row[8*sessionEnd:]))})
		}
	}
	return nil
}

func (s *sessions) add(r run) int32 {
	n := int32(len(s.runs))
	r.into, r.next = n, s.head[r.key]
	s.runs = append(s.runs, r)
	s.head[r.key] = n
	return n
}

// place finds or makes the run of each row, and returns the rows that are not
// late: whose run, as merged, is still to be fired.
func (s *sessions) place(index []uint32, in acc.Input) []uint32 {
	if cap(s.group) < in.Rows {
		s.group = make([]uint32, max(in.Rows, stream.BatchRows))
	}
	s.group = s.group[:in.Rows]
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	kept := s.a.sel[:0]
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		run := s.join(index[r], s.a.times[r], s.a.markOf(r))
		if run < 0 {
			continue
		}
		s.group[r] = uint32(run)
		kept = append(kept, r)
	}
	s.a.sel = kept
	s.a.late.Add(int64(n - len(kept)))
	return kept
}

// join puts a row of a key at time t into a run, merging those it touches; -1: it is late by mark.
func (s *sessions) join(key uint32, t int64, mark stream.Watermark) int32 {
	start, end := t, t+s.a.w.Size
	home := int32(-1)
	for at, n := s.head[key], int32(0); at >= 0; at = n {
		r := &s.runs[at]
		n = r.next
		if r.into != at || r.start > end || start > r.end {
			continue
		}
		start, end = min(start, r.start), max(end, r.end)
		if home >= 0 {
			r.into = home
			s.runs[home].start, s.runs[home].end = start, end
			continue
		}
		home = at
		r.start, r.end = start, end
	}
	if home < 0 {
		if s.a.w.fired(end, mark) {
			return -1
		}
		home = s.add(run{key: key, start: start, end: end, stored: absent})
		s.rows.Rows.AppendAbsent()
	}
	s.runs[home].changed = true
	return home
}

// root is the run that a run has become part of.
func (s *sessions) root(n uint32) uint32 {
	for s.runs[n].into != int32(n) {
		n = uint32(s.runs[n].into)
	}
	return n
}

// merge folds the states of runs into those they have become part of. States are
// those loaded: the rows of the batch come after.
func (s *sessions) merge() error {
	if err := s.rows.Loaded(); err != nil {
		return err
	}
	var from, to []uint32
	for n := range uint32(len(s.runs)) {
		if root := s.root(n); root != n && s.runs[n].stored != absent {
			from, to = append(from, n), append(to, root)
			*s.rows.Word(root, sessionCount) += *s.rows.Word(n, sessionCount)
		}
	}
	for _, r := range s.a.sel {
		s.group[r] = s.root(s.group[r])
	}
	if len(from) == 0 {
		return nil
	}
	return s.a.set.Merge(s.rows.States(to), s.rows.States(from))
}

func (s *sessions) count(in acc.Input) {
	for _, r := range in.Sel {
		by := int64(1)
		if in.Kinds != nil && in.Kinds[r].IsRetract() {
			by = -1
		}
		*s.rows.Word(s.group[r], sessionCount) += by
	}
}

// store puts changed runs back, deletes those that moved or are part of others,
// and sets timers.
func (s *sessions) store(keys *keyed.Keys) error {
	if err := s.deleteMoved(keys); err != nil {
		return err
	}
	var which, owner []uint32
	var ends []int64
	var timers keyed.Keys
	var subs, bare keyed.Rows
	for n, r := range s.runs {
		if r.into != int32(n) || !r.changed {
			continue
		}
		*s.rows.Word(uint32(n), sessionEnd) = r.end
		s.rows.Rows.Has[n] = true
		which, owner = append(which, uint32(n)), append(owner, r.key)
		subs.Append(startKey(r.start))
		ends = append(ends, r.end)
		timers.Append(keys.Hash[r.key], keys.At(int(r.key)))
		bare.Append(nil)
	}
	stored := s.rows.Stored(which)
	s.moved.Reset()
	for _, n := range which {
		s.moved.Append(stored.At(int(n)))
	}
	if err := s.open.Put(keys, owner, &subs, &s.moved); err != nil {
		return err
	}
	return s.due.Put(ends, &timers, nil, &bare)
}

// deleteMoved deletes loaded runs from where they were.
func (s *sessions) deleteMoved(keys *keyed.Keys) error {
	var owner []uint32
	var subs, none keyed.Rows
	for n, r := range s.runs {
		if r.stored != absent && (r.into != int32(n) || r.start != r.stored) {
			owner = append(owner, r.key)
			subs.Append(startKey(r.stored))
			none.AppendAbsent()
		}
	}
	if len(owner) == 0 {
		return nil
	}
	return s.open.Put(keys, owner, &subs, &none)
}

// startKey orders as the start does.
func startKey(start int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(start)^1<<63)
}

func startOf(sub []byte) int64 { return int64(binary.BigEndian.Uint64(sub) ^ 1<<63) }

// start lists the timers that a watermark may have passed: no others come while it is fired.
func (s *sessions) start(mark stream.Watermark) (err error) {
	s.timers, err = s.due.Times(math.MinInt64, s.a.w.beyond(mark), s.timers[:0])
	return err
}

// nextDue is the first timer that the watermark being fired has passed.
func (s *sessions) nextDue() (int64, bool) {
	if len(s.timers) == 0 || !s.a.w.fired(s.timers[0], s.a.fire.mark) {
		return 0, false
	}
	return s.timers[0], true
}

// leave forgets the timer that was fired.
func (s *sessions) leave() error {
	end := s.timers[0]
	s.timers = s.timers[1:]
	return s.due.Delete(end)
}

// piece emits sessions that end at the timer being fired, and forgets them.
func (s *sessions) piece(out operator.Output) (bool, error) {
	f := &s.a.fire
	f.found.Reset()
	f.found.Rows.Width = 0
	more, err := s.due.Scan(f.end, &f.cursor, &f.found, stream.BatchRows)
	if err != nil || f.found.Keys.N() == 0 {
		return more, err
	}
	keys := &f.found.Keys
	if err := s.load(keys); err != nil {
		return false, err
	}
	if err := s.rows.Loaded(); err != nil {
		return false, err
	}
	var which, owner, shown, starts []uint32
	for n, r := range s.runs {
		if r.end != f.end {
			continue
		}
		which, owner = append(which, uint32(n)), append(owner, r.key)
		if *s.rows.Word(uint32(n), sessionCount) != 0 {
			shown, starts = append(shown, r.key), append(starts, uint32(n))
		}
	}
	if s.kept != nil {
		err = s.kept.emit(keys, which, owner, out)
	} else {
		err = s.emit(keys, shown, starts, out)
	}
	if err != nil {
		return false, err
	}
	return more, s.forget(keys, which, owner)
}

func (s *sessions) emit(keys *keyed.Keys, shown, runs []uint32, out operator.Output) error {
	if len(shown) == 0 {
		return nil
	}
	a := s.a
	a.out.Reset()
	if err := a.decoder.Decode(keys, shown, a.fire.keyCols); err != nil {
		return err
	}
	st := s.rows.States(runs)
	for i := range a.set.Calls {
		if err := a.set.Result(i, st, a.out.Column(len(a.keys)+i)); err != nil {
			return err
		}
	}
	starts := make([]int64, len(runs))
	for i, n := range runs {
		starts[i] = s.runs[n].start
	}
	return a.send(len(runs), starts, out)
}

func (s *sessions) forget(keys *keyed.Keys, which, owner []uint32) error {
	var subs, none keyed.Rows
	for _, n := range which {
		subs.Append(startKey(s.runs[n].start))
		none.AppendAbsent()
	}
	if len(which) == 0 {
		return nil
	}
	return s.open.Put(keys, owner, &subs, &none)
}
