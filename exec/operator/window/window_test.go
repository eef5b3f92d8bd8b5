package window_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/window"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var input = types.NewSchema(
	types.Field{Name: "k", Type: types.BigIntType},
	types.Field{Name: "s", Type: types.StringType},
	types.Field{Name: "x", Type: types.BigIntType},
	types.Field{Name: "ts", Type: types.TimestampType(3), Time: types.Rowtime},
)

// event is a row; changes are deletions where gone.
type event struct {
	k, x, ts int64
	s        string
	gone     bool
	noTime   bool
}

func batch(events ...event) *stream.Batch {
	b := stream.NewBuilder(input.Types())
	for _, e := range events {
		b.Column(0).AppendValue(types.IntValue(e.k))
		b.Column(1).AppendValue(types.StringValue(e.s))
		b.Column(2).AppendValue(types.IntValue(e.x))
		b.Column(3).AppendValue(types.Value{I: e.ts, Null: e.noTime})
		kind := stream.Insert
		if e.gone {
			kind = stream.Delete
		}
		b.Advance(1, kind)
	}
	return b.Finish()
}

type sink struct {
	rows []string
	room int
}

func (s *sink) Full() bool { return s.room <= 0 }
func (s *sink) Emit(b *stream.Batch) error {
	s.room--
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		parts := []string{b.Kind(r).String()}
		for c := range b.Cols {
			v := b.Cols[c].ValueAt(r)
			switch {
			case v.Null:
				parts = append(parts, "NULL")
			case b.Cols[c].Phys == types.PhysBytes:
				parts = append(parts, v.Str())
			default:
				parts = append(parts, fmt.Sprint(v.I))
			}
		}
		s.rows = append(s.rows, strings.Join(parts, " "))
	}
	return nil
}

// rig drives a window aggregate.
type rig struct {
	t     *testing.T
	op    *window.Aggregate
	ctx   *operator.Context
	store *aggregatetest.Store
	real  *aggregatetest.Hashmap // nil: the model
	spec  *physical.WindowAggregate
	out   *sink

	subtask, parallelism int

	now   int64 // processing time
	alarm int64 // when the operator wants a Tick; 0: never
}

func newRig(t *testing.T, spec *physical.WindowAggregate) *rig {
	r := &rig{t: t, store: aggregatetest.NewStore(), spec: spec, out: &sink{}}
	r.open(nil)
	return r
}

func (r *rig) open(restored [][]byte) {
	r.t.Helper()
	g, err := memory.NewManager(1<<26).Open("test", 0)
	if err != nil {
		r.t.Fatal(err)
	}
	r.ctx = &operator.Context{
		Ctx: context.Background(), Inputs: []*types.Schema{input}, Subtask: r.subtask, Parallelism: max(1, r.parallelism), MaxParallelism: 128,
		Memory: g, Metric: metric.NewGroup(), Store: r.store, Restored: restored, Env: &kernel.Env{},
		Clock: func() int64 { return r.now },
	}
	r.alarm = 0
	r.ctx.Alarm = func(at int64) { r.alarm = at }
	if r.real != nil {
		r.ctx.Store = r.real.Store()
	}
	r.op = window.NewAggregate(r.spec)
	if err := r.op.Open(r.ctx); err != nil {
		r.t.Fatal(err)
	}
}

// restart closes the operator and opens another on its state.
func (r *rig) restart() {
	r.t.Helper()
	parts, err := r.op.Snapshot(1)
	if err != nil {
		r.t.Fatal(err)
	}
	r.close()
	if r.real != nil {
		r.real.Restart()
	}
	r.open(parts)
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.op.Close(); err != nil {
		r.t.Fatal(err)
	}
	if n := r.ctx.Memory.InUse(); n != 0 {
		r.t.Errorf("%d bytes still counted", n)
	}
}

func (r *rig) process(events ...event) {
	r.t.Helper()
	if err := r.op.Process(0, batch(events...), r.out); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) watermark(w int64) {
	r.t.Helper()
	r.out.room = 1
	if _, err := r.op.Watermark(w, r.out); err != nil {
		r.t.Fatal(err)
	}
	r.drain()
}

