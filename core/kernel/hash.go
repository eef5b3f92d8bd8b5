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

// HashInt is the hash of a key of one integer, as HashColumns has it.
func HashInt(x int64) uint64 { return mix(hashSeed, uint64(x)) }

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
	p := picked{rows: rows, sel: sel, valid: v.Valid}
	switch {
	case v.IsNullConst():
		p.foldNull(out)
		return
	case v.Form == vector.Const:
		c := *v
		c.Form, c.Len = vector.Flat, 1
		foldValues(&c, picked{rows: rows, sel: sel, same: true}, out)
		return
	case v.Form == vector.Dict:
		p.codes = v.Codes
	}
	foldValues(v.Base(), p, out)
}

// picked says which rows are hashed, and where the value of each lies.
type picked struct {
	rows  int
	sel   []uint32      // nil: all
	valid vector.Bitmap // nil: no NULL
	codes []uint32      // nil: row r has value r
	same  bool          // all rows have value 0
}

func (p *picked) len() int {
	if p.sel != nil {
		return len(p.sel)
	}
	return p.rows
}

// row is the i-th row; ok: it is not NULL, and has value at.
func (p *picked) row(i int) (r, at uint32, ok bool) {
	r = uint32(i)
	if p.sel != nil {
		r = p.sel[i]
	}
	if p.valid != nil && !p.valid.Get(int(r)) {
		return r, 0, false
	}
	switch {
	case p.codes != nil:
		return r, p.codes[r], true
	case p.same:
		return r, 0, true
	}
	return r, r, true
}

func (p *picked) foldNull(out []uint64) {
	for i := range p.len() {
		r := i
		if p.sel != nil {
			r = int(p.sel[i])
		}
		out[r] = mix(out[r], hashNull)
	}
}

// foldValues folds what the value of each row contributes. It allocates only for
// dictionaries of strings, each entry of which is hashed once, and for nested values.
func foldValues(v *vector.Vector, p picked, out []uint64) {
	switch v.Phys {
	case types.PhysBool:
		foldBits(v.Bits(), p, out)
	case types.PhysInt8:
		foldInts(vector.Values[int8](v), p, out)
	case types.PhysInt16:
		foldInts(vector.Values[int16](v), p, out)
	case types.PhysInt32:
		foldInts(vector.Values[int32](v), p, out)
	case types.PhysInt64:
		foldInts(vector.Values[int64](v), p, out)
	case types.PhysInt128:
		foldWide(vector.Values[types.Int128](v), p, out)
	case types.PhysFloat32:
		foldFloats(vector.Values[float32](v), p, out)
	case types.PhysFloat64:
		foldFloats(vector.Values[float64](v), p, out)
	case types.PhysBytes:
		if p.codes != nil || p.same {
			foldOnce(v, p, out)
			return
		}
		foldStrings(v, p, out)
	case types.PhysList, types.PhysStruct:
		foldOnce(v, p, out)
	}
}

func foldInts[T int8 | int16 | int32 | int64](values []T, p picked, out []uint64) {
	if p.valid == nil && p.codes == nil && !p.same {
		if p.sel != nil {
			for _, r := range p.sel {
				out[r] = mix(out[r], uint64(int64(values[r])))
			}
			return
		}
		out = out[:p.rows]
		values = values[:len(out)]
		for i := range out {
			out[i] = mix(out[i], uint64(int64(values[i])))
		}
		return
	}
	for i := range p.len() {
		r, at, ok := p.row(i)
		h := uint64(hashNull)
		if ok {
			h = uint64(int64(values[at]))
		}
		out[r] = mix(out[r], h)
	}
}

func foldBits(values vector.Bitmap, p picked, out []uint64) {
	for i := range p.len() {
		r, at, ok := p.row(i)
		h := uint64(hashNull)
		if ok {
			h = 0
			if values.Get(int(at)) {
				h = 1
			}
		}
		out[r] = mix(out[r], h)
	}
}

func foldWide(values []types.Int128, p picked, out []uint64) {
	for i := range p.len() {
		r, at, ok := p.row(i)
		h := uint64(hashNull)
		if ok {
			x := values[at]
			h = x.Lo
			if x.Hi != int64(x.Lo)>>63 { // does not fit 64 bits
				h = mix(x.Lo, uint64(x.Hi))
			}
		}
		out[r] = mix(out[r], h)
	}
}

func foldFloats[T float32 | float64](values []T, p picked, out []uint64) {
	for i := range p.len() {
		r, at, ok := p.row(i)
		h := uint64(hashNull)
		if ok {
			h = floatBits(float64(values[at]))
		}
		out[r] = mix(out[r], h)
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

func foldStrings(v *vector.Vector, p picked, out []uint64) {
	views := v.Views()
	for i := range p.len() {
		r, at, ok := p.row(i)
		h := uint64(hashNull)
		if ok {
			h = xxh3.Hash(views[at].Bytes(v.Bufs))
		}
		out[r] = mix(out[r], h)
	}
}

// foldOnce hashes each value once, then folds by row.
func foldOnce(v *vector.Vector, p picked, out []uint64) {
	once := make([]uint64, v.Len)
	if v.Phys == types.PhysBytes {
		views := v.Views()
		for i := range once {
			once[i] = xxh3.Hash(views[i].Bytes(v.Bufs))
		}
	} else {
		nestedHashes(v, once)
	}
	for i := range p.len() {
		r, at, ok := p.row(i)
		h := uint64(hashNull)
		if ok {
			h = once[at]
		}
		out[r] = mix(out[r], h)
	}
}

func nestedHashes(v *vector.Vector, out []uint64) {
	for i := range out {
		out[i] = hashSeed
	}
	if v.Phys == types.PhysList && len(v.Kids) == 2 {
		mapHashes(v, out)
		return
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

// mapHashes hashes maps, which are equal whatever the order of their entries.
func mapHashes(v *vector.Vector, out []uint64) {
	entries := make([]uint64, v.Kids[0].Len)
	HashColumns(v.Kids, len(entries), nil, entries)
	offsets := v.Offsets()
	for i := range out {
		sum := uint64(0)
		for _, h := range entries[offsets[i]:offsets[i+1]] {
			sum += h
		}
		out[i] = mix(out[i], sum)
	}
}
