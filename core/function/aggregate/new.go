package aggregate

import "github.com/weir-engine/weir/core/types"

// New makes the accumulator of an aggregate for arguments of the given types.
// name is canonical; result is what Bind gave. COUNT without args counts rows.
func New(name string, args []types.Type, result types.Type) (Accumulator, error) {
	if a := newCollected(name, args); a != nil {
		return a, nil
	}
	var a Accumulator
	switch name {
	case "COUNT":
		a = &count{rows: len(args) == 0}
	case "LISTAGG":
		a = &listAgg{}
	case "APPROX_COUNT_DISTINCT":
		a = &approxDistinct{}
	}
	if a == nil && len(args) == 1 {
		a = newOfOne(name, args[0], result)
	}
	if a == nil {
		return nil, unknown(name, args)
	}
	return a, nil
}

// newKeeping makes the accumulator of a function that cannot retract from a
// plain state, for a changelog: one that keeps all values. Nil where there is none.
func newKeeping(name string, args []types.Type) Accumulator {
	switch name {
	case "FIRST_VALUE", "LAST_VALUE", "ANY_VALUE", "LISTAGG", "ARRAY_AGG", "COLLECT":
		if len(args) > 0 && isKept(args[0]) {
			return &keepAll{name: name, elem: args[0], list: arrayAgg{elem: args[0], multiset: name == "COLLECT"}}
		}
	}
	return nil
}

func newOfOne(name string, arg, result types.Type) Accumulator {
	switch name {
	case "SUM":
		return newSum(asSum, arg, result)
	case "$SUM0":
		return newSum(asSum0, arg, result)
	case "AVG":
		return newSum(asAvg, arg, result)
	case "MIN":
		return newKeep(keepMin, arg)
	case "MAX":
		return newKeep(keepMax, arg)
	case "FIRST_VALUE", "ANY_VALUE":
		return newKeep(keepFirst, arg)
	case "LAST_VALUE":
		return newKeep(keepLast, arg)
	case "SINGLE_VALUE":
		if last := newKeep(keepLast, arg); last != nil {
			return &single{last: last}
		}
	case "STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP":
		if arg.IsNumeric() {
			return &variance{
				sample: name == "STDDEV_SAMP" || name == "VAR_SAMP",
				root:   name == "STDDEV_POP" || name == "STDDEV_SAMP",
				arg:    arg, result: result,
			}
		}
	case "ARRAY_AGG", "COLLECT":
		if isKept(arg) {
			return &arrayAgg{elem: arg, multiset: name == "COLLECT"}
		}
	}
	return nil
}

func newSum(as finish, arg, result types.Type) Accumulator {
	if arg.Kind == types.Decimal {
		return &sumDecimal{as: as, long: arg.Phys() == types.PhysInt128, result: result, scale: arg.Scale}
	}
	if !arg.IsNumeric() {
		return nil
	}
	switch phys := result.Phys(); arg.Phys() {
	case types.PhysInt8:
		return &sumInt[int8]{as: as, result: phys}
	case types.PhysInt16:
		return &sumInt[int16]{as: as, result: phys}
	case types.PhysInt32:
		return &sumInt[int32]{as: as, result: phys}
	case types.PhysInt64:
		return &sumInt[int64]{as: as, result: phys}
	case types.PhysFloat32:
		return &sumFloat[float32]{as: as, result: phys}
	case types.PhysFloat64:
		return &sumFloat[float64]{as: as, result: phys}
	}
	return nil
}

func newKeep(r rule, arg types.Type) Accumulator {
	switch arg.Phys() {
	case types.PhysBool:
		return &keepFixed[uint8]{rule: r, boolean: true}
	case types.PhysInt8:
		return &keepFixed[int8]{rule: r}
	case types.PhysInt16:
		return &keepFixed[int16]{rule: r}
	case types.PhysInt32:
		return &keepFixed[int32]{rule: r}
	case types.PhysInt64:
		return &keepFixed[int64]{rule: r}
	case types.PhysInt128:
		return &keep128{rule: r}
	case types.PhysFloat32:
		return &keepFixed[float32]{rule: r}
	case types.PhysFloat64:
		return &keepFixed[float64]{rule: r}
	case types.PhysBytes:
		return &keepBytes{rule: r}
	case types.PhysList, types.PhysStruct:
		if r == keepFirst || r == keepLast {
			return &keepNested{last: r == keepLast, elem: arg}
		}
	}
	return nil
}
