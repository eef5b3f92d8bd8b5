package join

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// Interval joins rows whose keys are equal and whose times lie near each other.
// Each side is kept in buckets of time, and a bucket is dropped as a whole when
// no row still to come can meet it: what lives for less than a checkpoint's
// interval is never written.
//
//	batch → (bucket, key) groups → rows of the other side in reach, loaded once a group
//	      → pairs whose times are near → residual → rows
//	      ↘ own rows, behind those of their (bucket, key)
//
// A row that is late by the watermark meets what is kept, and is kept itself
// only if a row to come may meet it. Outer joins mark the rows that have met one,
// and emit the others, padded, when they are forgotten (stream_interval_outer.go).
type Interval struct {
	spec    *physical.IntervalJoin
	ctx     *operator.Context
	sides   [2]bucketed
	cond    *condition
	grouper keyed.Grouper // by bucket and key
	byKey   keyed.Grouper // where rows of the other side are marked: each must be loaded once
	probe   joinProbe
	times   []int64 // by row of the batch
	buckets []int64
	timely  []uint32 // rows that have a time
	fresh   []uint32 // rows to keep
	places  placed   // of the batch's rows
	met     []bool   // by row of the batch: has met one
	padded  bool     // those that have not and will not are emitted
	leaving leaving
	emit    changeWriter
	source  sources
}

// placed is the groups of (bucket, key) that a batch's rows are kept in.
type placed struct {
	at    []int64
	keys  *keyed.Keys
	index []uint32
}

// sources is where the columns of what is emitted come from.
type sources struct {
	own, other []vector.Vector
	otherFirst bool
}

// NewInterval makes the operator of a plan node.
func NewInterval(spec *physical.IntervalJoin) *Interval { return &Interval{spec: spec} }

// Open declares the state of both sides.
func (j *Interval) Open(ctx *operator.Context) (err error) {
	j.ctx = ctx
	k := j.spec.Kind
	switch k {
	case logical.Inner, logical.Left, logical.Right, logical.Full:
	default:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "a %s by intervals of time is not supported", k)
	}
	lt, rt := ctx.Inputs[0].Types(), ctx.Inputs[1].Types()
	all := append(lt[:len(lt):len(lt)], rt...)
	if j.cond, err = newCondition(j.spec.Residual, all, ctx.Env); err != nil {
		return err
	}
	lower, upper := j.spec.Lower, j.spec.Upper
	j.sides[0] = bucketed{keys: j.spec.LeftKeys, types: lt, time: j.spec.LeftTime, expiry: j.spec.LeftExpiry, from: lower, to: upper, lone: k == logical.Left || k == logical.Full}
	j.sides[1] = bucketed{keys: j.spec.RightKeys, types: rt, time: j.spec.RightTime, expiry: j.spec.RightExpiry, from: -upper, to: -lower, lone: k == logical.Right || k == logical.Full}
	for i, name := range []string{"left", "right"} {
		if err := j.sides[i].open(ctx.Store, name); err != nil {
			return err
		}
	}
	j.emit.open(len(all))
	j.probe.scratch = make([]vector.Vector, len(all))
	return j.restore()
}

// Process meets a batch with the other side, and keeps it.
func (j *Interval) Process(input int, b *stream.Batch, out operator.Output) error {
	own, other := &j.sides[input], &j.sides[1-input]
	p := &j.probe
	p.begin(input, b, own.keys)
	j.begin(own, b)
	if len(p.order) > 0 {
		if err := j.meet(own, other, b); err != nil {
			return err
		}
	}
	j.source = sources{b.Cols, other.cols, input == 1}
	_, err := j.Resume(out)
	return err
}

// begin takes the batch's rows that have a key and a time.
func (j *Interval) begin(own *bucketed, b *stream.Batch) {
	p := &j.probe
	if own.lone {
		j.met = append(j.met[:0], make([]bool, b.Rows)...)
		p.entire = p.order
	}
	j.padded = !own.lone
	p.order = j.timed(own, b, p.keyed)
}

