package optest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Sink is an output that keeps what it is given as text. It is full when Room
// batches have come; whoever drives the operator makes room again.
type Sink struct {
	Rows []string
	Room int
}

// Full reports that there is no room.
func (s *Sink) Full() bool { return s.Room <= 0 }

// Emit keeps a batch. One more than there is room for is an operator's to emit, not two.
func (s *Sink) Emit(b *stream.Batch) error {
	if s.Room--; s.Room < -1 && b.Len() > 0 {
		return fmt.Errorf("a second batch was emitted though the output was full")
	}
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		text := RowText(b.Cols, r)
		if b.Kinds != nil {
			text = b.Kind(r).String() + " " + text
		}
		s.Rows = append(s.Rows, text)
	}
	return nil
}

// Sorted is the rows in the order of their text.
func (s *Sink) Sorted() []string {
	out := slices.Clone(s.Rows)
	slices.Sort(out)
	return out
}

// RowText is a row's values.
func RowText(cols []vector.Vector, r int) string {
	parts := make([]string, len(cols))
	for i := range cols {
		parts[i] = ValueText(cols[i].Phys, cols[i].ValueAt(r))
	}
	return strings.Join(parts, "|")
}

// ValueText is a value as text.
func ValueText(p types.Phys, v types.Value) string {
	switch {
	case v.Null:
		return "NULL"
	case p == types.PhysBytes:
		return v.Str()
	case p == types.PhysFloat64 || p == types.PhysFloat32:
		return fmt.Sprint(v.Float() + 0)
	case p >= types.PhysList:
		var items []string
		for _, x := range v.Items {
			items = append(items, fmt.Sprint(x.Null, x.I, string(x.B)))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	return fmt.Sprint(v.I)
}

// Dir is a directory to spill to.
type Dir string

// Dir is the directory.
func (d Dir) Dir() (string, error) { return string(d), nil }

// NewContext is what a task gives the only subtask of a bounded operator, with a
// limit to its memory.
func NewContext(t testing.TB, limit int64, in ...*types.Schema) *operator.Context {
	t.Helper()
	g, err := memory.NewManager(limit).Open("test", 0)
	if err != nil {
		t.Fatal(err)
	}
	return &operator.Context{
		Ctx: context.Background(), Inputs: in, Parallelism: 1, MaxParallelism: 128,
		BatchRows: stream.BatchRows, Memory: g, Metric: metric.NewGroup(), Spill: Dir(t.TempDir()),
	}
}

// SchemaOf is columns c0, c1, …
func SchemaOf(ts ...types.Type) *types.Schema {
	s := &types.Schema{}
	for i, t := range ts {
		s.Fields = append(s.Fields, types.Field{Name: fmt.Sprint("c", i), Type: t})
	}
	return s
}

// Values is a row.
type Values []types.Value

// BatchOf is a batch of rows.
func BatchOf(ts []types.Type, rows []Values) *stream.Batch {
	b := stream.NewBuilder(ts)
	for _, r := range rows {
		for c := range ts {
			b.Column(c).AppendValue(r[c])
		}
		b.Advance(1, stream.Insert)
	}
	return b.Finish()
}

// Feed gives one input its batches and its end.
func Feed(op operator.Operator, input int, in []*stream.Batch, out *Sink) error {
	for _, b := range in {
		out.Room = 1
		if err := op.Process(input, b, out); err != nil {
			return err
		}
		if err := Drain(op, out); err != nil {
			return err
		}
	}
	out.Room = 1
	if err := op.EndInput(input, out); err != nil {
		return err
	}
	return Drain(op, out)
}

// Drain resumes an operator until it has no more, with an output that takes one batch at a time.
func Drain(op operator.Operator, out *Sink) error {
	r, ok := op.(operator.Resumer)
	if !ok {
		return nil
	}
	for {
		out.Room = 1
		more, err := r.Resume(out)
		if err != nil || !more {
			return err
		}
	}
}
