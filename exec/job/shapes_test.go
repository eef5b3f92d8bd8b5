package job_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/sink"
)

// passing has the calls of an operator that passes time on.
type passing struct{ ctx *operator.Context }

func (p *passing) Open(ctx *operator.Context) error { p.ctx = ctx; return nil }
func (p *passing) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}
func (p *passing) EndInput(int, operator.Output) error { return nil }
func (p *passing) Close() error                        { return nil }

// lookup builds a map of input 1 with the other subtasks here, then emits each
// row of input 0 with v replaced by the number of build rows of its key, in pieces.
type lookup struct {
	passing
	shared *sharedMap
	built  bool
	in     *stream.Batch
	row    int
	out    *stream.Builder
}

type sharedMap struct {
	mu     sync.Mutex
	counts map[int64]int64
	left   int
	wake   []func()
}

func (l *lookup) Open(ctx *operator.Context) error {
	l.ctx, l.out = ctx, stream.NewBuilder(ctx.Output.Types())
	l.shared = ctx.Vertex(func() any { return &sharedMap{counts: map[int64]int64{}, left: ctx.Parallelism} }).(*sharedMap)
	return nil
}

func (l *lookup) Wants() uint64 {
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	switch {
	case !l.built:
		return 1 << 1
	case l.shared.left > 0:
		return 0
	}
	return 1
}

func (l *lookup) Process(input int, b *stream.Batch, _ operator.Output) error {
	if input == 0 {
		if l.in != nil {
			return fmt.Errorf("a batch came while another is pending")
		}
		if !l.built || l.shared.left > 0 {
			return fmt.Errorf("the probe came before the build was sealed")
		}
		l.in, l.row = b, 0
		return nil
	}
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	for _, k := range vector.Values[int64](&b.Cols[0])[:b.Rows] {
		l.shared.counts[k]++
	}
	return nil
}

// Resume emits three rows.
func (l *lookup) Resume(out operator.Output) (bool, error) {
	if l.in == nil {
		return false, nil
	}
	l.out.Reset()
	for range 3 {
		if l.row == l.in.Rows {
			break
		}
		k := vector.Values[int64](&l.in.Cols[0])[l.row]
		vector.Append(l.out.Column(0), k)
		vector.Append(l.out.Column(1), l.shared.counts[k])
		l.out.Advance(1, stream.Insert)
		l.row++
	}
	if l.row == l.in.Rows {
		l.in = nil
	}
	return l.in != nil, out.Emit(l.out.Finish())
}

func (l *lookup) EndInput(input int, _ operator.Output) error {
	if input == 0 {
		if l.in != nil {
			return fmt.Errorf("the probe ended while a batch is pending")
		}
		return nil
	}
	l.built = true
	l.ctx.Await()
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	l.shared.left--
	l.shared.wake = append(l.shared.wake, l.ctx.Awaken)
	if l.shared.left == 0 {
		for _, f := range l.shared.wake {
			f()
		}
	}
	return nil
}

// twice emits each batch two times in one call, without asking.
type twice struct{ passing }

func (t *twice) Process(_ int, b *stream.Batch, out operator.Output) error {
	if err := out.Emit(b); err != nil {
		return err
	}
	return out.Emit(b)
}

// later answers each batch from another goroutine, at most four at a time.
type later struct {
	passing
	flying int
	ended  bool
}

func (l *later) Wants() uint64 {
	if l.flying >= 4 {
		return 0
	}
	return 1
}

func (l *later) Process(_ int, b *stream.Batch, _ operator.Output) error {
	c := stream.NewBuilder(twoInts.Types())
	c.Append(b, nil)
	l.flying++
	go func() {
		time.Sleep(100 * time.Microsecond)
		l.ctx.Post(func(out operator.Output) error { l.flying--; return out.Emit(c.Finish()) })
	}()
	return nil
}

// Resume waits for the answers before the end.
func (l *later) Resume(operator.Output) (bool, error) {
	if l.ended && l.flying > 0 {
		l.ctx.Await()
		return true, nil
	}
	return false, nil
}
func (l *later) EndInput(int, operator.Output) error { l.ended = true; return nil }

// enough passes the first ten rows.
type enough struct {
	passing
	seen int
}

func (e *enough) Process(_ int, b *stream.Batch, out operator.Output) error {
	n := min(10-e.seen, b.Len())
	e.seen += n
	if n == 0 {
		return nil
	}
	c := stream.NewBuilder(twoInts.Types())
	for i := range uint32(n) {
		c.Append(b, []uint32{i})
	}
	return out.Emit(c.Finish())
}
func (e *enough) Done() bool { return e.seen == 10 }

// metronome emits a row every two milliseconds, five times.
type metronome struct {
	passing
	ticks int
}

func (m *metronome) Open(ctx *operator.Context) error {
	ctx.Alarm(ctx.Clock() + 2)
	return m.passing.Open(ctx)
}
func (m *metronome) Process(int, *stream.Batch, operator.Output) error { return nil }
func (m *metronome) Tick(now int64, out operator.Output) (int64, error) {
	m.ticks++
	one := vector.Of(types.PhysInt64, []int64{int64(m.ticks)})
	next := now + 2
	if m.ticks == 5 {
		next = 0
	}
	return next, out.Emit(&stream.Batch{Cols: []vector.Vector{one, one}, Rows: 1})
}

func shape(name string) (operator.Operator, bool) {
	switch name {
	case "Lookup":
		return &lookup{}, true
	case "Twice":
		return &twice{}, true
	case "Later":
		return &later{}, true
	case "Enough":
		return &enough{}, true
	case "Metronome":
		return &metronome{}, true
	}
	return nil, false
}

