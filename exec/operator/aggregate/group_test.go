package aggregate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/state/keyed"
)

// changelog builds a batch of lines "kind k s x", - for NULL, over the test's input schema.
func changelog(t testing.TB, lines ...string) *stream.Batch {
	t.Helper()
	b := stream.NewBuilder(input.Types())
	kinds := map[string]stream.RowKind{"+I": stream.Insert, "-U": stream.UpdateBefore, "+U": stream.UpdateAfter, "-D": stream.Delete}
	for _, line := range lines {
		f := strings.Fields(line)
		for c, col := range []int{0, 1, 2} {
			v := types.NullValue()
			if text := f[1+c]; text != "-" {
				var n int64
				fmt.Sscan(text, &n)
				v = types.IntValue(n)
				if col == 1 {
					v = types.StringValue(text)
				}
			}
			b.Column(col).AppendValue(v)
		}
		b.Column(3).AppendNull()
		b.Column(4).AppendValue(types.BoolValue(true))
		kind, ok := kinds[f[0]]
		if !ok {
			t.Fatalf("no row kind: %s", line)
		}
		b.Advance(1, kind)
	}
	return b.Finish()
}

func runGroup(t testing.TB, spec *physical.GroupAggregate, store keyed.Store, in []*stream.Batch) []string {
	t.Helper()
	ctx := newContext(t, input, 1<<26)
	ctx.Store = store
	out := &sink{}
	if err := run(t, aggregate.NewGroup(spec), ctx, in, out); err != nil {
		t.Fatal(err)
	}
	return out.rows
}

// TestGroupChangelog is the changelog of Flink without mini-batch (GroupAggFunction), row by row.
func TestGroupChangelog(t *testing.T) {
	sum := []physical.Agg{plain("SUM", 2), plain("COUNT")}
	for _, c := range []struct {
		name   string
		spec   physical.GroupAggregate
		in     []string
		want   []string
		folded []string // batch of all rows: at most one pair a key
	}{
		{
			name:   "append",
			spec:   physical.GroupAggregate{Keys: []int{0}, Aggs: sum, UpdateBefore: true},
			in:     []string{"+I 1 a 5", "+I 2 a 1", "+I 1 a 3", "+I - a 7"},
			want:   []string{"+I 1|5|1", "+I 2|1|1", "-U 1|5|1", "+U 1|8|2", "+I NULL|7|1"},
			folded: []string{"+I 1|8|2", "+I 2|1|1", "+I NULL|7|1"},
		},
		{
			name:   "without update before",
			spec:   physical.GroupAggregate{Keys: []int{0}, Aggs: sum},
			in:     []string{"+I 1 a 5", "+I 1 a 3"},
			want:   []string{"+I 1|5|1", "+U 1|8|2"},
			folded: []string{"+I 1|8|2"},
		},
		{
			name:   "nothing changes",
			spec:   physical.GroupAggregate{Keys: []int{0}, Aggs: []physical.Agg{plain("SUM", 2)}, UpdateBefore: true},
			in:     []string{"+I 1 a 5", "+I 1 a 0", "+I 1 a -"},
			want:   []string{"+I 1|5"},
			folded: []string{"+I 1|5"},
		},
		{
			name:   "a group dies and comes again",
			spec:   physical.GroupAggregate{Keys: []int{0}, Aggs: sum, Retracts: true, UpdateBefore: true},
			in:     []string{"-D 1 a 5", "+I 1 a 5", "-U 1 a 5", "+U 1 a 6", "-D 1 a 6", "+I 1 a 7"},
			want:   []string{"+I 1|5|1", "-D 1|5|1", "+I 1|6|1", "-D 1|6|1", "+I 1|7|1"},
			folded: []string{"+I 1|7|1"},
		},
		{
			name:   "distinct",
			spec:   physical.GroupAggregate{Keys: []int{0}, Aggs: []physical.Agg{distinct(plain("COUNT", 2)), distinct(plain("SUM", 2))}, Retracts: true, UpdateBefore: true},
			in:     []string{"+I 1 a 5", "+I 1 a 5", "+I 1 a 6", "-D 1 a 5", "-D 1 a 5"},
			want:   []string{"+I 1|1|5", "-U 1|1|5", "+U 1|2|11", "-U 1|2|11", "+U 1|1|6"},
			folded: []string{"+I 1|1|6"},
		},
		{
			name:   "extremes",
			spec:   physical.GroupAggregate{Keys: []int{0}, Aggs: []physical.Agg{plain("MAX", 2), plain("MIN", 1)}, Retracts: true, UpdateBefore: true},
			in:     []string{"+I 1 bb 5", "+I 1 aa 9", "-D 1 aa 9", "+I 1 - -", "-D 1 bb 5"},
			want:   []string{"+I 1|5|bb", "-U 1|5|bb", "+U 1|9|aa", "-U 1|9|aa", "+U 1|5|bb", "-U 1|5|bb", "+U 1|NULL|NULL"},
			folded: []string{"+I 1|NULL|NULL"},
		},
		{
			name:   "no keys",
			spec:   physical.GroupAggregate{Aggs: sum, Retracts: true, UpdateBefore: true},
			in:     []string{"+I 1 a 5", "+I 2 a 3", "-D 1 a 5", "-D 2 a 3"},
			want:   []string{"+I 5|1", "-U 5|1", "+U 8|2", "-U 8|2", "+U 3|1", "-D 3|1", "+I NULL|0"}, // the last at the end of input
			folded: []string{"+I NULL|0"},
		},
		{
			name:   "keys alone",
			spec:   physical.GroupAggregate{Keys: []int{1}, Retracts: true, UpdateBefore: true},
			in:     []string{"+I 1 a 5", "+I 1 a 5", "+I 1 b 5", "-D 1 a 5", "-D 1 a 5"},
			want:   []string{"+I a", "+I b", "-D a"},
			folded: []string{"+I b"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := changelog(t, c.in...)
			store := aggregatetest.NewStore()
			if got := runGroup(t, &c.spec, store, cut(all, 1)); !slices.Equal(got, c.want) {
				t.Errorf("row by row:\ngot  %v\nwant %v", got, c.want)
			}
			if got := runGroup(t, &c.spec, aggregatetest.NewStore(), []*stream.Batch{all}); !slices.Equal(got, c.folded) {
				t.Errorf("one batch:\ngot  %v\nwant %v", got, c.folded)
			}
		})
	}
}

