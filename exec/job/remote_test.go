package job_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator/sink"
	"github.com/weir-engine/weir/exec/worker"
)

// far is a cluster whose task managers join over sockets, each behind a proxy
// that can be stopped or cut.
type far struct {
	*cluster
	server  *worker.Server
	wait    time.Duration // for slots
	timeout time.Duration // of heartbeats
	members []*farMember
}

type farMember struct {
	control *proxy
	tasks   *worker.Manager
	leave   func()
}

// newFar starts a job manager and task managers of a number of slots each.
func newFar(t *testing.T, wait, timeout time.Duration, slots ...int) *far {
	f := &far{cluster: newCluster(t), timeout: timeout, wait: wait}
	f.lead(t, nil, 1)
	for _, n := range slots {
		f.join(t, n)
	}
	return f
}

// lead starts a job manager; an earlier one must have stopped.
func (f *far) lead(t *testing.T, store job.Records, leader int64) {
	f.jobs = job.NewManager(job.Config{
		Store: f.open, Resources: job.NewStandalone(f.wait), Leader: leader, Records: store,
		Sources: f.sourcesOf,
	})
	var err error
	f.server, err = worker.Serve(worker.ServerConfig{Address: "127.0.0.1:0", Members: f.jobs, Token: "secret", Leader: leader, Interval: f.timeout / 10, Timeout: f.timeout, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range f.members {
		m.control.lead(f.server.Addr())
	}
	jobs, server := f.jobs, f.server
	t.Cleanup(func() {
		jobs.Close()
		server.Close()
	})
}

// stop ends the job manager as its process's end would, but for what it has recorded.
func (f *far) stop() {
	f.jobs.Suspend()
	f.server.Close()
}

// join starts a task manager; it leaves when the test is over.
func (f *far) join(t *testing.T, slots int) *farMember {
	m := &farMember{control: newProxy(t, f.server.Addr())}
	mem := memory.NewManager(256 << 20)
	up := worker.NewUplink(worker.UplinkConfig{
		Address: m.control.addr(), Log: slog.New(slog.DiscardHandler),
		Registration: worker.Registration{ID: fmt.Sprint("tm", len(f.members)), Slots: slots, Token: "secret"},
	})
	var err error
	m.tasks, err = worker.NewManager(worker.Config{Memory: mem, Slots: slots, SpillDir: t.TempDir(), Jobs: up, Factory: f.make, Backends: f.backend})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- up.Run(ctx, m.tasks) }()
	m.leave = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := m.tasks.Close(); err != nil {
			t.Error(err)
		}
		if n := mem.Used(); n != 0 {
			t.Errorf("%d bytes are still granted", n)
		}
	})
	t.Cleanup(m.leave)
	f.members = append(f.members, m)
	return m
}

// proxy passes connections on to an address, until it is told not to.
type proxy struct {
	listener net.Listener
	target   string
	wg       sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	stopped chan struct{} // nil: bytes flow; else until it is closed they do not
	corrupt bool          // the next bytes are changed
}

func newProxy(t *testing.T, target string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: target, conns: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.thaw()
		p.cut()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		out, err := net.Dial("tcp", target)
		if err != nil {
			_ = in.Close()
			continue
		}
		p.mu.Lock()
		p.conns[in], p.conns[out] = true, true
		p.mu.Unlock()
		p.wg.Go(func() { p.pass(in, out) })
		p.wg.Go(func() { p.pass(out, in) })
	}
}

func (p *proxy) pass(from, to net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		p.mu.Lock()
		stopped, corrupt := p.stopped, p.corrupt
		p.corrupt = p.corrupt && n == 0
		p.mu.Unlock()
		if stopped != nil {
			<-stopped
		}
		if corrupt && n > 0 {
			b[n/2] ^= 0x20
		}
		if _, werr := to.Write(b[:n]); err != nil || werr != nil {
			return
		}
	}
}

// lead sends what comes from now on to another address.
func (p *proxy) lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// cut breaks all connections there are.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// freeze lets nothing through, in either direction.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = make(chan struct{})
}

func (p *proxy) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped != nil {
		close(p.stopped)
		p.stopped = nil
	}
}

// always restarts, since on a loaded machine a heartbeat may be late too.
var always = graph.Restart{Strategy: "fixed-delay", Attempts: -1, Delay: 5}

// spread is a job that may run in several processes.
func spread(g *graph.Job) *graph.Job { g.Config.Spread = true; return g }

// until waits for a condition of a job.
func until(t *testing.T, j *job.Job, what string, holds func(job.Status) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(j.Status()); time.Sleep(time.Millisecond) {
		if j.Err() != nil || time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s: %v, %+v", what, j.Err(), j.Status())
		}
	}
}

func workersOf(s job.Status) int {
	seen := map[string]bool{}
	for _, t := range s.Tasks {
		seen[t.Worker] = true
	}
	return len(seen)
}

