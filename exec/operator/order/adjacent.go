package order

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// markChanges sets change[i] where row i differs from row i-1 in v, NULL equal to
// NULL; change[0] is left alone.
func markChanges(v *vector.Vector, change []bool) {
	flat := v.Flatten()
	v = &flat
	if v.Valid == nil {
		switch v.Phys {
		case types.PhysInt32:
			differ(vector.Values[int32](v), change)
			return
		case types.PhysInt64:
			differ(vector.Values[int64](v), change)
			return
		case types.PhysInt128:
			differ(vector.Values[types.Int128](v), change)
			return
		}
	}
	for i := 1; i < len(change); i++ {
		if !change[i] && !kernel.EqualAt(v, i-1, v, i) {
			change[i] = true
		}
	}
}

func differ[T comparable](x []T, change []bool) {
	x = x[:len(change)]
	for i := 1; i < len(x); i++ {
		if x[i] != x[i-1] {
			change[i] = true
		}
	}
}