// TestGroupLeavesNothingBehind deletes all that was inserted.
func TestGroupLeavesNothingBehind(t *testing.T) {
	spec := &physical.GroupAggregate{Keys: []int{0}, Retracts: true, UpdateBefore: true, Aggs: []physical.Agg{distinct(plain("COUNT", 2)), plain("MAX", 1)}}
	store := aggregatetest.NewStore()
	runGroup(t, spec, store, cut(changelog(t, "+I 1 a 5", "+I 1 b 6", "+I 2 a 5", "-D 1 b 6", "-D 1 a 5", "-D 2 a 5"), 1))
	if n := store.Rows(); n != 0 {
		t.Errorf("%d rows of state are left", n)
	}
}

var streamAggs = []physical.Agg{
	plain("COUNT"), plain("COUNT", 2), plain("SUM", 2), plain("SUM", 3), plain("AVG", 3), plain("MIN", 1), plain("MAX", 2),
	distinct(plain("COUNT", 2)), distinct(plain("SUM", 2)), filtered(plain("COUNT")), filtered(distinct(plain("COUNT", 1))),
}

// TestGroupAgainstReference inserts and deletes at random, restarts on the same
// state in between, and compares the folded table with the aggregates of the rows that stayed.
func TestGroupAgainstReference(t *testing.T) {
	for _, retracts := range []bool{false, true} {
		for _, keys := range [][]int{{}, {0}, {0, 1}} {
			for _, size := range []int{1, 7, 8192} {
				t.Run(fmt.Sprintf("retracts=%v/keys=%v/batch=%d", retracts, keys, size), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(9, 9))
					recs, all := randomInput(21, 2000, 40)
					live, changes := recs, all
					if retracts {
						live, changes = withDeletes(rng, recs, all)
					}
					spec := &physical.GroupAggregate{Keys: keys, Aggs: streamAggs, Retracts: retracts, UpdateBefore: true}
					store := aggregatetest.NewStore()
					var log []string
					pieces := cut(changes, size)
					half := max(1, len(pieces)/2)
					log = append(log, runGroup(t, spec, store, pieces[:half])...)
					log = append(log, runGroup(t, spec, store, pieces[half:])...)
					compare(t, fold(t, log), reference(live, keys, streamAggs))
				})
			}
		}
	}
}

// TestGroupOnHashmap is the same on a real backend, through a checkpoint after every few batches.
func TestGroupOnHashmap(t *testing.T) {
	for _, extra := range [][]physical.Agg{nil, {listAgg}} {
		rng := rand.New(rand.NewPCG(9, 9))
		recs, all := randomInput(22, 3000, 300)
		live, changes := withDeletes(rng, recs, all)
		aggs := append(slices.Clone(streamAggs), extra...)
		spec := &physical.GroupAggregate{Keys: []int{0}, Aggs: aggs, Retracts: true, UpdateBefore: true}
		backend := aggregatetest.NewHashmap(t)
		var log []string
		pieces := cut(changes, 100)
		for len(pieces) > 0 {
			n := min(len(pieces), 1+rng.IntN(8))
			log = append(log, runGroup(t, spec, backend.Store(), pieces[:n])...)
			pieces = pieces[n:]
			backend.Restart()
		}
		got := fold(t, log)
		if extra != nil { // the reference knows no LISTAGG: it must only be there
			for i, line := range got {
				got[i] = line[:strings.LastIndex(line, "|")]
			}
			slices.Sort(got)
		}
		compare(t, got, reference(live, spec.Keys, streamAggs))
	}
}

