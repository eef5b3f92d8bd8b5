package stream

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Record wraps a dense batch of a schema as an Arrow record, without a copy
// where the layouts are the same. The record shares the batch's memory; row
// kinds are not part of it.
func (b *Batch) Record(s *types.Schema) (arrow.Record, error) {
	fields := make([]arrow.Field, s.Len())
	cols := make([]arrow.Array, s.Len())
	for i, f := range s.Fields {
		a, err := vector.Array(&b.Cols[i], f.Type)
		if err != nil {
			return nil, err
		}
		defer a.Release()
		fields[i] = arrow.Field{Name: f.Name, Type: a.DataType(), Nullable: f.Type.Nullable}
		cols[i] = a
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), cols, int64(b.Rows)), nil
}
