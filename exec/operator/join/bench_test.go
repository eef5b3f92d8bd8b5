package join_test

import (
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator/join"
)

// nowhere counts rows.
type nowhere struct{ rows int }

func (n *nowhere) Full() bool                 { return false }
func (n *nowhere) Emit(b *stream.Batch) error { n.rows += b.Len(); return nil }

// keysAndPayload is batches of a BIGINT key and a BIGINT beside it.
func keysAndPayload(keys []int64) []*stream.Batch {
	var out []*stream.Batch
	for from := 0; from < len(keys); from += stream.BatchRows {
		part := keys[from:min(len(keys), from+stream.BatchRows)]
		v := vector.Of(types.PhysInt64, part)
		out = append(out, &stream.Batch{Cols: []vector.Vector{v, v}, Rows: len(part)})
	}
	return out
}

func BenchmarkHashJoin(b *testing.B) {
	const rows = 1_500_000
	r := rand.New(rand.NewPCG(1, 2))
	build := make([]int64, rows)
	for i, k := range r.Perm(rows) {
		build[i] = int64(k) * 4
	}
	for _, share := range []struct {
		name   string
		domain int64
		step   int64
	}{{"all", rows, 4}, {"tenth", rows * 10, 4}, {"between", rows * 4, 1}} {
		probe := make([]int64, 4*rows)
		for i := range probe {
			probe[i] = r.Int64N(share.domain) * share.step
		}
		in := [2][]*stream.Batch{keysAndPayload(probe), keysAndPayload(build)}
		s := schemaOf(types.BigIntType, types.BigIntType)
		spec := &physical.HashJoin{LeftKeys: []int{0}, RightKeys: []int{0}, BuildRight: true}
		b.Run(share.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				op, out := join.NewHash(spec), &nowhere{}
				ctx := newContext(b, 4<<30, s, s)
				if err := op.Open(ctx); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				for _, x := range in[1] {
					if err := op.Process(1, x, out); err != nil {
						b.Fatal(err)
					}
				}
				if err := op.EndInput(1, out); err != nil {
					b.Fatal(err)
				}
				built := b.Elapsed()
				for _, x := range in[0] {
					if err := op.Process(0, x, out); err != nil {
						b.Fatal(err)
					}
				}
				probed := b.Elapsed() - built
				b.ReportMetric(float64(4*rows)/probed.Seconds()/1e6, "Mprobe/s")
				b.StopTimer()
				if err := op.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
	b.Run("build", func(b *testing.B) {
		in := keysAndPayload(build)
		s := schemaOf(types.BigIntType, types.BigIntType)
		spec := &physical.HashJoin{LeftKeys: []int{0}, RightKeys: []int{0}, BuildRight: true}
		for b.Loop() {
			op, out := join.NewHash(spec), &nowhere{}
			if err := op.Open(newContext(b, 4<<30, s, s)); err != nil {
				b.Fatal(err)
			}
			for _, x := range in {
				if err := op.Process(1, x, out); err != nil {
					b.Fatal(err)
				}
			}
			if err := op.EndInput(1, out); err != nil {
				b.Fatal(err)
			}
			if err := op.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mbuild/s")
	})
}
