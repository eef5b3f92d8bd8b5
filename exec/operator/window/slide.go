package window

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/state/keyed"
)

// A running total makes a sliding window cost what changes, not what it holds:
// when the window that ends at e fires, the slice that ends at e enters the
// total, and after the rows are emitted the slice at its front leaves, and the
// rest becomes the total of the next window.

// enterSlice adds the slice that ends with the window to its total.
func (a *Aggregate) enterSlice() error {
	f := &a.fire
	var c keyed.Cursor
	for more := true; more; {
		var err error
		f.found.Reset()
		f.found.Rows.Width = a.rows.Width()
		if more, err = a.slices.Scan(f.end, &c, &f.found, stream.BatchRows); err != nil {
			return err
		}
		if err := a.addTo(a.totals, f.end, &f.found); err != nil {
			return err
		}
	}
	return nil
}

// addTo merges found rows into those of their keys at another time.
func (a *Aggregate) addTo(state keyed.TimedState, end int64, found *keyed.Entries) error {
	n := found.Keys.N()
	if n == 0 {
		return nil
	}
	f := &a.fire
	if err := a.load(f.aside, &found.Rows); err != nil {
		return err
	}
	a.rows.Rows.Reset()
	if err := state.Get(a.sameTime(end, n), &found.Keys, &a.rows.Rows); err != nil {
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
	return state.Put(a.sameTime(end, n), &found.Keys, nil, a.rows.Stored(nil))
}

func (a *Aggregate) sameTime(end int64, n int) []int64 {
	f := &a.fire
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

// leaveSlice takes the slice at the front of the window out of the emitted
// totals and makes what is left the totals of the next window.
func (a *Aggregate) leaveSlice() error {
	f := &a.fire
	n := f.found.Keys.N()
	front := f.end - a.w.Size + a.w.Slide
	f.aside.Rows.Reset()
	if err := a.slices.Get(a.sameTime(front, n), &f.found.Keys, &f.aside.Rows); err != nil {
		return err
	}
	if err := f.aside.Loaded(); err != nil { // absent rows are empty states: nothing to take out
		return err
	}
	all := f.numbers(n)
	a.set.Subtract(a.rows.States(all), f.aside.States(all))
	var left []uint32
	for _, i := range all {
		*a.rows.Word(i, 0) -= *f.aside.Word(i, 0)
		if *a.rows.Word(i, 0) != 0 {
			left = append(left, i)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return a.totals.Put(a.sameTime(f.end+a.w.Slide, n), &f.found.Keys, left, a.rows.Stored(left))
}

// rollForward merges the fired slice of a cumulating window into its next one.
func (a *Aggregate) rollForward() error {
	f := &a.fire
	if f.end == a.w.lastEnd(f.end) {
		return nil
	}
	return a.addTo(a.slices, f.end+a.w.Slide, &f.found)
}
