package source

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a source whose reader returns the fetches that the test hands it.
type scripted struct {
	fetches  chan connector.Fetch
	mu       sync.Mutex
	assigned []string
	reached  []string // positions of completed checkpoints, a line each
}

func (s *scripted) Completed(splits []connector.Split) error {
	var line []string
	for _, x := range splits {
		line = append(line, x.ID+"@"+string(x.Data))
	}
	s.reached = append(s.reached, strings.Join(line, " "))
	return nil
}

func (s *scripted) Enumerate(context.Context, []byte) (connector.Enumerator, error) { return nil, nil }

func (s *scripted) Open(context.Context, connector.ReaderContext) (connector.Reader, error) {
	return s, nil
}

func (s *scripted) Assign(splits []connector.Split) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range splits {
		s.assigned = append(s.assigned, x.ID+"@"+string(x.Data))
	}
	return nil
}
func (s *scripted) Pause([]string, bool) {}
func (s *scripted) Close() error         { return nil }
func (s *scripted) Next(ctx context.Context) (connector.Fetch, error) {
	select {
	case f, ok := <-s.fetches:
		if !ok {
			return f, connector.ErrNeedSplits
		}
		return f, nil
	case <-ctx.Done():
		return connector.Fetch{}, ctx.Err()
	}
}

// heard is a SourceOutput that notes what it is told; rows go through a Watermarks first.
type heard struct {
	t    *testing.T
	w    *Watermarks
	said []string
}

func (h *heard) Emit(b *stream.Batch) error {
	if h.w != nil {
		return h.w.Process(0, b, &behind{h})
	}
	return (&behind{h}).Emit(b)
}
func (h *heard) Full() bool { return false }
func (h *heard) Watermark(w stream.Watermark) error {
	h.said = append(h.said, fmt.Sprint("W", w))
	return nil
}

func (h *heard) Idle(on bool) error {
	h.said = append(h.said, map[bool]string{true: "idle", false: "active"}[on])
	return nil
}

type behind struct{ h *heard }

func (b *behind) Full() bool { return false }
func (b *behind) Emit(x *stream.Batch) error {
	var rows []string
	for _, v := range vector.Values[int64](&x.Cols[0])[:x.Rows] {
		rows = append(rows, fmt.Sprint(v))
	}
	if x.Sel != nil {
		rows = append(rows, fmt.Sprint("sel", x.Sel))
	}
	b.h.said = append(b.h.said, strings.Join(rows, ","))
	return nil
}

// take is what was said since the last take.
func (h *heard) take() string {
	s := strings.Join(h.said, " ")
	h.said = nil
	return s
}

type bench struct {
	t        *testing.T
	spec     *scripted
	s        *Source
	out      *heard
	now      int64
	alarm    int64
	requests int
}

var timeSchema = types.NewSchema(types.Field{Name: "ts", Type: types.TimestampType(3), Time: types.Rowtime})

// open makes a source whose rows carry their time in milliseconds.
func open(t *testing.T, interval, idle int64, restored ...[]byte) *bench {
	b := &bench{t: t, spec: &scripted{fetches: make(chan connector.Fetch, 8)}, now: 1000}
	b.s = New(b.spec, nil)
	ctx, cancel := context.WithCancel(context.Background())
	oc := &operator.Context{
		Ctx: ctx, Inputs: []*types.Schema{timeSchema}, Output: timeSchema, Metric: metric.NewGroup(), StreamingMode: true, BatchRows: 100,
		AutoWatermarkInterval: interval, IdleTimeout: idle, Clock: func() int64 { return b.now }, Restored: restored,
		Awaken: func() {}, RequestSplits: func() { b.requests++ }, Alarm: func(at int64) { b.alarm = at }, Post: func(func(operator.Output) error) {},
	}
	w := NewWatermarks(&physical.WatermarkAssigner{Column: 0, Expr: expr.Col(0, "ts", types.TimestampType(3))}, b.s)
	if err := w.Open(oc); err != nil {
		t.Fatal(err)
	}
	if err := b.s.Open(oc); err != nil {
		t.Fatal(err)
	}
	b.out = &heard{t: t, w: w}
	t.Cleanup(func() {
		cancel()
		if err := b.s.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) assign(epoch int64, ids ...string) {
	var s []connector.Split
	for _, id := range ids {
		s = append(s, connector.Split{ID: id, Data: []byte("0")})
	}
	if err := b.s.AssignSplits(s, false, epoch); err != nil {
		b.t.Fatal(err)
	}
}

// fetch lets the reader return rows of splits, given as "a:1,2 b:7" ("a:1!" finishes a), and pulls them.
func (b *bench) fetch(text string) operator.Pulled {
	var f connector.Fetch
	var values []int64
	for part := range strings.FieldsSeq(text) {
		id, list, _ := strings.Cut(part, ":")
		sp := connector.Span{Split: id, From: len(values), Finished: strings.HasSuffix(list, "!")}
		for x := range strings.SplitSeq(strings.TrimSuffix(list, "!"), ",") {
			var v int64
			_, _ = fmt.Sscan(x, &v)
			values = append(values, v)
		}
		sp.To = len(values)
		sp.After = []byte(fmt.Sprint(len(values)))
		f.Spans = append(f.Spans, sp)
	}
	f.Batch = &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, values)}, Rows: len(values)}
	released := false
	f.Release = func() { released = true }
	b.spec.fetches <- f
	for range 2000 {
		if len(b.s.reads.out) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	p := b.pull()
	if released {
		b.t.Fatal("the fetch was released while its rows are lent")
	}
	return p
}