func TestRowsOfAQueryComeFromFar(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1, 2)
	sources.Store(t.Name(), &numbers{Splits: 6, Rows: 20_000, Keys: 5000, Batch: 1000})
	res := sink.NewResults(twoInts, 100)
	j, err := f.jobs.Submit(spread(countJob(graph.Config{BatchRows: 100}, t.Name(), 3, 3)), job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	got, err := rows(short(t), res)
	if err != nil || len(got) != 5000 || got[17] != 3*6*4 {
		t.Fatalf("%d rows, %d: %v", len(got), got[17], err)
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if n := workersOf(j.Status()); n != 2 {
		t.Errorf("it ran on %d task managers", n)
	}
}

// TestClientWhoIsSlowHoldsAFarJobBack: rows wait where they are made.
func TestClientWhoIsSlowHoldsAFarJobBack(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 100_000, Keys: 5, Batch: 100})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}), op("out", "Collect", nil))}
	res := sink.NewResults(twoInts, 200)
	j, err := f.jobs.Submit(spread(newJob(graph.Config{}, v)), job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := res.Next(short(t)); err != nil {
		t.Fatal(err)
	}
	read := func() (n int64) {
		for _, task := range j.Status().Tasks {
			for _, s := range task.Operators[0].Samples {
				if s.Name == "numRecordsOut" {
					n = s.Value
				}
			}
		}
		return n
	}
	before := int64(-1)
	for now := read(); now != before; now = read() { // until it stands still
		before = now
		time.Sleep(50 * time.Millisecond)
	}
	if before > 20_000 {
		t.Errorf("%d rows were read for a client who took one batch", before)
	}
	if got, err := rows(short(t), res); err != nil || len(got) != 5 {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestFailuresCrossWithTheirCodes(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 10, Keys: 5, Batch: 1})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}), op("greedy", "Greedy", nil), op("out", "Collect", nil))}
	j, err := f.jobs.Submit(newJob(graph.Config{Restart: always}, v), job.Options{Results: sink.NewResults(twoInts, 10)})
	if err != nil {
		t.Fatal(err)
	}
	err = j.Wait(short(t))
	if se := sqlerr.As(err); se == nil || se.Code != sqlerr.InsufficientMemory || !strings.Contains(err.Error(), "needs 1073872896 bytes") {
		t.Fatalf("want a refusal with the number that all its operators need, got %v", err)
	}
}

func TestJobsWaitForSlots(t *testing.T) {
	f := newFar(t, 50*time.Millisecond, 10*time.Second, 1)
	sources.Store(t.Name(), &numbers{Splits: 2, Rows: 100, Keys: 5, Batch: 10})
	submit := func() *job.Job {
		j, err := f.jobs.Submit(spread(countJob(graph.Config{}, t.Name(), 2, 3)), job.Options{Results: sink.NewResults(twoInts, 1000)})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	for len(f.jobs.Workers()) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := submit().Wait(short(t)); err == nil || !strings.Contains(err.Error(), "needs 3 slots, 1 of 1 are free") {
		t.Fatalf("%v", err)
	}
	f.join(t, 2)
	for len(f.jobs.Workers()) < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := submit().Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	// A plan that shares tables needs its slots in one process.
	g := countJob(graph.Config{}, t.Name(), 2, 3)
	j, err := f.jobs.Submit(g, job.Options{Results: sink.NewResults(twoInts, 1000)})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err == nil || !strings.Contains(err.Error(), "needs 3 slots of one task manager, at most 2 are free together") {
		t.Fatalf("%v", err)
	}
}

// disturbed runs a job with state while something happens to its cluster, and
// wants every row once.
func disturbed(t *testing.T, f *far, parallelism int, disturb func(j *job.Job)) {
	t.Helper()
	o := newOutside()
	f.sink = o
	sources.Store(t.Name(), &numbers{Splits: 5, Rows: 4000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	g := spread(pipeline(graph.Config{CheckpointInterval: 15, Parallelism: parallelism, Restart: always}, t.Name(), parallelism, parallelism, "Keyed"))
	j, err := f.jobs.Submit(g, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	until(t, j, "two checkpoints", func(s job.Status) bool { return s.Checkpoints.Completed >= 2 })
	disturb(j)
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, keys, open := o.sum(); sum != 5*4000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open, %+v", sum, keys, open, j.Status())
	}
}

func restarted(t *testing.T, j *job.Job) {
	t.Helper()
	until(t, j, "a restart", func(s job.Status) bool {
		return s.Restarts > 0 && (s.State == job.Running || s.State == job.Finished)
	})
}

func TestATaskManagerLeaves(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1, 2, 1)
	disturbed(t, f, 3, func(j *job.Job) {
		f.members[1].leave()
		f.join(t, 1) // the two left, and this one
		restarted(t, j)
	})
}

func TestAConnectionIsCut(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1, 1)
	disturbed(t, f, 2, func(j *job.Job) {
		f.members[1].control.cut()
		restarted(t, j)
	})
}

func TestAMessageIsDamaged(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1, 1)
	disturbed(t, f, 2, func(j *job.Job) {
		p := f.members[0].control
		p.mu.Lock()
		p.corrupt = true
		p.mu.Unlock()
		until(t, j, "another attempt, or the end", func(s job.Status) bool { return s.Restarts > 0 || s.State == job.Finished })
	})
}

