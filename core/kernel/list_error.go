package kernel

import "github.com/weir-engine/weir/core/sqlerr"

func errManyElements(n uint32) error {
	return sqlerr.Newf(sqlerr.Cardinality, "ELEMENT of an array with %d elements: it must have one at most", n)
}

func errUnequalArrays(keys, values uint32) error {
	return sqlerr.Newf(sqlerr.BadInput, "MAP_FROM_ARRAYS of %d keys and %d values: there must be as many of both", keys, values)
}
