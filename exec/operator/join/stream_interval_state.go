package join

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// bucketed is one side of an Interval join in state: the rows of a key, by
// bucket of time. The newest of them lie in the head; a head that has grown is
// sealed as a chunk beside it and begun anew, so that adding a row moves a few
// kilobytes at most, however many rows the key has.
//
//	head  (bucket, key)         = chunks (4) | row…
//	chunk (bucket, key · n (4)) = row…
//	row                         = length (4) | row bytes
type bucketed struct {
	keys     []int
	types    []types.Type
	time     int
	expiry   physical.Expiry
	from, to int64 // a row's time minus that of a row it meets

	floor   stream.Watermark // what the side has expired by
	width   int64            // of a bucket
	buckets []int64          // those there are, ascending
	heads   keyed.TimedState
	chunks  keyed.TimedState
	codec   *rowcodec.RowCodec

	// As the own side.
	spans []span
	byKey byKey
	fresh keyed.Rows
	have  keyed.Rows
	next  keyed.Rows
	which []uint32
	full  sealed

	// As the other side: the rows that groups may meet.
	looks  lookUps
	found  keyed.Rows
	sealed sealed
	parts  keyed.Rows
	rows   keyed.Rows
	owner  []uint32 // by row: its group
	first  []int    // by group: its first row; one more than groups
	cols   []vector.Vector
	at     []int64 // by row: its time
	build  []*vector.Builder
}

// span is times from and to, both included.
type span struct{ from, to int64 }

// sealed is chunks on their way into state or out of it.
type sealed struct {
	times []int64
	keys  keyed.Keys
	rows  keyed.Rows
	name  []byte
}

// lookUps is where heads are looked for.
type lookUps struct {
	times []int64
	keys  keyed.Keys
	owner []uint32
}

const (
	headBytes  = 4       // in front of a head's rows
	rowHead    = 4       // in front of a row
	headFull   = 2 << 10 // of rows in a head, from which it is sealed
	chunkBytes = 16 << 10

	leastWidth = 100 // milliseconds
	// A side that is kept for ever has few, wide buckets: each costs memory, and
	// the other side looks into the last one or two only.
	widerForEver = 64
)

func (s *bucketed) open(store keyed.Store, name string) (err error) {
	if s.heads, err = store.Timed(name, 0); err != nil {
		return err
	}
	if s.chunks, err = store.Timed(name+"-chunks", 0); err != nil {
		return err
	}
	s.floor = stream.MinWatermark
	s.width = max((s.to-s.from)/4, leastWidth)
	if s.expiry.When == physical.Never {
		s.width *= widerForEver
	}
	s.codec = rowcodec.NewRowCodec(s.types)
	s.codec.Prefix = rowHead
	for _, t := range s.types {
		s.build = append(s.build, vector.NewBuilder(t))
	}
	s.buckets, err = s.heads.Times(math.MinInt64, math.MaxInt64, nil)
	return err
}

// bucketsOf writes the bucket of each selected row, by its time.
func (s *bucketed) bucketsOf(times, into []int64, sel []uint32) {
	width := s.width
	for _, r := range sel {
		t := times[r]
		in := t % width
		if in < 0 {
			in += width
		}
		into[r] = t - in
	}
}

// dead is the time up to which rows will meet no row to come.
func (s *bucketed) dead() int64 {
	if s.expiry.When == physical.Never {
		return math.MinInt64
	}
	return shifted(s.floor, s.expiry.By+s.from)
}

// gone is the time up to which rows are forgotten. Where rows may be late that is
// half an interval later than need be, as with Flink, whose timers leave a key
// alone for that long.
func (s *bucketed) gone() int64 {
	if s.expiry.When != physical.Attributed {
		return s.dead()
	}
	return shifted(s.dead(), -1-(s.to-s.from)/2)
}

// shifted moves a time that may be the first or the last of all.
func shifted(t stream.Watermark, by int64) int64 {
	if t == stream.MinWatermark || t == stream.MaxWatermark {
		return t
	}
	return t + by
}