func (b *bench) pull() operator.Pulled {
	p, err := b.s.Pull(b.out)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) expect(want string) {
	b.t.Helper()
	if got := b.out.take(); got != want {
		b.t.Fatalf("it said %q, not %q", got, want)
	}
}

func TestWatermarkIsTheLeastOfTheSplits(t *testing.T) {
	b := open(t, 0, 0)
	b.pull()
	b.expect("") // splits are on their way: neither time nor idleness
	b.assign(0, "a", "b")
	b.fetch("a:5,3")
	b.expect("5,3")
	b.fetch("b:2 a:9")
	b.expect("2 9 W2")
	b.fetch("b:20!")
	b.expect("20 W9")
	b.fetch("a:10")
	b.expect("10 W10")
}

func TestWatermarksAreSparseWhileBusy(t *testing.T) {
	b := open(t, 200, 0)
	b.assign(0, "a")
	b.fetch("a:5")
	b.expect("5 W5")
	b.now += 100
	b.fetch("a:6")
	b.expect("6")
	b.pull() // quiet: at once
	b.expect("W6")
	b.now += 150
	b.fetch("a:7")
	b.expect("7")
	b.now += 100
	b.fetch("a:8")
	b.expect("8 W8")
}

func TestIdleSplitsHoldNothingBack(t *testing.T) {
	b := open(t, 0, 500)
	b.assign(0, "a", "b")
	b.fetch("a:5 b:2")
	b.expect("5 2 W2")
	b.now += 400
	b.fetch("a:9")
	b.expect("9")
	b.now += 99
	b.pull()
	b.expect("")
	if b.alarm != 1500 {
		t.Fatalf("the alarm is set to %d", b.alarm)
	}
	b.now++
	b.pull()
	b.expect("W9")
	b.now += 400
	b.pull()
	b.expect("idle")
	b.fetch("b:3")
	b.expect("3 active")
	b.now += 1000
	b.pull()
	b.expect("idle")
}

func TestNoSplitsForNowIsIdle(t *testing.T) {
	b := open(t, 0, 0)
	b.assign(0)
	b.pull()
	b.expect("idle")
	b.assign(0, "a")
	b.pull()
	b.expect("active")
}

// A reader of endless splits takes those that appear later, however many it has.
func TestEndlessSplitsLeaveRoomForMore(t *testing.T) {
	b := open(t, 0, 0)
	b.assign(0, "a", "b")
	if b.requests != 1 {
		t.Fatalf("%d requests; splits that end keep others from being dealt here", b.requests)
	}
	b = open(t, 0, 0)
	if err := b.s.AssignSplits([]connector.Split{{ID: "a", Data: []byte("0"), Endless: true}, {ID: "b", Data: []byte("0"), Endless: true}}, false, 0); err != nil {
		t.Fatal(err)
	}
	if b.requests != 2 {
		t.Fatalf("%d requests; the second stands for splits to come", b.requests)
	}
}

func TestSplitsOfAnEpochWaitForItsBarrier(t *testing.T) {
	b := open(t, 0, 0)
	b.assign(0, "a")
	b.fetch("a:1")
	b.assign(3, "b")
	parts, err := b.s.Snapshot(3)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 1 || !strings.Contains(string(parts[0]), `"id":"a"`) {
		t.Fatalf("split b is not in the snapshot before its barrier: %s", parts)
	}
	if parts, err = b.s.Snapshot(4); err != nil || len(parts) != 2 {
		t.Fatalf("and is in the next: %s, %v", parts, err)
	}
	b.assign(5, "c")
	b.s.Aborted(5)
	if parts, err = b.s.Snapshot(6); err != nil || len(parts) != 3 {
		t.Fatalf("an aborted barrier lets splits in: %s, %v", parts, err)
	}
}

