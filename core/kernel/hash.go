package kernel

import (
	"math"
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// The one hash of the engine. It is of values, folded column by column, and part
// of the state and wire formats: never change it. Bits are spent as follows:
// key group from the top 16, radix partition from the next, table slot from the
// low end, salt from the rest.
const (
	hashSeed = 0x9e3779b97f4a7c15
	hashNull = 0xd6e8feb86659fd93
	hashMulA = 0xa0761d6478bd642f
	hashMulB = 0xe7037ed1a0b428db
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^hashMulA, b^hashMulB)
	return hi ^ lo
}

// HashColumns writes the hash of each row's key columns to out[r] for the rows
// of sel (all rows when nil). out has the batch's rows.
//
// Integers of any width, times and booleans hash by their sign-extended 64-bit
// value, FLOAT and DOUBLE by the bits of the float64 with -0 as 0 and one NaN,
// short and long decimals alike by their 128-bit unscaled value. Keys that SQL
// compares have one common type, scale included, so equal keys hash equally.
func HashColumns(cols []vector.Vector, rows int, sel []uint32, out []uint64) {
	if sel == nil {
		out = out[:rows]
		for i := range out {
			out[i] = hashSeed
		}
	} else {
		for _, r := range sel {
			out[r] = hashSeed
		}
	}
	for i := range cols {
		hashColumn(&cols[i], rows, sel, out)
	}
}

func hashColumn(v *vector.Vector, rows int, sel []uint32, out []uint64) {
	if v.Form == vector.Flat {
		hashFlat(v, rows, sel, out)
		return
	}
	if v.IsNullConst() {
		foldNulls(rows, sel, out)
		return
	}
	base := v.Base()
	n := base.Len
	if v.Form == vector.Const {
		c := *v
		c.Form, c.Len, c.Valid = vector.Flat, 1, nil
		base, n = &c, 1
	}
	// Each distinct value is hashed once: its own contribution, then folded by row.
	once := make([]uint64, n)
	valueHashes(base, once)
	each(rows, sel, func(r int) {
		if v.IsValid(r) {
			out[r] = mix(out[r], once[v.Index(r)])
		} else {
			out[r] = mix(out[r], hashNull)
		}
	})
}

// each calls f for each selected row. The closure is inlined into the few callers here.
func each(rows int, sel []uint32, f func(r int)) {
	if sel == nil {
		for r := range rows {
			f(r)
		}
		return
	}
	for _, r := range sel {
		f(int(r))
	}
}

func foldNulls(rows int, sel []uint32, out []uint64) {
	each(rows, sel, func(r int) { out[r] = mix(out[r], hashNull) })
}

func hashFlat(v *vector.Vector, rows int, sel []uint32, out []uint64) {
	if v.Valid != nil || sel != nil || !v.Phys.IsFixed() || v.Phys == types.PhysInt128 {
		once := make([]uint64, v.Len)
		valueHashes(v, once)
		each(rows, sel, func(r int) {
			if v.Valid.Get(r) {
				out[r] = mix(out[r], once[r])
			} else {
				out[r] = mix(out[r], hashNull)
			}
		})
		return
	}
	switch v.Phys {
	case types.PhysInt8:
		foldInts(vector.Values[int8](v), out)
	case types.PhysInt16:
		foldInts(vector.Values[int16](v), out)
	case types.PhysInt32:
		foldInts(vector.Values[int32](v), out)
	case types.PhysInt64:
		foldInts(vector.Values[int64](v), out)
	case types.PhysFloat32:
		foldFloats(vector.Values[float32](v), out)
	case types.PhysFloat64:
		foldFloats(vector.Values[float64](v), out)
	}
}

func foldInts[T int8 | int16 | int32 | int64](values []T, out []uint64) {
	values = values[:len(out)]
	for i := range out {
		out[i] = mix(out[i], uint64(int64(values[i])))
	}
}

func foldFloats[T float32 | float64](values []T, out []uint64) {
	values = values[:len(out)]
	for i := range out {
		out[i] = mix(out[i], floatBits(float64(values[i])))
	}
}

func floatBits(f float64) uint64 {
	if f == 0 {
		return 0
	}
	if f != f {
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(f)
}

// valueHashes writes what each value of a Flat vector contributes.
func valueHashes(v *vector.Vector, out []uint64) {
	switch v.Phys {
	case types.PhysBool:
		b := v.Bits()
		for i := range out {
			out[i] = 0
			if b.Get(i) {
				out[i] = 1
			}
		}
	case types.PhysInt8:
		widen(vector.Values[int8](v), out)
	case types.PhysInt16:
		widen(vector.Values[int16](v), out)
	case types.PhysInt32:
		widen(vector.Values[int32](v), out)
	case types.PhysInt64:
		widen(vector.Values[int64](v), out)
	case types.PhysInt128:
		for i, x := range vector.Values[types.Int128](v)[:len(out)] {
			out[i] = x.Lo
			if x.Hi != int64(x.Lo)>>63 { // does not fit 64 bits
				out[i] = mix(x.Lo, uint64(x.Hi))
			}
		}
	case types.PhysFloat32:
		for i, x := range vector.Values[float32](v)[:len(out)] {
			out[i] = floatBits(float64(x))
		}
	case types.PhysFloat64:
		for i, x := range vector.Values[float64](v)[:len(out)] {
			out[i] = floatBits(x)
		}
	case types.PhysBytes:
		views := v.Views()[:len(out)]
		for i := range views {
			if v.Valid.Get(i) {
				out[i] = xxh3.Hash(views[i].Bytes(v.Bufs))
			}
		}
	case types.PhysList, types.PhysStruct:
		nestedHashes(v, out)
	}
}

func widen[T int8 | int16 | int32 | int64](values []T, out []uint64) {
	values = values[:len(out)]
	for i := range out {
		out[i] = uint64(int64(values[i]))
	}
}

func nestedHashes(v *vector.Vector, out []uint64) {
	for i := range out {
		out[i] = hashSeed
	}
	for k := range v.Kids {
		kid := &v.Kids[k]
		one := make([]uint64, kid.Len)
		HashColumns([]vector.Vector{*kid}, kid.Len, nil, one)
		for i := range out {
			from, to := i, i+1
			if v.Phys == types.PhysList {
				from, to = int(v.Offsets()[i]), int(v.Offsets()[i+1])
			}
			for _, h := range one[from:to] {
				out[i] = mix(out[i], h)
			}
			out[i] = mix(out[i], uint64(to-from))
		}
	}
}
