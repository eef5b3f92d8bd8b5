package window

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Table gives each row once for each of its windows, with window_start,
// window_end and window_time behind its columns. Rows without a time are dropped,
// as in Flink. The columns are shared with the input: where rows have several
// windows, a batch is emitted once for the first window of its rows, once for the second, and so on.
type Table struct {
	spec *physical.WindowTable
	w    *windows
	time types.Type
	out  [3]types.Type

	times   []int64
	ends    []int64 // by row: the end of its next window
	spare   []uint32
	pending *stream.Batch
	sel     []uint32
	kinds   []stream.RowKind
	emitted stream.Batch
	columns [3][]int64
}

// NewTable makes the operator of a plan node.
func NewTable(spec *physical.WindowTable) *Table { return &Table{spec: spec} }

// Open checks the windowing.
func (t *Table) Open(ctx *operator.Context) (err error) {
	in := ctx.Inputs[0]
	t.time = in.Fields[t.spec.Time].Type
	t.out = [3]types.Type{types.TimestampType(3), types.TimestampType(3), t.time}
	if ctx.Output != nil {
		for i := range t.out {
			t.out[i] = ctx.Output.Fields[in.Len()+i].Type
		}
	}
	t.w, err = newWindows(t.spec.Spec, ctx.Env, t.time.Kind == types.TimestampLTZ, false)
	return err
}

// Process assigns the first windows of the rows; Resume goes on with the others.
func (t *Table) Process(_ int, b *stream.Batch, out operator.Output) error {
	t.times, t.sel = readTimes(&b.Cols[t.spec.Time], t.time, b.Rows, b.Sel, t.times, t.spare)
	if b.Cols[t.spec.Time].RowValid() != nil {
		t.spare = t.sel
	}
	if cap(t.ends) < b.Rows {
		t.ends = make([]int64, b.Rows)
	}
	t.ends = t.ends[:b.Rows]
	for r, x := range t.times {
		t.times[r] = t.w.local(x)
		t.ends[r] = t.first(t.times[r])
	}
	t.kinds = b.Kinds
	if t.spec.Spec.Kind != logical.Tumble && b.Kinds != nil {
		t.kinds = parted(b.Kinds)
	}
	t.pending = b
	_, err := t.Resume(out)
	return err
}

// parted is kinds whose pairs are no longer neighbours.
func parted(kinds []stream.RowKind) []stream.RowKind {
	out := make([]stream.RowKind, len(kinds))
	for i, k := range kinds {
		switch k {
		case stream.UpdateBefore:
			k = stream.Delete
		case stream.UpdateAfter:
			k = stream.Insert
		}
		out[i] = k
	}
	return out
}

// first is the end of the window that Flink lists first: of HOP the latest, of CUMULATE the shortest.
func (t *Table) first(x int64) int64 {
	if t.w.Kind == logical.Hop {
		return floorTo(x, t.w.Slide, t.w.Offset) + t.w.Size
	}
	return t.w.sliceEnd(x)
}

// Resume emits the batch once more while any of its rows has another window.
func (t *Table) Resume(out operator.Output) (bool, error) {
	for t.pending != nil {
		if out.Full() {
			return true, nil
		}
		if err := t.emit(out); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (t *Table) emit(out operator.Output) error {
	b := t.pending
	if t.w.Kind == logical.Hop { // rows may have no window at all where the slide is longer than the size
		t.keep(b, func(r uint32) bool { return t.ends[r] > t.times[r] })
	}
	if t.sel != nil && len(t.sel) == 0 {
		t.pending = nil
		return nil
	}
	t.fill(b.Rows)
	t.emitted = stream.Batch{Rows: b.Rows, Sel: t.sel, Kinds: t.kinds, Cols: t.emitted.Cols[:0]}
	t.emitted.Cols = append(t.emitted.Cols, b.Cols...)
	for i := range t.columns {
		t.emitted.Cols = append(t.emitted.Cols, vector.Of(types.PhysInt64, t.columns[i]))
	}
	emitted := t.emitted
	t.advance(b)
	return out.Emit(&emitted)
}

// fill computes the window columns of all rows.
func (t *Table) fill(rows int) {
	for i := range t.columns {
		t.columns[i] = make([]int64, rows) // lent downstream: not to be overwritten by the next window
	}
	for r, end := range t.ends {
		t.columns[0][r] = t.w.place(t.w.start(end), t.out[0])
		t.columns[1][r] = t.w.place(end, t.out[1])
		t.columns[2][r] = t.w.place(end-1, t.out[2])
	}
	if t.spec.Proctime {
		for r, x := range t.times {
			t.columns[2][r] = t.w.place(x, t.out[2])
		}
	}
}

// advance moves every row to its next window.
func (t *Table) advance(b *stream.Batch) {
	switch t.w.Kind {
	case logical.Tumble:
		t.pending = nil
	case logical.Hop:
		for r := range t.ends {
			t.ends[r] -= t.w.Slide
		}
	case logical.Cumulate:
		t.keep(b, func(r uint32) bool { return t.ends[r] < t.w.lastEnd(t.ends[r]) })
		for r := range t.ends {
			t.ends[r] += t.w.Slide
		}
		if t.sel != nil && len(t.sel) == 0 {
			t.pending = nil
		}
	}
}

// keep narrows the selection. What is emitted has a selection of its own.
func (t *Table) keep(b *stream.Batch, ok func(r uint32) bool) {
	kept := make([]uint32, 0, b.Len())
	if t.sel == nil {
		for r := range uint32(b.Rows) {
			if ok(r) {
				kept = append(kept, r)
			}
		}
	}
	for _, r := range t.sel {
		if ok(r) {
			kept = append(kept, r)
		}
	}
	if len(kept) == b.Rows {
		kept = nil // all
	}
	t.sel = kept
}

// Watermark passes on.
func (t *Table) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to add.
func (t *Table) EndInput(int, operator.Output) error { return nil }

// Close has nothing to give back.
func (t *Table) Close() error { return nil }