func (r *rig) drain() {
	r.t.Helper()
	for {
		r.out.room = 1
		more, err := r.op.Resume(r.out)
		if err != nil {
			r.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

func (r *rig) end() {
	r.t.Helper()
	r.out.room = 1
	if err := r.op.EndInput(0, r.out); err != nil {
		r.t.Fatal(err)
	}
	r.drain()
	if n := r.store.Rows(); n != 0 {
		r.t.Errorf("%d rows of state are left at the end", n)
	}
	r.close()
}

func agg(fn string, args ...int) physical.Agg {
	a := physical.Agg{Func: fn, Args: args, Filter: -1, Type: types.BigIntType}
	if len(args) > 0 && (fn == "MIN" || fn == "MAX" || fn == "LISTAGG") {
		a.Type = input.Fields[args[0]].Type
	}
	return a
}

func distinct(a physical.Agg) physical.Agg { a.Distinct = true; return a }

var specs = []logical.WindowSpec{
	{Kind: logical.Tumble, Size: 100},
	{Kind: logical.Tumble, Size: 100, Offset: 30},
	{Kind: logical.Hop, Size: 100, Slide: 20},
	{Kind: logical.Hop, Size: 100, Slide: 50, Offset: -10},
	{Kind: logical.Hop, Size: 40, Slide: 40},
	{Kind: logical.Cumulate, Size: 100, Slide: 20},
	{Kind: logical.Cumulate, Size: 120, Slide: 40, Offset: 7},
}

// windowsOf lists the [start, end) of all windows that hold t, by trying.
func windowsOf(s logical.WindowSpec, t int64) (out [][2]int64) {
	for start := t - 2*s.Size; start <= t+s.Size; start++ {
		step := s.Slide
		if s.Kind != logical.Hop {
			step = s.Size
		}
		if (start-s.Offset)%step != 0 {
			continue
		}
		ends := []int64{start + s.Size}
		if s.Kind == logical.Cumulate {
			ends = nil
			for e := start + s.Slide; e <= start+s.Size; e += s.Slide {
				ends = append(ends, e)
			}
		}
		for _, e := range ends {
			if start <= t && t < e {
				out = append(out, [2]int64{start, e})
			}
		}
	}
	return out
}

// reference groups the rows that stay by key and window.
func reference(events []event, spec *physical.WindowAggregate) []string {
	type place struct{ k, start, end int64 }
	groups := map[place][]event{}
	for i, e := range events {
		if e.gone {
			continue
		}
		if slices.ContainsFunc(events[i:], func(o event) bool { return o.gone && o.k == e.k && o.ts == e.ts && o.x == e.x && o.s == e.s }) {
			continue // the random events are unique
		}
		for _, w := range windowsOf(spec.Spec, e.ts) {
			p := place{start: w[0], end: w[1]}
			if len(spec.Keys) > 0 {
				p.k = e.k
			}
			groups[p] = append(groups[p], e)
		}
	}
	var out []string
	for p, es := range groups {
		line := "+I"
		if len(spec.Keys) > 0 {
			line += fmt.Sprint(" ", p.k)
		}
		for _, a := range spec.Aggs {
			line += " " + naive(es, a)
		}
		out = append(out, line+fmt.Sprintf(" %d %d %d", p.start, p.end, p.end-1))
	}
	slices.Sort(out)
	return out
}

func naive(es []event, a physical.Agg) string {
	var n, sum int64
	var xs []int64
	var ss []string
	seen := map[int64]bool{}
	for _, e := range es {
		if a.Distinct && seen[e.x] {
			continue
		}
		seen[e.x] = true
		n++
		sum += e.x
		xs, ss = append(xs, e.x), append(ss, e.s)
	}
	switch a.Func {
	case "COUNT":
		return fmt.Sprint(n)
	case "SUM":
		return fmt.Sprint(sum)
	case "MAX":
		return fmt.Sprint(slices.Max(xs))
	}
	return slices.Min(ss)
}

// TestAgainstReference sends events out of order but never late, in batches of
// several sizes, with a restart in the middle.
func TestAgainstReference(t *testing.T) {
	aggs := map[string][]physical.Agg{
		"sums":     {agg("COUNT"), agg("SUM", 2)},
		"extremes": {agg("MAX", 2), agg("MIN", 1), agg("COUNT")},
		"distinct": {distinct(agg("COUNT", 2)), agg("SUM", 2)},
	}
	for name, as := range aggs {
		for _, s := range specs {
			for _, keys := range [][]int{{0}, {}} {
				for _, retracts := range []bool{false, true} {
					for _, size := range []int{1, 7, 500} {
						spec := &physical.WindowAggregate{
							Keys: keys, Aggs: as, Spec: s, Time: 3, Retracts: retracts,
							Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd, physical.WindowTime},
						}
						t.Run(fmt.Sprintf("%s/%v/keys=%v/retracts=%v/batch=%d", name, s, keys, retracts, size), func(t *testing.T) {
							runRandom(t, newRig(t, spec), size)
							if size == 7 {
								r := &rig{t: t, store: aggregatetest.NewStore(), real: aggregatetest.NewHashmap(t), spec: spec, out: &sink{}}
								r.open(nil)
								runRandom(t, r, size)
							}
						})
					}
				}
			}
		}
	}
}

func runRandom(t *testing.T, r *rig, size int) {
	spec := r.spec
	rng := rand.New(rand.NewPCG(5, uint64(spec.Spec.Size)))
	var events []event
	for i := range int64(400) {
		at := i*2 + int64(rng.IntN(60))
		if i > 200 {
			at += 3000 // a gap without windows
		}
		events = append(events, event{k: int64(rng.IntN(4)), x: int64(rng.IntN(30)), ts: at, s: fmt.Sprintf("s%03d", i)})
		if spec.Retracts && rng.IntN(3) == 0 {
			gone := events[len(events)-1]
			gone.gone = true
			events = append(events, gone)
		}
	}
	mark := int64(0)
	for from := 0; from < len(events); from += size {
		to := min(from+size, len(events))
		r.process(events[from:to]...)
		low := int64(1 << 60) // no later event is at or below
		for _, e := range events[to:] {
			low = min(low, e.ts)
		}
		if low-1 > mark && low < 1<<60 && rng.IntN(3) == 0 {
			mark = low - 1
			r.watermark(mark)
		}
		if rng.IntN(20) == 0 {
			r.restart()
		}
	}
	r.end()
	if n := r.ctx.Metric.Counter("numLateRecordsDropped").Value(); n != 0 {
		t.Errorf("%d rows were late", n)
	}
	got := slices.Clone(r.out.rows)
	slices.Sort(got)
	if want := reference(events, spec); !slices.Equal(got, want) {
		t.Fatalf("%d rows, want %d:\ngot  %s\nwant %s", len(got), len(want), strings.Join(first(got, want)[0], "\n"), strings.Join(first(want, got)[0], "\n"))
	}
}

// first is the start of what a has and b has not.
func first(a, b []string) [1][]string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) && len(out) < 5 {
			out = append(out, x)
		}
	}
	return [1][]string{out}
}

