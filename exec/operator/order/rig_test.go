package order_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const plenty = 1 << 30

type sink struct {
	rows []string
	room int
}

func (s *sink) Full() bool { return s.room <= 0 }

func (s *sink) Emit(b *stream.Batch) error {
	s.room--
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		text := rowText(b.Cols, r)
		if b.Kinds != nil {
			text = b.Kind(r).String() + " " + text
		}
		s.rows = append(s.rows, text)
	}
	return nil
}

func rowText(cols []vector.Vector, r int) string {
	parts := make([]string, len(cols))
	for i := range cols {
		parts[i] = valueText(cols[i].Phys, cols[i].ValueAt(r))
	}
	return strings.Join(parts, "|")
}

func valueText(p types.Phys, v types.Value) string {
	switch {
	case v.Null:
		return "NULL"
	case p == types.PhysBytes:
		return v.Str()
	case p == types.PhysFloat64 || p == types.PhysFloat32:
		return fmt.Sprint(v.Float() + 0)
	}
	return fmt.Sprint(v.I)
}

type dir string

func (d dir) Dir() (string, error) { return string(d), nil }

func newContext(t testing.TB, limit int64, in *types.Schema) *operator.Context {
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

func schemaOf(ts ...types.Type) *types.Schema {
	s := &types.Schema{}
	for i, t := range ts {
		s.Fields = append(s.Fields, types.Field{Name: fmt.Sprint("c", i), Type: t})
	}
	return s
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

// run drives an operator of one bounded input to its end.
func run(t testing.TB, op operator.Operator, ctx *operator.Context, in []*stream.Batch) ([]string, error) {
	t.Helper()
	out := &sink{}
	if err := op.Open(ctx); err != nil {
		return nil, err
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
			return nil, err
		}
		if err := drain(op, out); err != nil {
			return nil, err
		}
	}
	out.room = 1
	if err := op.EndInput(0, out); err != nil {
		return nil, err
	}
	return out.rows, drain(op, out)
}

type row []types.Value

func batchOf(ts []types.Type, rows []row) *stream.Batch {
	b := stream.NewBuilder(ts)
	for _, r := range rows {
		for c := range ts {
			b.Column(c).AppendValue(r[c])
		}
		b.Advance(1, stream.Insert)
	}
	return b.Finish()
}

// cut makes batches of size rows, every second one with rows that do not count.
func cut(ts []types.Type, rows []row, size int) []*stream.Batch {
	var out []*stream.Batch
	for n, part := range slices.Collect(slices.Chunk(rows, size)) {
		if n%2 == 0 {
			out = append(out, batchOf(ts, part))
			continue
		}
		var wide []row
		var sel []uint32
		for i, r := range part {
			if i%3 == 0 {
				wide = append(wide, part[0])
			}
			sel = append(sel, uint32(len(wide)))
			wide = append(wide, r)
		}
		b := batchOf(ts, wide)
		b.Sel = sel
		out = append(out, b)
	}
	return out
}

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func randomRows(r *rand.Rand, ts []types.Type, n, domain int) []row {
	out := make([]row, n)
	for i := range out {
		for _, t := range ts {
			out[i] = append(out[i], randomValue(r, t, domain))
		}
	}
	return out
}

func randomValue(r *rand.Rand, t types.Type, domain int) types.Value {
	if t.Nullable && r.IntN(8) == 0 {
		return types.NullValue()
	}
	x := r.IntN(domain) - domain/2
	switch {
	case t.Kind == types.Boolean:
		return types.BoolValue(x%2 == 0)
	case t.IsApproximate():
		return types.FloatValue(float64(x) / 2)
	case t.IsString():
		if x%2 == 0 {
			return types.StringValue(fmt.Sprint("a string of some length ", x))
		}
		return types.StringValue(fmt.Sprint("s", x)[:1+r.IntN(2)])
	case t.Phys() == types.PhysInt128:
		return types.Int128Value(types.Int128{Lo: uint64(x), Hi: int64(x % 3)})
	}
	return types.IntValue(int64(x))
}

// compare orders two rows as the keys say.
func compare(a, b row, ts []types.Type, keys []physical.SortKey) int {
	for _, k := range keys {
		x, y := a[k.Col], b[k.Col]
		if x.Null || y.Null {
			if x.Null == y.Null {
				continue
			}
			if x.Null == k.NullsFirst {
				return -1
			}
			return 1
		}
		c := compareValues(ts[k.Col], x, y)
		if k.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func compareValues(t types.Type, x, y types.Value) int {
	switch {
	case t.IsString():
		return strings.Compare(x.Str(), y.Str())
	case t.IsApproximate():
		if x.Float() < y.Float() {
			return -1
		}
		return truth(x.Float() > y.Float())
	case t.Phys() == types.PhysInt128:
		return x.Int128().Cmp(y.Int128())
	}
	if x.I < y.I {
		return -1
	}
	return truth(x.I > y.I)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func texts(ts []types.Type, rows []row) []string {
	b := batchOf(ts, rows)
	var out []string
	for i := range rows {
		out = append(out, rowText(b.Cols, i))
	}
	return out
}
