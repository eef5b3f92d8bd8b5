package file

import (
	"bytes"
	"cmp"

	"github.com/weir-engine/weir/core/types"
)

// compare orders two values of a type, as statistics do.
func compare(t types.Type, a, b types.Value) int {
	switch t.Phys() {
	case types.PhysBytes:
		return bytes.Compare(a.B, b.B)
	case types.PhysFloat32, types.PhysFloat64:
		return cmp.Compare(a.Float(), b.Float())
	case types.PhysInt128:
		return a.Int128().Cmp(b.Int128())
	}
	return cmp.Compare(a.I, b.I)
}
