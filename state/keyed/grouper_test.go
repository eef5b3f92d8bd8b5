package keyed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
)

func TestGroup(t *testing.T) {
	long := "longer than a view holds"
	dict := vector.Strings("a", long, "a") // values may repeat in a dictionary
	nan := math.NaN()
	valid := vector.Bitmap{0b11101111}
	tests := map[string]struct {
		cols []vector.Vector
		sel  []uint32
		want string // index by selected row
	}{
		"no columns": {nil, nil, "[0 0 0 0 0 0 0 0]"},
		"ints":       {[]vector.Vector{vector.Of(types.PhysInt64, []int64{5, 6, 5, 7, 0, 6, 0, 5})}, nil, "[0 1 0 2 3 1 3 0]"},
		"selection":  {[]vector.Vector{vector.Of(types.PhysInt64, []int64{5, 6, 5, 7, 0, 6, 0, 5})}, []uint32{1, 3, 5}, "[0 1 0]"},
		"floats":     {[]vector.Vector{vector.Of(types.PhysFloat64, []float64{0, math.Copysign(0, -1), nan, -nan, 1, 1, 2, 0})}, nil, "[0 0 1 1 2 2 3 0]"},
		"strings":    {[]vector.Vector{vector.Strings("a", long, "a", long, "", "b", "", long+"!")}, nil, "[0 1 0 1 2 3 2 4]"},
		"codes":      {[]vector.Vector{{Phys: types.PhysBytes, Form: vector.Dict, Len: 8, Codes: []uint32{0, 1, 2, 1, 0, 0, 2, 2}, Dict: &dict}}, nil, "[0 1 0 1 0 0 0 0]"},
		"nulls":      {[]vector.Vector{{Phys: types.PhysInt32, Len: 8, Data: make([]byte, 32), Valid: valid}}, nil, "[0 0 0 0 1 0 0 0]"},
		"two":        {[]vector.Vector{vector.Of(types.PhysInt32, []int32{1, 1, 2, 2, 1, 1, 2, 2}), vector.ConstOf(types.StringType, types.StringValue("k"), 8)}, nil, "[0 0 1 1 0 0 1 1]"},
		// The hash of these pairs does not depend on the first column: see kernel.mix.
		"collision": {[]vector.Vector{vector.Of(types.PhysInt64, []int64{1, 2, 1, 3, 2, 1, 1, 1}), vector.Of(types.PhysInt64, collide(8))}, nil, "[0 1 0 2 1 0 0 0]"},
	}
	var g keyed.Grouper
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			keys, index := g.Group(test.cols, 8, test.sel)
			got := []uint32{}
			for r := range uint32(8) {
				if test.sel == nil || contains(test.sel, r) {
					got = append(got, index[r])
				}
			}
			if fmt.Sprint(got) != test.want {
				t.Errorf("index %v, want %s", got, test.want)
			}
			if keys.N() != len(g.First()) || len(keys.Off) != keys.N()+1 {
				t.Errorf("%d keys for %d groups, %d offsets", keys.N(), len(g.First()), len(keys.Off))
			}
			alone := []uint32{}
			for r, k := range g.Index(test.cols, 8, test.sel) {
				if test.sel == nil || contains(test.sel, uint32(r)) {
					alone = append(alone, k)
				}
			}
			if fmt.Sprint(alone) != test.want {
				t.Errorf("index without keys %v, want %s", alone, test.want)
			}
		})
	}
}

func collide(n int) []int64 {
	b := uint64(0xe7037ed1a0b428db) // kernel.hashMulB: mix multiplies by zero
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(b)
	}
	return out
}

func contains(s []uint32, x uint32) bool {
	for _, y := range s {
		if x == y {
			return true
		}
	}
	return false
}

func TestCollidingHashes(t *testing.T) {
	var g keyed.Grouper
	keys, _ := g.Group([]vector.Vector{vector.Of(types.PhysInt64, []int64{1, 2}), vector.Of(types.PhysInt64, collide(2))}, 2, nil)
	if keys.N() != 2 || keys.Hash[0] != keys.Hash[1] {
		t.Fatalf("the case that TestGroup/collision is made for does not collide: %d keys, hashes %x", keys.N(), keys.Hash)
	}
}

func TestGroupTimedAgainstMap(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var g keyed.Grouper
	for range 50 {
		n := 1 + r.IntN(3000)
		ids, times := make([]int64, n), make([]int64, n)
		for i := range ids {
			ids[i], times[i] = r.Int64N(40), 1000*r.Int64N(9)-3000
		}
		its, keys, index := g.GroupTimed(times, []vector.Vector{vector.Of(types.PhysInt64, ids)}, n, nil)
		want := map[[2]int64]uint32{}
		for i := range ids {
			place := [2]int64{times[i], ids[i]}
			k, seen := want[place]
			if !seen {
				k = uint32(len(want))
				want[place] = k
			}
			if index[i] != k || its[k] != times[i] {
				t.Fatalf("row %d: key %d at %d, want key %d at %d", i, index[i], its[index[i]], k, times[i])
			}
		}
		if keys.N() != len(want) {
			t.Fatalf("%d keys, want %d", keys.N(), len(want))
		}
	}
}

func BenchmarkGroup(b *testing.B) {
	for _, distinct := range []int64{10, 1000, 100000} {
		b.Run(fmt.Sprint(distinct), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			ids := make([]int64, 8192)
			for i := range ids {
				ids[i] = r.Int64N(distinct)
			}
			cols := []vector.Vector{vector.Of(types.PhysInt64, ids)}
			var g keyed.Grouper
			for b.Loop() {
				g.Group(cols, len(ids), nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ids)), "ns/row")
		})
	}
}
