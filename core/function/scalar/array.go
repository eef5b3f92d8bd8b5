package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	for _, f := range []struct {
		name, text, example string
		bind                bindFunc
		kernel              kernel.Kernel
	}{
		{"ARRAY_APPEND", "The array with a value behind its elements.", "ARRAY_APPEND(ARRAY[1, 2], 3)", bindAdd, kernel.Append(false)},
		{"ARRAY_PREPEND", "The array with a value before its elements.", "ARRAY_PREPEND(ARRAY[2, 3], 1)", bindAdd, kernel.Append(true)},
		{"ARRAY_REMOVE", "The array without the elements that equal a value; NULL takes out the NULLs.", "ARRAY_REMOVE(ARRAY[1, 2, 2], 2)", bindRemove, kernel.Remove()},
		{"ARRAY_CONTAINS", "Whether the value, NULL too, is an element.", "ARRAY_CONTAINS(ARRAY[1, 2], 2)", bindFind(types.BooleanType, false), kernel.Position()},
		{"ARRAY_POSITION", "The place of the first such element, from 1; 0 where there is none, NULL for NULL.", "ARRAY_POSITION(ARRAY[1, 2], 2)", bindFind(types.IntType, true), kernel.Position()},
	} {
		declare(function.Function{Name: f.name, Doc: collectionDoc(f.name+"(array, value)", f.text, f.example)}, f.bind, always(f.kernel))
	}
	declare(function.Function{Name: "ARRAY_CONCAT", Doc: collectionDoc("ARRAY_CONCAT(array, …)", "The elements of all arrays, one array behind the other; NULL where one is NULL.", "ARRAY_CONCAT(ARRAY[1], ARRAY[2, 3])")},
		bindArrays(1, -1), always(kernel.ConcatLists()))
	declare(function.Function{Name: "ARRAY_DISTINCT", Doc: collectionDoc("ARRAY_DISTINCT(array)", "Every element once, in the order in which it comes first.", "ARRAY_DISTINCT(ARRAY[1, 2, 1])")},
		bindArrays(1, 1), always(kernel.SetOf(kernel.ListDistinct)))
	for _, f := range []struct {
		name, text string
		op         kernel.SetOperation
	}{
		{"ARRAY_UNION", "The elements of either array, every one once.", kernel.ListUnion},
		{"ARRAY_INTERSECT", "The elements of the first array that are in the second too, every one once.", kernel.ListIntersect},
		{"ARRAY_EXCEPT", "The elements of the first array that are not in the second, every one once.", kernel.ListExcept},
	} {
		declare(function.Function{Name: f.name, Doc: collectionDoc(f.name+"(array1, array2)", f.text, f.name+"(ARRAY[1, 2], ARRAY[2, 3])")},
			bindArrays(2, 2), always(kernel.SetOf(f.op)))
	}
	declare(function.Function{Name: "ARRAY_JOIN", Doc: collectionDoc("ARRAY_JOIN(array, delimiter [, null])", "The strings of the array with the delimiter between them; NULLs are left out, or written as the third argument.", "ARRAY_JOIN(ARRAY['a', 'b'], ', ')")},
		takes(returns(types.StringType), 2, aStringArray, aString, aString), always(kernel.JoinLists()))
	declare(function.Function{Name: "ARRAY_MAX", Doc: collectionDoc("ARRAY_MAX(array)", "The greatest element that is not NULL.", "ARRAY_MAX(ARRAY[1, 3, 2])")},
		bindExtremeElement, always(kernel.ExtremeElement(false)))
	declare(function.Function{Name: "ARRAY_MIN", Doc: collectionDoc("ARRAY_MIN(array)", "The least element that is not NULL.", "ARRAY_MIN(ARRAY[1, 3, 2])")},
		bindExtremeElement, always(kernel.ExtremeElement(true)))
	declare(function.Function{Name: "ARRAY_REVERSE", Doc: collectionDoc("ARRAY_REVERSE(array)", "The elements from the last to the first.", "ARRAY_REVERSE(ARRAY[1, 2])")},
		takes(sameAs(0), 1, anArray), always(kernel.Reverse()))
	declare(function.Function{Name: "ARRAY_SLICE", Doc: collectionDoc("ARRAY_SLICE(array, from [, to])", "The elements from one place to another, both included; negative places count from the end.", "ARRAY_SLICE(ARRAY[1, 2, 3], 2)")},
		takes(sameAs(0), 2, anArray, anInt, anInt), always(kernel.SliceLists()))
	declare(function.Function{Name: "ARRAY_SORT", Doc: collectionDoc("ARRAY_SORT(array [, ascending [, nulls first]])", "The elements in order; NULLs stand first where it ascends, last where it descends, unless said otherwise.", "ARRAY_SORT(ARRAY[3, 1, 2], FALSE)")},
		takes(sameAs(0), 1, aSortableArray, aBoolean, aBoolean), always(kernel.SortLists()))
}

