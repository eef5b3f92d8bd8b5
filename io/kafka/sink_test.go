package kafka

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
)

func explainAll(err error) string {
	if err == nil {
		return ""
	}
	if e := sqlerr.As(err); e != nil {
		return e.Message + " " + e.Hint
	}
	return err.Error()
}

// openSink is a writer with its committer, as the engine holds them.
type openSink struct {
	sink      connector.Sink
	writer    connector.Writer
	committer connector.Committer
	state     []byte
}

func exactly(b *broker, options ...string) *catalog.Table {
	return b.table(append([]string{"sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", "p-" + b.topic}, options...)...)
}

func writerContext(*broker) connector.WriterContext {
	return connector.WriterContext{Job: "j", Sink: "sink", Parallelism: 1, CheckpointInterval: 1000}
}

func openWriter(t *testing.T, table *catalog.Table, wc connector.WriterContext, restored [][]byte) *openSink {
	t.Helper()
	s, err := Factory{}.NewSink(table, connector.SinkSpec{})
	if err != nil {
		t.Fatal(err)
	}
	o := &openSink{sink: s}
	if o.committer, err = s.OpenCommitter(t.Context(), wc); err != nil {
		t.Fatal(err)
	}
	if o.writer, err = s.OpenWriter(t.Context(), wc, restored); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *openSink) write(t *testing.T, from, to int) {
	t.Helper()
	if err := o.writer.Write(t.Context(), rowsBatch(from, to)); err != nil {
		t.Fatal(err)
	}
}

func rowsBatch(from, to int) *stream.Batch {
	b := stream.NewBuilder([]types.Type{types.IntType, types.StringType})
	for i := from; i < to; i++ {
		vector.Append(b.Column(0), int32(i))
		b.Column(1).AppendBytes(fmt.Appendf(nil, "n%d", i))
		b.Advance(1, stream.Insert)
	}
	return b.Finish()
}

