package order

import (
	"slices"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// WindowRank is Top-N within windows: it keeps the first End rows of each window
// and partition, and emits them when the watermark passes the window's end.
type WindowRank struct {
	operator.Progress
	rank  StreamRank
	spec  *physical.WindowRank
	ctx   *operator.Context
	endOf operator.WindowEnds
	due   keyed.TimedState
	sel   []uint32
	ends  []int64
	none  keyed.Rows

	fire    []int64 // window ends to emit, ascending
	cursor  keyed.Cursor
	windows keyed.Entries
}

// windowKeys is how many windows of one end are emitted at a time.
const windowKeys = 1024

// NewWindowRank makes the operator of a plan node.
func NewWindowRank(spec *physical.WindowRank) *WindowRank { return &WindowRank{spec: spec} }

// Open declares the state.
func (w *WindowRank) Open(ctx *operator.Context) (err error) {
	w.ctx = ctx
	w.endOf = operator.NewWindowEnds(ctx, ctx.Inputs[0].Fields[w.spec.WindowEnd].Type, w.spec.Zoned)
	// The state's key is the exchange's, so that key groups meet their rows after
	// a restore at another parallelism: the end stands in it once.
	by := slices.Clone(w.spec.PartitionBy)
	if !slices.Contains(by, w.spec.WindowEnd) {
		by = append(by, w.spec.WindowEnd)
	}
	w.rank.spec = &physical.Rank{PartitionBy: by, OrderBy: w.spec.OrderBy, Start: w.spec.Start, End: w.spec.End, EmitNumber: w.spec.EmitNumber}
	if err := w.rank.Open(ctx); err != nil {
		return err
	}
	if w.due, err = ctx.Store.Timed("windows", 0); err != nil {
		return err
	}
	return w.Restore(ctx.Restored)
}

// Process keeps the rows of a batch whose windows are open.
func (w *WindowRank) Process(_ int, b *stream.Batch, _ operator.Output) error {
	all := w.endOf.Of(&b.Cols[w.spec.WindowEnd])
	now := w.Mark()
	w.sel = w.sel[:0]
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		if all[r]-1 > now {
			w.sel = append(w.sel, uint32(r))
		}
	}
	if late := b.Len() - len(w.sel); late > 0 && w.ctx.Metric != nil {
		w.ctx.Metric.Counter("numLateRecordsDropped").Add(int64(late))
	}
	if len(w.sel) == 0 || w.rank.top == 0 {
		return nil
	}
	view := stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: w.sel}
	keys, err := w.rank.keep(&view)
	if err != nil {
		return err
	}
	w.ends = w.ends[:0]
	w.none.Reset()
	for _, r := range w.rank.grouper.First() {
		w.ends = append(w.ends, all[r])
		w.none.Append(nil)
	}
	return w.due.Put(w.ends, keys, nil, &w.none)
}

// keep takes a batch of rows that only come, and emits nothing.
func (s *StreamRank) keep(b *stream.Batch) (*keyed.Keys, error) {
	s.cols = pick(s.cols, b.Cols, s.spec.PartitionBy)
	keys, index := s.grouper.Group(s.cols, b.Rows, b.Sel)
	s.per.group(keys.N(), index, b)
	if err := s.load(keys, nil, &s.old, &s.oldFrom); err != nil {
		return nil, err
	}
	touched, err := s.change(keys, b)
	if err != nil || len(touched) == 0 {
		return keys, err
	}
	if err := s.load(keys, touched, &s.now, &s.nowFrom); err != nil {
		return nil, err
	}
	return keys, s.forget(keys, touched)
}

// Watermark emits the windows that it has passed.
func (w *WindowRank) Watermark(at stream.Watermark, out operator.Output) (stream.Watermark, error) {
	w.Pass(at)
	var err error
	if w.fire, err = w.due.Times(stream.MinWatermark, min(at, stream.MaxWatermark-2)+2, w.fire[:0]); err != nil {
		return 0, err
	}
	_, err = w.Resume(out)
	return at, err
}

// Resume goes on emitting windows.
func (w *WindowRank) Resume(out operator.Output) (bool, error) {
	for {
		if more, err := w.rank.changes.emit(out); more || err != nil {
			return more, err
		}
		if len(w.fire) == 0 {
			return false, nil
		}
		if err := w.fireSome(); err != nil {
			return false, err
		}
	}
}

// fireSome collects the rows of the next windows of the first end that is due, and forgets them.
func (w *WindowRank) fireSome() error {
	w.windows.Reset()
	more, err := w.due.Scan(w.fire[0], &w.cursor, &w.windows, windowKeys)
	if err != nil {
		return err
	}
	r, keys := &w.rank, &w.windows.Keys
	if keys.N() > 0 {
		if err := r.load(keys, nil, &r.now, &r.nowFrom); err != nil {
			return err
		}
		for k := range keys.N() {
			for at := r.walk(&r.now, r.nowFrom, k); !at.over(w.spec.End); at.next() {
				if at.number >= w.spec.Start {
					r.changes.add(at.row(), stream.Insert, at.number)
				}
			}
		}
		if err := r.rows.Clear(keys, nil); err != nil {
			return err
		}
	}
	if more {
		return nil
	}
	if err := w.due.Delete(w.fire[0]); err != nil {
		return err
	}
	w.fire, w.cursor = w.fire[1:], keyed.Cursor{}
	return nil
}

// EndInput has nothing to add: the last watermark has emitted what was left.
func (w *WindowRank) EndInput(int, operator.Output) error { return nil }

// Close has nothing of its own to give back.
func (w *WindowRank) Close() error { return nil }

var (
	_ operator.Resumer     = (*WindowRank)(nil)
	_ operator.Snapshotter = (*WindowRank)(nil)
)
