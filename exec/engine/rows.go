package engine

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// rows gathers the answer of a SHOW or DESCRIBE.
type rows struct {
	schema types.Schema
	cols   []*vector.Builder
}

// shownTypes are the types of columns that are not STRING.
var shownTypes = map[string]types.Type{
	"BOOLEAN": {Kind: types.Boolean, Nullable: true},
	"TIME":    {Kind: types.TimestampLTZ, Precision: 3, Nullable: true}, // of a job
}

// newRows begins an answer with these columns: name, or name and type.
func newRows(columns ...string) *rows {
	r := &rows{}
	for _, c := range columns {
		t := types.StringType
		if i := strings.LastIndexByte(c, ' '); i >= 0 {
			if typed, ok := shownTypes[c[i+1:]]; ok {
				c, t = c[:i], typed
			}
		}
		r.schema.Fields = append(r.schema.Fields, types.Field{Name: c, Type: t})
		r.cols = append(r.cols, vector.NewBuilder(t))
	}
	return r
}

// add appends a row of strings, booleans, milliseconds and nil for NULL.
func (r *rows) add(cells ...any) {
	for i, cell := range cells {
		switch c := cell.(type) {
		case nil:
			r.cols[i].AppendNull()
		case string:
			r.cols[i].AppendBytes([]byte(c))
		case bool:
			r.cols[i].AppendBool(c)
		case int64:
			r.cols[i].AppendValue(types.IntValue(c))
		default:
			panic(fmt.Sprintf("engine: no column takes a %T", cell))
		}
	}
}

// result is the answer; its times are shown in UTC unless the caller sets another Env.
func (r *rows) result() *Result {
	out := &Result{Schema: &r.schema, Env: &kernel.Env{}}
	if n := r.cols[0].Len(); n > 0 {
		b := &stream.Batch{Rows: n}
		for _, c := range r.cols {
			b.Cols = append(b.Cols, c.Finish())
		}
		out.next = batches([]*stream.Batch{b})
	}
	return out
}
