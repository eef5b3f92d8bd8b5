package job_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/sink"
	"github.com/weir-engine/weir/exec/operator/source"
	"github.com/weir-engine/weir/exec/worker"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/heap"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var twoInts = types.NewSchema(types.Field{Name: "k", Type: types.BigIntType}, types.Field{Name: "v", Type: types.BigIntType})

// numbers is a source of Splits splits of Rows rows each: (row%Keys, 1), at a pace.
type numbers struct {
	Splits, Rows, Keys, Batch int
	Pause                     time.Duration // before each fetch
	Endless                   bool          // the enumerator never says that no splits follow
	FailAt                    int           // rows of a split after which the reader fails once
	failed                    *atomic.Bool
}

type numbersEnum struct {
	n    *numbers
	next int
}

func (n *numbers) Enumerate(_ context.Context, restored []byte) (connector.Enumerator, error) {
	e := &numbersEnum{n: n}
	if restored != nil {
		e.next = int(binary.LittleEndian.Uint64(restored))
	}
	return e, nil
}

func (e *numbersEnum) Assign(context.Context, int, int) ([]connector.Split, bool, error) {
	if e.next == e.n.Splits {
		return nil, !e.n.Endless, nil
	}
	e.next++
	return []connector.Split{{ID: fmt.Sprint("s", e.next), Data: make([]byte, 8)}}, false, nil
}
func (e *numbersEnum) Wake() <-chan struct{}           { return nil }
func (e *numbersEnum) AddSplitsBack([]connector.Split) {}
func (e *numbersEnum) Snapshot() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(e.next)), nil
}
func (e *numbersEnum) Close() error { return nil }

type numbersReader struct {
	n      *numbers
	rc     connector.ReaderContext
	splits []connector.Split
}

func (n *numbers) Open(_ context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	return &numbersReader{n: n, rc: rc}, nil
}

func (r *numbersReader) Assign(s []connector.Split) error {
	r.splits = append(r.splits, s...)
	return nil
}
func (r *numbersReader) Pause([]string, bool) {}
func (r *numbersReader) Close() error         { return nil }
func (r *numbersReader) Next(ctx context.Context) (connector.Fetch, error) {
	if len(r.splits) == 0 {
		return connector.Fetch{}, connector.ErrNeedSplits
	}
	if r.n.Pause > 0 {
		select {
		case <-time.After(r.n.Pause):
		case <-ctx.Done():
			return connector.Fetch{}, ctx.Err()
		}
	}
	s := &r.splits[0]
	at := int(binary.LittleEndian.Uint64(s.Data))
	if r.n.FailAt > 0 && at >= r.n.FailAt && r.n.failed.CompareAndSwap(false, true) {
		return connector.Fetch{}, fmt.Errorf("the disk is on fire")
	}
	rows := min(r.n.Batch, r.n.Rows-at)
	keys, ones := make([]int64, rows), make([]int64, rows)
	for i := range keys {
		keys[i], ones[i] = int64((at+i)%r.n.Keys), 1
	}
	b := &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, keys), vector.Of(types.PhysInt64, ones)}, Rows: rows}
	at += rows
	after := binary.LittleEndian.AppendUint64(nil, uint64(at))
	f := connector.Fetch{Batch: b, Spans: []connector.Span{{Split: s.ID, To: rows, After: after, Finished: at == r.n.Rows}}}
	s.Data = after
	if at == r.n.Rows {
		r.splits = r.splits[1:]
	}
	return f, nil
}

// count keeps a sum by key in a map: bounded it emits at the end, streaming it
// snapshots its map, keyed by whoever gets the rows.
type count struct {
	ctx  *operator.Context
	sums map[int64]int64
	out  *stream.Builder
}

func (c *count) Open(ctx *operator.Context) error {
	c.ctx, c.sums, c.out = ctx, map[int64]int64{}, stream.NewBuilder(ctx.Output.Types())
	for _, p := range ctx.Restored {
		var m map[int64]int64
		if err := json.Unmarshal(p, &m); err != nil {
			return err
		}
		for k, v := range m {
			if c.mine(k) {
				c.sums[k] += v
			}
		}
	}
	return nil
}

func (c *count) mine(k int64) bool {
	return ownerOf(k, c.ctx.Parallelism, c.ctx.MaxParallelism) == c.ctx.Subtask
}

func (c *count) Process(_ int, b *stream.Batch, _ operator.Output) error {
	if b.Sel != nil {
		return fmt.Errorf("a batch on an edge is dense")
	}
	keys, vals := b.Cols[0].Flatten(), b.Cols[1].Flatten()
	for i, k := range vector.Values[int64](&keys) {
		if !c.mine(k) {
			return fmt.Errorf("key %d came to subtask %d", k, c.ctx.Subtask)
		}
		c.sums[k] += vector.Values[int64](&vals)[i]
	}
	return nil
}

func (c *count) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

