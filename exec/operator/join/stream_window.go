package join

import (
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

// Window joins rows of equal windows: both sides are kept by key and window end,
// and joined when the watermark passes it. Its output is +I only.
type Window struct {
	operator.Progress
	spec  *physical.WindowJoin
	ctx   *operator.Context
	cond  *condition
	sides [2]windowSide
	semi  bool

	grouper keyed.Grouper
	due     keyed.TimedState
	cols    []vector.Vector
	sel     []uint32
	ends    []int64
	none    keyed.Rows
	intake  joinProbe // batches on their way into state
	probe   joinProbe // left rows of windows that are joined

	fire    []int64 // window ends to join, ascending
	cursor  keyed.Cursor
	windows keyed.Entries
	more    bool // windows of fire[0] follow those at hand
	matched []bool
	hit     vector.Bitmap // by right entry
	rest    int           // of the sides whose lone rows are still to be emitted; 3: all done
	emit    changeWriter
	source  [2][]vector.Vector
}

// windowSide is what is kept of an input.
type windowSide struct {
	pieces
	end   int
	ends  operator.WindowEnds
	lone  bool   // rows without a match are emitted
	apart pieces // rows with a NULL key, when they are: they match nothing
}

// NewWindow makes the operator of a plan node.
func NewWindow(spec *physical.WindowJoin) *Window { return &Window{spec: spec} }

// windowKeys is how many windows of one end are joined at a time.
const windowKeys = 256

// Open declares the state.
func (w *Window) Open(ctx *operator.Context) (err error) {
	w.ctx = ctx
	switch w.spec.Kind {
	case logical.Inner, logical.Left, logical.Right, logical.Full, logical.Semi, logical.Anti:
	default:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "a %s of windows is not supported", w.spec.Kind).
			WithHint("use IN, EXISTS or NOT EXISTS as a condition of WHERE by itself")
	}
	w.semi = w.spec.Kind == logical.Semi || w.spec.Kind == logical.Anti
	lt, rt := ctx.Inputs[0].Types(), ctx.Inputs[1].Types()
	all := append(lt[:len(lt):len(lt)], rt...)
	if w.cond, err = newCondition(w.spec.Residual, all, ctx.Env); err != nil {
		return err
	}
	k := w.spec.Kind
	w.sides[0].lone = k == logical.Left || k == logical.Full || k == logical.Anti
	w.sides[1].lone = k == logical.Right || k == logical.Full
	keys := [2][]int{w.spec.LeftKeys, w.spec.RightKeys}
	ends := [2]int{w.spec.LeftEnd, w.spec.RightEnd}
	for i, name := range []string{"left", "right"} {
		s := &w.sides[i]
		s.end = ends[i]
		s.ends = operator.NewWindowEnds(ctx, ctx.Inputs[i].Fields[s.end].Type, w.spec.Zoned)
		// The state's key is the exchange's, so that key groups meet their rows
		// after a restore at another parallelism: the end stands in it once.
		if s.keys, s.types = slices.Clone(keys[i]), ctx.Inputs[i].Types(); !slices.Contains(s.keys, s.end) {
			s.keys = append(s.keys, s.end)
		}
		if err := s.open(ctx.Store, name); err != nil {
			return err
		}
		s.apart = pieces{keys: s.keys, types: s.types}
		if err := s.apart.open(ctx.Store, name+"-without-key"); err != nil {
			return err
		}
	}
	w.probe.scratch = make([]vector.Vector, len(all))
	w.emit.open(len(all))
	w.rest = 3
	if w.due, err = ctx.Store.Timed("windows", 0); err != nil {
		return err
	}
	return w.Restore(ctx.Restored)
}

// Process keeps the rows of a batch whose windows are open.
func (w *Window) Process(input int, b *stream.Batch, _ operator.Output) error {
	s := &w.sides[input]
	ends := s.ends.Of(&b.Cols[s.end])
	now := w.Mark()
	w.sel = w.sel[:0]
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		if ends[r]-1 > now {
			w.sel = append(w.sel, uint32(r))
		}
	}
	if late := b.Len() - len(w.sel); late > 0 && w.ctx.Metric != nil {
		w.ctx.Metric.Counter("numLateRecordsDropped").Add(int64(late))
	}
	if len(w.sel) == 0 {
		return nil
	}
	view := stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: w.sel}
	w.intake.begin(input, &view, s.keys)
	if err := w.keep(&s.pieces, &view, w.intake.keyed, ends); err != nil {
		return err
	}
	if !s.lone || w.intake.null == nil {
		return nil
	}
	apart := kernel.Subtract(nil, w.sel, w.intake.keyed)
	return w.keep(&s.apart, &view, apart, ends)
}

// keep adds rows to one state, and their windows to those that are due.
func (w *Window) keep(s *pieces, b *stream.Batch, sel []uint32, ends []int64) error {
	if len(sel) == 0 {
		return nil
	}
	w.cols = w.cols[:0]
	for _, c := range s.keys {
		w.cols = append(w.cols, b.Cols[c])
	}
	keys, index := w.grouper.Group(w.cols, b.Rows, sel)
	if err := s.add(keys, index, b, sel); err != nil {
		return err
	}
	w.ends = w.ends[:0]
	w.none.Reset()
	for _, r := range w.grouper.First() {
		w.ends = append(w.ends, ends[r])
		w.none.Append(nil)
	}
	return w.due.Put(w.ends, keys, nil, &w.none)
}