// TestLateRows: a row counts as long as one of its windows is not fired (window_end − 1 > watermark).
func TestLateRows(t *testing.T) {
	for _, c := range []struct {
		spec logical.WindowSpec
		aggs []physical.Agg
		want []string
		late int64
	}{
		{ // at 99 the window [0, 100) has been fired: 50 and 99 are late, 100 is not
			logical.WindowSpec{Kind: logical.Tumble, Size: 100},
			[]physical.Agg{agg("COUNT")},
			[]string{"+I 1 1 0 100", "+I 1 1 100 200"},
			2,
		},
		{ // [0, 100) has been fired; 50 and 99 still count in [50, 150)
			logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50},
			[]physical.Agg{agg("COUNT")},
			[]string{"+I 1 1 -50 50", "+I 1 1 0 100", "+I 1 3 50 150", "+I 1 1 100 200"},
			0,
		},
		{ // the same, where slices are merged
			logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50},
			[]physical.Agg{distinct(agg("COUNT", 1))},
			[]string{"+I 1 1 -50 50", "+I 1 1 0 100", "+I 1 3 50 150", "+I 1 1 100 200"},
			0,
		},
		{ // [0, 50) and [0, 100) have been fired; all count in [0, 150)
			logical.WindowSpec{Kind: logical.Cumulate, Size: 150, Slide: 50},
			[]physical.Agg{agg("COUNT")},
			[]string{"+I 1 1 0 50", "+I 1 1 0 100", "+I 1 4 0 150"},
			0,
		},
		{
			logical.WindowSpec{Kind: logical.Cumulate, Size: 150, Slide: 50},
			[]physical.Agg{distinct(agg("COUNT", 1))},
			[]string{"+I 1 1 0 50", "+I 1 1 0 100", "+I 1 4 0 150"},
			0,
		},
	} {
		t.Run(fmt.Sprintf("%v/%s", c.spec, c.aggs[0].Func), func(t *testing.T) {
			r := newRig(t, &physical.WindowAggregate{Keys: []int{0}, Aggs: c.aggs, Spec: c.spec, Time: 3, Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd}})
			r.process(event{k: 1, ts: 10, s: "a"})
			r.watermark(98) // not yet: the last millisecond of the window is to come
			r.watermark(99)
			r.restart() // what is late stays late
			r.process(event{k: 1, ts: 50, s: "b"}, event{k: 1, ts: 99, s: "c"}, event{k: 1, ts: 100, s: "d"}, event{noTime: true})
			late := r.ctx.Metric.Counter("numLateRecordsDropped").Value()
			r.end()
			if late != c.late {
				t.Errorf("%d late rows, want %d", late, c.late)
			}
			if !slices.Equal(r.out.rows, c.want) {
				t.Errorf("got  %v\nwant %v", r.out.rows, c.want)
			}
		})
	}
}

