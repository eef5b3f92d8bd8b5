package kafka

import (
	"context"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/format/json"
)

// encoder turns batches into records and hands them to a client.
type encoder struct {
	topic string
	json  *json.Encoder
	ends  []int
	size  int // bytes of the last batch
}

func newEncoder(s *sink) *encoder {
	return &encoder{topic: s.topic, json: json.NewEncoder(s.schema, s.config.json, nil)}
}

// produce writes the rows of a batch. The client keeps the records until they
// are acknowledged, so that each batch has memory of its own: one run of bytes,
// one of records. Where the client's buffer is full it waits.
func (e *encoder) produce(ctx context.Context, client *kgo.Client, b *stream.Batch, failed *failure) error {
	values := make([]byte, 0, e.size+e.size/8+64)
	e.ends = e.ends[:0]
	var err error
	for r := range b.Rows {
		if values, err = e.json.Append(values, b, r); err != nil {
			return err
		}
		e.ends = append(e.ends, len(values))
	}
	e.size = len(values)
	records := make([]kgo.Record, b.Rows)
	from := 0
	for i, to := range e.ends {
		r := &records[i]
		r.Topic, r.Value = e.topic, values[from:to:to]
		client.Produce(ctx, r, failed.promise)
		from = to
	}
	return failed.err()
}

// failure is the first error of what a client produced.
type failure struct{ first atomic.Pointer[error] }

// promise is called by the client for each record.
func (f *failure) promise(r *kgo.Record, err error) {
	if err != nil && f.first.Load() == nil {
		err = failed(err, "write to %s", r.Topic)
		f.first.CompareAndSwap(nil, &err)
	}
}

func (f *failure) err() error {
	if err := f.first.Load(); err != nil {
		return *err
	}
	return nil
}

// flush waits until everything is acknowledged.
func (f *failure) flush(ctx context.Context, client *kgo.Client) error {
	if err := client.Flush(ctx); err != nil {
		return failed(err, "flush")
	}
	return f.err()
}
