package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// pollWait is how long a Next without rows lasts, so that Pause and Assign get
// their turn.
const pollWait = 200 * time.Millisecond

// source is what the options of a table and a query say.
type source struct {
	config  *config
	scan    scanRange
	columns []int // of the table, in output order
}

// Open makes a reader.
func (s *source) Open(ctx context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	l, err := newLayout(s.config, s.columns)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(s.consumerOptions()...)
	if err != nil {
		return nil, fmt.Errorf("kafka: make client: %w", err)
	}
	r := &reader{
		client: client, rows: rc.BatchRows, layout: l, valueless: s.config.upsert || s.config.absent, lenient: s.config.lenient,
		parts: map[string]*partition{}, free: make(chan *rows, 8),
		watch: newWatch(context.WithoutCancel(ctx), client, s.config.client.patience),
	}
	if c := s.config.client; c.commitsOffsets() {
		r.progress = newProgress(kadm.NewClient(client), c.group, rc.Log)
	}
	return r, nil
}

// consumerOptions reads partitions that are named one by one, with the markers
// of transactions: they show that a position has moved where no row does.
func (s *source) consumerOptions() []kgo.Opt {
	c := s.config.client
	opts := append(append([]kgo.Opt{}, c.common...), c.reading...)
	// A position that the broker has no more must not be mended by skipping rows.
	opts = append(opts, kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	if c.readCommitted {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	return opts
}

// partition is a split that is being read.
type partition struct {
	position
	id     string
	paused bool
}

// reader polls its partitions. What the client has fetched ahead is the
// client's; what was polled is decoded and returned at once.
type reader struct {
	client    *kgo.Client
	rows      int
	layout    *layout
	valueless bool                  // a record without value is a row too
	lenient   string                // option that leaves out records which cannot be read; "": none does
	parts     map[string]*partition // by name
	empty     []connector.Span      // partitions that ended before their first row
	free      chan *rows

	watch    *watch
	progress *progress // nil: no offsets are committed
}

// Assign starts reading partitions.
func (r *reader) Assign(splits []connector.Split) error {
	add := map[string]map[int32]kgo.Offset{}
	for _, s := range splits {
		p := &partition{id: s.ID}
		if err := json.Unmarshal(s.Data, &p.position); err != nil {
			return fmt.Errorf("kafka: read split %s: %w", s.ID, err)
		}
		if p.ended() {
			r.empty = append(r.empty, connector.Span{Split: s.ID, After: s.Data, Finished: true})
			continue
		}
		r.parts[name(p.Topic, p.Partition)] = p
		if add[p.Topic] == nil {
			add[p.Topic] = map[int32]kgo.Offset{}
		}
		add[p.Topic][p.Partition] = kgo.NewOffset().At(p.Next)
	}
	r.client.AddConsumePartitions(add)
	return nil
}

// Pause stops reading partitions, or goes on; what was fetched of them is dropped and fetched again.
func (r *reader) Pause(ids []string, on bool) {
	for _, p := range r.parts {
		for _, id := range ids {
			if p.id != id || p.paused == on {
				continue
			}
			p.paused = on
			one := map[string][]int32{p.Topic: {p.Partition}}
			if on {
				r.client.PauseFetchPartitions(one)
			} else {
				r.client.ResumeFetchPartitions(one)
			}
		}
	}
}

// Next polls once.
func (r *reader) Next(ctx context.Context) (connector.Fetch, error) {
	if len(r.empty) > 0 {
		f := connector.Fetch{Spans: r.empty}
		r.empty = nil
		return f, nil
	}
	if len(r.parts) == 0 {
		return connector.Fetch{}, connector.ErrNeedSplits
	}
	if err := r.watch.outage(); err != nil {
		return connector.Fetch{}, err
	}
	wait, cancel := context.WithTimeout(ctx, pollWait)
	fetches := r.client.PollRecords(wait, r.rows)
	cancel()
	for _, e := range fetches.Errors() {
		if errors.Is(e.Err, context.Canceled) || errors.Is(e.Err, context.DeadlineExceeded) {
			continue // of the wait; rows that came nevertheless are returned
		}
		return connector.Fetch{}, failed(e.Err, "read %s", name(e.Topic, e.Partition))
	}
	f, err := r.decode(fetches)
	if err == nil && len(f.Spans) == 0 {
		err = ctx.Err()
	}
	return f, err
}

// decode turns what was polled into a batch, partition by partition.
func (r *reader) decode(fetches kgo.Fetches) (connector.Fetch, error) {
	var f connector.Fetch
	b := r.builder()
	var err error
	fetches.EachPartition(func(fp kgo.FetchTopicPartition) {
		p := r.parts[name(fp.Topic, fp.Partition)]
		if err != nil || p == nil || len(fp.Records) == 0 {
			return
		}
		from := b.count()
		if err = r.records(p, fp.Records, b); err != nil {
			return
		}
		f.Spans = append(f.Spans, connector.Span{Split: p.id, From: from, To: b.count(), After: p.data(), Finished: p.ended()})
		if p.ended() {
			r.drop(p)
		}
	})
	if err != nil || b.count() == 0 {
		r.giveBack(b)
		return f, err
	}
	f.Batch = r.layout.batch(b)
	f.Release = func() { r.giveBack(b) }
	return f, nil
}

// records decodes a run of one partition and moves its position behind it.
func (r *reader) records(p *partition, records []*kgo.Record, b *rows) error {
	for _, rec := range records {
		if p.Stop != nil && rec.Offset >= *p.Stop {
			p.Next = *p.Stop
			return nil
		}
		p.Next = rec.Offset + 1
		if rec.Attrs.IsControl() || rec.Value == nil && !r.valueless {
			continue // a marker, or nothing: no row
		}
		if err := r.layout.decode(rec, b); err != nil {
			bad := sqlerr.Wrap(sqlerr.InvalidText, err, "kafka: record at offset %d of %s", rec.Offset, name(p.Topic, p.Partition))
			if r.lenient != "" && sqlerr.As(err) != nil { // of the format
				bad.Hint = "'" + r.lenient + "' = 'true' leaves such records out"
			}
			return bad
		}
	}
	return nil
}

// drop stops reading a partition that has ended.
func (r *reader) drop(p *partition) {
	delete(r.parts, name(p.Topic, p.Partition))
	r.client.RemoveConsumePartitions(map[string][]int32{p.Topic: {p.Partition}})
}

func (r *reader) builder() *rows {
	select {
	case b := <-r.free:
		b.reset()
		return b
	default:
		return r.layout.builder()
	}
}

func (r *reader) giveBack(b *rows) {
	select {
	case r.free <- b:
	default:
	}
}

// Completed commits the positions for the consumer group.
func (r *reader) Completed(splits []connector.Split) error {
	if r.progress == nil {
		return nil
	}
	return r.progress.reached(splits)
}

// Close ends the client and its goroutines.
func (r *reader) Close() error {
	if r.progress != nil {
		r.progress.close()
	}
	r.watch.close()
	r.client.Close()
	return nil
}
