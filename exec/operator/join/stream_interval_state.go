package join

import (
	"encoding/binary"
	"math"
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
//	row                         = length and, in its top bit, whether it has met one (4) | row bytes
type bucketed struct {
	keys     []int
	types    []types.Type
	time     int
	expiry   physical.Expiry
	from, to int64 // a row's time minus that of a row it meets
	lone     bool  // rows that meet none are emitted

	floor   stream.Watermark // what the side has expired by
	width   int64            // of a bucket
	buckets []int64          // those there are, ascending
	leaving []int64          // those that were, and whose lone rows are still to be emitted
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
	none   []vector.Vector // of no rows, but of their layout
	at     []int64         // by row: its time
	build  []*vector.Builder
	marks  marks
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
	rowMet     = 1 << 31 // in a row's head
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
	s.width = max((s.to-s.from)/2, leastWidth)
	if s.expiry.When == physical.Never {
		s.width *= widerForEver
	}
	s.codec = rowcodec.NewRowCodec(s.types)
	s.codec.Prefix = rowHead
	for _, t := range s.types {
		s.build = append(s.build, vector.NewBuilder(t))
		s.none = append(s.none, vector.NewBuilder(t).Finish())
	}
	s.cols = append(s.cols, s.none...)
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

// expire drops the buckets that are gone; of a side whose lone rows are emitted,
// they only leave.
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
	if s.lone {
		s.leaving = append(s.leaving, s.buckets[:n]...)
	}
	to := s.buckets[n-1] + 1
	s.buckets = append(s.buckets[:0], s.buckets[n:]...)
	if s.lone {
		return nil
	}
	if err := s.heads.Drop(to); err != nil {
		return err
	}
	return s.chunks.Drop(to)
}

// keep adds the selected rows of a batch to what there is of their groups; met
// says which have met one, where that counts.
func (s *bucketed) keep(b *stream.Batch, sel []uint32, met []bool, in *placed) error {
	if len(sel) == 0 {
		return nil
	}
	s.byKey.sort(in.keys.N(), in.index, sel)
	s.fresh.Reset()
	s.codec.Encode(b.Cols, b.Rows, s.byKey.sorted, &s.fresh)
	for i, r := range s.byKey.sorted {
		row := s.fresh.At(i)
		head := uint32(len(row))
		if s.lone && met[r] {
			head |= rowMet
		}
		binary.LittleEndian.PutUint32(row, head)
	}
	s.have.Reset()
	if err := s.heads.Get(in.at, in.keys, &s.have); err != nil {
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
		s.extend(g, in.at[g], in.keys, from, int(end))
		from = int(end)
	}
	s.note(in.at)
	if s.full.keys.N() > 0 {
		if err := s.chunks.Put(s.full.times, &s.full.keys, nil, &s.full.rows); err != nil {
			return err
		}
	}
	return s.heads.Put(in.at, in.keys, s.which, &s.next)
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
