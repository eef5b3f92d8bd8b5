package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "MAP_KEYS", Doc: collectionDoc("MAP_KEYS(map)", "The keys as an array.", "MAP_KEYS(MAP['a', 1])")},
		takes(func(args []types.Type) types.Type { return types.ArrayType(*args[0].Key) }, 1, aMap), always(kernel.MapPart(0)))
	declare(function.Function{Name: "MAP_VALUES", Doc: collectionDoc("MAP_VALUES(map)", "The values as an array.", "MAP_VALUES(MAP['a', 1])")},
		takes(func(args []types.Type) types.Type { return types.ArrayType(*args[0].Elem) }, 1, aMap), always(kernel.MapPart(1)))
	declare(function.Function{Name: "MAP_ENTRIES", Doc: collectionDoc("MAP_ENTRIES(map)", "The entries as an array of rows of key and value.", "MAP_ENTRIES(MAP['a', 1])")},
		takes(entriesOf, 1, aMap), always(kernel.MapEntries()))
	declare(function.Function{Name: "MAP_FROM_ARRAYS", Doc: collectionDoc("MAP_FROM_ARRAYS(keys, values)", "The map of the keys to the values at the same places; there must be as many of both.", "MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2])")},
		takes(func(args []types.Type) types.Type { return types.MapType(*args[0].Elem, *args[1].Elem) }, 2, anArray, anArray), always(kernel.MapFromArrays()))
	declare(function.Function{Name: "MAP_UNION", Doc: collectionDoc("MAP_UNION(map, …)", "The entries of all maps; of equal keys the last counts.", "MAP_UNION(MAP['a', 1], MAP['b', 2])")},
		func(args []function.Arg) (function.Signature, error) { return bindSame(args, 1, -1, "MAP", types.Map) }, always(kernel.MapUnion()))
	declare(function.Function{Name: "SPLIT", Doc: collectionDoc("SPLIT(string, delimiter)", "The parts of a string as an array; an empty delimiter parts it into characters.", "SPLIT('a,b', ',')")},
		takes(returns(types.ArrayType(types.StringType)), 2, aString, aString), always(kernel.Split()))
	declare(function.Function{Name: "STR_TO_MAP", Doc: collectionDoc("STR_TO_MAP(string [, entries, key and value])", "A map of text: both delimiters, ',' and '=' unless given, are regular expressions.", "STR_TO_MAP('a=1,b=2')")},
		nullable(takes(returns(types.MapType(types.StringType, types.StringType)), 1, aString, aString, aString)), strToMap)
}

var aMap = param{"MAP", func(t types.Type) (types.Type, bool) { return t, t.Kind == types.Map }}

// entriesOf is the array of rows that MAP_ENTRIES makes.
func entriesOf(args []types.Type) types.Type {
	row := types.Type{Kind: types.Row, Nullable: true, Fields: []types.Field{{Name: "key", Type: *args[0].Key}, {Name: "value", Type: *args[0].Elem}}}
	return types.ArrayType(row)
}
