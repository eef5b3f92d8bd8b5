package order_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/optest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What the tests of all operators share.
type (
	sink = optest.Sink
	dir  = optest.Dir
	row  = optest.Values
)

var (
	newContext = optest.NewContext
	schemaOf   = optest.SchemaOf
	batchOf    = optest.BatchOf
	drain      = optest.Drain
	rowText    = optest.RowText
	valueText  = optest.ValueText
)

const plenty = 1 << 30

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
	err := optest.Feed(op, 0, in, out)
	return out.Rows, err
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
