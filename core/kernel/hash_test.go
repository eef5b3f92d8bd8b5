package kernel

import (
	"math"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// The hashes of savepoints: computed apart from the code, by docs/format/rows.md
// and the published values of XXH3. A change here makes savepoints unreadable.
func TestHashIsTheFormats(t *testing.T) {
	ints := func(x int32) vector.Vector { return vector.Of(types.PhysInt32, []int32{x}) }
	double := func(x float64) vector.Vector { return vector.Of(types.PhysFloat64, []float64{x}) }
	wide := func(x types.Int128) vector.Vector { return vector.Of(types.PhysInt128, []types.Int128{x}) }
	for name, c := range map[string]struct {
		want uint64
		cols []vector.Vector
	}{
		"1":             {0x3106122c66185171, []vector.Vector{ints(1)}},
		"-1":            {0x7c42e5ad7e05260c, []vector.Vector{ints(-1)}},
		"1 as BIGINT":   {0x3106122c66185171, []vector.Vector{vector.Of(types.PhysInt64, []int64{1})}},
		"-1 as TINYINT": {0x7c42e5ad7e05260c, []vector.Vector{vector.Of(types.PhysInt8, []int8{-1})}},
		"-1 as DECIMAL": {0x7c42e5ad7e05260c, []vector.Vector{wide(types.Int128{Hi: -1, Lo: math.MaxUint64})}},
		"2^64":          {0x31220bf608489c3d, []vector.Vector{wide(types.Int128{Hi: 1})}},
		"-0.0":          {0x7f40f5117e11298b, []vector.Vector{double(math.Copysign(0, -1))}},
		"1.5":           {0x6d597880397ed497, []vector.Vector{double(1.5)}},
		"1.5 as FLOAT":  {0x6d597880397ed497, []vector.Vector{vector.Of(types.PhysFloat32, []float32{1.5})}},
		"NULL":          {0x6bee7b834f54fad5, []vector.Vector{vector.ConstOf(types.IntType, types.NullValue(), 1)}},
		"empty string":  {0xdac8bc9199a4f679, []vector.Vector{vector.Strings("")}},
		"abc":           {0xcf2ba105fcd6afd3, []vector.Vector{vector.Strings("abc")}},
		"abc, a constant": {0xcf2ba105fcd6afd3, []vector.Vector{
			vector.ConstOf(types.StringType, types.BytesValue([]byte("abc")), 1),
		}},
		"7, abc": {0xc42ccb5866d2f692, []vector.Vector{ints(7), vector.Strings("abc")}},
	} {
		out := make([]uint64, 1)
		HashColumns(c.cols, 1, nil, out)
		if out[0] != c.want {
			t.Errorf("%s: %#x, want %#x", name, out[0], c.want)
		}
		sel := make([]uint64, 1)
		HashColumns(c.cols, 1, []uint32{0}, sel)
		if sel[0] != c.want {
			t.Errorf("%s, selected: %#x, want %#x", name, sel[0], c.want)
		}
	}
}

// However a batch holds its values, row by row they hash as they do alone.
func TestHashOfForms(t *testing.T) {
	const rows = 9
	valid := vector.NewBitmapSet(rows)
	valid.Clear(4)
	codes := []uint32{2, 0, 1, 2, 0, 1, 0, 2, 1}
	sel := []uint32{1, 4, 5, 8}
	for name, dict := range map[string]vector.Vector{
		"int":     vector.Of(types.PhysInt32, []int32{-7, 0, 1 << 30}),
		"double":  vector.Of(types.PhysFloat64, []float64{-0.5, 0, 7}),
		"decimal": vector.Of(types.PhysInt128, []types.Int128{{Hi: 3, Lo: 1}, {}, {Hi: -1, Lo: math.MaxUint64}}),
		"string":  vector.Strings("", "a longer string", "b"),
		"bool":    {Phys: types.PhysBool, Len: 3, Data: []byte{0b101}},
	} {
		alone := make([]uint64, 3)
		for i := range alone {
			c := vector.Vector{Phys: dict.Phys, Form: vector.Dict, Len: 1, Codes: []uint32{uint32(i)}, Dict: &dict}
			flat := c.Flatten()
			HashColumns([]vector.Vector{flat}, 1, nil, alone[i:i+1])
		}
		null := make([]uint64, 1)
		HashColumns([]vector.Vector{vector.ConstOf(types.IntType, types.NullValue(), 1)}, 1, nil, null)
		for _, mask := range []vector.Bitmap{nil, valid} {
			coded := vector.Vector{Phys: dict.Phys, Form: vector.Dict, Len: rows, Codes: codes, Dict: &dict, Valid: mask}
			for form, v := range map[string]vector.Vector{"dict": coded, "flat": coded.Flatten()} {
				for _, s := range [][]uint32{nil, sel} {
					out := make([]uint64, rows)
					HashColumns([]vector.Vector{v}, rows, s, out)
					at := s
					if s == nil {
						at = []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8}
					}
					for _, r := range at {
						want := alone[codes[r]]
						if !mask.Get(int(r)) {
							want = null[0]
						}
						if out[r] != want {
							t.Errorf("%s, %s, NULLs %v, selection %v: row %d hashes to %#x, alone to %#x", name, form, mask != nil, s != nil, r, out[r], want)
						}
					}
				}
			}
		}
	}
}