var listAgg = physical.Agg{Func: "LISTAGG", Args: []int{1}, ArgTypes: []types.Type{types.StringType}, Filter: -1, Type: types.StringType}

// withDeletes interleaves deletions of earlier rows; it returns the rows that stay and the changelog.
func withDeletes(rng *rand.Rand, recs []record, all *stream.Batch) ([]record, *stream.Batch) {
	b := stream.NewBuilder(input.Types())
	var liveRows []uint32
	for r := range uint32(len(recs)) {
		b.Append(all, []uint32{r})
		liveRows = append(liveRows, r)
		for rng.IntN(5) < 2 && len(liveRows) > 0 {
			i := rng.IntN(len(liveRows))
			one := &stream.Batch{Cols: all.Cols, Rows: all.Rows, Kinds: slices.Repeat([]stream.RowKind{stream.Delete}, all.Rows)}
			b.Append(one, []uint32{liveRows[i]})
			liveRows = slices.Delete(liveRows, i, i+1)
		}
	}
	var live []record
	for _, r := range liveRows {
		live = append(live, recs[r])
	}
	return live, b.Finish()
}

// fold applies a changelog of rows to a table, and fails where a row leaves that is not there.
func fold(t *testing.T, log []string) []string {
	t.Helper()
	table := map[string]int{}
	for i, line := range log {
		kind, row := line[:2], line[3:]
		switch kind {
		case "+I", "+U":
			table[row]++
		default:
			if table[row] == 0 {
				t.Fatalf("change %d: %s leaves and is not there", i, line)
			}
			if table[row]--; table[row] == 0 {
				delete(table, row)
			}
		}
		if kind == "-U" && (i+1 == len(log) || log[i+1][:2] != "+U") {
			t.Fatalf("change %d: -U without its +U", i)
		}
	}
	var out []string
	for row, n := range table {
		for range n {
			out = append(out, "+I "+row)
		}
	}
	slices.Sort(out)
	return out
}

func TestGroupExpires(t *testing.T) {
	spec := &physical.GroupAggregate{Keys: []int{0}, UpdateBefore: true, StateTTL: 1000, Aggs: []physical.Agg{plain("SUM", 2), distinct(plain("COUNT", 2))}}
	store := aggregatetest.NewStore()
	now, alarm := int64(10_000), int64(0)
	ctx := newContext(t, input, 1<<24)
	ctx.Store, ctx.Clock, ctx.Alarm = store, func() int64 { return now }, func(at int64) { alarm = at }
	op, out := aggregate.NewGroup(spec), &sink{}
	if err := op.Open(ctx); err != nil {
		t.Fatal(err)
	}
	step := func(at int64, line string) {
		t.Helper()
		now = at
		if err := op.Process(0, changelog(t, line), out); err != nil {
			t.Fatal(err)
		}
	}
	step(10_000, "+I 1 a 5")
	step(10_999, "+I 1 a 5") // alive: counts on
	step(11_999, "+I 1 a 5") // its time is over: a new group, though nothing was swept
	want := []string{"+I 1|5|1", "-U 1|5|1", "+U 1|10|1", "+I 1|5|1"}
	if !slices.Equal(out.rows, want) {
		t.Errorf("got %v, want %v", out.rows, want)
	}
	if alarm == 0 {
		t.Fatal("no alarm was set")
	}
	now = 14_000
	next, err := op.Tick(now, out)
	if err != nil || next <= now {
		t.Fatalf("Tick: next %d, %v", next, err)
	}
	if n := store.Rows(); n != 0 {
		t.Errorf("%d rows are left after the sweep", n)
	}
}

func BenchmarkGroup(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	bld := stream.NewBuilder(input.Types())
	for range stream.BatchRows {
		for c, v := range []types.Value{types.IntValue(int64(rng.IntN(1000))), types.StringValue("a"), types.IntValue(3), types.IntValue(100), types.BoolValue(true)} {
			bld.Column(c).AppendValue(v)
		}
	}
	bld.Advance(stream.BatchRows, stream.Insert)
	batch := bld.Finish()
	op := aggregate.NewGroup(&physical.GroupAggregate{Keys: []int{0}, UpdateBefore: true, Aggs: []physical.Agg{plain("COUNT"), plain("SUM", 3)}})
	ctx := newContext(b, input, 1<<26)
	ctx.Store = aggregatetest.NewHashmap(b).Store()
	if err := op.Open(ctx); err != nil {
		b.Fatal(err)
	}
	out := &batchCounter{}
	b.ResetTimer()
	for range b.N {
		if err := op.Process(0, batch, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*batch.Rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

type batchCounter struct{ rows int }

func (c *batchCounter) Full() bool { return false }
func (c *batchCounter) Emit(b *stream.Batch) error {
	c.rows += b.Len()
	return nil
}