// meet groups the batch and loads what its rows may meet.
func (j *Interval) meet(own, other *bucketed, b *stream.Batch) error {
	p := &j.probe
	at, keys, index := j.grouper.GroupTimed(j.buckets, p.cols, b.Rows, p.order)
	j.places = placed{at, keys, index}
	if p.keys, p.index = keys, index; other.lone {
		p.keys, p.index = j.byKey.Group(p.cols, b.Rows, p.order)
	}
	if err := other.load(j.reach(own, other, p.keys.N()), p.keys); err != nil {
		return err
	}
	if len(other.owner) == 0 {
		p.next = len(p.order)
	}
	return nil
}

// timed notes the times of rows and the buckets they belong to; those without a time meet nothing.
func (j *Interval) timed(own *bucketed, b *stream.Batch, sel []uint32) []uint32 {
	flat := b.Cols[own.time].Flatten()
	j.times = vector.Values[int64](&flat)[:b.Rows]
	if valid := flat.RowValid(); valid != nil {
		j.timely = kernel.KeepValid(j.timely[:0], sel, b.Rows, valid)
		sel = j.timely
	}
	j.buckets = slices.Grow(j.buckets[:0], b.Rows)[:b.Rows]
	own.bucketsOf(j.times, j.buckets, sel)
	return sel
}

// reach is the span of times of the other side that each group's rows may meet.
func (j *Interval) reach(own, other *bucketed, groups int) []span {
	spans := slices.Grow(own.spans[:0], groups)[:groups]
	own.spans = spans
	if len(other.buckets) == 0 {
		return nil
	}
	for g := range spans {
		spans[g] = span{math.MaxInt64, math.MinInt64}
	}
	index, times := j.probe.index, j.times
	for _, r := range j.probe.order {
		s := &spans[index[r]]
		s.from, s.to = min(s.from, times[r]), max(s.to, times[r])
	}
	for g := range spans {
		spans[g] = span{spans[g].from - own.to, spans[g].to - own.from}
	}
	return spans
}

// alive are the rows of the batch that a row to come may meet.
func (j *Interval) alive(own *bucketed) []uint32 {
	dead := own.dead()
	sel := j.probe.order
	for i, r := range sel {
		if j.times[r] > dead {
			continue
		}
		j.fresh = append(j.fresh[:0], sel[:i]...)
		for _, r := range sel[i:] {
			if j.times[r] > dead {
				j.fresh = append(j.fresh, r)
			}
		}
		return j.fresh
	}
	return sel
}

