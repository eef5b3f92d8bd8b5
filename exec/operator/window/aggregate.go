package window

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// Aggregate groups an unbounded input by keys and windows, and emits each window
// once, when the watermark passes its end. A row counts as long as one of its
// windows has not been fired; later it is late and dropped. Over processing time
// the clock is both the time of the rows and the watermark (proctime.go).
type Aggregate struct {
	spec *physical.WindowAggregate
	ctx  *operator.Context
	w    *windows
	time types.Type
	keys []types.Type
	set  *acc.Set
	how  strategy

	session  *sessions        // SESSION: they have state of their own
	slices   keyed.TimedState // by slice end: count and states
	totals   keyed.ValueState // running: what the next window holds so far (slide.go)
	distinct []*values

	mark  stream.Watermark // what has been fired: late is measured against it
	ahead ahead            // key groups of which more was fired before a restart
	alarm int64            // processing time: when the next window ends; 0: nothing waits
	late  *metric.Counter
	nulls *metric.Counter

	grouper keyed.Grouper
	cols    []vector.Vector
	times   []int64
	spare   []uint32
	sel     []uint32
	rows    *aggregate.Rows
	decoder *rowcodec.KeyDecoder

	fire   firing
	merged *aggregate.Merged
	out    *stream.Builder
}

// strategy is how a window is put together.
type strategy uint8

const (
	single  strategy = iota // the window is one slice
	forward                 // CUMULATE: a fired slice is merged into the next of its window
	running                 // HOP: a total that slices enter and leave
	merging                 // the slices of a window are merged when it fires
)

// NewAggregate makes the operator of a plan node.
func NewAggregate(spec *physical.WindowAggregate) *Aggregate { return &Aggregate{spec: spec} }

// Open lays out the states.
func (a *Aggregate) Open(ctx *operator.Context) (err error) {
	a.ctx = ctx
	in := ctx.Inputs[0]
	a.time = types.TimestampLTZType(3)
	if !a.spec.Proctime {
		a.time = in.Fields[a.spec.Time].Type
	}
	if a.w, err = newWindows(a.spec.Spec, ctx.Env, a.spec.Zoned || a.time.Kind == types.TimestampLTZ, true); err != nil {
		return err
	}
	if a.spec.Spec.Kind == logical.Hop && a.spec.Spec.Size%a.spec.Spec.Slide != 0 {
		return sqlerr.Newf(sqlerr.InvalidDefinition, "HOP: the size must be a multiple of the slide, but is %d ms with a slide of %d ms", a.spec.Spec.Size, a.spec.Spec.Slide)
	}
	for _, k := range a.spec.Keys {
		a.keys = append(a.keys, in.Fields[k].Type)
	}
	calls := aggregate.Calls(a.spec.Aggs, in)
	if a.spec.Retracts {
		a.set, err = acc.NewRetractingSet(calls)
	} else {
		a.set, err = acc.NewSet(calls)
	}
	if err != nil {
		return err
	}
	a.how = a.choose()
	if err := a.openState(); err != nil {
		return err
	}
	a.openOutput()
	a.openMetrics()
	if err := a.restore(); err != nil || !a.spec.Proctime {
		return err
	}
	return a.arm()
}

func (a *Aggregate) choose() strategy {
	kind := a.spec.Spec.Kind
	several := (kind == logical.Hop || kind == logical.Cumulate) && !a.spec.Attached
	switch {
	case kind == logical.Session:
		return single
	case len(a.set.Distincts()) > 0:
		return merging
	case !several:
		return single
	case a.spec.Spec.Kind == logical.Cumulate:
		return forward
	case a.set.CanSubtract():
		return running
	}
	return merging
}

func (a *Aggregate) openState() (err error) {
	if a.spec.Spec.Kind == logical.Session {
		a.session, err = newSessions(a)
		return err
	}
	a.rows = aggregate.NewRows(a.set, 8) // the head counts the rows
	if a.slices, err = a.ctx.Store.Timed("slices", a.rows.Width()); err != nil {
		return err
	}
	if a.how == running {
		if a.totals, err = a.ctx.Store.Value("totals", a.rows.Width()); err != nil {
			return err
		}
	}
	for i, d := range a.set.Distincts() {
		v, err := newValues(a.ctx.Store, i, d, a.keys, a.spec.Keys, a.spec.Retracts)
		if err != nil {
			return err
		}
		a.distinct = append(a.distinct, v)
	}
	if a.how == merging {
		a.merged, err = aggregate.NewMerged(a.keys, a.set, a.ctx.Memory)
	}
	return err
}

func (a *Aggregate) openOutput() {
	ts := append([]types.Type(nil), a.keys...)
	for _, x := range a.spec.Aggs {
		ts = append(ts, x.Type)
	}
	if a.spec.KeepRows {
		ts = a.ctx.Inputs[0].Types()
	}
	for _, p := range a.spec.Props {
		t := types.TimestampType(3)
		if p == physical.WindowTime && a.time.Kind == types.TimestampLTZ {
			t = a.time
		}
		if a.ctx.Output != nil {
			t = a.ctx.Output.Fields[len(ts)].Type
		}
		ts = append(ts, t)
	}
	a.fire.types = ts
	a.out = stream.NewBuilder(ts)
	a.decoder = rowcodec.NewKeyDecoder(a.keys, nil)
	for i := range a.keys {
		a.fire.keyCols = append(a.fire.keyCols, a.out.Column(i))
		a.fire.decoded = append(a.fire.decoded, vector.NewBuilder(a.keys[i]))
	}
	a.fire.aside = aggregate.NewRows(a.set, 8)
}

func (a *Aggregate) openMetrics() {
	m := a.ctx.Metric
	if m == nil {
		m = metric.NewGroup()
	}
	a.late, a.nulls = m.Counter("numLateRecordsDropped"), m.Counter("numNullRowTimeRecordsDropped")
}

// Watermark fires the windows that w has passed; Resume does so piece by piece.
func (a *Aggregate) Watermark(w stream.Watermark, out operator.Output) (stream.Watermark, error) {
	if w <= a.mark || a.spec.Proctime && w != stream.MaxWatermark {
		return w, nil
	}
	if err := a.startFiring(w); err != nil {
		return 0, err
	}
	_, err := a.Resume(out)
	return w, err
}

// EndInput fires what is left.
func (a *Aggregate) EndInput(_ int, out operator.Output) error {
	_, err := a.Watermark(stream.MaxWatermark, out)
	return err
}

// Close gives the memory of merging back.
func (a *Aggregate) Close() error {
	if a.merged == nil {
		return nil
	}
	m := a.merged
	a.merged = nil
	return m.Close()
}