// expire drops the buckets that are gone.
func (s *bucketed) expire(now stream.Watermark) error {
	s.floor = max(s.floor, now)
	gone := s.gone()
	n := 0
	for n < len(s.buckets) && s.buckets[n] <= gone-s.width+1 && gone > math.MinInt64+s.width {
		n++
	}
	if n == 0 {
		return nil
	}
	to := s.buckets[n-1] + 1
	s.buckets = append(s.buckets[:0], s.buckets[n:]...)
	if err := s.heads.Drop(to); err != nil {
		return err
	}
	return s.chunks.Drop(to)
}

// keep adds the selected rows of a batch to what there is of their groups.
func (s *bucketed) keep(b *stream.Batch, sel []uint32, at []int64, keys *keyed.Keys, index []uint32) error {
	if len(sel) == 0 {
		return nil
	}
	s.byKey.sort(keys.N(), index, sel)
	s.fresh.Reset()
	s.codec.Encode(b.Cols, b.Rows, s.byKey.sorted, &s.fresh)
	for i := range s.fresh.N() {
		row := s.fresh.At(i)
		binary.LittleEndian.PutUint32(row, uint32(len(row)))
	}
	s.have.Reset()
	if err := s.heads.Get(at, keys, &s.have); err != nil {
		return err
	}
	s.next.Reset()
	s.which = s.which[:0]
	s.full.reset()
	from := 0
	for g, end := range s.byKey.ends {
		if from == int(end) { // all of them are late
			s.next.AppendAbsent()
			continue
		}
		s.which = append(s.which, uint32(g))
		s.extend(g, at[g], keys, from, int(end))
		from = int(end)
	}
	s.note(at)
	if s.full.keys.N() > 0 {
		if err := s.chunks.Put(s.full.times, &s.full.keys, nil, &s.full.rows); err != nil {
			return err
		}
	}
	return s.heads.Put(at, keys, s.which, &s.next)
}

// extend puts fresh rows behind those of group g's head, and what is full aside.
func (s *bucketed) extend(g int, at int64, keys *keyed.Keys, from, to int) {
	head := s.have.At(g)
	chunks := uint32(0)
	if len(head) > 0 {
		chunks, head = binary.LittleEndian.Uint32(head), head[headBytes:]
	}
	for ; len(head)+int(s.fresh.Off[to]-s.fresh.Off[from]) >= headFull && from < to; chunks++ {
		s.full.rows.Bytes = append(s.full.rows.Bytes, head...)
		room := chunkBytes - len(head)
		head = nil
		for from < to && room > 0 {
			row := s.fresh.At(from)
			s.full.rows.Bytes = append(s.full.rows.Bytes, row...)
			room -= len(row)
			from++
		}
		s.full.rows.Close(true)
		s.full.place(at, keys, g, chunks)
	}
	s.next.Bytes = binary.LittleEndian.AppendUint32(s.next.Bytes, chunks)
	s.next.Bytes = append(s.next.Bytes, head...)
	s.next.Bytes = append(s.next.Bytes, s.fresh.Bytes[s.fresh.Off[from]:s.fresh.Off[to]]...)
	s.next.Close(true)
}

// note adds the buckets of groups to those there are.
func (s *bucketed) note(at []int64) {
	for i, g := range s.which {
		if i > 0 && at[g] == at[s.which[i-1]] {
			continue
		}
		if k, found := slices.BinarySearch(s.buckets, at[g]); !found {
			s.buckets = slices.Insert(s.buckets, k, at[g])
		}
	}
}