func (o *openSink) prepare(t *testing.T, checkpoint int64) []connector.Committable {
	t.Helper()
	if err := o.writer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	cs, err := o.writer.PrepareCommit(t.Context(), checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if o.state, err = o.writer.Snapshot(checkpoint); err != nil {
		t.Fatal(err)
	}
	return cs
}

func (o *openSink) commit(t *testing.T, cs []connector.Committable) {
	t.Helper()
	commitWith(t, o.committer, cs, connector.Committed)
}

// commitWith commits as the engine does: again where it is told to.
func commitWith(t *testing.T, c connector.Committer, cs []connector.Committable, want connector.Outcome) {
	t.Helper()
	for range 100 {
		out, err := c.Commit(t.Context(), cs)
		if out == nil {
			t.Fatal(err)
		}
		again := false
		for _, o := range out {
			again = again || o == connector.Retry
			if o != connector.Retry && o != want {
				t.Fatalf("outcomes %v, want %v", out, want)
			}
		}
		if !again {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("never committed")
}

// close closes in order, which aborts what is open.
func (o *openSink) close(t *testing.T) {
	t.Helper()
	if err := o.writer.Close(); err != nil {
		t.Error(err)
	}
	if o.committer != nil {
		if err := o.committer.Close(); err != nil {
			t.Error(err)
		}
	}
}

// crash drops the clients, as the end of a process does.
func (o *openSink) crash(t *testing.T) {
	t.Helper()
	w := o.writer.(*exactlyOnce)
	if w.current != nil {
		w.current.client.Close()
		w.current = nil
	}
	o.close(t)
}

// committer is that of a process that writes nothing itself.
func (b *broker) committer(t *testing.T) connector.Committer {
	t.Helper()
	s, err := Factory{}.NewSink(exactly(b), connector.SinkSpec{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenCommitter(t.Context(), writerContext(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// committed reads all records that are committed until they are what is wanted,
// because the broker confirms a commit a little before readers see it.
func (b *broker) committed(t *testing.T, want string) string {
	t.Helper()
	got := b.committedNow(t)
	for deadline := time.Now().Add(5 * time.Second); got != want && time.Now().Before(deadline); got = b.committedNow(t) {
		time.Sleep(20 * time.Millisecond)
	}
	return got
}

func (b *broker) committedNow(t *testing.T) string {
	t.Helper()
	s := source1(t, b.table("scan.bounded.mode", "latest-offset"))
	splits, _ := splitsOf(t, s, nil)
	rows, _, err := read(t, s, splits, 1000, -1)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		all = append(all, r...)
	}
	sort.Slice(all, func(i, j int) bool { return len(all[i]) < len(all[j]) || len(all[i]) == len(all[j]) && all[i] < all[j] })
	return strings.Join(all, ",")
}

func rowsText(from, to int) string {
	_, want := ids(from, to)
	return strings.Join(want, ",")
}

// open lists the open transactions of the topic's prefix.
func (b *broker) open(t *testing.T) (out []string) {
	t.Helper()
	l, err := b.admin.ListTransactions(t.Context(), nil, []string{"Ongoing"})
	if err != nil {
		t.Fatal(err)
	}
	for id := range l {
		if strings.HasPrefix(id, "p-"+b.topic) {
			out = append(out, id)
		}
	}
	sort.Strings(out)
	return out
}

// stuck reports that readers of committed records wait for an open transaction.
func (b *broker) stuck(t *testing.T) bool {
	t.Helper()
	ends, err := b.admin.ListEndOffsets(t.Context(), b.topic)
	if err != nil {
		t.Fatal(err)
	}
	stable, err := b.admin.ListCommittedOffsets(t.Context(), b.topic)
	if err != nil {
		t.Fatal(err)
	}
	for p, e := range ends[b.topic] {
		if stable[b.topic][p].Offset < e.Offset {
			return true
		}
	}
	return false
}

func TestAtLeastOnce(t *testing.T) {
	b := fakeTopic(t, 3)
	w := openWriter(t, b.table(), writerContext(b), nil)
	w.write(t, 0, 100)
	if err := w.writer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.close(t)
	if got := b.committed(t, rowsText(0, 100)); got != rowsText(0, 100) {
		t.Error(got)
	}
}

// transactional runs a test against a cluster in this process and a real broker.
func transactional(t *testing.T, partitions int32, run func(t *testing.T, b *broker)) {
	t.Run("fake", func(t *testing.T) { run(t, fakeTopic(t, partitions)) })
	t.Run("broker", func(t *testing.T) { run(t, realTopic(t, partitions)) })
}

func TestCommitsByCheckpoint(t *testing.T) {
	transactional(t, 2, func(t *testing.T, b *broker) {
		w := openWriter(t, exactly(b), writerContext(b), nil)
		used := map[string]bool{}
		var late []connector.Committable // of the checkpoint before: commits come behind writing
		for c := range 12 {
			w.write(t, c*10, c*10+10)
			cs := w.prepare(t, int64(c+1))
			if len(cs) != 1 {
				t.Fatalf("%d committables", len(cs))
			}
			tx, err := decodeTransaction(cs[0])
			if err != nil {
				t.Fatal(err)
			}
			used[tx.ID] = true
			w.commit(t, late)
			late = cs
		}
		if cs := w.prepare(t, 13); len(cs) != 0 {
			t.Error("an empty transaction gives a committable")
		}
		if got := b.committed(t, rowsText(0, 110)); got != rowsText(0, 110) {
			t.Errorf("before the last commit: %s", got)
		}
		w.commit(t, late)
		w.close(t)
		if got := b.committed(t, rowsText(0, 120)); got != rowsText(0, 120) {
			t.Error(got)
		}
		if len(used) > 6 {
			t.Errorf("%d transactional ids for 12 checkpoints: the pool does not take them back", len(used))
		}
		if open := b.open(t); len(open) > 0 {
			t.Errorf("open: %v", open)
		}
	})
}

func TestCrashBetweenFlushAndCommit(t *testing.T) {
	transactional(t, 2, func(t *testing.T, b *broker) {
		w := openWriter(t, exactly(b), writerContext(b), nil)
		w.write(t, 0, 10)
		cs := w.prepare(t, 1)
		state := w.state
		w.write(t, 10, 20) // belongs to no checkpoint
		if err := w.writer.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.crash(t)
		if got := b.committed(t, ""); got != "" || !b.stuck(t) {
			t.Fatalf("visible before the commit: %s", got)
		}
		c := b.committer(t)
		commitWith(t, c, cs, connector.Committed)
		commitWith(t, c, cs, connector.Committed) // a repeated commit
		if err := c.AbortLeftovers(t.Context(), cs); err != nil {
			t.Fatal(err)
		}
		if open := b.open(t); len(open) > 0 || b.stuck(t) {
			t.Fatalf("left open: %v, stuck %v", open, b.stuck(t))
		}
		wc := writerContext(b)
		wc.Attempt = 1
		again := openWriter(t, exactly(b), wc, [][]byte{state})
		again.write(t, 10, 20)
		if x := again.writer.(*exactlyOnce).current.id; strings.Contains(string(cs[0]), x) {
			t.Fatalf("the new writer uses %s, which the checkpoint names", x)
		}
		commitWith(t, c, cs, connector.Committed) // a second crash would do this
		again.commit(t, again.prepare(t, 2))
		again.close(t)
		if got := b.committed(t, rowsText(0, 20)); got != rowsText(0, 20) {
			t.Error(got)
		}
	})
}

func TestLeftoversKeepWhatIsNamed(t *testing.T) {
	transactional(t, 1, func(t *testing.T, b *broker) {
		w := openWriter(t, exactly(b), writerContext(b), nil)
		w.write(t, 0, 5)
		kept := w.prepare(t, 1)
		w.write(t, 5, 9)
		dropped := w.prepare(t, 2)
		w.crash(t)
		c := b.committer(t)
		if err := c.AbortLeftovers(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		if open := b.open(t); len(open) != 1 {
			t.Errorf("open: %v", open)
		}
		commitWith(t, c, kept, connector.Committed)
		commitWith(t, c, dropped, connector.Lost)
		if got := b.committed(t, rowsText(0, 5)); got != rowsText(0, 5) || b.stuck(t) {
			t.Error(got)
		}
	})
}

func TestFreshStartAbortsWhatIsLeft(t *testing.T) {
	transactional(t, 1, func(t *testing.T, b *broker) {
		w := openWriter(t, exactly(b), writerContext(b), nil)
		w.write(t, 0, 5)
		w.prepare(t, 1)
		w.write(t, 5, 9)
		if err := w.writer.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.crash(t)
		again := openWriter(t, exactly(b), writerContext(b), nil)
		if open := b.open(t); len(open) != 0 || b.stuck(t) {
			t.Errorf("open: %v", open)
		}
		again.close(t)
	})
}

// TestExpired commits what is over: taken over by another, or aborted by the
// broker because it was open for too long. That is a loss, and says so.
func TestExpired(t *testing.T) {
	for name, expire := range map[string]func(t *testing.T, b *broker, tx *transaction){"fenced": takeOver, "timeout": awaitTimeout} {
		t.Run(name, func(t *testing.T) {
			transactional(t, 1, func(t *testing.T, b *broker) {
				w := openShort(t, b)
				w.write(t, 0, 5)
				cs := w.prepare(t, 3)
				tx, err := decodeTransaction(cs[0])
				if err != nil {
					t.Fatal(err)
				}
				expire(t, b, tx)
				out, why := w.committer.Commit(t.Context(), cs)
				if len(out) != 1 || out[0] != connector.Lost {
					t.Fatalf("%v, %v", out, why)
				}
				for _, want := range []string{"data loss", tx.ID, "checkpoint 3", b.topic, "transaction.timeout.ms"} {
					if shown := explainAll(why); !strings.Contains(shown, want) {
						t.Errorf("%q is not in %s", want, shown)
					}
				}
				if got := b.committed(t, ""); got != "" {
					t.Errorf("visible: %s", got)
				}
				w.close(t)
			})
		})
	}
}

// openShort is a writer with a timeout that no table may have.
func openShort(t *testing.T, b *broker) *openSink {
	t.Helper()
	made, err := Factory{}.NewSink(exactly(b), connector.SinkSpec{})
	if err != nil {
		t.Fatal(err)
	}
	s := made.(*sink)
	s.config.client.transactionTimeout = time.Second
	w, err := s.openExactlyOnce(t.Context(), s.pool(writerContext(b)))
	if err != nil {
		t.Fatal(err)
	}
	return &openSink{sink: s, writer: w, committer: newCommitter(s, writerContext(b))}
}

func takeOver(t *testing.T, b *broker, tx *transaction) {
	other, err := kgo.NewClient(kgo.SeedBrokers(b.seeds), kgo.TransactionalID(tx.ID))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, _, err := other.ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func awaitTimeout(t *testing.T, b *broker, _ *transaction) {
	for deadline := time.Now().Add(20 * time.Second); len(b.open(t)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the broker aborts nothing")
		}
	}
}

func TestTimeouts(t *testing.T) {
	b := realTopic(t, 1)
	for _, tc := range []struct{ millis, want string }{
		{"3600000", "lower 'properties.transaction.timeout.ms'"},
		{"30000", "checkpoints more often"},
	} {
		s, err := Factory{}.NewSink(exactly(b, "properties.transaction.timeout.ms", tc.millis), connector.SinkSpec{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err = s.OpenWriter(ctx, writerContext(b), nil)
		cancel()
		if shown := explainAll(err); !strings.Contains(shown, tc.want) {
			t.Errorf("%s: %s", tc.millis, shown)
		}
	}
}
