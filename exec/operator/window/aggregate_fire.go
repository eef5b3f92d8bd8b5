package window

import (
	"math"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/state/keyed"
)

// firing is how far firing has come. Windows fire in the order of their ends; one
// call emits batches until the output is full, and the next goes on.
type firing struct {
	active bool
	mark   stream.Watermark // fire the windows it has passed
	end    int64            // of the window being fired
	inside bool             // end is being fired
	next   int64            // no window that ends before this is left

	cursor  keyed.Cursor
	found   keyed.Entries
	group   int     // merging: the next group to emit
	counts  []int64 // merging: rows by group
	chunk   []uint32
	times   []int64
	ends    []int64
	keyCols []*vector.Builder
	decoded []*vector.Builder
	aside   *aggregate.Rows // rows of the slice that enters or leaves
	types   []types.Type
}

func (a *Aggregate) startFiring(mark stream.Watermark) error {
	f := &a.fire
	f.active, f.mark, f.inside = true, mark, false
	f.next = math.MinInt64
	if a.mark != stream.MinWatermark {
		f.next = a.firstUnfired()
	}
	a.mark = mark
	if a.session != nil {
		return a.session.start(mark)
	}
	return nil
}

// firstUnfired is the end of the first window that the watermark so far has not passed.
func (a *Aggregate) firstUnfired() int64 {
	if a.spec.Attached || a.session != nil || a.mark == stream.MaxWatermark {
		return math.MinInt64
	}
	end := a.w.sliceEnd(a.w.local(a.mark))
	for a.w.fired(end, a.mark) {
		end += a.w.step()
	}
	return end
}

