package order

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// overFire is how far the work of a watermark has come: partitions that are due are
// taken some at a time, and of these as many as make a block.
type overFire struct {
	mark   stream.Watermark
	times  []int64 // at which partitions are due, ascending
	cursor keyed.Cursor
	found  keyed.Entries

	keys  keyed.Keys // those at hand; o.heads are their marks
	valid keyed.Keys
	at    int // the first that is not done
	rest  []uint32
	rows  keyed.Entries
}

// overKeys is how many partitions are taken at a time.
const overKeys = 1024

// Watermark computes the rows that it has passed.
func (o *StreamOver) Watermark(w stream.Watermark, out operator.Output) (stream.Watermark, error) {
	if o.spec.Proctime {
		return w, nil
	}
	if err := o.start(w); err != nil {
		return 0, err
	}
	_, err := o.Resume(out)
	return w, err
}

func (o *StreamOver) start(w stream.Watermark) (err error) {
	o.Pass(w)
	o.fire.mark = w
	o.fire.times, err = o.due.Times(stream.MinWatermark, min(w, stream.MaxWatermark-1)+1, o.fire.times[:0])
	return err
}

// Resume goes on with what is due.
func (o *StreamOver) Resume(out operator.Output) (bool, error) {
	f := &o.fire
	for {
		if more, err := o.block.emit(out); more || err != nil {
			return more, err
		}
		if f.at == f.keys.N() {
			if len(f.times) == 0 {
				return false, nil
			}
			if err := o.takeKeys(); err != nil {
				return false, err
			}
			continue
		}
		if err := o.step(); err != nil {
			return false, err
		}
	}
}

// takeKeys takes the next partitions that are due. One that was looked at
// since, or will be later, has another time in its mark.
func (o *StreamOver) takeKeys() error {
	f := &o.fire
	f.keys.Reset()
	f.at = 0
	o.at = o.at[:0]
	for len(f.times) > 0 && f.keys.N() < overKeys {
		f.found.Reset()
		more, err := o.due.Scan(f.times[0], &f.cursor, &f.found, overKeys)
		if err != nil {
			return err
		}
		for i, hash := range f.found.Keys.Hash {
			f.keys.Append(hash, f.found.Keys.At(i))
			o.at = append(o.at, f.times[0])
		}
		if more {
			continue
		}
		if err := o.due.Delete(f.times[0]); err != nil {
			return err
		}
		f.times, f.cursor = f.times[1:], keyed.Cursor{}
	}
	if err := o.loadMarks(&f.keys); err != nil {
		return err
	}
	f.rest = f.rest[:0]
	n := uint32(0)
	valid := &f.valid
	valid.Reset()
	for k := range f.keys.N() {
		if m := o.heads.all[k]; m.next == o.at[k] {
			valid.Append(f.keys.Hash[k], f.keys.At(k))
			o.heads.all[n] = m
			f.rest = append(f.rest, n)
			n++
		}
	}
	f.keys, f.valid, o.heads.all = f.valid, f.keys, o.heads.all[:n]
	return nil
}

// step makes a block of the next partitions and computes it.
func (o *StreamOver) step() error {
	f, b := &o.fire, &o.block
	f.rows.Reset()
	b.reset()
	var c keyed.Cursor
	for more := true; more && b.parts() == 0; {
		var err error
		if more, err = o.rows.ScanKeys(&f.keys, f.rest[f.at:], false, 0, &c, &f.rows, stream.BatchRows); err != nil {
			return err
		}
		o.cut(more)
	}
	if err := b.decode(&f.rows); err != nil {
		return err
	}
	if err := b.compute(&f.keys, o.heads.all, f.mark); err != nil {
		return err
	}
	if err := o.drop(&f.keys); err != nil {
		return err
	}
	return o.settle()
}

// cut takes into the block all partitions whose rows up to the watermark have been
// scanned; of one that alone is too large, those up to some time.
func (o *StreamOver) cut(more bool) {
	f, b := &o.fire, &o.block
	subs, n, at := &f.rows.Subs, len(f.rows.Owner), 0
	b.reset()
	for _, k := range f.rest[f.at:] {
		m := o.heads.of(k)
		from := at
		fresh, to := -1, -1 // the first row to compute, and the first beyond the watermark
		for ; at < n && f.rows.Owner[at] == k; at++ {
			t := timeOfPlace(subs.At(at))
			if fresh < 0 && t > m.fired {
				fresh = at
			}
			if to < 0 && t > f.mark {
				to, m.next = at, t
			}
		}
		whole := at < n || !more || to >= 0
		if whole && to < 0 {
			to, m.next = at, never
		}
		if !whole {
			if b.parts() > 0 {
				return
			}
			for to = at - 1; to > from && timeOfPlace(subs.At(to)) == timeOfPlace(subs.At(to-1)); to-- {
			}
			if fresh < 0 || to <= fresh {
				return
			}
		}
		if fresh < 0 || fresh > to {
			fresh = to
		}
		for i := from; i < to; i++ {
			b.add(uint32(i), timeOfPlace(subs.At(i)))
		}
		b.part(k, fresh-from, whole)
		if !whole {
			return
		}
	}
}

// drop deletes the rows that no later frame has.
func (o *StreamOver) drop(keys *keyed.Keys) error {
	f, b := &o.fire, &o.block
	o.owner = o.owner[:0]
	o.subs.Reset()
	o.encoded.Reset()
	for i, e := range b.take {
		if b.stored[i] && !b.keeps[i] {
			o.owner = append(o.owner, f.rows.Owner[e])
			o.subs.Append(f.rows.Subs.At(int(e)))
			o.encoded.AppendAbsent()
		}
	}
	if len(o.owner) == 0 {
		return nil
	}
	return o.rows.Put(keys, o.owner, &o.subs, &o.encoded)
}

