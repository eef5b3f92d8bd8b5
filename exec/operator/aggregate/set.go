package aggregate

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// Calls translates the aggregates of a plan node. in is the schema that their
// arguments are columns of; nil where the plan must say their types itself.
func Calls(aggs []physical.Agg, in *types.Schema) []acc.Call {
	out := make([]acc.Call, len(aggs))
	for i, a := range aggs {
		c := acc.Call{Func: a.Func, Args: a.Args, ArgTypes: a.ArgTypes, Distinct: a.Distinct, Filter: a.Filter, Type: a.Type}
		if len(c.ArgTypes) != len(c.Args) && in != nil {
			c.ArgTypes = make([]types.Type, len(c.Args))
			for j, o := range c.Args {
				c.ArgTypes[j] = in.Fields[o].Type
			}
		}
		out[i] = c
	}
	return out
}

func keyTypes(keys []int, in *types.Schema) []types.Type {
	out := make([]types.Type, len(keys))
	for i, k := range keys {
		out[i] = in.Fields[k].Type
	}
	return out
}
