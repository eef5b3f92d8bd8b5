package kafka

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// toleratedDowntime is how long a job may be down, at least, before the broker
// aborts what its last checkpoint prepared.
const toleratedDowntime = time.Minute

// sink is what the options of a table say, and the pools of its writers, which
// their committers share.
type sink struct {
	config      *config
	topic       string
	exactlyOnce bool
	prefix      string
	partitioner string
	buffering   buffering

	mu    sync.Mutex
	pools map[int]*pool // by subtask
}

func (s *sink) refuse(spec connector.SinkSpec) error {
	t := s.config.table
	switch {
	case spec.Overwrite:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "INSERT OVERWRITE is not supported by connector '%s': records are only ever added", t.Connector())
	case spec.Upsert != nil && !s.config.upsert && !s.config.changelog:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'kafka' takes no updates").WithHint("aggregate by windows, or use 'connector' = 'upsert-kafka', which keeps the last row of each key")
	}
	return nil
}

func newSink(t *catalog.Table) (*sink, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	s := &sink{config: c, prefix: t.Options.Text(optIDPrefix), pools: map[int]*pool{}}
	if c.pattern != nil || len(c.topics) != 1 {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "table %s cannot be written: the option 'topic' must name one topic", t.Name)
	}
	s.topic = c.topics[0]
	if _, err = newEncoder(c, s.topic); err != nil {
		return nil, err
	}
	if s.partitioner, err = t.Options.Enum(optPartitioner); err != nil {
		return nil, refusePartitioner(t, err)
	}
	if s.buffering, err = parseBuffering(t.Options); err != nil {
		return nil, err
	}
	guarantee, err := t.Options.Enum(optGuarantee)
	if err != nil {
		return nil, err
	}
	s.exactlyOnce = guarantee == "exactly-once"
	return s, s.check()
}

// refusePartitioner says of a Java class that it is one.
func refusePartitioner(t *catalog.Table, err error) error {
	if name := t.Options.Text(optPartitioner); strings.Contains(name, ".") {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "'%s' = '%s' looks like a class of Java, which cannot be run here", optPartitioner.Key, name).
			WithHint("one of %s", strings.Join(optPartitioner.Choices, ", "))
	}
	return err
}

// check refuses what cannot be exactly once.
func (s *sink) check() error {
	switch {
	case !s.exactlyOnce:
		return nil
	case s.prefix == "":
		return sqlerr.Newf(sqlerr.InvalidOption, "'sink.delivery-guarantee' = 'exactly-once' needs the option '%s'", optIDPrefix.Key).
			WithHint("a name that no other job of this Kafka cluster uses")
	case s.config.client.weakAcks:
		return sqlerr.Newf(sqlerr.InvalidOption, "'sink.delivery-guarantee' = 'exactly-once' needs 'properties.acks' = 'all' and 'properties.enable.idempotence' = 'true'")
	}
	return nil
}

// OpenWriter makes the writer of a subtask. Its ctx is that of the task, and
// goes with all that is written.
func (s *sink) OpenWriter(ctx context.Context, wc connector.WriterContext, restored [][]byte) (connector.Writer, error) {
	w, err := s.openWriter(ctx, wc, restored)
	if err != nil || s.buffering.rows == 0 {
		return w, err
	}
	persisted := s.config.table.Persisted()
	return newBuffered(w, s.buffering, s.config.schema(persisted, "").Types()), nil
}

func (s *sink) encoder() (*encoder, error) {
	e, err := newEncoder(s.config, s.topic)
	if err == nil {
		e.last = s.buffering.rows > 0
	}
	return e, err
}

func (s *sink) openWriter(ctx context.Context, wc connector.WriterContext, restored [][]byte) (connector.Writer, error) {
	if !s.exactlyOnce {
		return s.openAtLeastOnce(ctx, wc)
	}
	if err := s.checkTimeout(wc); err != nil {
		return nil, err
	}
	p := s.pool(wc)
	if err := p.restore(restored); err != nil {
		return nil, err
	}
	if wc.Attempt == 0 && len(restored) == 0 {
		if err := s.abortStale(ctx, wc); err != nil {
			return nil, err
		}
	}
	return s.openExactlyOnce(ctx, p)
}

func (s *sink) openAtLeastOnce(ctx context.Context, wc connector.WriterContext) (connector.Writer, error) {
	e, err := s.encoder()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(s.producerOptions(wc)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: make client: %w", err)
	}
	if err := client.Ping(ctx); err != nil { // the client would try for long
		client.Close()
		return nil, failed(err, "open a writer to %s", s.topic)
	}
	return &atLeastOnce{client: client, watch: newWatch(ctx, client, s.config.client.patience), encoder: e}, nil
}

func (s *sink) openExactlyOnce(ctx context.Context, p *pool) (connector.Writer, error) {
	e, err := s.encoder()
	if err != nil {
		return nil, err
	}
	first, err := p.acquire(ctx) // at the start, where what the broker refuses is noticed at once
	if err != nil {
		return nil, err
	}
	pinger, err := kgo.NewClient(s.config.client.common...)
	if err != nil {
		first.disconnect()
		return nil, fmt.Errorf("kafka: make client: %w", err)
	}
	return &exactlyOnce{pool: p, watch: newWatch(ctx, pinger, s.config.client.patience), pinger: pinger, encoder: e, current: first}, nil
}

// OpenCommitter makes the committer beside a writer.
func (s *sink) OpenCommitter(_ context.Context, wc connector.WriterContext) (connector.Committer, error) {
	if !s.exactlyOnce {
		return nil, nil
	}
	return newCommitter(s, wc), nil
}

// pool is that of a subtask; its writer and committer share it.
func (s *sink) pool(wc connector.WriterContext) *pool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pools[wc.Subtask]
	if p == nil {
		p = newPool(s, wc)
		s.pools[wc.Subtask] = p
	}
	return p
}

// checkTimeout refuses a timeout that would abort transactions before their checkpoint commits them.
func (s *sink) checkTimeout(wc connector.WriterContext) error {
	interval := time.Duration(wc.CheckpointInterval) * time.Millisecond
	timeout := s.config.client.transactionTimeout
	if timeout >= interval+toleratedDowntime {
		return nil
	}
	return sqlerr.Newf(sqlerr.InvalidOption, "a transaction that is open for %v is aborted by the broker, but checkpoints that commit come every %v and a restart takes its time", timeout, interval).
		WithHint("'properties.transaction.timeout.ms' of %d at least, or checkpoints more often", (interval + toleratedDowntime).Milliseconds())
}

func (s *sink) producerOptions(wc connector.WriterContext) []kgo.Opt {
	c := s.config.client
	// As of the Java client: the broker makes a topic that is not there, where it is set to.
	opts := append([]kgo.Opt{kgo.MaxBufferedRecords(50_000), kgo.MaxBufferedBytes(64 << 20), kgo.AllowAutoTopicCreation()}, c.common...)
	opts = append(opts, c.writing...)
	switch s.partitioner {
	case "fixed":
		opts = append(opts, kgo.RecordPartitioner(kgo.BasicConsistentPartitioner(func(string) func(*kgo.Record, int) int {
			return func(_ *kgo.Record, n int) int { return wc.Subtask % n }
		})))
	case "round-robin":
		opts = append(opts, kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	}
	return opts
}
