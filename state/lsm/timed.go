package lsm

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// timedState has in below the times of which rows were evicted, each with a filter of its keys.
type timedState struct {
	backend *Backend
	id      uint32
	times   *table.Times
	below   map[int64]*belowTime
	dropped []timeRange // of epochs that are not durable
	live    int
	away    int // rows that went below, whatever became of them there
	refs    []uint64
	due     []int64
	misses  misses

	lastTime  int64 // of the last look into below
	lastBelow *belowTime
	lastValid bool
}

// belowTime is what went below of one time.
type belowTime struct {
	filter
	rows int
}

func (s *timedState) rows() (here, away int) { return s.live, s.away }

// belowAt is the filter of a time; nil: all there is of it is in memory.
func (s *timedState) belowAt(time int64) *belowTime {
	if len(s.below) == 0 {
		return nil
	}
	if !s.lastValid || s.lastTime != time {
		s.lastTime, s.lastBelow, s.lastValid = time, s.below[time], true
	}
	return s.lastBelow
}

func (s *timedState) mayLieBelow(time int64, hash uint64) bool {
	f := s.belowAt(time)
	return f != nil && f.has(hash)
}

// Get implements keyed.TimedState.
func (s *timedState) Get(times []int64, keys *keyed.Keys, into *keyed.Rows) error {
	n := keys.N()
	s.refs = slices.Grow(s.refs[:0], n)[:n]
	s.misses.reset()
	for i := range n {
		s.refs[i] = 0
		if t := s.times.At(times[i]); t != nil {
			s.refs[i] = t.LookUp(keys.Hash[i], keys.At(i))
		}
		if s.refs[i] == 0 && s.mayLieBelow(times[i], keys.Hash[i]) {
			s.misses.add(i)
			s.misses.key = appendTime(appendPrefix(s.misses.key, s.backend.groupOf(keys.Hash[i]), s.id), times[i])
			s.misses.key = append(s.misses.key, keys.At(i)...)
			s.misses.endKey()
		}
	}
	s.backend.pool.Touch(s.refs)
	if err := s.misses.fetch(s.backend); err != nil {
		return err
	}
	m := 0
	for i, ref := range s.refs {
		switch {
		case m < s.misses.n() && s.misses.index[m] == i:
			if s.misses.rows.Has[m] {
				into.Append(s.misses.rows.At(m)[8:])
			} else {
				into.AppendAbsent()
			}
			m++
		case ref == 0:
			into.AppendAbsent()
		default:
			s.times.At(times[i]).Load([]uint64{ref}, into)
		}
	}
	return s.keep(times, keys)
}

// keep takes rows that were read from below into memory, where there is room.
func (s *timedState) keep(times []int64, keys *keyed.Keys) error {
	for m, i := range s.misses.index {
		if !s.misses.rows.Has[m] {
			continue
		}
		if !s.backend.pool.Ensure(4) {
			return nil
		}
		t := s.times.Open(times[i])
		s.live -= t.Len()
		err := t.Upsert(keys.Hash[i], keys.At(i), s.misses.rows.At(m)[8:], 0, 0)
		s.live += t.Len()
		if err != nil && !errors.Is(err, table.ErrFull) {
			return err
		}
	}
	return nil
}

// Put implements keyed.TimedState. Without rows it stores bare places.
func (s *timedState) Put(times []int64, keys *keyed.Keys, which []uint32, rows *keyed.Rows) error {
	n := keys.N()
	if which != nil {
		n = len(which)
	}
	for i := range n {
		k := i
		if which != nil {
			k = int(which[i])
		}
		if err := s.put(times[k], keys, k, rows); err != nil {
			return fullError(err)
		}
	}
	s.backend.refresh()
	return nil
}

func (s *timedState) put(time int64, keys *keyed.Keys, k int, rows *keyed.Rows) error {
	hash, key := keys.Hash[k], keys.At(k)
	if err := s.backend.room(len(key) + rowLen(rows, k)); err != nil {
		return err
	}
	for again := true; ; again = false {
		t := s.times.Open(time)
		s.live -= t.Len()
		err := putRecord(s.backend, t, t.LookUp(hash, key), hash, key, rowOf(rows, k), rows == nil || rows.Has[k], func() bool { return s.mayLieBelow(time, hash) })
		s.live += t.Len()
		if t.Len() == 0 {
			s.times.Drop(time)
		}
		if err == nil || !again || !errors.Is(err, table.ErrFull) {
			return err
		}
		if err := s.backend.indexRoom(func() *table.Table { return s.times.At(time) }, len(key)+rowLen(rows, k)); err != nil {
			return err
		}
	}
}

// Times implements keyed.TimedState.
func (s *timedState) Times(from, to int64, dst []int64) ([]int64, error) {
	s.due = s.times.Between(from, to, s.due[:0])
	for time := range s.below {
		if time >= from && time < to && s.times.At(time) == nil {
			s.due = append(s.due, time)
		}
	}
	slices.Sort(s.due)
	for _, time := range s.due {
		there, err := s.anyRow(time)
		if err != nil {
			return dst, err
		}
		if there {
			dst = append(dst, time)
		}
	}
	return dst, nil
}

