package hashtable_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// BenchmarkFindOrInsert looks up random keys, dense (the direct index) and
// scattered (hash and probe).
func BenchmarkFindOrInsert(b *testing.B) {
	for _, keys := range []int{4, 500, 10_000, 1_000_000} {
		for _, step := range []int64{1, 1_000_003} {
			b.Run(fmt.Sprintf("int64/keys=%d/step=%d", keys, step), func(b *testing.B) {
				const rows = 8192
				rng := rand.New(rand.NewPCG(1, 2))
				batches := make([]vector.Vector, 64)
				for i := range batches {
					values := make([]int64, rows)
					for j := range values {
						values[j] = int64(rng.IntN(keys)) * step
					}
					batches[i] = vector.Of(types.PhysInt64, values)
				}
				table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.BigIntType.NotNull()}, Payload: 16, Grant: grant(b, 1<<32)})
				if err != nil {
					b.Fatal(err)
				}
				defer table.Close()
				groups := make([]uint32, rows)
				for i := range batches {
					_, _ = table.FindOrInsert(batches[i:i+1], rows, nil, groups)
				}
				b.ResetTimer()
				for i := range b.N {
					_, _ = table.FindOrInsert(batches[i%64:i%64+1], rows, nil, groups)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
			})
		}
	}
}

// BenchmarkTwoFlags groups by two one-letter columns, as TPC-H Q1 does.
func BenchmarkTwoFlags(b *testing.B) {
	const rows = 8192
	typ := types.CharType(1)
	rng := rand.New(rand.NewPCG(1, 2))
	cols := []vector.Vector{letters(rng, "ANR", rows), letters(rng, "OF", rows)}
	for _, form := range []string{"flat", "dict"} {
		b.Run(form, func(b *testing.B) {
			in := cols
			if form == "dict" {
				in = []vector.Vector{asDict(typ, cols[0]), asDict(typ, cols[1])}
			}
			table, err := hashtable.New(hashtable.Config{Keys: []types.Type{typ, typ}, Payload: 16, Grant: grant(b, 1<<32)})
			if err != nil {
				b.Fatal(err)
			}
			defer table.Close()
			groups := make([]uint32, rows)
			for range b.N {
				_, _ = table.FindOrInsert(in, rows, nil, groups)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}

func letters(rng *rand.Rand, of string, rows int) vector.Vector {
	b := vector.NewBuilder(types.CharType(1))
	for range rows {
		b.AppendBytes([]byte{of[rng.IntN(len(of))]})
	}
	return b.Finish()
}