func (c *count) EndInput(_ int, out operator.Output) error {
	for k, v := range c.sums {
		vector.Append(c.out.Column(0), k)
		vector.Append(c.out.Column(1), v)
		c.out.Advance(1, stream.Insert)
	}
	c.sums = map[int64]int64{}
	return out.Emit(c.out.Finish())
}

func (c *count) Snapshot(int64) ([][]byte, error) {
	b, err := json.Marshal(c.sums)
	return [][]byte{b}, err
}
func (c *count) Redistribution() operator.Redistribution { return operator.Union }
func (c *count) Close() error                            { return nil }

// keyedCount is count with its sums in keyed state.
type keyedCount struct {
	count
	state   keyed.ValueState
	grouper keyed.Grouper
	loaded  keyed.Rows
}

func (c *keyedCount) Open(ctx *operator.Context) (err error) {
	c.ctx, c.out, c.loaded.Width = ctx, stream.NewBuilder(ctx.Output.Types()), 16
	c.state, err = ctx.Store.Value("sums", 16)
	return err
}

func (c *keyedCount) Process(_ int, b *stream.Batch, _ operator.Output) error {
	keys, index := c.grouper.Group(b.Cols[:1], b.Rows, b.Sel)
	c.loaded.Reset()
	if err := c.state.Get(keys, &c.loaded); err != nil {
		return err
	}
	ks, vs := b.Cols[0].Flatten(), b.Cols[1].Flatten()
	for r := range b.Rows {
		i := index[r]
		row := c.loaded.At(int(i))
		c.loaded.Has[i] = true
		binary.LittleEndian.PutUint64(row, uint64(vector.Values[int64](&ks)[r]))
		binary.LittleEndian.PutUint64(row[8:], binary.LittleEndian.Uint64(row[8:])+uint64(vector.Values[int64](&vs)[r]))
	}
	return c.state.Put(keys, nil, &c.loaded)
}

func (c *keyedCount) EndInput(_ int, out operator.Output) error {
	var cursor keyed.Cursor
	for more := true; more; {
		var e keyed.Entries
		e.Rows.Width = 16
		var err error
		if more, err = c.state.Scan(&cursor, &e, 100); err != nil {
			return err
		}
		for i := range e.Rows.N() {
			row := e.Rows.At(i)
			vector.Append(c.out.Column(0), int64(binary.LittleEndian.Uint64(row)))
			vector.Append(c.out.Column(1), int64(binary.LittleEndian.Uint64(row[8:])))
			c.out.Advance(1, stream.Insert)
		}
	}
	return out.Emit(c.out.Finish())
}

func (c *keyedCount) Snapshot(int64) ([][]byte, error) { return nil, nil }

// double emits every batch Times times, one a Resume.
type fanOut struct {
	times, left int
	in          *stream.Batch
}

func (f *fanOut) Open(*operator.Context) error { return nil }
func (f *fanOut) Process(_ int, b *stream.Batch, out operator.Output) error {
	f.in, f.left = b, f.times
	return nil
}

func (f *fanOut) Resume(out operator.Output) (bool, error) {
	if f.left == 0 {
		return false, nil
	}
	f.left--
	return f.left > 0, out.Emit(f.in)
}

func (f *fanOut) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}
func (f *fanOut) EndInput(int, operator.Output) error { return nil }
func (f *fanOut) Close() error                        { return nil }

// cluster is both roles in one process.
type cluster struct {
	t       testing.TB
	source  connector.Source // of "Numbers"; nil: by name
	tallies *tallies
	jobs    *job.Manager
	relay   relay
	tasks   *worker.Manager
	mem     *memory.Manager
	disk    fs.FS
	root    string       // of checkpoints
	store   *faultyStore // nil: never fails
	sink    connector.Sink
	scratch string
}

var spilled atomic.Value // the directory that a Spiller was given

type numbersParams struct{ Name string }

var sources sync.Map // name → *numbers

func newCluster(t *testing.T) *cluster { return newClusterOf(t) }

func newClusterOf(t testing.TB) *cluster {
	c := &cluster{t: t, mem: memory.NewManager(256 << 20), disk: fs.NewMemory(), root: "/ckpt", scratch: t.TempDir()}
	c.jobs = job.NewManager(job.Config{Store: c.open, Sources: c.sourcesOf})
	c.relay.to = c.jobs
	var err error
	c.tasks, err = worker.NewManager(worker.Config{Memory: c.mem, SpillDir: c.scratch, Jobs: &c.relay, Factory: c.make, Backends: c.backend})
	if err != nil {
		t.Fatal(err)
	}
	c.jobs.Attach(c.tasks)
	t.Cleanup(func() {
		c.jobs.Close()
		if err := c.tasks.Close(); err != nil {
			t.Error(err)
		}
		if n := c.mem.Used(); n != 0 {
			t.Errorf("%d bytes are still granted", n)
		}
	})
	return c
}

// relay is a JobManager that another may take the place of.
type relay struct{ to worker.JobManager }

