package weir

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/engine"
)

// Rows are the rows of a statement. One goroutine reads them, row by row (Next
// and Scan) or batch by batch (NextBatch), and closes them.
type Rows struct {
	ctx    context.Context
	result *engine.Result
	batch  *stream.Batch
	row    int // among those selected of batch
	err    error
}

// Columns are the names and types of the columns; nil where the statement gives no rows.
func (r *Rows) Columns() []types.Field {
	if r.result.Schema == nil {
		return nil
	}
	return r.result.Schema.Fields
}

// Next goes to the next row. It is false behind the last one, and after an error, which Err has.
func (r *Rows) Next() bool {
	for r.batch == nil || r.row+1 >= r.batch.Len() {
		if r.batch = r.NextBatch(); r.batch == nil {
			return false
		}
	}
	r.row++
	return true
}

// NextBatch is the next rows as columns; nil behind the last and after an error. It stays valid.
func (r *Rows) NextBatch() *stream.Batch {
	r.row = -1
	if r.err != nil {
		return nil
	}
	b, err := r.result.Next(r.ctx)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			r.err = err
		}
		return nil
	}
	return b
}

// Kind is what the row does to the result: of a batch query each row is inserted.
func (r *Rows) Kind() stream.RowKind { return r.batch.Kind(r.at()) }

func (r *Rows) at() int {
	if r.batch.Sel != nil {
		return int(r.batch.Sel[r.row])
	}
	return r.row
}

// Scan writes the row's columns to *string, *[]byte, *int64, *float64, *bool or *any. Any
// column can be had as a string, as the command line shows it; *any gets one of the
// others' types, or nil for NULL, which only *any takes.
func (r *Rows) Scan(into ...any) error {
	cols := r.Columns()
	if len(into) != len(cols) {
		return fmt.Errorf("scan: %d places for %d columns", len(into), len(cols))
	}
	for c, dst := range into {
		if err := r.scan(c, cols[c].Type, dst); err != nil {
			return fmt.Errorf("scan column %s: %w", cols[c].Name, err)
		}
	}
	return nil
}

func (r *Rows) scan(c int, t types.Type, dst any) error {
	v := r.batch.Cols[c].ValueAt(r.at())
	if p, ok := dst.(*any); ok {
		*p = r.natural(c, t, v)
		return nil
	}
	if v.Null {
		return errors.New("it is NULL, which only *any takes")
	}
	switch p := dst.(type) {
	case *string:
		*p = r.text(c, t)
		return nil
	case *[]byte:
		if t.IsString() || t.IsBinary() {
			*p = append((*p)[:0], v.B...)
			return nil
		}
	case *int64:
		if t.IsInteger() {
			*p = v.I
			return nil
		}
	case *float64:
		if t.IsApproximate() {
			*p = v.Float()
			return nil
		}
	case *bool:
		if t.Kind == types.Boolean {
			*p = v.Bool()
			return nil
		}
	}
	return fmt.Errorf("%s does not go into %T", t.WithNull(true), dst)
}

// natural is a value as the Go type nearest to it.
func (r *Rows) natural(c int, t types.Type, v types.Value) any {
	switch {
	case v.Null:
		return nil
	case t.IsInteger():
		return v.I
	case t.IsApproximate():
		return v.Float()
	case t.Kind == types.Boolean:
		return v.Bool()
	case t.IsBinary():
		return append([]byte(nil), v.B...)
	}
	return r.text(c, t)
}

func (r *Rows) text(c int, t types.Type) string {
	return string(kernel.AppendText(nil, t, &r.batch.Cols[c], r.at(), r.result.Env))
}

// Err is what ended the rows before their end.
func (r *Rows) Err() error { return r.err }

// Close ends the statement's job if it still runs.
func (r *Rows) Close() error { return r.result.Close() }