func TestFiresAtLastMillisecond(t *testing.T) {
	r := newRig(t, &physical.WindowAggregate{Keys: []int{0}, Aggs: []physical.Agg{agg("COUNT")}, Spec: logical.WindowSpec{Kind: logical.Tumble, Size: 100}, Time: 3})
	r.process(event{k: 1, ts: 10})
	r.watermark(98)
	if len(r.out.rows) != 0 {
		t.Error("fired before the watermark reached window_end - 1")
	}
	r.watermark(99)
	if len(r.out.rows) != 1 {
		t.Error("not fired at window_end - 1")
	}
	r.end()
}

// TestAttached cascades: column ts holds ends of windows.
func TestAttached(t *testing.T) {
	r := newRig(t, &physical.WindowAggregate{
		Keys: []int{0}, Aggs: []physical.Agg{agg("SUM", 2)}, Attached: true,
		Spec: logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50}, Time: 3,
		Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd},
	})
	r.process(event{k: 1, x: 1, ts: 100}, event{k: 1, x: 2, ts: 150}, event{k: 1, x: 4, ts: 100})
	r.watermark(99)
	r.process(event{k: 1, x: 8, ts: 100}) // late
	r.end()
	want := []string{"+I 1 5 0 100", "+I 1 2 50 150"}
	if !slices.Equal(r.out.rows, want) {
		t.Errorf("got %v, want %v", r.out.rows, want)
	}
}

// TestSessionZone: windows of TIMESTAMP_LTZ are those of the session's clock.
func TestSessionZone(t *testing.T) {
	const hour, day = 3_600_000, 24 * 3_600_000
	zoned := types.NewSchema(append(slices.Clone(input.Fields[:3]), types.Field{Name: "ts", Type: types.TimestampLTZType(3), Time: types.Rowtime})...)
	env := &kernel.Env{ZoneOffset: func(int64) int64 { return 8 * hour }, LocalToUTC: func(l int64) int64 { return l - 8*hour }}
	g, _ := memory.NewManager(1<<20).Open("test", 0)
	op := window.NewAggregate(&physical.WindowAggregate{
		Aggs: []physical.Agg{agg("COUNT")}, Spec: logical.WindowSpec{Kind: logical.Tumble, Size: day}, Time: 3,
		Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd, physical.WindowTime},
	})
	if err := op.Open(&operator.Context{Inputs: []*types.Schema{zoned}, Memory: g, Store: aggregatetest.NewStore(), Env: env}); err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	out := &sink{room: 9}
	// 17:00 UTC is 01:00 of the next day in the session.
	if err := op.Process(0, batch(event{ts: 15 * hour}, event{ts: 17 * hour}), out); err != nil {
		t.Fatal(err)
	}
	if _, err := op.Watermark(16*hour-1, out); err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf("+I 1 %d %d %d", 0, day, 16*hour-1)}
	if !slices.Equal(out.rows, want) {
		t.Errorf("got %v, want %v", out.rows, want)
	}
}

