package join_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/optest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What the tests of all operators share.
type (
	sink = optest.Sink
	row  = optest.Values
)

var (
	feed       = optest.Feed
	newContext = optest.NewContext
	schemaOf   = optest.SchemaOf
	batchOf    = optest.BatchOf
	drain      = optest.Drain
	valueText  = optest.ValueText
)

// runBounded feeds one input to its end, then the other.
func runBounded(t testing.TB, op operator.Operator, ctx *operator.Context, first int, in [2][]*stream.Batch) ([]string, error) {
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
	if err := feed(op, first, in[first], out); err != nil {
		return nil, err
	}
	if err := feed(op, 1-first, in[1-first], out); err != nil {
		return nil, err
	}
	return out.Sorted(), nil
}

// cut makes batches of size rows; every second one with a selection that hides
// rows that do not count, and a dictionary where that is possible.
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
		for c := range b.Cols {
			b.Cols[c] = dictOf(b.Cols[c])
		}
		out = append(out, b)
	}
	return out
}

// dictOf makes a dictionary vector of a flat one, of its rows in reverse.
func dictOf(v vector.Vector) vector.Vector {
	if v.Phys >= types.PhysList || v.Phys == types.PhysBool {
		return v
	}
	codes := make([]uint32, v.Len)
	back := make([]uint32, v.Len)
	for i := range codes {
		codes[i], back[i] = uint32(v.Len-1-i), uint32(v.Len-1-i)
	}
	b := vector.NewBuilder(typeLike(v.Phys))
	plain := v
	plain.Valid = nil
	b.AppendVector(&plain, back)
	d := b.Finish()
	return vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: v.Len, Codes: codes, Dict: &d, Valid: v.Valid}
}

func typeLike(p types.Phys) types.Type {
	switch p {
	case types.PhysInt8:
		return types.TinyIntType
	case types.PhysInt16:
		return types.SmallType
	case types.PhysInt32:
		return types.IntType
	case types.PhysInt128:
		return types.DecimalType(38, 0)
	case types.PhysFloat32:
		return types.FloatType
	case types.PhysFloat64:
		return types.DoubleType
	case types.PhysBytes:
		return types.StringType
	}
	return types.BigIntType
}

func randomRows(r *rand.Rand, ts []types.Type, n, domain int, nulls bool) []row {
	out := make([]row, n)
	for i := range out {
		for _, t := range ts {
			out[i] = append(out[i], randomValue(r, t, domain, nulls))
		}
	}
	return out
}

func randomValue(r *rand.Rand, t types.Type, domain int, nulls bool) types.Value {
	if nulls && t.Nullable && r.IntN(8) == 0 {
		return types.NullValue()
	}
	x := r.IntN(domain)
	switch {
	case t.Kind == types.TinyInt:
		return types.IntValue(int64(x % 100))
	case t.Kind == types.Boolean:
		return types.BoolValue(x%2 == 0)
	case t.IsApproximate():
		return types.FloatValue(float64(x) / 2)
	case t.IsString():
		if x%2 == 0 {
			return types.StringValue(fmt.Sprint("a string of some length ", x))
		}
		return types.StringValue(fmt.Sprint("s", x))
	case t.Phys() == types.PhysInt128:
		return types.Int128Value(types.Int128{Lo: uint64(x), Hi: int64(x % 3)})
	case t.Kind == types.Array:
		return types.Value{Items: []types.Value{randomValue(r, *t.Elem, domain, nulls), types.IntValue(int64(x))}}
	}
	return types.IntValue(int64(x))
}
