package order

import (
	"encoding/binary"
	"fmt"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// TemporalSort orders rows that only come by a time attribute, then by further
// keys: they wait in state, in order, until the watermark has passed their time.
// It is one subtask. A row whose time has been emitted already is late and dropped.
//
//	state: (time, further keys, number) → row
type TemporalSort struct {
	spec  *physical.TemporalSort
	codec *rowcodec.RowCodec
	order rowcodec.KeyEncoder
	late  *metric.Counter
	nulls *metric.Counter

	rows    keyed.MapState
	one     keyed.Keys // the one key there is
	last    int64      // the time emitted last
	arrived int64      // rows that have come: they tell apart those that are equal in order

	milli   int64 // ticks of the time column
	cols    []vector.Vector
	times   []int64
	sel     []uint32
	owner   []uint32
	further keyed.Rows
	subs    keyed.Rows
	encoded keyed.Rows

	mark   stream.Watermark
	firing bool
	found  keyed.Entries
	which  []uint32
	built  []*vector.Builder
	out    stream.Batch
}

// NewTemporalSort makes the operator of a plan node.
func NewTemporalSort(spec *physical.TemporalSort) *TemporalSort { return &TemporalSort{spec: spec} }

// Open declares the state.
func (s *TemporalSort) Open(ctx *operator.Context) (err error) {
	ts := ctx.Inputs[0].Types()
	s.codec = rowcodec.NewRowCodec(ts)
	s.order.Orders = orders(s.spec.Keys[1:])
	s.milli = ts[s.spec.Keys[0].Col].TimeUnit() / 1000
	for _, t := range ts {
		s.built = append(s.built, vector.NewBuilder(t))
	}
	s.late, s.nulls = ctx.Metric.Counter("numLateRecordsDropped"), ctx.Metric.Counter("numNullRowTimeRecordsDropped")
	var g keyed.Grouper
	keys, _ := g.Group(nil, 1, nil)
	s.one.Append(keys.Hash[0], keys.At(0))
	if s.rows, err = ctx.Store.Map("rows"); err != nil {
		return err
	}
	return s.restore(ctx.Restored)
}

// Process keeps the rows of a batch.
func (s *TemporalSort) Process(_ int, b *stream.Batch, _ operator.Output) error {
	s.choose(b)
	if len(s.sel) == 0 {
		return nil
	}
	s.cols = sortColumns(s.cols, b.Cols, s.spec.Keys[1:])
	s.further.Reset()
	if len(s.cols) > 0 {
		s.order.EncodeSubs(s.cols, b.Rows, s.sel, &s.further)
	}
	s.subs.Reset()
	s.owner = s.owner[:0]
	for i, r := range s.sel {
		s.subs.Bytes = binary.BigEndian.AppendUint64(s.subs.Bytes, uint64(s.times[r])^1<<63)
		if len(s.cols) > 0 {
			s.subs.Bytes = append(s.subs.Bytes, s.further.At(i)...)
		}
		s.subs.Bytes = binary.BigEndian.AppendUint64(s.subs.Bytes, uint64(s.arrived))
		s.subs.Close(true)
		s.owner = append(s.owner, 0)
		s.arrived++
	}
	s.encoded.Reset()
	s.codec.Encode(b.Cols, b.Rows, s.sel, &s.encoded)
	return s.rows.Put(&s.one, s.owner, &s.subs, &s.encoded)
}

// choose lists the rows that have a time and are not late.
func (s *TemporalSort) choose(b *stream.Batch) {
	flat := b.Cols[s.spec.Keys[0].Col].Flatten()
	s.times = append(s.times[:0], vector.Values[int64](&flat)[:b.Rows]...)
	s.sel = s.sel[:0]
	late, nulls := 0, 0
	for i := range b.Len() {
		r := rowOf(b, i)
		s.times[r] = floorDiv(s.times[r], s.milli)
		switch {
		case !flat.IsValid(int(r)):
			nulls++
		case s.times[r] <= s.last:
			late++
		default:
			s.sel = append(s.sel, r)
		}
	}
	s.late.Add(int64(late))
	s.nulls.Add(int64(nulls))
}

// Watermark emits the rows that it has passed.
func (s *TemporalSort) Watermark(w stream.Watermark, out operator.Output) (stream.Watermark, error) {
	s.mark, s.firing = w, true
	_, err := s.Resume(out)
	return w, err
}

// Resume emits some of the rows that are due.
func (s *TemporalSort) Resume(out operator.Output) (bool, error) {
	for s.firing {
		if out.Full() {
			return true, nil
		}
		if err := s.scan(); err != nil {
			return false, err
		}
		if len(s.which) == 0 {
			s.firing = false
			break
		}
		if err := s.emit(out); err != nil {
			return false, err
		}
	}
	return false, nil
}

// scan finds the first rows that are due: few at first, for mostly there are no more.
func (s *TemporalSort) scan() error {
	s.found.Reset()
	s.which = s.which[:0]
	var c keyed.Cursor
	for more, size := true, 64; more && s.found.Rows.N() < stream.BatchRows; size *= 4 {
		var err error
		if more, err = s.rows.ScanKeys(&s.one, nil, false, 0, &c, &s.found, size); err != nil {
			return err
		}
		for i := len(s.which); i < s.found.Rows.N(); i++ {
			if timeOfPlace(s.found.Subs.At(i)) > s.mark {
				return nil
			}
			s.which = append(s.which, uint32(i))
		}
	}
	return nil
}

// emit emits the rows found and forgets them.
func (s *TemporalSort) emit(out operator.Output) error {
	for _, b := range s.built {
		b.Reset()
	}
	if err := s.codec.Decode(&s.found.Rows, s.which, s.built); err != nil {
		return err
	}
	s.out = stream.Batch{Rows: len(s.which), Cols: s.out.Cols[:0]}
	for _, b := range s.built {
		s.out.Cols = append(s.out.Cols, b.Finish())
	}
	s.owner = s.owner[:0]
	s.subs.Reset()
	s.encoded.Reset()
	for _, i := range s.which {
		s.owner = append(s.owner, 0)
		s.subs.Append(s.found.Subs.At(int(i)))
		s.encoded.AppendAbsent()
	}
	s.last = timeOfPlace(s.subs.At(len(s.which) - 1))
	if err := s.rows.Put(&s.one, s.owner, &s.subs, &s.encoded); err != nil {
		return err
	}
	return out.Emit(&s.out)
}

// Snapshot keeps what has been emitted and how many rows have come:
//
//	part = time (8) | rows (8)
func (s *TemporalSort) Snapshot(int64) ([][]byte, error) {
	part := binary.LittleEndian.AppendUint64(nil, uint64(s.last))
	return [][]byte{binary.LittleEndian.AppendUint64(part, uint64(s.arrived))}, nil
}

// Redistribution gives the one subtask its part back.
func (s *TemporalSort) Redistribution() operator.Redistribution { return operator.Union }

func (s *TemporalSort) restore(parts [][]byte) error {
	s.last = stream.MinWatermark
	for _, part := range parts {
		if len(part) != 16 {
			return fmt.Errorf("restore temporal sort: %d bytes instead of 16", len(part))
		}
		s.last = max(s.last, int64(binary.LittleEndian.Uint64(part)))
		s.arrived = max(s.arrived, int64(binary.LittleEndian.Uint64(part[8:])))
	}
	return nil
}

// EndInput has nothing to add: the last watermark has emitted what was left.
func (s *TemporalSort) EndInput(int, operator.Output) error { return nil }

// Close has nothing of its own to give back.
func (s *TemporalSort) Close() error { return nil }

var (
	_ operator.Resumer     = (*TemporalSort)(nil)
	_ operator.Snapshotter = (*TemporalSort)(nil)
)