func join(id string) graph.OperatorSpec {
	s := op(id, "Lookup", nil)
	s.Inputs = append(s.Inputs, twoInts)
	return s
}

func run(t *testing.T, g *graph.Job) map[int64]int64 {
	t.Helper()
	c := newCluster(t)
	res := sink.NewResults(twoInts, 5)
	j, err := c.jobs.Submit(g, job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	got, err := rows(short(t), res)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	return got
}

// Two joins in a row, each building over an edge before it probes, with an
// operator between them that overruns, in queues of one batch. The builds come
// from the same kind of source; nothing may wait for ever.
func TestBuildsBeforeProbes(t *testing.T) {
	sources.Store("probe", &numbers{Splits: 3, Rows: 200, Keys: 20, Batch: 70})
	sources.Store("build", &numbers{Splits: 4, Rows: 100, Keys: 10, Batch: 30})
	for _, p := range []struct {
		parallelism, batch int
		network            bool
	}{{1, 8192, false}, {3, 7, false}, {2, 1, false}, {3, 7, true}} {
		v := vertexes{
			chain("b1", p.parallelism, op("b1", "Numbers", numbersParams{"build"})),
			chain("b2", 1, op("b2", "Numbers", numbersParams{"build"})),
			chain("probe", p.parallelism, op("probe", "Numbers", numbersParams{"probe"}), op("twice", "Twice", nil), join("j1"), op("twice2", "Twice", nil), join("j2"), op("fan", "FanOut", nil)),
			chain("out", 1, op("out", "Collect", nil)),
		}
		v[2].Inputs = []graph.Edge{
			{From: "b1", Dist: physical.Distribution{Kind: physical.Forward}, Op: 2, Input: 1},
			{From: "b2", Dist: physical.Distribution{Kind: physical.Rebalance}, Op: 4, Input: 1},
		}
		v.edge(2, 3, physical.Single)
		got := run(t, newJob(graph.Config{BatchRows: p.batch, QueueBatches: 1, NetworkExchange: p.network}, v))
		// Each probe row comes 2×2×3 times, with the 40 build rows of its key.
		for k := range int64(20) {
			want := int64(0)
			if k < 10 {
				want = 3 * 10 * 12 * 40
			}
			if got[k] != want {
				t.Fatalf("%+v: key %d: %d instead of %d", p, k, got[k], want)
			}
		}
	}
}

// Subtasks that share a table end early only all at once: one that has enough
// goes on for the others, which rely on what it has seen.
func TestEnoughBehindASharedTable(t *testing.T) {
	sources.Store("endless", &numbers{Splits: 4, Rows: 1 << 40, Keys: 5, Batch: 100})
	sources.Store("few", &numbers{Splits: 1, Rows: 2000, Keys: 5, Batch: 100, Pause: 100 * time.Microsecond})
	sources.Store("build", &numbers{Splits: 4, Rows: 100, Keys: 10, Batch: 30})
	for _, probe := range []string{"endless", "few"} {
		v := vertexes{
			chain("b", 2, op("b", "Numbers", numbersParams{"build"})),
			chain("probe", 2, op("probe", "Numbers", numbersParams{probe}), join("j"), op("enough", "Enough", nil)),
			chain("out", 1, op("out", "Collect", nil)),
		}
		v[1].Inputs = []graph.Edge{{From: "b", Dist: physical.Distribution{Kind: physical.Forward}, Op: 1, Input: 1}}
		v.edge(1, 2, physical.Single)
		got := run(t, newJob(graph.Config{BatchRows: 50}, v))
		// Ten rows of each subtask that has any, each with the 40 build rows of its key.
		want := int64(2 * 10 * 40)
		if probe == "few" {
			want /= 2
		}
		sum := int64(0)
		for _, v := range got {
			sum += v
		}
		if sum != want {
			t.Fatalf("%s: %v", probe, got)
		}
	}
}

func TestAnswersFromOutside(t *testing.T) {
	sources.Store(t.Name(), &numbers{Splits: 3, Rows: 2000, Keys: 5, Batch: 70})
	v := vertexes{chain("src", 2, op("src", "Numbers", numbersParams{t.Name()}), op("later", "Later", nil)), chain("out", 1, op("out", "Collect", nil))}
	v.edge(0, 1, physical.Single)
	if got := run(t, newJob(graph.Config{BatchRows: 50, QueueBatches: 1}, v)); got[0] != 3*400 || len(got) != 5 {
		t.Fatalf("%v", got)
	}
}

func TestEnoughEndsTheSource(t *testing.T) {
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 1 << 40, Keys: 5, Batch: 100})
	for _, chained := range []bool{true, false} {
		v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}))}
		if chained {
			v[0].Chain = append(v[0].Chain, op("enough", "Enough", nil))
			v = append(v, chain("out", 1, op("out", "Collect", nil)))
		} else {
			v = append(v, chain("enough", 1, op("enough", "Enough", nil), op("out", "Collect", nil)))
		}
		v.edge(0, 1, physical.Single)
		if got := run(t, newJob(graph.Config{}, v)); got[0] != 2 || len(got) != 5 {
			t.Fatalf("chained %v: %v", chained, got)
		}
	}
}

func TestTicks(t *testing.T) {
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 100, Keys: 5, Batch: 1, Pause: time.Millisecond})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}), op("tick", "Metronome", nil)), chain("out", 1, op("out", "Collect", nil))}
	v.edge(0, 1, physical.Single)
	if got := run(t, newJob(graph.Config{}, v)); len(got) != 5 || got[5] != 5 {
		t.Fatalf("%v", got)
	}
}