// Watermark joins the windows that it has passed.
func (w *Window) Watermark(at stream.Watermark, out operator.Output) (stream.Watermark, error) {
	w.Pass(at)
	var err error
	if w.fire, err = w.due.Times(stream.MinWatermark, min(at, stream.MaxWatermark-2)+2, w.fire[:0]); err != nil {
		return 0, err
	}
	w.cursor = keyed.Cursor{}
	_, err = w.Resume(out)
	return at, err
}

// Resume goes on joining windows.
func (w *Window) Resume(out operator.Output) (bool, error) {
	for {
		for w.emit.rows() > 0 {
			if out.Full() {
				return true, nil
			}
			if err := w.emit.emit(w.source[0], w.source[1], false, out); err != nil {
				return false, err
			}
		}
		var err error
		switch {
		case w.probe.next < len(w.probe.order):
			err = w.step()
		case w.rest < 3:
			err = w.emitLone()
		case len(w.fire) == 0:
			return false, nil
		default:
			err = w.load()
		}
		if err != nil {
			return false, err
		}
	}
}

// load loads the next windows of the first end that is due.
func (w *Window) load() error {
	w.windows.Reset()
	more, err := w.due.Scan(w.fire[0], &w.cursor, &w.windows, windowKeys)
	if err != nil {
		return err
	}
	w.more = more
	for i := range w.sides {
		if err := w.sides[i].load(&w.windows.Keys); err != nil {
			return err
		}
		if err := w.sides[i].apart.load(&w.windows.Keys); err != nil {
			return err
		}
	}
	left, right := &w.sides[0], &w.sides[1]
	n := len(left.owner)
	p := &w.probe
	p.in = &stream.Batch{Cols: left.cols, Rows: n}
	p.order, p.index, p.null = kernel.Iota(n), left.owner, nil
	p.input, p.next, p.entry = 0, 0, 0
	w.matched = append(w.matched[:0], make([]bool, n)...)
	w.hit = clearBits(w.hit, len(right.owner))
	w.rest = 0
	return nil
}

// step finds the pairs of the next left rows.
func (w *Window) step() error {
	p, right := &w.probe, &w.sides[1]
	p.collect(right.first)
	keep := kernel.Iota(len(p.rows))
	if w.cond != nil && len(p.rows) > 0 {
		left := len(w.sides[0].types)
		for c := range w.cond.batch.Cols {
			switch {
			case !w.cond.uses[c]:
				continue
			case c < left:
				kernel.Gather(&p.scratch[c], &p.in.Cols[c], p.rows)
			default:
				kernel.Gather(&p.scratch[c], &right.cols[c-left], p.entries)
			}
			w.cond.batch.Cols[c] = p.scratch[c]
		}
		var err error
		if keep, err = w.cond.keep(len(p.rows)); err != nil {
			return err
		}
	}
	w.source = [2][]vector.Vector{w.sides[0].cols, right.cols}
	for _, k := range keep {
		l, r := p.rows[k], p.entries[k]
		w.matched[l] = true
		w.hit.Set(int(r))
		if w.semi {
			continue
		}
		w.emit.add(l, r, stream.Insert)
	}
	return nil
}

// emitLone says what is to be said of rows by themselves: of the left, of the
// right, of those with a NULL key; then the windows are forgotten.
func (w *Window) emitLone() error {
	left, right := &w.sides[0], &w.sides[1]
	w.source = [2][]vector.Vector{left.cols, right.cols}
	w.rest++
	switch w.rest {
	case 1:
		for l, matched := range w.matched {
			if w.semi && matched == (w.spec.Kind == logical.Semi) || !w.semi && left.lone && !matched {
				w.emit.add(uint32(l), kernel.NoRow, stream.Insert)
			}
		}
		if w.semi {
			w.source[1] = nil
		}
	case 2:
		if right.lone {
			for r := range right.owner {
				if !w.hit.Get(r) {
					w.emit.add(kernel.NoRow, uint32(r), stream.Insert)
				}
			}
		}
	case 3:
		if left.lone {
			w.source[0] = left.apart.cols
			for l := range left.apart.owner {
				w.emit.add(uint32(l), kernel.NoRow, stream.Insert)
			}
		}
		if right.lone {
			w.source[1] = right.apart.cols
			for r := range right.apart.owner {
				w.emit.add(kernel.NoRow, uint32(r), stream.Insert)
			}
		}
		if w.semi {
			w.source[1] = nil
		}
		return w.forget()
	}
	return nil
}

// forget deletes the windows at hand.
func (w *Window) forget() error {
	keys := &w.windows.Keys
	for i := range w.sides {
		if err := w.sides[i].state.Clear(keys, nil); err != nil {
			return err
		}
		if err := w.sides[i].apart.state.Clear(keys, nil); err != nil {
			return err
		}
	}
	if w.more {
		return nil
	}
	if err := w.due.Delete(w.fire[0]); err != nil {
		return err
	}
	w.fire, w.cursor = w.fire[1:], keyed.Cursor{}
	return nil
}

// EndInput has nothing to add: the last watermark has joined what was left.
func (w *Window) EndInput(int, operator.Output) error { return nil }

// Close has nothing of its own to give back.
func (w *Window) Close() error { return nil }

var (
	_ operator.Resumer     = (*Window)(nil)
	_ operator.Snapshotter = (*Window)(nil)
)