// Resume fires until the output is full or all due windows are emitted.
func (a *Aggregate) Resume(out operator.Output) (bool, error) {
	f := &a.fire
	for f.active {
		if out.Full() {
			return true, nil
		}
		if !f.inside {
			due, err := a.nextWindow()
			if err != nil {
				return false, err
			}
			if !due {
				f.active = false
				a.ahead.passed(f.mark)
				return false, nil
			}
			if err := a.enter(); err != nil {
				return false, err
			}
		}
		more, err := a.piece(out)
		if err != nil {
			return false, err
		}
		if !more {
			if err := a.leave(); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// nextWindow finds the next window that has rows, and reports whether the
// watermark has passed it.
func (a *Aggregate) nextWindow() (bool, error) {
	f := &a.fire
	if a.session != nil {
		var due bool
		f.end, due = a.session.nextDue()
		return due, nil
	}
	first, ok, err := a.firstTime(a.slices)
	if err != nil || !ok {
		return false, err
	}
	f.end = first
	if (a.how == merging || a.how == running) && !a.spec.Attached && a.w.Kind != logical.Tumble {
		f.end = max(f.end, f.next) // earlier slices are there for the windows to come
	}
	return a.w.fired(f.end, f.mark), nil
}

func (a *Aggregate) firstTime(s keyed.TimedState) (int64, bool, error) {
	var err error
	a.fire.times, err = s.Times(math.MinInt64, a.w.beyond(a.fire.mark), a.fire.times[:0])
	if err != nil || len(a.fire.times) == 0 {
		return 0, false, err
	}
	return a.fire.times[0], true, nil
}

// enter prepares the window that ends at f.end.
func (a *Aggregate) enter() error {
	f := &a.fire
	f.inside, f.cursor = true, keyed.Cursor{}
	switch a.how {
	case running:
		return a.enterSlice()
	case merging:
		f.group = 0
		return a.mergeSlices()
	}
	return nil
}

// piece emits a batch of the window, and reports whether there is more of it.
func (a *Aggregate) piece(out operator.Output) (bool, error) {
	if a.session != nil {
		return a.session.piece(out)
	}
	if a.how == merging {
		return a.emitMerged(out)
	}
	f := &a.fire
	f.found.Reset()
	f.found.Rows.Width = a.rows.Width()
	var more bool
	var err error
	if a.how == running {
		more, err = a.totals.Scan(&f.cursor, &f.found, stream.BatchRows)
	} else {
		more, err = a.slices.Scan(f.end, &f.cursor, &f.found, stream.BatchRows)
	}
	a.ahead.drop(&f.found, a.w, f.end)
	if err != nil || f.found.Keys.N() == 0 {
		return more, err
	}
	if err := a.load(a.rows, &f.found.Rows); err != nil {
		return false, err
	}
	if err := a.emitFound(out); err != nil {
		return false, err
	}
	if a.how == forward {
		err = a.rollForward()
	}
	return more, err
}

// load makes scanned rows the rows to work on.
func (a *Aggregate) load(into *aggregate.Rows, found *keyed.Rows) error {
	into.Rows.Reset()
	into.Rows.Width = found.Width
	into.Rows.Bytes = append(into.Rows.Bytes, found.Bytes...)
	into.Rows.Off = append(into.Rows.Off, found.Off...)
	into.Rows.Has = append(into.Rows.Has, found.Has...)
	return into.Loaded()
}

// emitFound emits the scanned rows that have rows in the window.
func (a *Aggregate) emitFound(out operator.Output) error {
	f := &a.fire
	f.chunk = f.chunk[:0]
	for i := range uint32(f.found.Keys.N()) {
		if *a.rows.Word(i, 0) != 0 {
			f.chunk = append(f.chunk, i)
		}
	}
	if len(f.chunk) == 0 {
		return nil
	}
	a.out.Reset()
	if err := a.decoder.Decode(&f.found.Keys, f.chunk, f.keyCols); err != nil {
		return err
	}
	s := a.rows.States(f.chunk)
	for i := range a.set.Calls {
		if err := a.set.Result(i, s, a.out.Column(len(a.keys)+i)); err != nil {
			return err
		}
	}
	return a.send(len(f.chunk), nil, out)
}

// send appends the window's properties to the rows in a.out and emits them.
// Sessions bring their starts.
func (a *Aggregate) send(n int, starts []int64, out operator.Output) error {
	f := &a.fire
	base := len(f.types) - len(a.spec.Props)
	for i, p := range a.spec.Props {
		at := f.end
		switch p {
		case physical.WindowStart:
			if starts != nil {
				for _, start := range starts {
					vector.Append(a.out.Column(base+i), a.w.place(start, f.types[base+i]))
				}
				continue
			}
			at = a.w.start(f.end)
		case physical.WindowTime:
			at = f.end - 1
		}
		x := a.w.place(at, f.types[base+i])
		if p == physical.WindowTime && a.spec.Proctime {
			x = a.now() * (f.types[base+i].TimeUnit() / 1000)
		}
		for range n {
			vector.Append(a.out.Column(base+i), x)
		}
	}
	a.out.Advance(n, stream.Insert)
	return out.Emit(a.out.Finish())
}

// leave forgets what no later window needs.
func (a *Aggregate) leave() error {
	f := &a.fire
	f.inside, f.next = false, f.end+a.w.step()
	if a.session != nil {
		return a.session.leave()
	}
	gone := f.end
	switch a.how {
	case running:
		if err := a.leaveSlice(); err != nil {
			return err
		}
		fallthrough
	case merging:
		if !a.spec.Attached {
			gone = a.lastUse(f.end)
		}
	}
	if a.how == merging {
		if err := a.merged.Reset(); err != nil {
			return err
		}
	}
	for _, v := range a.distinct {
		if err := v.state.Drop(gone + 1); err != nil {
			return err
		}
	}
	return a.slices.Drop(gone + 1)
}

// lastUse is the end of the last slice that no window after that ending at end needs.
func (a *Aggregate) lastUse(end int64) int64 {
	switch a.w.Kind {
	case logical.Hop:
		return end - a.w.Size + a.w.Slide
	case logical.Cumulate:
		if a.w.lastEnd(end) > end {
			return a.w.start(end)
		}
	}
	return end
}