// load loads the rows in the buckets that the groups' spans touch; no spans: none.
func (s *bucketed) load(spans []span, keys *keyed.Keys) error {
	s.owner = s.owner[:0]
	s.looks.reset()
	gone := s.gone()
	for g, reach := range spans {
		k, _ := slices.BinarySearch(s.buckets, max(reach.from, gone)-s.width+1)
		for ; k < len(s.buckets) && s.buckets[k] <= reach.to; k++ {
			s.looks.add(s.buckets[k], keys.Hash[g], keys.At(g), uint32(g))
		}
	}
	if s.looks.keys.N() == 0 {
		return nil
	}
	s.found.Reset()
	if err := s.heads.Get(s.looks.times, &s.looks.keys, &s.found); err != nil {
		return err
	}
	if err := s.loadChunks(); err != nil {
		return err
	}
	if err := s.unpack(len(spans)); err != nil || len(s.owner) == 0 {
		return err
	}
	return s.decode()
}

// loadChunks loads the chunks of the heads that were found.
func (s *bucketed) loadChunks() error {
	s.sealed.reset()
	for i := range s.found.N() {
		if !s.found.Has[i] {
			continue
		}
		for n := range binary.LittleEndian.Uint32(s.found.At(i)) {
			s.sealed.place(s.looks.times[i], &s.looks.keys, i, n)
		}
	}
	s.parts.Reset()
	if s.sealed.keys.N() == 0 {
		return nil
	}
	return s.chunks.Get(s.sealed.times, &s.sealed.keys, &s.parts)
}

// unpack lists the rows of what was found, by group.
func (s *bucketed) unpack(groups int) error {
	s.rows.Reset()
	s.first = s.first[:0]
	part := 0
	for i, g := range s.looks.owner {
		for len(s.first) <= int(g) {
			s.first = append(s.first, len(s.owner))
		}
		if !s.found.Has[i] {
			continue
		}
		head := s.found.At(i)
		for range binary.LittleEndian.Uint32(head) {
			if !s.parts.Has[part] {
				return fmt.Errorf("join: a chunk of the rows at %d is not in state", s.looks.times[i])
			}
			s.take(s.parts.At(part), g)
			part++
		}
		s.take(head[headBytes:], g)
	}
	for len(s.first) <= groups {
		s.first = append(s.first, len(s.owner))
	}
	return nil
}

// take adds rows that lie back to back.
func (s *bucketed) take(packed []byte, group uint32) {
	for len(packed) > 0 {
		n := binary.LittleEndian.Uint32(packed)
		s.rows.Append(packed[:n])
		s.owner = append(s.owner, group)
		packed = packed[n:]
	}
}

// decode makes columns of the rows.
func (s *bucketed) decode() error {
	for _, b := range s.build {
		b.Reset()
	}
	if err := s.codec.Decode(&s.rows, nil, s.build); err != nil {
		return err
	}
	s.cols = s.cols[:0]
	for _, b := range s.build {
		s.cols = append(s.cols, b.Finish())
	}
	flat := s.cols[s.time].Flatten()
	s.at = vector.Values[int64](&flat)
	return nil
}

func (l *lookUps) reset() {
	l.times, l.owner = l.times[:0], l.owner[:0]
	l.keys.Reset()
}

func (l *lookUps) add(time int64, hash uint64, key []byte, owner uint32) {
	l.times, l.owner = append(l.times, time), append(l.owner, owner)
	l.keys.Append(hash, key)
}

func (c *sealed) reset() {
	c.times = c.times[:0]
	c.keys.Reset()
	c.rows.Reset()
}

// place adds the place of chunk n of a key. It lies in the key's group: the top
// bits of the hash say so. The others must differ from chunk to chunk.
func (c *sealed) place(time int64, keys *keyed.Keys, k int, n uint32) {
	hash := keys.Hash[k]
	hi, lo := bits.Mul64(hash^0xa0761d6478bd642f, uint64(n)*2+0x9e3779b97f4a7c15)
	c.name = append(c.name[:0], keys.At(k)...)
	c.name = binary.BigEndian.AppendUint32(c.name, n)
	c.times = append(c.times, time)
	c.keys.Append(hash&(0xffff<<48)|(hi^lo)>>16, c.name)
}
