package kafka

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/format/json"
)

// layout is how a record becomes a row: the columns of its value first, as the
// decoder has them, then metadata; order says where each output column is.
type layout struct {
	decoder *json.Decoder
	types   []types.Type
	meta    []metadata
	order   []int
}

// metadata is a column that does not come from a record's value.
type metadata struct {
	column int // of the builder
	typ    types.Type
	append func(c *vector.Builder, r *kgo.Record)
	absent func(r *kgo.Record) bool // nil: never
	key    string
}

func newLayout(columns []catalog.Column, settings json.Settings) *layout {
	l := &layout{order: make([]int, len(columns))}
	value := &types.Schema{}
	for i, c := range columns {
		if c.Kind != catalog.Metadata {
			l.order[i] = value.Len()
			value.Fields = append(value.Fields, types.Field{Name: c.Name, Type: c.Type})
		}
	}
	l.types = value.Types()
	for i, c := range columns {
		if c.Kind == catalog.Metadata {
			m := offered[c.MetadataKey]
			m.column, m.typ, m.key = len(l.types), c.Type, c.MetadataKey
			l.order[i] = m.column
			l.types = append(l.types, c.Type)
			l.meta = append(l.meta, m)
		}
	}
	l.decoder = json.NewDecoder(value, settings, nil)
	return l
}

// decode appends a record as a row; with ignore-parse-errors a bad one is left out.
func (l *layout) decode(r *kgo.Record, b *stream.Builder) error {
	rows := b.Rows()
	if err := l.decoder.Decode(r.Value, b); err != nil {
		return err
	}
	if b.Rows() == rows {
		return nil
	}
	for i := range l.meta {
		m := &l.meta[i]
		c := b.Column(m.column)
		switch {
		case m.absent == nil || !m.absent(r):
			m.append(c, r)
		case m.typ.Nullable:
			c.AppendNull()
		default:
			return fmt.Errorf("metadata '%s' is declared NOT NULL and is absent", m.key)
		}
	}
	return nil
}

// batch is what was gathered, in output order.
func (l *layout) batch(b *stream.Builder) *stream.Batch {
	all := b.Finish()
	cols := make([]vector.Vector, len(l.order))
	for i, c := range l.order {
		cols[i] = all.Cols[c]
	}
	all.Cols = cols
	return all
}

// offered are the metadata keys, as Flink names them, and the key.
var offered = map[string]metadata{
	"topic":     {append: func(c *vector.Builder, r *kgo.Record) { c.AppendBytes([]byte(r.Topic)) }},
	"partition": {append: func(c *vector.Builder, r *kgo.Record) { vector.Append(c, r.Partition) }},
	"offset":    {append: func(c *vector.Builder, r *kgo.Record) { vector.Append(c, r.Offset) }},
	"timestamp": {append: func(c *vector.Builder, r *kgo.Record) { vector.Append(c, r.Timestamp.UnixMilli()) }},
	"timestamp-type": {append: func(c *vector.Builder, r *kgo.Record) {
		c.AppendBytes([]byte(map[int8]string{-1: "NoTimestampType", 0: "CreateTime", 1: "LogAppendTime"}[r.Attrs.TimestampType()]))
	}},
	"leader-epoch": {
		append: func(c *vector.Builder, r *kgo.Record) { vector.Append(c, r.LeaderEpoch) },
		absent: func(r *kgo.Record) bool { return r.LeaderEpoch < 0 },
	},
	"key": {
		append: func(c *vector.Builder, r *kgo.Record) { c.AppendBytes(r.Key) },
		absent: func(r *kgo.Record) bool { return r.Key == nil },
	},
	"headers": {append: func(c *vector.Builder, r *kgo.Record) {
		for _, h := range r.Headers {
			c.Kid(0).AppendBytes([]byte(h.Key))
			if h.Value == nil {
				c.Kid(1).AppendNull()
			} else {
				c.Kid(1).AppendBytes(h.Value)
			}
		}
		c.CloseList()
	}},
}

func metadataTypes() map[string]types.Type {
	name := types.StringType.WithNull(false)
	return map[string]types.Type{
		"topic": name, "partition": types.IntType.WithNull(false), "offset": types.BigIntType.WithNull(false),
		"timestamp": types.TimestampLTZType(3).WithNull(false), "timestamp-type": name,
		"leader-epoch": types.IntType, "key": types.BytesType, "headers": types.MapType(types.StringType, types.BytesType),
	}
}