func TestRefusals(t *testing.T) {
	for _, s := range []logical.WindowSpec{
		{Kind: logical.Hop, Size: 100, Slide: 30},
		{Kind: logical.Cumulate, Size: 100, Slide: 30},
		{Kind: logical.Session},
		{Kind: logical.Tumble},
	} {
		op := window.NewAggregate(&physical.WindowAggregate{Spec: s, Time: 3})
		err := op.Open(&operator.Context{Inputs: []*types.Schema{input}, Store: aggregatetest.NewStore(), Env: &kernel.Env{}})
		if sqlerr.As(err) == nil {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// TestTable assigns windows to rows and compares with trying all windows.
func TestTable(t *testing.T) {
	for _, s := range append(specs, logical.WindowSpec{Kind: logical.Hop, Size: 20, Slide: 50}) {
		for _, size := range []int{1, 7, 100} {
			t.Run(fmt.Sprintf("%v/batch=%d", s, size), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, 1))
				var events []event
				var want []string
				for i := range 100 {
					e := event{k: int64(i), ts: int64(rng.IntN(1000) - 500), s: "s", noTime: i%10 == 3}
					events = append(events, e)
					if e.noTime {
						continue
					}
					for _, w := range windowsOf(s, e.ts) {
						want = append(want, fmt.Sprintf("+I %d s 0 %d %d %d %d", e.k, e.ts, w[0], w[1], w[1]-1))
					}
				}
				op, out := window.NewTable(&physical.WindowTable{Spec: s, Time: 3}), &sink{}
				if err := op.Open(&operator.Context{Inputs: []*types.Schema{input}, Env: &kernel.Env{}}); err != nil {
					t.Fatal(err)
				}
				for from := 0; from < len(events); from += size {
					out.room = 1
					if err := op.Process(0, batch(events[from:min(from+size, len(events))]...), out); err != nil {
						t.Fatal(err)
					}
					for more := true; more; {
						var err error
						out.room = 1
						if more, err = op.Resume(out); err != nil {
							t.Fatal(err)
						}
					}
				}
				slices.Sort(out.rows)
				slices.Sort(want)
				if !slices.Equal(out.rows, want) {
					t.Errorf("%d rows, want %d", len(out.rows), len(want))
				}
			})
		}
	}
}

// TestTableOrder: of one row, HOP gives the latest window first and CUMULATE the shortest, as Flink does; pairs of changes are parted.
func TestTableOrder(t *testing.T) {
	op, out := window.NewTable(&physical.WindowTable{Spec: logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50}, Time: 3}), &sink{room: 10}
	if err := op.Open(&operator.Context{Inputs: []*types.Schema{input}, Env: &kernel.Env{}}); err != nil {
		t.Fatal(err)
	}
	b := batch(event{k: 1, ts: 60}, event{k: 1, ts: 60})
	b.Kinds = []stream.RowKind{stream.UpdateBefore, stream.UpdateAfter}
	if err := op.Process(0, b, out); err != nil {
		t.Fatal(err)
	}
	want := []string{"-D 1  0 60 50 150 149", "+I 1  0 60 50 150 149", "-D 1  0 60 0 100 99", "+I 1  0 60 0 100 99"}
	if !slices.Equal(out.rows, want) {
		t.Errorf("got  %v\nwant %v", out.rows, want)
	}
}

// BenchmarkHop folds rows of 1,000 keys into slices of a second and fires windows of a minute.
func BenchmarkHop(b *testing.B) {
	for _, kind := range []string{"COUNT", "MAX"} {
		b.Run(kind, func(b *testing.B) {
			g, _ := memory.NewManager(1<<28).Open("bench", 0)
			a := agg("COUNT")
			if kind == "MAX" {
				a = agg("MAX", 2)
			}
			op := window.NewAggregate(&physical.WindowAggregate{Keys: []int{0}, Aggs: []physical.Agg{a}, Spec: logical.WindowSpec{Kind: logical.Hop, Size: 60_000, Slide: 1000}, Time: 3})
			if err := op.Open(&operator.Context{Inputs: []*types.Schema{input}, Memory: g, Store: aggregatetest.NewHashmap(b).Store(), Env: &kernel.Env{}}); err != nil {
				b.Fatal(err)
			}
			defer op.Close()
			events := make([]event, stream.BatchRows)
			for i := range b.N {
				for r := range events {
					events[r] = event{k: int64(r % 1000), x: int64(r), ts: int64(i)*1000 + int64(r%1000)}
				}
				in := batch(events...)
				if err := op.Process(0, in, discard{}); err != nil {
					b.Fatal(err)
				}
				if _, err := op.Watermark(int64(i)*1000, discard{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/slide")
		})
	}
}

type discard struct{}

func (discard) Full() bool               { return false }
func (discard) Emit(*stream.Batch) error { return nil }
