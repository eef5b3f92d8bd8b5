package kafka

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/format"
)

// encoder turns batches into records and hands them to a client.
type encoder struct {
	topic      string
	upsert     bool
	changelog  bool
	last       bool  // of a batch only the last record of each key is written
	key, value *part // key is nil where records have none
	meta       []written
	ends       []ends
	size       int // bytes of the last batch
}

// part encodes the key, or the value, from its columns of the rows.
type part struct {
	encoder format.Encoder
	absent  bool // NULL, of one column, is written as nothing
	columns []int
	batch   stream.Batch // those columns alone
}

// written is a column of the rows that is written as metadata.
type written struct {
	column int
	write  func(r *kgo.Record, v *vector.Vector, row int) error
}

// ends are where a record's key and value end in the bytes of a batch.
type ends struct {
	key, value int
	row        int
	keyless    bool
	deleted    bool // there is no value
	stale      bool // a later record of the batch has the same key
}

// newEncoder refuses columns that cannot be written.
func newEncoder(c *config, topic string) (*encoder, error) {
	e := &encoder{topic: topic, upsert: c.upsert, changelog: c.changelog}
	persisted := c.table.Persisted()
	for at, o := range persisted {
		col := &c.table.Columns[o]
		if col.Kind != catalog.Metadata {
			continue
		}
		write := writtenMetadata[col.MetadataKey]
		if write == nil {
			return nil, refuseMetadata(col)
		}
		e.meta = append(e.meta, written{at, write})
	}
	var err error
	if e.value, err = newPart(c, c.value, persisted, c.fields.value, ""); err != nil || c.key == nil {
		return e, err
	}
	e.key, err = newPart(c, c.key, persisted, c.fields.key, c.fields.prefix)
	return e, err
}

func newPart(c *config, f format.Records, persisted, ordinals []int, prefix string) (*part, error) {
	p := &part{absent: format.Absent(f)}
	for _, o := range ordinals {
		p.columns = append(p.columns, slices.Index(persisted, o))
	}
	var err error
	p.encoder, err = f.Encoder(c.schema(ordinals, prefix))
	return p, err
}

func (p *part) take(b *stream.Batch) {
	p.batch = stream.Batch{Cols: p.batch.Cols[:0], Rows: b.Rows, Kinds: b.Kinds}
	for _, c := range p.columns {
		p.batch.Cols = append(p.batch.Cols, b.Cols[c])
	}
}

// lacks reports a row that has no such part.
func (p *part) lacks(r int) bool { return p.absent && !p.batch.Cols[0].IsValid(r) }

// produce writes the rows of a batch. The client keeps the records until they
// are acknowledged, so that each batch has memory of its own: one run of bytes,
// one of records. Where the client's buffer is full it waits.
func (e *encoder) produce(ctx context.Context, client *kgo.Client, b *stream.Batch, failed *failure) error {
	bytes, err := e.encode(b)
	if err != nil {
		return err
	}
	records := make([]kgo.Record, len(e.ends))
	from := 0
	for i, at := range e.ends {
		if at.stale {
			from = at.value
			continue
		}
		r := &records[i]
		r.Topic = e.topic
		if !at.keyless {
			r.Key = bytes[from:at.key:at.key]
		}
		if !at.deleted {
			r.Value = bytes[at.key:at.value:at.value]
		}
		from = at.value
		for _, m := range e.meta {
			if v := &b.Cols[m.column]; v.IsValid(at.row) {
				if err := m.write(r, v, at.row); err != nil {
					return err
				}
			}
		}
		client.Produce(ctx, r, failed.promise)
	}
	return failed.err()
}

// encode writes keys and values one behind the other. Of changes by key, what was
// before is no record, and a deleted row is a key without value.
func (e *encoder) encode(b *stream.Batch) ([]byte, error) {
	bytes := make([]byte, 0, e.size+e.size/8+64)
	e.ends = e.ends[:0]
	e.value.take(b)
	if e.key != nil {
		e.key.take(b)
	}
	var err error
	for r := range b.Rows {
		kind := b.Kind(r)
		if e.upsert && kind == stream.UpdateBefore {
			continue
		}
		at := ends{row: r, deleted: kind == stream.Delete && !e.changelog || e.value.lacks(r)}
		if at.keyless = e.key == nil || e.key.lacks(r); !at.keyless {
			if bytes, err = e.key.encoder.Append(bytes, &e.key.batch, r); err != nil {
				return nil, err
			}
		}
		at.key = len(bytes)
		if !at.deleted {
			if bytes, err = e.value.encoder.Append(bytes, &e.value.batch, r); err != nil {
				return nil, err
			}
		}
		at.value = len(bytes)
		e.ends = append(e.ends, at)
	}
	e.size = len(bytes)
	if e.last {
		e.ends = lastOfKeys(e.ends, bytes)
	}
	return bytes, nil
}

// lastOfKeys marks all records of a key but its last as not to be written.
func lastOfKeys(all []ends, bytes []byte) []ends {
	seen := make(map[string]bool, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		from := 0
		if i > 0 {
			from = all[i-1].value
		}
		key := string(bytes[from:all[i].key])
		all[i].stale, seen[key] = seen[key], true
	}
	return all
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
