package calc

import (
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// Rows makes batches of a Values node's rows, at most batchRows each, for the
// source operator that emits them.
func Rows(spec *physical.Values, ts []types.Type, batchRows int) []*stream.Batch {
	var out []*stream.Batch
	for from := 0; from < len(spec.Rows); from += batchRows {
		rows := spec.Rows[from:min(from+batchRows, len(spec.Rows))]
		b := stream.NewBuilder(ts)
		for _, row := range rows {
			for i, v := range row {
				b.Column(i).AppendValue(v)
			}
		}
		b.Advance(len(rows), stream.Insert)
		out = append(out, b.Finish())
	}
	return out
}
