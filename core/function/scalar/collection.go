package scalar

import (
	"fmt"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func collectionDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "collection", Examples: examples}
}

func init() {
	declare(function.Function{Name: "ROW", Doc: collectionDoc("ROW(value, …)", "A row of the values, its fields named EXPR$0, EXPR$1 ….", "ROW(1, 'a')")},
		bindRow, always(kernel.MakeRow()))
	declare(function.Function{Name: "ARRAY", Doc: collectionDoc("ARRAY[value, …]", "An array of the values, brought to one type.", "ARRAY[1, 2, 3]")},
		bindArray, always(kernel.MakeList()))
	declare(function.Function{Name: "MAP", Doc: collectionDoc("MAP[key, value, …]", "A map of the keys to the values.", "MAP['a', 1, 'b', 2]")},
		bindMap, always(kernel.MakeList()))
	declare(function.Function{Name: "ITEM", Doc: collectionDoc("array[index], map[key], variant[index or key]", "An element, counted from 1, or the value of a key; NULL where there is none.", "ARRAY[1, 2][1]")},
		bindItem, itemCode)
	declare(function.Function{Name: "CARDINALITY", Doc: collectionDoc("CARDINALITY(array, map or multiset)", "The number of elements.", "CARDINALITY(ARRAY[1, 2])")},
		takes(returns(types.IntType), 1, aCollection), always(kernel.Cardinality()))
	declare(function.Function{Name: "ELEMENT", Doc: collectionDoc("ELEMENT(array)", "The only element; NULL where there is none, an error where there are more.", "ELEMENT(ARRAY[7])")},
		bindElement, always(kernel.Element()))
}

var aCollection = param{"ARRAY, MAP or MULTISET", func(t types.Type) (types.Type, bool) {
	return t, t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset
}}

func bindRow(args []function.Arg) (function.Signature, error) {
	sig := function.Signature{Args: typesOf(args)}
	t := types.Type{Kind: types.Row}
	for i, a := range args {
		t.Fields = append(t.Fields, types.Field{Name: fmt.Sprintf("EXPR$%d", i), Type: a.Type})
	}
	sig.Result = t
	return sig, nil
}

func bindArray(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 1, 1, true); err != nil {
		return function.Signature{}, err
	}
	elem, err := commonValue(types.Common, typesOf(args))
	if err != nil {
		return function.Signature{}, err
	}
	sig := function.Signature{Result: types.ArrayType(elem).NotNull()}
	for _, a := range args {
		sig.Args = append(sig.Args, elem.WithNull(a.Type.Nullable))
	}
	return sig, nil
}

func bindMap(args []function.Arg) (function.Signature, error) {
	if len(args) == 0 || len(args)%2 == 1 {
		return function.Signature{}, fmt.Errorf("%d arguments, keys and values in pairs wanted", len(args))
	}
	var sides [2][]types.Type
	for i, a := range args {
		sides[i%2] = append(sides[i%2], a.Type)
	}
	var common [2]types.Type
	for i := range sides {
		var err error
		if common[i], err = commonValue(types.Common, sides[i]); err != nil {
			return function.Signature{}, err
		}
	}
	sig := function.Signature{Result: types.MapType(common[0], common[1]).NotNull()}
	for i, a := range args {
		sig.Args = append(sig.Args, common[i%2].WithNull(a.Type.Nullable))
	}
	return sig, nil
}

func bindItem(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 2, 2, false); err != nil {
		return function.Signature{}, err
	}
	of := args[0].Type
	index := types.IntType
	switch of.Kind {
	case types.Array:
	case types.Map:
		index = *of.Key
	default:
		return function.Signature{}, mismatch(0, "ARRAY or MAP", of)
	}
	if !types.CanImplicit(args[1].Type, index) {
		return function.Signature{}, mismatch(1, index.WithNull(true).String(), args[1].Type)
	}
	return function.Signature{
		Args:   []types.Type{of, index.WithNull(args[1].Type.Nullable)},
		Result: of.Elem.WithNull(true),
	}, nil
}

func bindElement(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 1, 1, false); err != nil {
		return function.Signature{}, err
	}
	t := args[0].Type
	if t.Kind != types.Array && t.Kind != types.Multiset {
		return function.Signature{}, mismatch(0, "ARRAY or MULTISET", t)
	}
	return function.Signature{Args: []types.Type{t}, Result: t.Elem.WithNull(true)}, nil
}
