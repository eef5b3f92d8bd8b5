package window

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/state/keyed"
)

// A running total makes a sliding window cost what changes, not what it holds.
// There is one total a key, and it moves with the windows: when the window that
// ends at e fires, the slice that ends at e enters the totals; they are emitted;
// then the slice at the front of the window leaves them. So between two windows a
// total holds the slices of the next one that have been passed, and a slide
// changes the keys of two slices alone.
//
// No time is stored with the totals: it is that of the first window that the
// watermark has not fired, which Snapshot keeps.

// enterSlice adds the slice that ends with the window to the totals.
func (a *Aggregate) enterSlice() error {
	return a.eachOf(a.fire.end, func() error { return a.changeTotals(a.set.Merge, 1) })
}

// leaveSlice takes the slice at the front of the window out of the totals.
func (a *Aggregate) leaveSlice() error {
	front := a.fire.end - a.w.Size + a.w.Slide
	subtract := func(s, from acc.States) error {
		a.set.Subtract(s, from)
		return nil
	}
	return a.eachOf(front, func() error { return a.changeTotals(subtract, -1) })
}

// eachOf finds the rows of a slice, a batch at a time.
func (a *Aggregate) eachOf(end int64, do func() error) error {
	f := &a.fire
	var c keyed.Cursor
	for more := true; more; {
		var err error
		f.found.Reset()
		f.found.Rows.Width = a.rows.Width()
		if more, err = a.slices.Scan(end, &c, &f.found, stream.BatchRows); err != nil {
			return err
		}
		a.ahead.drop(&f.found, a.w, f.end)
		if f.found.Keys.N() == 0 {
			continue
		}
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// changeTotals lets the found rows into the totals of their keys or out of them.
// A key without rows has no total.
func (a *Aggregate) changeTotals(change func(s, from acc.States) error, sign int64) error {
	f := &a.fire
	if err := a.load(f.aside, &f.found.Rows); err != nil {
		return err
	}
	a.rows.Rows.Reset()
	if err := a.totals.Get(&f.found.Keys, &a.rows.Rows); err != nil {
		return err
	}
	if err := a.rows.Loaded(); err != nil {
		return err
	}
	all := f.numbers(f.found.Keys.N())
	for _, i := range all {
		n := a.rows.Word(i, 0)
		*n += sign * *f.aside.Word(i, 0)
		a.rows.Rows.Has[i] = *n != 0
	}
	if err := change(a.rows.States(all), f.aside.States(all)); err != nil {
		return err
	}
	return a.totals.Put(&f.found.Keys, nil, a.rows.Stored(nil))
}

// addLateToTotals adds rows whose slice has entered the totals already.
func (a *Aggregate) addLateToTotals(b *stream.Batch, in acc.Input) error {
	if a.mark == stream.MinWatermark && a.ahead.marks == nil {
		return nil
	}
	var late []uint32
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		if a.w.fired(a.times[r], a.markOf(r)) {
			late = append(late, r)
		}
	}
	if len(late) == 0 {
		return nil
	}
	in.Sel = late
	keys, index := a.grouper.Group(a.cols, b.Rows, late)
	a.rows.Rows.Reset()
	if err := a.totals.Get(keys, &a.rows.Rows); err != nil {
		return err
	}
	if err := a.update(index, b, in); err != nil {
		return err
	}
	return a.totals.Put(keys, nil, a.rows.Stored(nil))
}

// rollForward merges the fired slice of a cumulating window into its next one.
func (a *Aggregate) rollForward() error {
	f := &a.fire
	if f.end == a.w.lastEnd(f.end) {
		return nil
	}
	n := f.found.Keys.N()
	if err := a.load(f.aside, &f.found.Rows); err != nil {
		return err
	}
	next := f.sameTime(f.end+a.w.Slide, n)
	a.rows.Rows.Reset()
	if err := a.slices.Get(next, &f.found.Keys, &a.rows.Rows); err != nil {
		return err
	}
	if err := a.rows.Loaded(); err != nil {
		return err
	}
	all := f.numbers(n)
	for _, i := range all {
		*a.rows.Word(i, 0) += *f.aside.Word(i, 0)
		a.rows.Rows.Has[i] = *a.rows.Word(i, 0) != 0
	}
	if err := a.set.Merge(a.rows.States(all), f.aside.States(all)); err != nil {
		return err
	}
	return a.slices.Put(next, &f.found.Keys, nil, a.rows.Stored(nil))
}

func (f *firing) sameTime(end int64, n int) []int64 {
	f.ends = f.ends[:0]
	for range n {
		f.ends = append(f.ends, end)
	}
	return f.ends
}

func (f *firing) numbers(n int) []uint32 {
	f.chunk = f.chunk[:0]
	for i := range uint32(n) {
		f.chunk = append(f.chunk, i)
	}
	return f.chunk
}