// Resume goes on pairing, then keeps the batch, or goes on forgetting.
func (j *Interval) Resume(out operator.Output) (bool, error) {
	p := &j.probe
	for {
		for j.emit.rows() > 0 {
			if out.Full() {
				return true, nil
			}
			if err := j.emit.emit(j.source.own, j.source.other, j.source.otherFirst, out); err != nil {
				return false, err
			}
		}
		var err error
		switch {
		case p.in != nil && p.next < len(p.order):
			err = j.step()
		case p.in != nil && !j.padded:
			j.padArrivals()
		case p.in != nil:
			err = j.keep()
		case j.leaving.side != nil:
			err = j.leave()
		default:
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// keep keeps what may be met of the batch, and the marks of what it has met.
func (j *Interval) keep() error {
	p := &j.probe
	own, other := &j.sides[p.input], &j.sides[1-p.input]
	in := p.in
	p.in = nil
	if len(p.order) == 0 {
		return nil
	}
	if err := own.keep(in, j.alive(own), j.met, &j.places); err != nil {
		return err
	}
	return other.storeMarks()
}

// step finds the pairs of the next rows.
func (j *Interval) step() error {
	p, own, other := &j.probe, &j.sides[j.probe.input], &j.sides[1-j.probe.input]
	j.collect(own, other)
	keep := kernel.Iota(len(p.rows))
	if j.cond != nil && len(p.rows) > 0 {
		p.gather(j.cond, len(j.sides[0].types), other.cols)
		var err error
		if keep, err = j.cond.keep(len(p.rows)); err != nil {
			return err
		}
	}
	for _, k := range keep {
		j.emit.add(p.rows[k], p.entries[k], stream.Insert)
	}
	if own.lone {
		for _, k := range keep {
			j.met[p.rows[k]] = true
		}
	}
	if other.lone {
		for _, k := range keep {
			other.mark(p.entries[k])
		}
	}
	return nil
}

// collect lists the pairs of the next rows whose times are near, about a batch of them.
func (j *Interval) collect(own, other *bucketed) {
	p := &j.probe
	rows, entries := p.rows[:0], p.entries[:0]
	gone := other.gone()
	for p.next < len(p.order) && len(rows) < stream.BatchRows {
		r := p.order[p.next]
		g := p.index[r]
		from, to := other.first[g]+p.entry, other.first[g+1]
		least, most := j.times[r]-own.to, j.times[r]-own.from
		if gone >= least {
			if least = gone + 1; gone == math.MaxInt64 {
				to = from
			}
		}
		at := other.at[:to]
		for ; from < to && len(rows) < stream.BatchRows; from++ {
			if t := at[from]; t >= least && t <= most {
				rows, entries = append(rows, r), append(entries, uint32(from))
			}
		}
		if from < to {
			p.entry = from - other.first[g]
			break
		}
		p.next, p.entry = p.next+1, 0
	}
	p.rows, p.entries = rows, entries
}

// Watermark forgets what it has passed.
func (j *Interval) Watermark(at stream.Watermark, out operator.Output) (stream.Watermark, error) {
	for i := range j.sides {
		s := &j.sides[i]
		now := at
		if s.expiry.When == physical.Promised {
			now = j.ctx.InputFloor(1 - i)
		}
		if err := s.expire(now); err != nil {
			return 0, err
		}
	}
	j.nextLeaving()
	_, err := j.Resume(out)
	return j.heldBack(at), err
}

// heldBack is the time that no row to be emitted lies at or below. A row to come
// may meet one of the other side that is as much older as the interval reaches;
// one that has met none is older still when it is forgotten.
func (j *Interval) heldBack(at stream.Watermark) stream.Watermark {
	if !j.spec.Rowtime {
		return at
	}
	back := shifted(at, -max(-j.spec.Lower, j.spec.Upper))
	for i := range j.sides {
		if s := &j.sides[i]; s.lone {
			back = min(back, shifted(s.gone(), -s.width))
		}
	}
	return back
}

// EndInput has nothing to add.
func (j *Interval) EndInput(int, operator.Output) error { return nil }

// Snapshot keeps the times that the sides have expired by: what a late row
// meets must not change with a restart.
func (j *Interval) Snapshot(int64) ([][]byte, error) {
	var part []byte
	for i := range j.sides {
		part = binary.LittleEndian.AppendUint64(part, uint64(j.sides[i].floor))
	}
	return [][]byte{part}, nil
}

// Redistribution gives every subtask the times of all.
func (j *Interval) Redistribution() operator.Redistribution { return operator.Union }

// restore takes the lowest times of all subtasks.
func (j *Interval) restore() error {
	for n, part := range j.ctx.Restored {
		if len(part) != 16 {
			return fmt.Errorf("join: restore the times of an interval join: %d bytes instead of 16", len(part))
		}
		for i := range j.sides {
			s := &j.sides[i]
			if t := int64(binary.LittleEndian.Uint64(part[8*i:])); n == 0 || t < s.floor {
				s.floor = t
			}
		}
	}
	return nil
}

// Close has nothing of its own to give back.
func (j *Interval) Close() error { return nil }

var (
	_ operator.Resumer     = (*Interval)(nil)
	_ operator.Snapshotter = (*Interval)(nil)
)