// settle notes when to look at the block's partitions again, and forgets those of which nothing is left.
func (o *StreamOver) settle() error {
	f, b := &o.fire, &o.block
	var keys keyed.Keys
	var mine []mark
	for p, k := range b.keys {
		m := o.heads.of(k)
		if !b.whole[p] {
			m.next = f.mark // it is at hand still
		} else {
			f.at++
			o.clean(m, b.kept(p))
		}
		m.stored = never
		if !b.whole[p] {
			m.stored = m.next
		}
		keys.Append(f.keys.Hash[k], f.keys.At(int(k)))
		mine = append(mine, *m)
	}
	all := o.heads.all
	o.heads.all = mine
	err := o.storeMarks(&keys)
	o.heads.all = all
	return err
}

// clean sees to it that a partition to which no row comes is forgotten when no frame could have its rows.
func (o *StreamOver) clean(m *mark, kept int) {
	if o.reach() == 0 {
		return
	}
	if kept > 0 {
		m.next = min(m.next, m.fired+o.reach())
		return
	}
	m.gone = m.next == never
}

// arrive computes the rows of a batch as they come: over processing time.
func (o *StreamOver) arrive(in *stream.Batch, out operator.Output) error {
	o.cols = pick(o.cols, in.Cols, o.spec.PartitionBy)
	keys, index := o.grouper.Group(o.cols, in.Rows, in.Sel)
	if err := o.loadMarks(keys); err != nil {
		return err
	}
	o.per.group(keys.N(), index, in)
	f, b := &o.fire, &o.block
	f.rows.Reset()
	b.reset()
	var c keyed.Cursor
	for more := b.keepsRows(); more; {
		var err error
		if more, err = o.rows.ScanKeys(keys, nil, false, 0, &c, &f.rows, stream.BatchRows); err != nil {
			return err
		}
	}
	now := o.ctx.Clock()
	at := 0
	for k := range uint32(keys.N()) {
		m := o.heads.of(k)
		m.fired = max(m.fired, now)
		from := at
		for ; at < len(f.rows.Owner) && f.rows.Owner[at] == k; at++ {
			b.add(uint32(at), timeOfPlace(f.rows.Subs.At(at)))
		}
		for _, r := range o.per.of(int(k)) {
			b.addFresh(r, m.fired)
		}
		b.part(k, at-from, true)
	}
	if err := b.gather(&f.rows, in); err != nil {
		return err
	}
	if err := b.compute(keys, o.heads.all, stream.MinWatermark); err != nil {
		return err
	}
	if err := o.keep(keys, in); err != nil {
		return err
	}
	for p, k := range b.keys {
		m := o.heads.of(k)
		m.next = never
		o.clean(m, b.kept(p))
	}
	if err := o.storeMarks(keys); err != nil {
		return err
	}
	if err := o.arm(); err != nil {
		return err
	}
	_, err := o.Resume(out)
	return err
}

// keep deletes kept rows that no later frame has, and stores those of the batch that one may have.
func (o *StreamOver) keep(keys *keyed.Keys, in *stream.Batch) error {
	b := &o.block
	if !b.keepsRows() {
		return nil
	}
	if err := o.drop(keys); err != nil {
		return err
	}
	o.owner, o.sel = o.owner[:0], o.sel[:0]
	o.subs.Reset()
	for p, k := range b.keys {
		m := o.heads.of(k)
		for i := b.fresh[p]; i < b.from[p+1]; i++ {
			if b.keeps[i] {
				o.sel = append(o.sel, b.take[i])
				o.owner = append(o.owner, k)
				o.subs.Append(placeKey(b.times[i], m.arrived))
				m.arrived++
			}
		}
	}
	if len(o.owner) == 0 {
		return nil
	}
	o.encoded.Reset()
	o.codec.Encode(in.Cols, in.Rows, o.sel, &o.encoded)
	return o.rows.Put(keys, o.owner, &o.subs, &o.encoded)
}

// arm asks for a Tick when kept rows are over.
func (o *StreamOver) arm() error {
	if o.alarm != 0 || o.reach() == 0 {
		return nil
	}
	times, err := o.due.Times(stream.MinWatermark, never, o.fire.times[:0])
	o.fire.times = times[:0]
	if err != nil || len(times) == 0 {
		return err
	}
	o.alarm = times[0]
	o.ctx.Alarm(o.alarm)
	return nil
}

// Tick forgets partitions whose time is over.
func (o *StreamOver) Tick(now int64, out operator.Output) (next int64, err error) {
	if o.alarm != 0 && o.alarm <= now {
		o.alarm = 0
		if err := o.start(now); err != nil {
			return 0, err
		}
		if _, err := o.Resume(out); err != nil {
			return 0, err
		}
		if err := o.arm(); err != nil {
			return 0, err
		}
	}
	if o.lives == nil {
		return o.alarm, nil
	}
	next, err = o.lives.Sweep(now, o.forget)
	if o.alarm != 0 {
		next = min(next, o.alarm)
	}
	return next, err
}

// EndInput has nothing to add: the last watermark has emitted what was left.
func (o *StreamOver) EndInput(int, operator.Output) error { return nil }

// Close has nothing of its own to give back.
func (o *StreamOver) Close() error { return nil }

var (
	_ operator.Resumer     = (*StreamOver)(nil)
	_ operator.Snapshotter = (*StreamOver)(nil)
	_ operator.Clocked     = (*StreamOver)(nil)
)
