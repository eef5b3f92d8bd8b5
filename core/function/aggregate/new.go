package aggregate

import "github.com/weir-engine/weir/core/types"

// New makes the accumulator of an aggregate for arguments of the given types.
// name is canonical; result is what Bind gave. COUNT without args counts rows.
func New(name string, args []types.Type, result types.Type) (Accumulator, error) {
	return nil, unknown(name, args)
}