func (r *relay) TaskRunning(id worker.TaskID) { r.to.TaskRunning(id) }
func (r *relay) Acknowledge(id worker.TaskID, cp int64, s checkpoint.SubtaskState) {
	r.to.Acknowledge(id, cp, s)
}
func (r *relay) Decline(id worker.TaskID, cp int64, reason error) { r.to.Decline(id, cp, reason) }
func (r *relay) RequestSplits(id worker.TaskID, op string)        { r.to.RequestSplits(id, op) }
func (r *relay) TaskEnded(id worker.TaskID, waits bool)           { r.to.TaskEnded(id, waits) }
func (r *relay) TaskClosed(id worker.TaskID, err error)           { r.to.TaskClosed(id, err) }

func (c *cluster) sourcesOf(s *graph.OperatorSpec, _ *graph.Job) (connector.Source, error) {
	if s.Name != "Numbers" {
		return nil, nil
	}
	return c.sourceOf(s), nil
}

// open is the checkpoint store of a streaming job.
func (c *cluster) open(g *graph.Job) (checkpoint.Store, error) {
	if !g.Config.Streaming {
		return nil, nil
	}
	s := checkpoint.NewStorage(c.storage(g.ID), func() int64 { return time.Now().UnixMilli() })
	if c.store != nil {
		c.store.Store = s
		return c.store, nil
	}
	return s, nil
}

func (c *cluster) storage(job string) *snapshot.Storage {
	return snapshot.Root{FS: c.disk, Dir: c.root}.Job(job, 1)
}

func (c *cluster) backend(s worker.BackendSpec) (keyed.Backend, error) {
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	return heap.Open(keyed.Config{
		Dir: dir, FS: c.disk, Checkpoints: c.storage(s.Job.ID).Dir(), Owner: fmt.Sprint(s.Vertex, "-", s.Subtask), Attempt: fmt.Sprint(s.Attempt),
		Groups: s.Groups, MaxParallelism: s.MaxParallelism, Memory: s.Memory, Restore: s.Restored, RestoreFrom: s.From,
	})
}

func (c *cluster) sourceOf(s *graph.OperatorSpec) connector.Source {
	if c.source != nil {
		return c.source
	}
	var p numbersParams
	if err := json.Unmarshal(s.Params, &p); err != nil {
		panic(err)
	}
	n, _ := sources.Load(p.Name)
	return n.(*numbers)
}

func (c *cluster) make(s *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	switch s.Name {
	case "Numbers":
		return source.New(c.sourceOf(s), nil), nil
	case "Count":
		return &count{}, nil
	case "Keyed":
		return &keyedCount{}, nil
	case "Greedy":
		return &greedy{}, nil
	case "Spiller":
		return &spiller{dir: &spilled}, nil
	case "Pass":
		return &pass{}, nil
	case "Tally":
		return &tally{t: c.tallies}, nil
	case "FanOut":
		return &fanOut{times: 3}, nil
	case "Panic":
		return &panicky{}, nil
	case "Collect":
		return sink.NewCollect(env.Results), nil
	case "Sink":
		return sink.New(c.sink), nil
	}
	if o, ok := shape(s.Name); ok {
		return o, nil
	}
	return nil, fmt.Errorf("no operator %s", s.Name)
}

type panicky struct{ fanOut }

func (p *panicky) Process(int, *stream.Batch, operator.Output) error { panic("oh no") }

func op(id, name string, params any) graph.OperatorSpec {
	b, _ := json.Marshal(params)
	s := graph.OperatorSpec{ID: id, Name: name, Params: b, Output: twoInts}
	if name != "Numbers" {
		s.Inputs = []*types.Schema{twoInts}
	}
	return s
}

func chain(id string, parallelism int, ops ...graph.OperatorSpec) *graph.Vertex {
	return &graph.Vertex{ID: id, Name: id, Parallelism: parallelism, MaxParallelism: 16, Chain: ops}
}

func (v vertexes) edge(from, to int, d physical.DistKind, keys ...int) {
	v[to].Inputs = append(v[to].Inputs, graph.Edge{From: v[from].ID, Dist: physical.Distribution{Kind: d, Keys: keys}})
}

type vertexes []*graph.Vertex

var jobNumber atomic.Int64

func newJob(c graph.Config, v vertexes) *graph.Job {
	c.MaxParallelism = 16
	if c.CheckpointTimeout == 0 {
		c.CheckpointTimeout = 20_000
	}
	id := fmt.Sprint("job", jobNumber.Add(1))
	for _, x := range v {
		x.Bounded = !c.Streaming
		for i := range x.Chain {
			x.Chain[i].Bounded = x.Bounded
		}
	}
	return &graph.Job{ID: id, Name: id, Config: c.WithDefaults(), Vertices: v}
}

// faultyStore is a Store that may refuse to write.
type faultyStore struct {
	checkpoint.Store
	mu   sync.Mutex
	fail error
}

func (f *faultyStore) Write(ctx context.Context, s *checkpoint.Snapshot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	return f.Store.Write(ctx, s)
}
