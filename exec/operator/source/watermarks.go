package source

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Watermarks tells time from rows: the largest value of an expression so far,
// kept for the split that the rows come from. It is chained to its Source,
// directly or behind a Calc that computes the time column, and only measures;
// the Source combines its splits and sends.
type Watermarks struct {
	spec   *physical.WatermarkAssigner
	source *Source // nil: a source without splits, whose time is told at its end
	prog   *expr.Program
	out    [1]vector.Vector
	name   string
	unit   int64 // ticks of the expression's type in a millisecond
	active bool
}

// NewWatermarks makes a Watermarks behind a source; nil for one without splits.
func NewWatermarks(spec *physical.WatermarkAssigner, s *Source) *Watermarks {
	return &Watermarks{spec: spec, source: s}
}

// Open compiles the expression. Sources open after what is chained behind them.
func (w *Watermarks) Open(ctx *operator.Context) (err error) {
	w.name = ctx.Inputs[0].Fields[w.spec.Column].Name
	if w.active = ctx.StreamingMode && w.source != nil; !w.active {
		return nil
	}
	w.source.byTime = true
	w.unit = w.spec.Expr.Type.TimeUnit() / 1000
	w.prog, err = expr.Compile([]*expr.Expr{w.spec.Expr}, ctx.Inputs[0].Types(), ctx.Env)
	return err
}

// Process passes a batch on and measures it.
func (w *Watermarks) Process(_ int, b *stream.Batch, out operator.Output) error {
	if !w.active {
		return out.Emit(b)
	}
	if hasNull(&b.Cols[w.spec.Column], b) {
		return sqlerr.Newf(sqlerr.NotNullViolation, "the rowtime column '%s' is NULL in a row", w.name).
			WithHint("filter such rows out, or give them a time, before the watermark is told from them")
	}
	if err := w.prog.Eval(b, w.out[:]); err != nil {
		return err
	}
	if most, ok := mostOf(&w.out[0], b); ok {
		w.source.measured(floorDiv(most, w.unit))
	}
	return out.Emit(b)
}

// Watermark passes.
func (w *Watermarks) Watermark(wm stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return wm, nil
}

// EndInput has nothing held back.
func (w *Watermarks) EndInput(int, operator.Output) error { return nil }

// Close has nothing to give back.
func (w *Watermarks) Close() error { return nil }

// measured takes the time of rows of the split that is being emitted. It counts
// from the next Pull on: the rows themselves are still on their way.
func (s *Source) measured(w stream.Watermark) {
	if s.current != nil {
		s.current.watermark = max(s.current.watermark, w)
	}
}

func hasNull(v *vector.Vector, b *stream.Batch) bool {
	if v.Valid == nil && v.Phys != types.PhysNull {
		return false
	}
	if v.Form == vector.Const {
		return b.Len() > 0 && v.IsNullConst()
	}
	if b.Sel == nil {
		return v.Valid.Count(b.Rows) < b.Rows
	}
	for _, r := range b.Sel {
		if !v.Valid.Get(int(r)) {
			return true
		}
	}
	return false
}

// mostOf is the largest value that is not NULL among the rows that count.
func mostOf(v *vector.Vector, b *stream.Batch) (most int64, ok bool) {
	flat := v.Flatten()
	values := vector.Values[int64](&flat)
	most = stream.MinWatermark
	if b.Sel == nil && flat.Valid == nil {
		for _, x := range values[:b.Rows] {
			most = max(most, x)
		}
		return most, b.Rows > 0
	}
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		if flat.Valid.Get(r) {
			most, ok = max(most, values[r]), true
		}
	}
	return most, ok
}

func floorDiv(x, d int64) int64 {
	q := x / d
	if x%d < 0 {
		q--
	}
	return q
}
