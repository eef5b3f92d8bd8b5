package ranking

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func declare(name, syntax, text string, bind func([]function.Arg) (function.Signature, error)) {
	function.Register(&function.Function{
		Name: name, Kind: function.Ranking, Bind: bind,
		Doc: function.Doc{
			Syntax: syntax + " OVER ([PARTITION BY …] ORDER BY …)", Text: text, Category: "window",
			Examples: []string{syntax + " OVER (PARTITION BY category ORDER BY price DESC)"},
		},
	})
}

func init() {
	bigint, double := types.BigIntType.NotNull(), types.DoubleType.NotNull()
	declare("ROW_NUMBER", "ROW_NUMBER()", "The number of the row within its partition, from 1.", none("ROW_NUMBER", bigint))
	declare("RANK", "RANK()", "One more than the number of rows that come before the row's equals.", none("RANK", bigint))
	declare("DENSE_RANK", "DENSE_RANK()", "One more than the number of distinct values that come before the row's.", none("DENSE_RANK", bigint))
	declare("PERCENT_RANK", "PERCENT_RANK()", "(RANK − 1) / (rows of the partition − 1); 0 for the only row.", none("PERCENT_RANK", double))
	declare("CUME_DIST", "CUME_DIST()", "The share of the partition's rows up to the row and its equals.", none("CUME_DIST", double))
	declare("NTILE", "NTILE(n)", "The number, from 1, of the row's bucket when the partition is cut into n buckets as equal as can be.", bindNtile)
	declare("LAG", "LAG(value [, offset [, default]])", "The value offset rows (1 unless given) before this one in the partition, or the default.", neighbour("LAG"))
	declare("LEAD", "LEAD(value [, offset [, default]])", "The value offset rows (1 unless given) after this one in the partition, or the default.", neighbour("LEAD"))
}

// none binds a function without arguments.
func none(name string, result types.Type) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) != 0 {
			return function.Signature{}, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s takes no arguments", name)
		}
		return function.Signature{Result: result}, nil
	}
}

func bindNtile(args []function.Arg) (function.Signature, error) {
	if len(args) != 1 || !args[0].Type.IsInteger() || args[0].Literal == nil || args[0].Literal.Null || args[0].Literal.I < 1 {
		return function.Signature{}, sqlerr.Newf(sqlerr.DatatypeMismatch, "NTILE takes one constant positive integer")
	}
	return function.Signature{Args: []types.Type{args[0].Type}, Result: types.BigIntType.NotNull()}, nil
}

// neighbour binds LAG and LEAD: the default is cast to the value's type.
func neighbour(name string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) < 1 || len(args) > 3 {
			return function.Signature{}, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s takes one to three arguments", name).
				WithHint("%s(value [, offset [, default]])", name)
		}
		sig := function.Signature{Args: []types.Type{args[0].Type}, Result: args[0].Type.WithNull(true)}
		if len(args) > 1 {
			if !args[1].Type.IsInteger() || args[1].Literal == nil || args[1].Literal.Null || args[1].Literal.I < 0 {
				return function.Signature{}, sqlerr.Newf(sqlerr.DatatypeMismatch, "the offset of %s must be a constant integer, 0 or more", name)
			}
			sig.Args = append(sig.Args, args[1].Type)
		}
		if len(args) > 2 {
			sig.Args = append(sig.Args, args[0].Type.WithNull(args[2].Type.Nullable))
			sig.Result.Nullable = args[0].Type.Nullable || args[2].Type.Nullable
		}
		return sig, nil
	}
}