func TestSnapshotIsWhatWasPulled(t *testing.T) {
	b := open(t, 0, 0)
	b.assign(0, "a", "b")
	b.fetch("a:7,8 b:9")
	b.spec.fetches <- connector.Fetch{
		Batch: &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, []int64{1})}, Rows: 1},
		Spans: []connector.Span{{Split: "a", To: 1, After: []byte("99")}},
	}
	time.Sleep(5 * time.Millisecond) // it is fetched ahead, not pulled
	parts, err := b.s.Snapshot(1)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, 0, 0, parts...)
	got := ""
	for i := 0; got != "[a@2 b@3]"; i++ {
		if i == 1000 {
			t.Fatalf("restored at %s", got)
		}
		time.Sleep(time.Millisecond)
		r.spec.mu.Lock()
		got = fmt.Sprint(r.spec.assigned)
		r.spec.mu.Unlock()
	}
	r.fetch("a:10")
	r.expect("W8 10 W9") // their time came back, and is told before their rows
}

// TestReaderHearsOfCompletedCheckpoints, and of those alone; the end of a split is
// told once, by the first that completes behind it.
func TestReaderHearsOfCompletedCheckpoints(t *testing.T) {
	b := open(t, 0, 0)
	b.assign(0, "a", "b")
	take := func(checkpoint int64) {
		if _, err := b.s.Snapshot(checkpoint); err != nil {
			t.Fatal(err)
		}
	}
	complete := func(checkpoint int64, want string) {
		t.Helper()
		b.spec.reached = nil
		if err := b.s.Completed(t.Context(), checkpoint); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(b.spec.reached, "; "); got != want {
			t.Errorf("checkpoint %d: %q, want %q", checkpoint, got, want)
		}
	}
	b.fetch("a:1")
	take(1)
	b.fetch("a:2,3 b:4!")
	complete(1, "a@1 b@0")
	take(2)
	b.s.Aborted(2)
	b.fetch("a:5")
	take(3)
	take(4)
	complete(4, "b@3 a@1; a@1")
	take(5)
	b.s.Aborted(5)
	complete(5, "")
}

func TestTheEnd(t *testing.T) {
	b := open(t, 0, 0)
	b.assign(0, "a")
	if b.requests != 1 { // at the start
		t.Fatalf("%d requests", b.requests)
	}
	b.fetch("a:0")
	if b.requests != 2 { // to have one more at hand
		t.Fatalf("%d requests", b.requests)
	}
	b.fetch("a:1!")
	if err := b.s.AssignSplits(nil, true, 0); err != nil {
		t.Fatal(err)
	}
	if p := b.pull(); p != operator.PulledAll {
		t.Fatalf("pulled %d", p)
	}
}

func TestNullTimeIsRefused(t *testing.T) {
	b := open(t, 0, 0)
	v := vector.Of(types.PhysInt64, []int64{1, 2})
	v.Valid = vector.NewBitmapSet(2)
	v.Valid.Clear(1)
	err := b.out.Emit(&stream.Batch{Cols: []vector.Vector{v}, Rows: 2})
	if err == nil || !strings.Contains(err.Error(), "'ts' is NULL") {
		t.Fatal(err)
	}
	if err := b.out.Emit(&stream.Batch{Cols: []vector.Vector{v}, Rows: 2, Sel: []uint32{0}}); err != nil {
		t.Fatalf("a row that does not count: %v", err)
	}
}

func TestValuesGoOnWhereTheyStood(t *testing.T) {
	one := func(x int64) *stream.Batch {
		return &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, []int64{x})}, Rows: 1}
	}
	v := NewValues([]*stream.Batch{one(1), one(2)})
	_ = v.Open(&operator.Context{})
	h := &heard{t: t}
	_, _ = v.Pull(h)
	parts, _ := v.Snapshot(1)
	if binary.LittleEndian.Uint64(parts[0]) != 1 {
		t.Fatal(parts)
	}
	r := NewValues([]*stream.Batch{one(1), one(2)})
	_ = r.Open(&operator.Context{Restored: parts})
	_, _ = r.Pull(h)
	if p, _ := r.Pull(h); p != operator.PulledAll || h.take() != "1 2" {
		t.Fatal("rows were repeated or lost")
	}
}
