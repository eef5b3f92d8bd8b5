package kafka

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// metadata is a column that does not come from a record's key or value.
type metadata struct {
	column int // of the builder
	typ    types.Type
	append func(c *vector.Builder, r *kgo.Record)
	absent func(r *kgo.Record) bool // nil: never
	key    string
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

// read appends the metadata of a record.
func (m *metadata) read(c *vector.Builder, r *kgo.Record) error {
	switch {
	case m.absent == nil || !m.absent(r):
		m.append(c, r)
	case m.typ.Nullable:
		c.AppendNull()
	default:
		return fmt.Errorf("metadata '%s' is declared NOT NULL and is absent", m.key)
	}
	return nil
}

// writtenMetadata says how a column is written as metadata; NULL leaves a record as it is.
var writtenMetadata = map[string]func(r *kgo.Record, v *vector.Vector, row int) error{
	"timestamp": func(r *kgo.Record, v *vector.Vector, row int) error {
		r.Timestamp = time.UnixMilli(v.ValueAt(row).I)
		return nil
	},
	"headers": func(r *kgo.Record, v *vector.Vector, row int) error {
		base, at := v.Base(), v.Index(row)
		off := base.Offsets()
		names, values := &base.Kids[0], &base.Kids[1]
		for i := int(off[at]); i < int(off[at+1]); i++ {
			if !names.IsValid(i) {
				return sqlerr.Newf(sqlerr.BadInput, "a record of Kafka has no header without a name, but a map of headers has a NULL key")
			}
			h := kgo.RecordHeader{Key: string(names.Bytes(i))}
			if values.IsValid(i) {
				h.Value = append([]byte{}, values.Bytes(i)...)
			}
			r.Headers = append(r.Headers, h)
		}
		return nil
	},
}

func refuseMetadata(c *catalog.Column) error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "metadata '%s' of column '%s' cannot be written by Kafka's connectors", c.MetadataKey, c.Name).
		WithHint("headers and timestamp can; declare others VIRTUAL: then they are only read")
}
