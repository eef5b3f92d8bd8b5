package order

import (
	"bytes"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// oneRow keeps one row a key and says what a batch has made of it: once a key,
// and nothing where the row is what it was.
type oneRow struct {
	keys   []int
	before bool // emit -U

	grouper keyed.Grouper
	state   keyed.ValueState
	codec   *rowcodec.RowCodec
	cols    []vector.Vector
	per     perKey
	have    keyed.Rows
	won     keyed.Rows
	winners []uint32 // rows of the batch
	keyOf   []uint32
	next    keyed.Rows
	which   []uint32
	changes *changes
	lives   *operator.Lifetimes // nil: rows live for ever
}

func (o *oneRow) open(ctx *operator.Context, keys []int, before bool, ttl int64) (err error) {
	ts := ctx.Inputs[0].Types()
	o.keys, o.before = keys, before
	o.codec, o.changes = rowcodec.NewRowCodec(ts), newChanges(ts, 0, false)
	if o.state, err = ctx.Store.Value("rows", 0); err != nil {
		return err
	}
	o.lives, err = operator.NewLifetimes(ctx, ttl)
	return err
}

// load loads the rows of the keys that still live.
func (o *oneRow) load(keys *keyed.Keys) error {
	o.have.Reset()
	if err := o.state.Get(keys, &o.have); err != nil {
		return err
	}
	return omitOver(o.lives, keys, &o.have)
}

// omitOver makes absent what was loaded of keys whose time is over.
func omitOver(lives *operator.Lifetimes, keys *keyed.Keys, have *keyed.Rows) error {
	if lives == nil {
		return nil
	}
	over, err := lives.Over(keys)
	for _, k := range over {
		have.Has[k] = false
	}
	return err
}

func (o *oneRow) store(keys *keyed.Keys) error {
	if err := o.state.Put(keys, o.which, &o.next); err != nil || o.lives == nil {
		return err
	}
	return o.lives.Touch(keys, o.which)
}

// sweep deletes the state of keys whose time is over.
func sweep(lives *operator.Lifetimes, state keyed.ValueState, now int64) (next int64, err error) {
	if lives == nil {
		return 0, nil
	}
	return lives.Sweep(now, func(keys *keyed.Keys, gone []uint32) error {
		var none keyed.Rows
		for range keys.N() {
			none.AppendAbsent()
		}
		return state.Put(keys, gone, &none)
	})
}

// gone is the choice of no row.
const gone = ^uint32(0)

// fold takes a batch. choose names, for a key and its rows in order, the row that
// is left of them: one of the batch, or gone; ok is false where the stored row stays.
func (o *oneRow) fold(b *stream.Batch, choose func(key int, rows []uint32) (r uint32, ok bool)) error {
	o.cols = pick(o.cols, b.Cols, o.keys)
	keys, index := o.grouper.Group(o.cols, b.Rows, b.Sel)
	n := keys.N()
	o.per.group(n, index, b)
	if err := o.load(keys); err != nil {
		return err
	}
	o.winners, o.keyOf, o.which = o.winners[:0], o.keyOf[:0], o.which[:0]
	o.next.Reset()
	o.won.Reset()
	for k := range n {
		r, ok := choose(k, o.per.of(k))
		if !ok {
			continue
		}
		o.which = append(o.which, uint32(k))
		if r != gone {
			o.winners = append(o.winners, r)
		}
		o.keyOf = append(o.keyOf, r)
	}
	if len(o.which) == 0 {
		return nil
	}
	if len(o.winners) > 0 {
		o.codec.Encode(b.Cols, b.Rows, o.winners, &o.won)
	}
	o.compare(n)
	return o.store(keys)
}

// compare says what became of each touched key, and leaves the rows to store in o.next.
func (o *oneRow) compare(n int) {
	at, won := 0, 0
	for k := range n {
		if at == len(o.which) || o.which[at] != uint32(k) {
			o.next.AppendAbsent()
			continue
		}
		lost := o.keyOf[at] == gone
		at++
		if lost {
			o.next.AppendAbsent()
			if o.have.Has[k] {
				o.changes.add(o.have.At(k), stream.Delete, 0)
			}
			continue
		}
		row := o.won.At(won)
		won++
		o.next.Append(row)
		switch {
		case !o.have.Has[k]:
			o.changes.add(row, stream.Insert, 0)
		case o.lives != nil || !bytes.Equal(row, o.have.At(k)): // an equal row prolongs the life of what depends on it
			o.changes.update(o.have.At(k), row, o.before, 0)
		}
	}
}

// Deduplicate keeps the first or the last row of each key, by event time or by arrival.
type Deduplicate struct {
	passing
	spec *physical.Deduplicate
	row  oneRow
	was  []*vector.Builder
	old  []int64 // by key: the event time of the stored row
}

// NewDeduplicate makes the operator of a plan node.
func NewDeduplicate(spec *physical.Deduplicate) *Deduplicate { return &Deduplicate{spec: spec} }

// Open declares the state.
func (d *Deduplicate) Open(ctx *operator.Context) error {
	ts := ctx.Inputs[0].Types()
	d.was = make([]*vector.Builder, len(ts))
	if d.spec.Time >= 0 {
		d.was[d.spec.Time] = vector.NewBuilder(ts[d.spec.Time])
	}
	return d.row.open(ctx, d.spec.Keys, d.spec.UpdateBefore, d.spec.StateTTL)
}

// Tick forgets rows whose time is over.
func (d *Deduplicate) Tick(now int64, _ operator.Output) (next int64, err error) {
	return sweep(d.row.lives, d.row.state, now)
}

// Process takes a batch.
func (d *Deduplicate) Process(_ int, b *stream.Batch, out operator.Output) error {
	if d.spec.Time >= 0 {
		return d.byTime(b, out)
	}
	err := d.row.fold(b, func(k int, rows []uint32) (uint32, bool) {
		if !d.spec.KeepLast {
			return rows[0], !d.row.have.Has[k]
		}
		last := rows[len(rows)-1]
		if b.Kind(int(last)).IsRetract() {
			return gone, true
		}
		return last, true
	})
	if err != nil {
		return err
	}
	_, err = d.Resume(out)
	return err
}

// byTime lets the earliest or the latest row win; of equal ones the first to
// come is the first, and the last to come the last.
func (d *Deduplicate) byTime(b *stream.Batch, out operator.Output) error {
	times := timesOf(&b.Cols[d.spec.Time])
	var loaded error
	first := true
	err := d.row.fold(b, func(k int, rows []uint32) (uint32, bool) {
		if first {
			loaded, first = d.loadTimes(), false
		}
		if loaded != nil {
			return 0, false
		}
		best, found, time := uint32(0), false, d.old[k]
		has := d.row.have.Has[k]
		for _, r := range rows {
			later := times[r] >= time
			if !has && !found || later == d.spec.KeepLast {
				best, found, time = r, true, times[r]
			}
		}
		return best, found
	})
	if err == nil {
		err = loaded
	}
	if err != nil {
		return err
	}
	_, err = d.Resume(out)
	return err
}

// loadTimes reads the event times of the stored rows.
func (d *Deduplicate) loadTimes() error {
	var which []uint32
	for k, has := range d.row.have.Has {
		if has {
			which = append(which, uint32(k))
		}
	}
	d.old = append(d.old[:0], make([]int64, d.row.have.N())...)
	if len(which) == 0 {
		return nil
	}
	col := d.was[d.spec.Time]
	col.Reset()
	if err := d.row.codec.Decode(&d.row.have, which, d.was); err != nil {
		return err
	}
	v := col.Finish()
	for i, t := range timesOf(&v) {
		d.old[which[i]] = t
	}
	return nil
}

// timesOf is a time column's values; NULL is earlier than all.
func timesOf(v *vector.Vector) []int64 {
	flat := v.Flatten()
	out := append([]int64(nil), vector.Values[int64](&flat)[:flat.Len]...)
	if flat.Valid != nil {
		for i := range out {
			if !flat.IsValid(i) {
				out[i] = stream.MinWatermark
			}
		}
	}
	return out
}

// Resume emits what is left.
func (d *Deduplicate) Resume(out operator.Output) (bool, error) { return d.row.changes.emit(out) }

// ChangelogNormalize turns an upsert changelog by key into a full one.
type ChangelogNormalize struct {
	passing
	spec *physical.ChangelogNormalize
	row  oneRow
}

// NewChangelogNormalize makes the operator of a plan node.
func NewChangelogNormalize(spec *physical.ChangelogNormalize) *ChangelogNormalize {
	return &ChangelogNormalize{spec: spec}
}

// Open declares the state.
func (c *ChangelogNormalize) Open(ctx *operator.Context) error {
	return c.row.open(ctx, c.spec.Keys, true, c.spec.StateTTL)
}

// Tick forgets rows whose time is over.
func (c *ChangelogNormalize) Tick(now int64, _ operator.Output) (next int64, err error) {
	return sweep(c.row.lives, c.row.state, now)
}

// Process takes a batch.
func (c *ChangelogNormalize) Process(_ int, b *stream.Batch, out operator.Output) error {
	err := c.row.fold(b, func(_ int, rows []uint32) (uint32, bool) {
		last := rows[len(rows)-1]
		if b.Kind(int(last)).IsRetract() {
			return gone, true
		}
		return last, true
	})
	if err != nil {
		return err
	}
	_, err = c.Resume(out)
	return err
}

// Resume emits what is left.
func (c *ChangelogNormalize) Resume(out operator.Output) (bool, error) {
	return c.row.changes.emit(out)
}

var (
	_ operator.Resumer = (*Deduplicate)(nil)
	_ operator.Clocked = (*Deduplicate)(nil)
	_ operator.Resumer = (*ChangelogNormalize)(nil)
	_ operator.Clocked = (*ChangelogNormalize)(nil)
)
