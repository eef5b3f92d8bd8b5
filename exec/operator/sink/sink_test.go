package sink

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var schema = types.NewSchema(types.Field{Name: "n", Type: types.BigIntType})

func batch(values ...int64) *stream.Batch {
	return &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, values)}, Rows: len(values)}
}

// diary is a sink that notes what it is told.
type diary struct {
	lines   []string
	answers []connector.Outcome // of commits to come; then Committed
	why     error               // of those that are not committed
	bare    bool                // nothing to commit
}

func (d *diary) note(s string) { d.lines = append(d.lines, s) }
func (d *diary) OpenWriter(context.Context, connector.WriterContext, [][]byte) (connector.Writer, error) {
	d.note("open writer")
	return d, nil
}

func (d *diary) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	if d.bare {
		return nil, nil
	}
	d.note("open committer")
	return &diaryCommitter{d}, nil
}

func (d *diary) Write(_ context.Context, b *stream.Batch) error {
	if b.Sel != nil {
		return errors.New("a writer's batch is dense")
	}
	d.note("write " + strings.Repeat("x", b.Rows))
	return nil
}
func (d *diary) Flush(context.Context) error { d.note("flush"); return nil }
func (d *diary) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	d.note("prepare")
	return []connector.Committable{connector.Committable("c")}, nil
}
func (d *diary) Snapshot(int64) ([]byte, error) { return []byte("state"), nil }
func (d *diary) Close() error                   { d.note("close"); return nil }

type diaryCommitter struct{ d *diary }

func (c *diaryCommitter) Commit(_ context.Context, cs []connector.Committable) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(cs))
	var why error
	for i := range out {
		if len(c.d.answers) > 0 {
			out[i], c.d.answers, why = c.d.answers[0], c.d.answers[1:], c.d.why
		}
	}
	c.d.note("commit")
	return out, why
}

func (c *diaryCommitter) AbortLeftovers(context.Context, []connector.Committable) error {
	c.d.note("abort leftovers")
	return nil
}
func (c *diaryCommitter) Close() error { c.d.note("close committer"); return nil }

func open(t *testing.T, d *diary) (*Sink, chan func(operator.Output) error) {
	s := New(d)
	posts := make(chan func(operator.Output) error, 8)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	err := s.Open(&operator.Context{Ctx: ctx, Inputs: []*types.Schema{schema}, Metric: metric.NewGroup(), Post: func(f func(operator.Output) error) { posts <- f }})
	if err != nil {
		t.Fatal(err)
	}
	return s, posts
}

func (d *diary) expect(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(d.lines, ", "); got != want {
		t.Fatalf("%s; want %s", got, want)
	}
	d.lines = nil
}

