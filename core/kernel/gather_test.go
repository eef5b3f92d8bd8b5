package kernel

import (
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// TestGatherLeavesConstant gathers into the same column of a constant, and then of
// other rows: the constant, which a plan may hold, is as it was.
func TestGatherLeavesConstant(t *testing.T) {
	for _, c := range []struct {
		name  string
		typ   types.Type
		value types.Value
		other types.Value
	}{
		{"integer", types.BigIntType, types.IntValue(0), types.IntValue(7)},
		{"boolean", types.BooleanType, types.BoolValue(false), types.BoolValue(true)},
		{"string", types.StringType, types.StringValue(""), types.StringValue("other")},
		{"null", types.BigIntType, types.NullValue(), types.IntValue(7)},
	} {
		t.Run(c.name, func(t *testing.T) {
			constant := vector.ConstOf(c.typ, c.value, 100)
			b := vector.NewBuilder(c.typ)
			b.AppendNull()
			b.AppendValue(c.other)
			flat := b.Finish()
			var dst vector.Vector
			Gather(&dst, &constant, []uint32{5})
			if got := dst.ValueAt(0); got.Null != c.value.Null {
				t.Errorf("gathered %v, want %v", got, c.value)
			}
			Gather(&dst, &flat, []uint32{1})
			if got := constant.ValueAt(0); got.Null != c.value.Null || got.I != c.value.I || string(got.B) != string(c.value.B) {
				t.Errorf("the constant became %v, was %v", got, c.value)
			}
			if got := dst.ValueAt(0); got.Null || got.I != c.other.I || string(got.B) != string(c.other.B) {
				t.Errorf("gathered %v, want %v", got, c.other)
			}
		})
	}
}
