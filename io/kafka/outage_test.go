package kafka

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/io/connector"
)

// endingCluster is a cluster that the test ends, and a topic there whose tables
// have little patience.
func endingCluster(t *testing.T) (*kfake.Cluster, *broker, func(options ...string) *catalog.Table) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "rows"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	b := newBroker(t, strings.Join(c.ListenAddrs(), ","), "rows")
	return c, b, func(options ...string) *catalog.Table {
		return b.table(append(options, "properties.default.api.timeout.ms", "400")...)
	}
}

// wantsOutage wants an error, soon but not before the patience is over, that says what is wrong.
func wantsOutage(t *testing.T, began time.Time, err error) {
	t.Helper()
	if shown := explainAll(err); !strings.Contains(shown, "no broker has answered for 400ms") || !strings.Contains(shown, "bootstrap.servers") {
		t.Errorf("error %q", shown)
	}
	if took := time.Since(began); took < 300*time.Millisecond || took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestReaderSaysThatBrokersAreGone(t *testing.T) {
	cluster, b, table := endingCluster(t)
	b.put(t, 0, row(1))
	s := source1(t, table())
	splits, _ := splitsOf(t, s, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Assign(splits); err != nil {
		t.Fatal(err)
	}
	for quiet := time.Now().Add(time.Second); time.Now().Before(quiet); { // longer than the patience: brokers that have no news do answer
		if _, err := r.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}
	cluster.Close()
	began := time.Now()
	for err == nil {
		_, err = r.Next(ctx)
	}
	wantsOutage(t, began, err)
}

func TestWritersSayThatBrokersAreGone(t *testing.T) {
	for name, options := range map[string][]string{
		"at least once": nil, "exactly once": {"sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", "p"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, b, table := endingCluster(t)
			w := openWriter(t, table(options...), writerContext(b), nil)
			w.write(t, 0, 5)
			if err := w.writer.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			cluster.Close()
			began := time.Now()
			err := w.writer.Write(t.Context(), rowsBatch(5, 10))
			if err == nil {
				err = w.writer.Flush(t.Context())
			}
			wantsOutage(t, began, err)
			_ = w.writer.Close() // it cannot abort what it wrote
			if w.committer != nil {
				_ = w.committer.Close()
			}
		})
	}
}

// TestWriterWaitsForABroker: what needs one while it is away waits for its return.
func TestWriterWaitsForABroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{seeds: l.Addr().String(), topic: "rows"}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := newSink(exactly(b))
	if err != nil {
		t.Fatal(err)
	}
	pinger, err := kgo.NewClient(s.config.client.common...)
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEncoder(s.config, s.topic)
	if err != nil {
		t.Fatal(err)
	}
	w := &exactlyOnce{pool: s.pool(writerContext(b)), watch: newWatch(t.Context(), pinger, time.Minute), pinger: pinger, encoder: e}
	back := make(chan *kfake.Cluster, 1)
	time.AfterFunc(500*time.Millisecond, func() {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "rows"), kfake.Ports(l.Addr().(*net.TCPAddr).Port))
		if err != nil {
			t.Error(err)
		}
		back <- c
	})
	o := &openSink{sink: s, writer: w, committer: newCommitter(s, writerContext(b))}
	o.write(t, 0, 5)
	defer (<-back).Close()
	o.commit(t, o.prepare(t, 1))
	o.close(t)
}

// TestNoBrokerAtAll: what cannot begin says so at once.
func TestNoBrokerAtAll(t *testing.T) {
	b := &broker{seeds: "127.0.0.1:1", topic: "rows"}
	_, err := source1(t, b.table()).Enumerate(t.Context(), nil)
	wrong := map[string]error{"read": err}
	for name, table := range map[string]*catalog.Table{"write": b.table(), "write exactly once": exactly(b)} {
		s, err := Factory{}.NewSink(table, connector.SinkSpec{})
		if err != nil {
			t.Fatal(err)
		}
		_, wrong[name] = s.OpenWriter(t.Context(), writerContext(b), nil)
	}
	for name, err := range wrong {
		if shown := explainAll(err); !strings.Contains(shown, "127.0.0.1:1") || !strings.Contains(shown, "bootstrap.servers") {
			t.Errorf("%s: %q", name, shown)
		}
	}
}

// TestGroupOffsets: completed checkpoints commit the group's offsets, where the
// table has a group and has not said that it keeps them.
func TestGroupOffsets(t *testing.T) {
	transactional(t, 2, func(t *testing.T, b *broker) {
		in, _ := ids(0, 20)
		b.put(t, 0, in...)
		for _, c := range []struct {
			group, option string
			want          int64
		}{{"g-" + b.topic, "true", 13}, {"kept-" + b.topic, "false", -1}} {
			s := source1(t, b.table("properties.group.id", c.group, "properties.commit.offsets.on.checkpoint", c.option))
			r, err := s.Open(t.Context(), connector.ReaderContext{Parallelism: 1, BatchRows: 10})
			if err != nil {
				t.Fatal(err)
			}
			for _, next := range []int64{7, 13} {
				p := position{Topic: b.topic, Partition: 0, Next: next}
				if err := r.(connector.ProgressReader).Completed([]connector.Split{p.split()}); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if got := b.groupOffsets(t, c.group)[0]; got != c.want {
				t.Errorf("%s: offset %d, want %d", c.group, got, c.want)
			}
		}
		// A fresh start goes on there.
		s := source1(t, b.table("properties.group.id", "g-"+b.topic, "scan.startup.mode", "group-offsets", "properties.auto.offset.reset", "earliest", "scan.bounded.mode", "latest-offset"))
		splits, _ := splitsOf(t, s, nil)
		rows, _, err := read(t, s, splits, 10, -1)
		if err != nil || len(rows[name(b.topic, 0)]) != 7 || rows[name(b.topic, 0)][0] != "13 n13" {
			t.Errorf("%v, %v", rows, err)
		}
	})
}

// groupOffsets is what a group has committed, by partition; -1: nothing.
func (b *broker) groupOffsets(t *testing.T, group string) map[int32]int64 {
	t.Helper()
	all, err := b.admin.FetchOffsetsForTopics(t.Context(), group, b.topic)
	if err != nil && !strings.Contains(err.Error(), "GROUP_ID_NOT_FOUND") {
		t.Fatal(err)
	}
	out := map[int32]int64{}
	for p := range int32(2) {
		out[p] = -1
		if at, ok := all.Lookup(b.topic, p); ok {
			out[p] = at.At
		}
	}
	return out
}