// TestAZombieIsNotHeard: a task manager that says nothing counts as gone, and what
// it still says when it comes back is of an attempt that is over.
func TestAZombieIsNotHeard(t *testing.T) {
	f := newFar(t, 20*time.Second, 400*time.Millisecond, 1, 1, 1)
	disturbed(t, f, 2, func(j *job.Job) {
		until(t, j, "all tasks", func(s job.Status) bool { return len(s.Tasks) == 4 })
		id := j.Status().Tasks[0].Worker
		for i, m := range f.members {
			if fmt.Sprint("tm", i) == id {
				m.control.freeze()
				restarted(t, j)
				m.control.thaw()
			}
		}
	})
}

func TestRescaleOverTaskManagers(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 2, 2, 1)
	for len(f.jobs.Workers()) < 3 {
		time.Sleep(time.Millisecond)
	}
	disturbed(t, f, 2, func(j *job.Job) {
		for _, p := range []int{5, 3} {
			if err := j.Rescale(short(t), p); err != nil {
				t.Fatal(err)
			}
			until(t, j, fmt.Sprint("parallelism ", p), func(s job.Status) bool { return len(s.Tasks) == 2*p && s.State == job.Running })
		}
		if err := j.Rescale(short(t), 6); err == nil || !strings.Contains(err.Error(), "needs 3 more slots, 2 are free") {
			t.Fatalf("%v", err)
		}
	})
}

func TestWhoMayNotJoinIsTold(t *testing.T) {
	f := newFar(t, time.Second, 10*time.Second)
	for want, r := range map[string]worker.Registration{
		"token":           {ID: "a", Slots: 1, Token: "guess"},
		`release "other"`: {ID: "a", Slots: 1, Token: "secret", Release: "other"},
		"0 slots":         {ID: "a", Token: "secret"},
	} {
		up := worker.NewUplink(worker.UplinkConfig{Address: f.server.Addr(), Registration: r, Log: slog.New(slog.DiscardHandler)})
		m, err := worker.NewManager(worker.Config{Memory: memory.NewManager(1 << 20), SpillDir: t.TempDir(), Jobs: up})
		if err != nil {
			t.Fatal(err)
		}
		if err := up.Run(short(t), m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(f.jobs.Workers()); n != 0 {
		t.Errorf("%d have joined", n)
	}
	// A connection that is none of ours harms nobody.
	c, err := net.Dial("tcp", f.server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func TestRescaleBySavepointOverTaskManagers(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 2, 2, 1)
	o := newOutside()
	f.sink = o
	sources.Store(t.Name(), &numbers{Splits: 6, Rows: 3000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	var from *checkpoint.Snapshot
	for _, p := range []int{2, 5, 3} {
		j, err := f.jobs.Submit(spread(pipeline(graph.Config{CheckpointInterval: 20, Restart: always}, t.Name(), p, p, "Keyed")), job.Options{Restore: from})
		if err != nil {
			t.Fatal(err)
		}
		if p == 3 {
			if err := j.Wait(short(t)); err != nil {
				t.Fatal(err)
			}
			break
		}
		until(t, j, "a checkpoint", func(s job.Status) bool { return s.Checkpoints.Completed > 0 })
		where := fmt.Sprint("/savepoint", p)
		if _, err := j.StopWithSavepoint(short(t), where); err != nil {
			t.Fatal(err)
		}
		if from, err = checkpoint.Load(f.disk, where); err != nil {
			t.Fatal(err)
		}
	}
	if sum, keys, open := o.sum(); sum != 6*3000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
	}
}

// TestABatchJobBeginsAnew: it has no checkpoints, so it runs again as a whole, and
// only because a task manager was lost.
func TestABatchJobBeginsAnew(t *testing.T) {
	f := newFar(t, 20*time.Second, 10*time.Second, 1, 1, 1)
	o := newOutside()
	f.sink = o
	sources.Store(t.Name(), &numbers{Splits: 4, Rows: 1000, Keys: 40, Batch: 10, Pause: 3 * time.Millisecond})
	g := spread(pipeline(graph.Config{Restart: graph.Restart{Strategy: "none", Losses: 2}}, t.Name(), 2, 2, "Count"))
	g.Config.Streaming = false
	j, err := f.jobs.Submit(g, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	until(t, j, "all tasks to run", func(s job.Status) bool { return s.State == job.Running && len(s.Tasks) == 4 })
	id := j.Status().Tasks[1].Worker
	for i, m := range f.members {
		if fmt.Sprint("tm", i) == id {
			m.leave()
		}
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, keys, open := o.sum(); sum != 4*1000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
	}
	if n := j.Status().Restarts; n != 1 {
		t.Errorf("%d restarts", n)
	}
}