func TestTwoPhases(t *testing.T) {
	d := &diary{answers: []connector.Outcome{connector.Retry, connector.AlreadyCommitted}}
	s, posts := open(t, d)
	b := batch(1, 2, 3)
	b.Sel = []uint32{0, 2}
	if err := s.Process(0, b, nil); err != nil {
		t.Fatal(err)
	}
	_ = s.Flush(nil) // quiet: what is not committed cannot be seen anyway
	parts, err := s.Snapshot(1)
	if err != nil || len(parts) != 1 || len(s.Committables()) != 1 {
		t.Fatalf("%s, %v, %s", parts, err, s.Committables())
	}
	_ = s.Completed(context.Background(), 0) // an older one
	if s.Settled() {
		t.Fatal("nothing is committed yet")
	}
	_ = s.Completed(context.Background(), 1)
	_ = s.Completed(context.Background(), 1) // told twice, committed once
	if err := (<-posts)(nil); err != nil {
		t.Fatal(err)
	}
	if !s.Settled() || len(s.Committables()) != 0 {
		t.Fatal("what is committed is not named again")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.expect(t, "open committer, open writer, write xx, flush, prepare, commit, commit, close, close committer")
}

func TestLostIsAnError(t *testing.T) {
	d := &diary{answers: []connector.Outcome{connector.Lost}}
	s, posts := open(t, d)
	_, _ = s.Snapshot(7)
	_ = s.Completed(context.Background(), 7)
	if err := (<-posts)(nil); err == nil || !strings.Contains(err.Error(), "checkpoint 7") || !errors.Is(err, connector.ErrLost) {
		t.Fatal(err)
	}
	if s.Settled() {
		t.Fatal("a lost part is not settled")
	}
	_ = s.Close()
}

// TestGivesUp: a commit that is not to be had fails the job with its reason, and
// stays in the checkpoints.
func TestGivesUp(t *testing.T) {
	d := &diary{answers: []connector.Outcome{connector.Retry, connector.Retry, connector.Retry}, why: errors.New("no broker")}
	s, posts := open(t, d)
	s.committer.retries = 2
	_, _ = s.Snapshot(7)
	_ = s.Completed(context.Background(), 7)
	err := (<-posts)(nil)
	if err == nil || errors.Is(err, connector.ErrLost) {
		t.Fatal(err)
	}
	for _, want := range []string{"checkpoint 7", "3 times", "no broker"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if n := s.ctx.Metric.Counter("retriedCommittables").Value(); n != 2 || len(s.Committables()) != 1 {
		t.Errorf("%d retries, %d committables", n, len(s.Committables()))
	}
	_ = s.Close()
}

func TestAbortedGoesWithTheNext(t *testing.T) {
	d := &diary{}
	s, posts := open(t, d)
	_, _ = s.Snapshot(1)
	s.Aborted(1)
	_, _ = s.Snapshot(2)
	if n := len(s.Committables()); n != 2 {
		t.Fatalf("%d committables", n)
	}
	_ = s.Completed(context.Background(), 2)
	for range 2 {
		_ = (<-posts)(nil)
	}
	if !s.Settled() {
		t.Fatal("both are committed")
	}
	_ = s.Close()
}

func TestRecover(t *testing.T) {
	d := &diary{}
	if err := New(d).Recover(context.Background(), connector.WriterContext{}, []connector.Committable{[]byte("c")}); err != nil {
		t.Fatal(err)
	}
	d.expect(t, "open committer, commit, abort leftovers, close committer")
	d.bare = true
	if err := New(d).Recover(context.Background(), connector.WriterContext{}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestBareSinkFlushesWhenQuiet(t *testing.T) {
	d := &diary{bare: true}
	s, _ := open(t, d)
	_ = s.Process(0, batch(1), nil)
	_ = s.Flush(nil)
	_, _ = s.Snapshot(1)
	_ = s.Completed(context.Background(), 1)
	if !s.Settled() {
		t.Fatal("there is nothing to commit")
	}
	_ = s.Close()
	d.expect(t, "open writer, write x, flush, close")
}

func TestResults(t *testing.T) {
	r := NewResults(schema, 3)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	spaces := 0
	space := func() { spaces++ }
	b := batch(1, 2, 3, 4)
	if r.Full(r, space) {
		t.Fatal("it is empty")
	}
	_ = r.Deliver(b)
	vector.Values[int64](&b.Cols[0])[0] = 99 // the batch was lent
	for range 2 {                            // asking changes nothing
		if !r.Full(r, space) {
			t.Fatal("four rows wait, three may")
		}
	}
	if err := r.Restart(); err != nil {
		t.Fatalf("nothing was handed out: %v", err)
	}
	_ = r.Deliver(batch(5, 6, 7))
	got, err := r.Next(ctx)
	if err != nil || vector.Values[int64](&got.Cols[0])[0] != 5 {
		t.Fatalf("after a restart only new rows come: %v, %v", got, err)
	}
	if spaces != 1 {
		t.Fatalf("whoever waits hears of space once: %d", spaces)
	}
	if r.Restart() == nil {
		t.Fatal("rows were handed out")
	}
	r.Finish(nil)
	if _, err := r.Next(ctx); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	r = NewResults(schema, 3)
	_ = r.Deliver(batch(1))
	r.Finish(errors.New("broken"))
	if _, err := r.Next(ctx); err != nil {
		t.Fatalf("rows before the failure come first: %v", err)
	}
	if _, err := r.Next(ctx); err == nil || err.Error() != "broken" {
		t.Fatal(err)
	}
}
