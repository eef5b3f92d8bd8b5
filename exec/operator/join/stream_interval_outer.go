package join

import (
	"encoding/binary"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/state/keyed"
)

// marks is where the loaded rows lie, so that those that meet one are marked in
// place, and what has been marked is stored.
type marks struct {
	in     []int // by row: its head; ^in: its chunk
	at     []int // by row: where in it
	heads  []uint32
	chunks []uint32
}

func (m *marks) reset() {
	m.in, m.at = m.in[:0], m.at[:0]
	m.heads, m.chunks = m.heads[:0], m.chunks[:0]
}

func (m *marks) add(in, at int) { m.in, m.at = append(m.in, in), append(m.at, at) }

// mark notes that a loaded row has met one.
func (s *bucketed) mark(e uint32) {
	in, at := s.marks.in[e], s.marks.at[e]
	packed, changed := &s.found, &s.marks.heads
	if in < 0 {
		in, packed, changed = ^in, &s.parts, &s.marks.chunks
	}
	row := packed.At(in)[at:]
	head := binary.LittleEndian.Uint32(row)
	if head&rowMet != 0 {
		return
	}
	binary.LittleEndian.PutUint32(row, head|rowMet)
	if n := len(*changed); n == 0 || (*changed)[n-1] != uint32(in) {
		*changed = append(*changed, uint32(in)) // some come twice, and are stored twice
	}
}

// storeMarks stores the heads and chunks in which rows were marked.
func (s *bucketed) storeMarks() error {
	if len(s.marks.heads) > 0 {
		if err := s.heads.Put(s.looks.times, &s.looks.keys, s.marks.heads, &s.found); err != nil {
			return err
		}
	}
	if len(s.marks.chunks) > 0 {
		if err := s.chunks.Put(s.sealed.times, &s.sealed.keys, s.marks.chunks, &s.parts); err != nil {
			return err
		}
	}
	s.marks.reset()
	return nil
}

// padArrivals emits, padded, the rows of the batch that have met none and are not
// kept: without a key, without a time, or too late.
func (j *Interval) padArrivals() {
	j.padded = true
	p := &j.probe
	own := &j.sides[p.input]
	dead := own.dead()
	k := 0
	for _, r := range p.entire {
		if k < len(p.order) && p.order[k] == r {
			k++
			if j.met[r] || j.times[r] > dead {
				continue
			}
		}
		j.emit.add(r, kernel.NoRow, stream.Insert)
	}
}

// leaving is the side whose buckets are being forgotten, and how far that is.
type leaving struct {
	side   *bucketed
	source sources
	cursor keyed.Cursor
	heads  keyed.Entries
	times  []int64
}

// leavingHeads is how many heads of a bucket are looked through at a time.
const leavingHeads = 256

// nextLeaving turns to the next bucket that is to be forgotten.
func (j *Interval) nextLeaving() {
	j.leaving.side, j.leaving.cursor = nil, keyed.Cursor{}
	for i := range j.sides {
		if s := &j.sides[i]; len(s.leaving) > 0 {
			j.leaving.side, j.leaving.source = s, sources{j.sides[1-i].none, s.cols, i == 0}
			return
		}
	}
}

// leave emits the lone rows of the next heads, and forgets the bucket behind the last.
func (j *Interval) leave() error {
	l := &j.leaving
	s := l.side
	at := s.leaving[0]
	j.source = l.source
	l.heads.Reset()
	more, err := s.heads.Scan(at, &l.cursor, &l.heads, leavingHeads)
	if err != nil {
		return err
	}
	if err := s.loadLone(at, l); err != nil {
		return err
	}
	for e := range s.owner {
		j.emit.add(kernel.NoRow, uint32(e), stream.Insert)
	}
	if more {
		return nil
	}
	s.leaving = s.leaving[1:]
	if err := s.heads.Delete(at); err != nil {
		return err
	}
	if err := s.chunks.Delete(at); err != nil {
		return err
	}
	j.nextLeaving()
	return nil
}

// loadLone loads the rows of heads, and of their chunks, that have met none.
func (s *bucketed) loadLone(at int64, l *leaving) error {
	l.times = l.times[:0]
	for range l.heads.Keys.N() {
		l.times = append(l.times, at)
	}
	if err := s.loadChunks(l.times, &l.heads.Keys, &l.heads.Rows); err != nil {
		return err
	}
	s.owner = s.owner[:0]
	s.rows.Reset()
	for i := range s.parts.N() {
		s.takeLone(s.parts.At(i))
	}
	for i := range l.heads.Rows.N() {
		s.takeLone(l.heads.Rows.At(i)[headBytes:])
	}
	if len(s.owner) == 0 {
		return nil
	}
	return s.decode()
}

func (s *bucketed) takeLone(packed []byte) {
	for len(packed) > 0 {
		head := binary.LittleEndian.Uint32(packed)
		n := head &^ rowMet
		if head&rowMet == 0 {
			s.rows.Append(packed[:n])
			s.owner = append(s.owner, 0)
		}
		packed = packed[n:]
	}
}
