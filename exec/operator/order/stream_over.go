package order

import (
	"encoding/binary"
	"math"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// StreamOver computes functions over windows of rows that only come, ordered by
// a time attribute. Rows wait, by partition and time, for the watermark; then those
// that it has passed are computed together with the rows before them that
// frames reach back to, as a block of the bounded form (over_call.go):
//
//	rows ─▶ state: partition → (time, number) → row ─ watermark ─▶ block = kept rows, due rows ─▶ results of the due ones
//	                                                     └─ what no later frame has is forgotten
//
// Frames that have no begin need no rows but those of LAG, FIRST_VALUE and
// LAST_VALUE: aggregates of what came before are states (stream_over_block.go).
// Over processing time rows are computed as they come.
type StreamOver struct {
	operator.Progress
	spec     *physical.OverAggregate
	ctx      *operator.Context
	types    []types.Type // of the input
	perMilli int64        // ticks of the time column
	block    overBlock
	late     *metric.Counter
	nulls    *metric.Counter

	rows    keyed.MapState   // partition → (time, number) → row
	marks   keyed.ValueState // by partition: the words of a mark
	due     keyed.TimedState // by time and partition: when the partition is to be looked at, once each
	codec   *rowcodec.RowCodec
	grouper keyed.Grouper
	per     perKey
	cols    []vector.Vector
	heads   marks
	times   []int64
	sel     []uint32
	encoded keyed.Rows
	subs    keyed.Rows
	owner   []uint32
	which   []uint32
	at      []int64
	bare    keyed.Rows

	fire  overFire
	alarm int64
	lives *operator.Lifetimes // of partitions; nil: they live for ever
}

// NewStreamOver makes the operator of a plan node.
func NewStreamOver(spec *physical.OverAggregate) *StreamOver { return &StreamOver{spec: spec} }

// Open declares the state.
func (o *StreamOver) Open(ctx *operator.Context) (err error) {
	o.ctx, o.types = ctx, ctx.Inputs[0].Types()
	o.perMilli = o.types[o.time()].TimeUnit() / 1000
	o.codec = rowcodec.NewRowCodec(o.types)
	o.late, o.nulls = ctx.Metric.Counter("numLateRecordsDropped"), ctx.Metric.Counter("numNullRowTimeRecordsDropped")
	if err := checkFrame(o.spec, o.types); err != nil {
		return err
	}
	if o.rows, err = ctx.Store.Map("rows"); err != nil {
		return err
	}
	if o.marks, err = ctx.Store.Value("marks", markWidth); err != nil {
		return err
	}
	if o.due, err = ctx.Store.Timed("due", 0); err != nil {
		return err
	}
	if o.lives, err = operator.NewLifetimes(ctx, o.spec.StateTTL); err != nil {
		return err
	}
	if err := o.block.open(o); err != nil {
		return err
	}
	if err := o.Restore(ctx.Restored); err != nil || !o.spec.Proctime {
		return err
	}
	return o.arm()
}

func (o *StreamOver) time() int { return o.spec.OrderBy[0].Col }

// reach is how far back, in milliseconds, the frames of a RANGE begin; 0: it has no such frames.
func (o *StreamOver) reach() int64 {
	if o.spec.Unit != logical.Range || o.spec.From.Unbounded {
		return 0
	}
	return -o.spec.From.Offset + 1
}

// Process keeps the rows of a batch until their time has come.
func (o *StreamOver) Process(_ int, b *stream.Batch, out operator.Output) error {
	if b.Kinds != nil {
		for i := range b.Len() {
			if r := rowOf(b, i); b.Kinds[r] != stream.Insert {
				return sqlerr.Newf(sqlerr.Internal, "OverAggregate: a row was changed")
			}
		}
	}
	if o.spec.Proctime {
		return o.arrive(b, out)
	}
	sel := o.readTimes(b)
	o.cols = pick(o.cols, b.Cols, o.spec.PartitionBy)
	keys, index := o.grouper.Group(o.cols, b.Rows, sel)
	if err := o.loadMarks(keys); err != nil {
		return err
	}
	if sel = o.dropLate(sel, index); len(sel) == 0 {
		return nil
	}
	o.encoded.Reset()
	o.codec.Encode(b.Cols, b.Rows, sel, &o.encoded)
	o.owner, o.which, o.at = o.owner[:0], o.which[:0], o.at[:0]
	o.subs.Reset()
	for _, r := range sel {
		k, t := index[r], o.times[r]
		m := o.heads.of(k)
		o.owner = append(o.owner, k)
		o.subs.Append(placeKey(t, m.arrived))
		m.arrived++
		m.next = min(m.next, t)
	}
	if err := o.rows.Put(keys, o.owner, &o.subs, &o.encoded); err != nil {
		return err
	}
	return o.storeMarks(keys)
}

func rowOf(b *stream.Batch, i int) uint32 {
	if b.Sel != nil {
		return b.Sel[i]
	}
	return uint32(i)
}

// readTimes writes the milliseconds of the rows to o.times, and lists those that have a time.
func (o *StreamOver) readTimes(b *stream.Batch) []uint32 {
	flat := b.Cols[o.time()].Flatten()
	o.times = append(o.times[:0], vector.Values[int64](&flat)[:b.Rows]...)
	if o.perMilli > 1 {
		for i, t := range o.times {
			o.times[i] = floorDiv(t, o.perMilli)
		}
	}
	o.sel = o.sel[:0]
	for i := range b.Len() {
		if r := rowOf(b, i); flat.IsValid(int(r)) {
			o.sel = append(o.sel, r)
		}
	}
	o.nulls.Add(int64(b.Len() - len(o.sel)))
	return o.sel
}

func floorDiv(t, by int64) int64 {
	q := t / by
	if t%by < 0 {
		q--
	}
	return q
}

// dropLate keeps the rows that are not late. As in Flink, a frame that has a
// begin takes what lies behind the last row computed of its partition, though the
// watermark may be further.
func (o *StreamOver) dropLate(sel, index []uint32) []uint32 {
	mark := o.Mark()
	if !o.spec.From.Unbounded {
		mark = stream.MinWatermark
	}
	kept := sel[:0]
	for _, r := range sel {
		if o.times[r] > max(mark, o.heads.of(index[r]).fired) {
			kept = append(kept, r)
		}
	}
	o.late.Add(int64(len(sel) - len(kept)))
	return kept
}

// loadMarks loads the marks of partitions that still live.
func (o *StreamOver) loadMarks(keys *keyed.Keys) error {
	o.heads.rows.Width = markWidth
	o.heads.rows.Reset()
	if err := o.marks.Get(keys, &o.heads.rows); err != nil {
		return err
	}
	if o.lives != nil {
		over, err := o.lives.Over(keys)
		if err != nil {
			return err
		}
		if err := o.forget(keys, over); err != nil {
			return err
		}
		for _, k := range over {
			o.heads.rows.Has[k] = false
		}
	}
	o.heads.loaded()
	return nil
}

// storeMarks stores the marks that changed, and when to look at their partitions.
func (o *StreamOver) storeMarks(keys *keyed.Keys) error {
	o.which, o.at = o.which[:0], o.at[:0]
	o.bare.Reset()
	for k := range o.heads.all {
		m := &o.heads.all[k]
		o.at = append(o.at, m.next)
		o.bare.Append(nil)
		if m.next != m.stored && m.next != never {
			o.which = append(o.which, uint32(k))
		}
	}
	if len(o.which) > 0 {
		if err := o.due.Put(o.at, keys, o.which, &o.bare); err != nil {
			return err
		}
	}
	if err := o.marks.Put(keys, nil, o.heads.packed()); err != nil {
		return err
	}
	if o.lives == nil {
		return nil
	}
	return o.lives.Touch(keys, nil)
}

// forget deletes all that is kept of partitions.
func (o *StreamOver) forget(keys *keyed.Keys, gone []uint32) error {
	if len(gone) == 0 {
		return nil
	}
	var none keyed.Rows
	for range keys.N() {
		none.AppendAbsent()
	}
	if err := o.rows.Clear(keys, gone); err != nil {
		return err
	}
	if o.block.states != nil {
		if err := o.block.states.Put(keys, gone, &none); err != nil {
			return err
		}
	}
	return o.marks.Put(keys, gone, &none)
}

// mark is what is known of a partition.
type mark struct {
	fired   int64 // the time of the last row computed
	next    int64 // when to look at it; never
	arrived int64 // rows that have come: they number those of one time
	seen    int64 // rows computed
	peers   int64 // distinct times among them
	stored  int64 // next, as it was loaded
	gone    bool
}

const (
	markWidth = 5 * 8
	never     = int64(math.MaxInt64)
)

// marks are those of a list of keys.
type marks struct {
	rows keyed.Rows
	all  []mark
	out  keyed.Rows
}

func (m *marks) of(k uint32) *mark { return &m.all[k] }

func (m *marks) loaded() {
	m.all = m.all[:0]
	for i, has := range m.rows.Has {
		if !has {
			m.all = append(m.all, mark{fired: stream.MinWatermark, next: never, stored: never})
			continue
		}
		row := m.rows.At(i)
		word := func(i int) int64 { return int64(binary.LittleEndian.Uint64(row[8*i:])) }
		m.all = append(m.all, mark{fired: word(0), next: word(1), arrived: word(2), seen: word(3), peers: word(4), stored: word(1)})
	}
}

func (m *marks) packed() *keyed.Rows {
	m.out.Width = markWidth
	m.out.Reset()
	var row [markWidth]byte
	for i := range m.all {
		x := &m.all[i]
		if x.gone || x.arrived == 0 && x.seen == 0 {
			m.out.AppendAbsent()
			continue
		}
		for w, v := range [...]int64{x.fired, x.next, x.arrived, x.seen, x.peers} {
			binary.LittleEndian.PutUint64(row[8*w:], uint64(v))
		}
		m.out.Append(row[:])
	}
	return &m.out
}

// placeKey orders the rows of a partition by time, then as they came.
func placeKey(t, number int64) []byte {
	var sub [16]byte
	binary.BigEndian.PutUint64(sub[:], uint64(t)^1<<63)
	binary.BigEndian.PutUint64(sub[8:], uint64(number))
	return sub[:]
}

func timeOfPlace(sub []byte) int64 { return int64(binary.BigEndian.Uint64(sub) ^ 1<<63) }