var (
	anArray = param{"ARRAY", func(t types.Type) (types.Type, bool) { return t, t.Kind == types.Array }}
	// ARRAY_JOIN wants strings: numbers are not written as such of their own accord.
	aStringArray   = param{"ARRAY<STRING>", func(t types.Type) (types.Type, bool) { return t, t.Kind == types.Array && t.Elem.IsString() }}
	aSortableArray = param{"an ARRAY of values that have an order", func(t types.Type) (types.Type, bool) { return t, t.Kind == types.Array && hasOrder(*t.Elem) }}
)

// hasOrder reports the types whose values ARRAY_SORT, ARRAY_MAX and ARRAY_MIN put in order.
func hasOrder(t types.Type) bool {
	return !t.IsNested() && t.Kind != types.Boolean && t.Kind != types.Null
}

// besideArray is the array type and the type of a value that goes with its
// elements: the value is brought to the type of the elements, and strings of other
// lengths to one that has room for both.
func besideArray(args []function.Arg) (array, elem types.Type, err error) {
	if err := checkCount(len(args), 2, 2, false); err != nil {
		return array, elem, err
	}
	array = args[0].Type
	if array.Kind != types.Array {
		return array, elem, mismatch(0, "ARRAY", array)
	}
	elem = *array.Elem
	x := args[1].Type
	switch {
	case elem.IsString() && x.IsString() || elem.IsBinary() && x.IsBinary():
		elem, _ = types.Common(elem, x)
	case !types.CanImplicit(x, elem):
		return array, elem, mismatch(1, elem.WithNull(true).String(), x)
	}
	return array, elem, nil
}

func bindAdd(args []function.Arg) (function.Signature, error) {
	array, elem, err := besideArray(args)
	if err != nil {
		return function.Signature{}, err
	}
	x := args[1].Type
	wanted := types.ArrayType(elem.WithNull(array.Elem.Nullable)).WithNull(array.Nullable)
	result := types.ArrayType(elem.WithNull(array.Elem.Nullable || x.Nullable)).WithNull(array.Nullable)
	return function.Signature{Args: []types.Type{wanted, elem.WithNull(x.Nullable)}, Result: result}, nil
}

func bindRemove(args []function.Arg) (function.Signature, error) {
	array, elem, err := besideArray(args)
	return function.Signature{Args: []types.Type{array, elem.WithNull(true)}, Result: array}, err
}

func bindFind(result types.Type, nullForNull bool) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		array, elem, err := besideArray(args)
		if err != nil {
			return function.Signature{}, err
		}
		x := args[1].Type
		return function.Signature{
			Args:   []types.Type{array, elem.WithNull(x.Nullable)},
			Result: result.WithNull(array.Nullable || nullForNull && x.Nullable),
		}, nil
	}
}

// bindArrays takes arrays that are brought to one type; most -1: any number.
func bindArrays(least, most int) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		return bindSame(args, least, most, "ARRAY", types.Array)
	}
}

// bindSame takes collections of one kind that are brought to one type.
func bindSame(args []function.Arg, least, most int, want string, kind types.Kind) (function.Signature, error) {
	if err := checkCount(len(args), least, max(most, least), most < 0); err != nil {
		return function.Signature{}, err
	}
	for i, a := range args {
		if a.Type.Kind != kind && a.Type.Kind != types.Null {
			return function.Signature{}, mismatch(i, want, a.Type)
		}
	}
	common, err := commonValue(types.Common, typesOf(args))
	if err != nil {
		return function.Signature{}, err
	}
	sig := function.Signature{Result: common.WithNull(anyNullable(args))}
	for _, a := range args {
		sig.Args = append(sig.Args, common.WithNull(a.Type.Nullable))
	}
	return sig, nil
}

func bindExtremeElement(args []function.Arg) (function.Signature, error) {
	sig, err := takes(sameAs(0), 1, aSortableArray)(args)
	if err == nil {
		sig.Result = sig.Args[0].Elem.WithNull(true)
	}
	return sig, err
}
