package expr_test

import (
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// TestPruneLosesNoRow: what is judged AlwaysFalse selects nothing, and bounds do prune.
func TestPruneLosesNoRow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ops := []string{expr.Eq, expr.Ne, expr.Lt, expr.Le, expr.Gt, expr.Ge}
	pruned := 0
	for range 3000 {
		base, n := r.Int64N(20), 1+r.IntN(4)
		values := vector.NewBuilder(intT)
		m := expr.MinMax{Rows: int64(n)}
		for range n {
			if r.IntN(4) == 0 {
				values.AppendNull()
				m.Nulls++
				continue
			}
			v := types.IntValue(base + r.Int64N(3))
			values.AppendValue(v)
			if m.Min == nil || v.I < m.Min.I {
				m.Min = &v
			}
			if m.Max == nil || v.I > m.Max.I {
				m.Max = &v
			}
		}
		x := col(0, intT)
		leaf := func() *expr.Expr {
			switch r.IntN(5) {
			case 0:
				return expr.NewCall(expr.IsNull, boolT, x)
			case 1:
				return expr.NewCall(expr.In, boolT, x, num(r.Int64N(22)), num(r.Int64N(22)))
			case 2:
				return expr.NewCall(ops[r.IntN(6)], boolT, num(r.Int64N(22)), x)
			}
			return expr.NewCall(ops[r.IntN(6)], boolT, x, num(r.Int64N(22)))
		}
		e := expr.NewCall([]string{expr.And, expr.Or}[r.IntN(2)], boolT, leaf(), leaf())
		if expr.Prune(e, func(int) expr.MinMax { return m }) != expr.AlwaysFalse {
			continue
		}
		pruned++
		f, err := expr.CompileFilter(e, []types.Type{intT}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := &stream.Batch{Rows: n, Cols: []vector.Vector{values.Finish()}}
		if sel, err := f.Select(b, nil); err != nil || len(sel) > 0 {
			t.Fatalf("%s pruned, but selects %v (%v)", expr.Signature(e), sel, err)
		}
	}
	if pruned < 500 {
		t.Errorf("pruned %d of 3000", pruned)
	}
}
