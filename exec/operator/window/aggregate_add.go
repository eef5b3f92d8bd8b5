package window

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// Process folds a batch into the slices of its rows.
func (a *Aggregate) Process(_ int, b *stream.Batch, _ operator.Output) error {
	a.cols = a.cols[:0]
	for _, k := range a.spec.Keys {
		a.cols = append(a.cols, b.Cols[k])
	}
	a.ahead.read(a, b)
	if err := a.fold(b); err != nil || !a.spec.Proctime {
		return err
	}
	return a.arm()
}

func (a *Aggregate) fold(b *stream.Batch) error {
	if a.session != nil {
		return a.session.process(b)
	}
	sel := a.assign(b)
	if sel != nil && len(sel) == 0 {
		return nil
	}
	in := acc.Input{Rows: b.Rows, Sel: sel}
	if a.spec.Retracts {
		in.Kinds = b.Kinds
	}
	if err := a.add(b, in); err != nil {
		return err
	}
	for _, v := range a.distinct {
		if err := v.add(a.times, b, in); err != nil {
			return err
		}
	}
	if a.how == running {
		return a.addLateToTotals(b, in)
	}
	return nil
}

// assign writes the end of the slice of each row to a.times, and returns the
// rows that are not late.
func (a *Aggregate) assign(b *stream.Batch) []uint32 {
	sel := a.readTimes(b)
	if !a.spec.Attached {
		for r, t := range a.times {
			a.times[r] = a.w.sliceEnd(a.w.local(t))
		}
	}
	if sel == nil {
		return a.dropLateOfAll(b.Rows)
	}
	kept := a.sel[:0]
	for _, r := range sel {
		if a.admit(r) {
			kept = append(kept, r)
		}
	}
	a.sel = kept
	a.late.Add(int64(len(sel) - len(kept)))
	return nonNil(kept)
}

// readTimes writes the milliseconds of the rows to a.times, and returns the rows
// that have a time; nil: all.
func (a *Aggregate) readTimes(b *stream.Batch) (sel []uint32) {
	if a.spec.Proctime {
		return a.takeTimes(b)
	}
	v := &b.Cols[a.spec.Time]
	a.times, sel = readTimes(v, a.time, b.Rows, b.Sel, a.times, a.spare)
	if v.RowValid() != nil {
		a.spare = sel
		a.nulls.Add(int64(b.Len() - len(sel)))
	}
	return sel
}

func nonNil(sel []uint32) []uint32 {
	if sel == nil {
		return []uint32{}
	}
	return sel
}

// dropLateOfAll looks for the first late row: mostly there is none.
func (a *Aggregate) dropLateOfAll(rows int) []uint32 {
	r := uint32(0)
	for int(r) < rows && a.admit(r) {
		r++
	}
	if int(r) == rows {
		return nil
	}
	kept := a.sel[:0]
	for i := range r {
		kept = append(kept, i)
	}
	for r++; int(r) < rows; r++ {
		if a.admit(r) {
			kept = append(kept, r)
		}
	}
	a.sel = kept
	a.late.Add(int64(rows - len(kept)))
	return nonNil(kept)
}

// admit reports whether a window of row r is still to be fired. A row whose slice was
// fired, but not the last window of it, goes where that window will find it:
// under CUMULATE to the next slice, which holds all before it.
func (a *Aggregate) admit(r uint32) bool {
	end, mark := a.times[r], a.markOf(r)
	if !a.w.fired(end, mark) {
		return true
	}
	if a.spec.Attached || a.w.Kind == logical.Tumble {
		return false
	}
	last := a.w.lastEnd(end)
	if a.w.fired(last, mark) {
		return false
	}
	if a.w.Kind == logical.Cumulate {
		for a.w.fired(end, mark) {
			end += a.w.Slide
		}
		a.times[r] = end
	}
	return true
}

// add folds the rows of in, at a.times, into the slices.
func (a *Aggregate) add(b *stream.Batch, in acc.Input) error {
	times, keys, index := a.grouper.GroupTimed(a.times, a.cols, b.Rows, in.Sel)
	a.rows.Rows.Reset()
	if err := a.slices.Get(times, keys, &a.rows.Rows); err != nil {
		return err
	}
	if err := a.update(index, b, in); err != nil {
		return err
	}
	return a.slices.Put(times, keys, nil, a.rows.Stored(nil))
}

// update folds the rows of in into the loaded rows, that of row r being index[r].
func (a *Aggregate) update(index []uint32, b *stream.Batch, in acc.Input) error {
	if err := a.rows.Loaded(); err != nil {
		return err
	}
	a.countRows(index, in)
	if err := a.set.Update(a.rows.States(index), b.Cols, in); err != nil {
		return err
	}
	for i := range a.rows.Rows.Has {
		a.rows.Rows.Has[i] = *a.rows.Word(uint32(i), 0) != 0
	}
	return nil
}

func (a *Aggregate) countRows(index []uint32, in acc.Input) {
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		by := int64(1)
		if in.Kinds != nil && in.Kinds[r].IsRetract() {
			by = -1
		}
		*a.rows.Word(index[r], 0) += by
	}
}
