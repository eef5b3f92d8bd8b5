package aggregate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is an output that copies what it is given and is full now and then.
type sink struct {
	types []types.Type
	rows  []string
	room  int // batches until Full; refilled by the driver
}

func (s *sink) Full() bool { return s.room <= 0 }

func (s *sink) Emit(b *stream.Batch) error {
	s.room--
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		s.rows = append(s.rows, b.Kind(r).String()+" "+rowText(s.types, b.Cols, r))
	}
	return nil
}

func rowText(ts []types.Type, cols []vector.Vector, r int) string {
	parts := make([]string, len(cols))
	for i := range cols {
		v := cols[i].ValueAt(r)
		switch {
		case v.Null:
			parts[i] = "NULL"
		case cols[i].Phys == types.PhysBytes:
			parts[i] = v.Str()
		case cols[i].Phys == types.PhysFloat64:
			parts[i] = fmt.Sprintf("%.6g", v.Float())
		case cols[i].Phys == types.PhysInt128:
			parts[i] = fmt.Sprintf("%d", v.I) // tests stay below 64 bits
		default:
			parts[i] = fmt.Sprint(v.I)
		}
	}
	return strings.Join(parts, "|")
}

func (s *sink) sorted() []string {
	out := slices.Clone(s.rows)
	slices.Sort(out)
	return out
}

type dir string

func (d dir) Dir() (string, error) { return string(d), nil }

// newContext is a context for one subtask of a bounded plan.
func newContext(t testing.TB, in *types.Schema, limit int64) *operator.Context {
	t.Helper()
	g, err := memory.NewManager(limit).Open("test", 0)
	if err != nil {
		t.Fatal(err)
	}
	return &operator.Context{
		Ctx: context.Background(), Inputs: []*types.Schema{in}, Parallelism: 1, MaxParallelism: 128,
		BatchRows: stream.BatchRows, Memory: g, Metric: metric.NewGroup(), Spill: dir(t.TempDir()),
	}
}

// run drives an operator of one input over batches to its end.
func run(t testing.TB, op operator.Operator, ctx *operator.Context, in []*stream.Batch, out *sink) error {
	t.Helper()
	if err := op.Open(ctx); err != nil {
		return err
	}
	defer func() {
		if err := op.Close(); err != nil {
			t.Error(err)
		}
		if n := ctx.Memory.InUse(); n != 0 {
			t.Errorf("%d bytes are still counted after Close", n)
		}
	}()
	for _, b := range in {
		out.room = 1
		if err := op.Process(0, b, out); err != nil {
			return err
		}
		if err := drain(op, out); err != nil {
			return err
		}
	}
	out.room = 1
	if err := op.EndInput(0, out); err != nil {
		return err
	}
	return drain(op, out)
}

func drain(op operator.Operator, out *sink) error {
	r, ok := op.(operator.Resumer)
	if !ok {
		return nil
	}
	for {
		out.room = 1
		more, err := r.Resume(out)
		if err != nil || !more {
			return err
		}
	}
}

// cut makes batches of size rows.
func cut(b *stream.Batch, size int) []*stream.Batch {
	var out []*stream.Batch
	for from := 0; from < b.Rows; from += size {
		to := min(from+size, b.Rows)
		part := &stream.Batch{Rows: to - from}
		for i := range b.Cols {
			part.Cols = append(part.Cols, b.Cols[i].Slice(from, to))
		}
		if b.Kinds != nil {
			part.Kinds = b.Kinds[from:to]
		}
		out = append(out, part)
	}
	return out
}