func (s *timedState) anyRow(time int64) (bool, error) {
	if t := s.times.At(time); t != nil && t.AnyRow() {
		return true, nil
	}
	if s.belowAt(time) == nil {
		return false, nil
	}
	var e keyed.Entries
	_, err := s.Scan(time, &keyed.Cursor{}, &e, 1)
	return e.Keys.N() > 0, err
}

// Scan implements keyed.TimedState.
func (s *timedState) Scan(time int64, c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	if c == nil {
		c = &keyed.Cursor{}
	}
	t := s.times.At(time)
	if c.Opaque == nil && s.belowAt(time) == nil {
		if t == nil {
			return false, nil
		}
		var more bool
		s.refs, c.Pos, more = t.Scan(c.Pos, s.refs[:0], max)
		t.AppendRows(s.refs, into)
		return more, nil
	}
	return scanTiers(s.backend, t, c, into, max, func(dst []byte, group int) []byte {
		return appendTime(appendPrefix(dst, group, s.id), time)
	})
}

// Drop implements keyed.TimedState.
func (s *timedState) Drop(to int64) error {
	s.due = s.times.Between(math.MinInt64, to, s.due[:0])
	for time := range s.below {
		if time < to && s.times.At(time) == nil {
			s.due = append(s.due, time)
		}
	}
	slices.Sort(s.due)
	stored := false
	for _, time := range s.due {
		stored = s.forget(time) || stored
	}
	if stored {
		s.dropRange(s.due[0], to)
	}
	s.backend.refresh()
	return nil
}

// Delete implements keyed.TimedState.
func (s *timedState) Delete(time int64) error {
	if s.forget(time) {
		s.dropRange(time, time+1)
	}
	s.backend.refresh()
	return nil
}

// forget takes a time out of memory and reports whether Pebble may have some of it.
func (s *timedState) forget(time int64) (stored bool) {
	if f := s.below[time]; f != nil {
		f.release()
		s.away -= f.rows
		delete(s.below, time)
		s.lastValid = false
		stored = true
	}
	if t := s.times.At(time); t != nil {
		stored = stored || t.Born() < s.backend.pool.Epoch()
		s.live -= t.Len()
		s.times.Drop(time)
	}
	return stored
}

// timeRange is times [from, to) deleted in an epoch.
type timeRange struct {
	from, to int64
	epoch    uint32
}

// dropRange has the next flush delete the times [from, to). A range of the same
// epoch that ended before, with nothing in between, is made longer: timers go one by one.
func (s *timedState) dropRange(from, to int64) {
	now := s.backend.pool.Epoch()
	if n := len(s.dropped); n > 0 {
		last := &s.dropped[n-1]
		if last.epoch == now && last.to <= from && s.emptyBetween(last.to, from) {
			last.to = to
			return
		}
	}
	s.dropped = append(s.dropped, timeRange{from: from, to: to, epoch: now})
}

func (s *timedState) emptyBetween(from, to int64) bool {
	for time := range s.below {
		if time >= from && time < to {
			return false
		}
	}
	return !s.times.Any(from, to)
}

func (s *timedState) pendingDrops(dst []drop) []drop {
	groups := s.backend.config.Groups
	for _, d := range s.dropped {
		for g := groups.From; g < groups.To; g++ {
			prefix := appendPrefix(nil, g, s.id)
			dst = append(dst, drop{start: appendTime(slices.Clone(prefix), d.from), end: appendTime(slices.Clone(prefix), d.to), epoch: d.epoch})
		}
	}
	return dst
}

func (s *timedState) settled(durable uint32) {
	s.dropped = slices.DeleteFunc(s.dropped, func(d timeRange) bool { return d.epoch <= durable })
}

func (s *timedState) release() {
	for _, f := range s.below {
		f.release()
	}
}

func (s *timedState) flushRecord(r *table.Record, into *flush) error {
	if !into.dirty(r.Epoch) {
		return nil
	}
	into.key = appendTime(appendPrefix(into.key[:0], s.backend.groupOf(r.Hash), s.id), r.Time)
	into.key = append(into.key, r.Key...)
	var hash [8]byte
	binary.LittleEndian.PutUint64(hash[:], r.Hash)
	return into.add(r.Flags&table.Gone != 0, hash[:], r.Row)
}

func (s *timedState) evict(r table.Live, durable uint32) {
	if r.Epoch > durable {
		return
	}
	time := s.backend.pool.TimeOf(r.Ref)
	if r.Flags&table.Gone == 0 {
		s.addBelow(time, s.backend.pool.Hash(r.Ref))
		s.backend.evictedRows.Add(1)
	}
	t := s.times.At(time)
	t.Remove(r.Ref)
	s.live--
	if t.Len() == 0 {
		s.times.Drop(time)
	}
}

func (s *timedState) addBelow(time int64, hash uint64) {
	f := s.below[time]
	if f == nil {
		f = &belowTime{filter: filter{grant: s.backend.config.Memory}}
		s.below[time] = f
		s.lastValid = false
	}
	if f.add(hash) {
		f.rows++
		s.away++
	}
}

func (s *timedState) restored(key, row []byte) {
	s.addBelow(timeAt(key), binary.LittleEndian.Uint64(row))
}
