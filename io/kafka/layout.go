package kafka

import (
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/format"
)

// layout is how a record becomes a row. Key and value are decoded into columns of
// their own; behind the value's come those of metadata. places says where each
// output column is.
type layout struct {
	key, value half
	meta       []metadata
	places     []place
}

// half is one of the two parts of a record.
type half struct {
	decoder format.Decoder // nil: it is not looked at
	absent  bool           // what is not there is the value NULL: of keys an error else, of values a deleted key
	wanted  []int          // ordinals of what it holds
	types   []types.Type   // of its columns
}

type place struct {
	key    bool
	column int
}

// newLayout reads some columns of the table. A column that stands in the key and in
// the value is the value's, as in Flink; of changes by key it is the key's, which
// deleted rows have too.
func newLayout(c *config, ordinals []int) (*layout, error) {
	l := &layout{places: make([]place, len(ordinals))}
	for i, o := range ordinals {
		if c.table.Columns[o].Kind == catalog.Metadata {
			continue
		}
		inKey, inValue := slices.Index(c.fields.key, o), slices.Index(c.fields.value, o)
		h, at := &l.value, inValue
		if inKey >= 0 && (c.upsert || inValue < 0) {
			h, at = &l.key, inKey
		}
		l.places[i] = place{h == &l.key, len(h.wanted)}
		h.wanted = append(h.wanted, at)
		h.types = append(h.types, c.table.Columns[o].Type)
	}
	for i, o := range ordinals {
		if col := &c.table.Columns[o]; col.Kind == catalog.Metadata {
			m := offered[col.MetadataKey]
			m.column, m.typ, m.key = len(l.value.types), col.Type, col.MetadataKey
			l.places[i] = place{false, m.column}
			l.value.types = append(l.value.types, col.Type)
			l.meta = append(l.meta, m)
		}
	}
	l.value.absent = c.absent
	var err error
	if l.value.decoder, err = c.value.Decoder(c.schema(c.fields.value, ""), l.value.wanted); err != nil {
		return nil, err
	}
	if len(l.key.wanted) > 0 {
		l.key.absent = format.Absent(c.key)
		l.key.decoder, err = c.key.Decoder(c.schema(c.fields.key, c.fields.prefix), l.key.wanted)
	}
	return l, err
}

// rows are what was gathered.
type rows struct{ key, value *stream.Builder }

func (l *layout) builder() *rows {
	b := &rows{value: stream.NewBuilder(l.value.types)}
	if l.key.decoder != nil {
		b.key = stream.NewBuilder(l.key.types)
	}
	return b
}

func (b *rows) reset() {
	b.value.Reset()
	if b.key != nil {
		b.key.Reset()
	}
}

func (b *rows) count() int { return b.value.Rows() }

var errNoKey = errors.New("it has no key")

// decode appends a record as a row; one that the settings of its formats leave out
// appends nothing. A record without value is a deleted key, or the value NULL.
func (l *layout) decode(r *kgo.Record, b *rows) error {
	n := b.count()
	if l.key.decoder != nil {
		if r.Key == nil && !l.key.absent {
			return errNoKey
		}
		if err := l.key.decoder.Decode(r.Key, b.key); err != nil {
			return fmt.Errorf("key: %w", err)
		}
		if b.key.Rows() == n {
			return nil
		}
	}
	if r.Value == nil && !l.value.absent {
		l.deleted(b.value)
	} else if err := l.value.decoder.Decode(r.Value, b.value); err != nil {
		return err
	}
	if b.count() == n {
		if b.key != nil {
			b.key.Truncate(n)
		}
		return nil
	}
	for range b.count() - n {
		for i := range l.meta {
			m := &l.meta[i]
			if err := m.read(b.value.Column(m.column), r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *layout) deleted(b *stream.Builder) {
	for i := range l.value.wanted {
		b.Column(i).AppendNull()
	}
	b.Advance(1, stream.Delete)
}

// batch is what was gathered, in output order.
func (l *layout) batch(b *rows) *stream.Batch {
	all := b.value.Finish()
	var keys *stream.Batch
	if b.key != nil {
		keys = b.key.Finish()
	}
	cols := make([]vector.Vector, len(l.places))
	for i, p := range l.places {
		if p.key {
			cols[i] = keys.Cols[p.column]
		} else {
			cols[i] = all.Cols[p.column]
		}
	}
	all.Cols = cols
	return all
}
