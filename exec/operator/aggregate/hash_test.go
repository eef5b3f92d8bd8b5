package aggregate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
)

var input = types.NewSchema(
	types.Field{Name: "k", Type: types.BigIntType},
	types.Field{Name: "s", Type: types.StringType},
	types.Field{Name: "x", Type: types.BigIntType},
	types.Field{Name: "d", Type: types.DecimalType(12, 2)},
	types.Field{Name: "f", Type: types.BooleanType},
)

func plain(fn string, args ...int) physical.Agg {
	a := physical.Agg{Func: fn, Args: args, Filter: -1, Type: types.BigIntType}
	for _, o := range args {
		a.ArgTypes = append(a.ArgTypes, input.Fields[o].Type)
	}
	switch fn {
	case "SUM", "AVG":
		if args[0] == 3 {
			a.Type = types.DecimalType(38, map[string]int{"SUM": 2, "AVG": 6}[fn])
		}
	case "MIN", "MAX":
		a.Type = input.Fields[args[0]].Type
	}
	return a
}

func distinct(a physical.Agg) physical.Agg { a.Distinct = true; return a }
func filtered(a physical.Agg) physical.Agg { a.Filter = 4; return a }

var allAggs = []physical.Agg{
	plain("COUNT"), plain("COUNT", 2), plain("SUM", 2), plain("SUM", 3), plain("AVG", 3), plain("MIN", 1), plain("MAX", 2),
	distinct(plain("COUNT", 2)), distinct(plain("SUM", 2)), filtered(plain("COUNT")), filtered(distinct(plain("COUNT", 1))),
}

var mergeable = []physical.Agg{
	plain("COUNT"), plain("COUNT", 2), plain("SUM", 2), plain("SUM", 3), plain("AVG", 3), plain("MIN", 1), plain("MAX", 2), filtered(plain("COUNT")),
}

// record is one row of the input, for the reference.
type record struct {
	k, x, d int64
	s       string
	f       bool
	null    [5]bool
}

func randomInput(seed uint64, rows, keys int) ([]record, *stream.Batch) {
	rng := rand.New(rand.NewPCG(seed, 7))
	recs := make([]record, rows)
	b := stream.NewBuilder(input.Types())
	for i := range recs {
		r := &recs[i]
		*r = record{k: int64(rng.IntN(keys)) * 1_000_003, x: int64(rng.IntN(50) - 20), d: int64(rng.IntN(100_000) - 30_000), f: rng.IntN(2) == 0}
		r.s = strings.Repeat(fmt.Sprint("v", rng.IntN(30)), 1+rng.IntN(2)*6)
		for c := range r.null {
			r.null[c] = rng.IntN(9) == 0
		}
		for c, v := range []types.Value{types.IntValue(r.k), types.StringValue(r.s), types.IntValue(r.x), types.IntValue(r.d), types.BoolValue(r.f)} {
			v.Null = r.null[c]
			b.Column(c).AppendValue(v)
		}
	}
	b.Advance(rows, stream.Insert)
	return recs, b.Finish()
}

// reference computes the aggregates of the naive way, a map of rows by key.
func reference(recs []record, keys []int, aggs []physical.Agg) []string {
	groups := map[string][]record{}
	for _, r := range recs {
		var parts []string
		for _, k := range keys {
			parts = append(parts, r.text(k))
		}
		key := strings.Join(parts, "|")
		groups[key] = append(groups[key], r)
	}
	if len(keys) == 0 && len(groups) == 0 {
		groups[""] = nil
	}
	var out []string
	for key, rs := range groups {
		line := "+I " + key
		for i, a := range aggs {
			if i > 0 || len(keys) > 0 {
				line += "|"
			}
			line += naive(rs, a)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func (r *record) text(col int) string {
	if r.null[col] {
		return "NULL"
	}
	return [...]string{fmt.Sprint(r.k), r.s, fmt.Sprint(r.x), fmt.Sprint(r.d)}[col]
}

func naive(rs []record, a physical.Agg) string {
	var n, sum int64
	var texts []string
	var ints []int64
	seen := map[string]bool{}
	for _, r := range rs {
		if a.Filter >= 0 && (r.null[4] || !r.f) {
			continue
		}
		if len(a.Args) == 0 {
			n++
			continue
		}
		col := a.Args[0]
		if r.null[col] || a.Distinct && seen[r.text(col)] {
			continue
		}
		seen[r.text(col)] = true
		n++
		v := map[int]int64{0: r.k, 2: r.x, 3: r.d}[col]
		sum += v
		texts, ints = append(texts, r.s), append(ints, v)
	}
	if a.Func == "COUNT" {
		return fmt.Sprint(n)
	}
	if n == 0 {
		return "NULL"
	}
	switch a.Func {
	case "SUM":
		return fmt.Sprint(sum)
	case "AVG": // scale 2 to scale 6, half up
		q := sum * 10_000
		if q < 0 {
			return fmt.Sprint(-((-q*2 + n) / (2 * n)))
		}
		return fmt.Sprint((q*2 + n) / (2 * n))
	case "MIN":
		return slices.Min(texts)
	}
	return fmt.Sprint(slices.Max(ints))
}

func spilledRows(ctx *operator.Context) int64 { return ctx.Metric.Counter("spilledRows").Value() }

func compare(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("row %d:\ngot  %s\nwant %s", i, got[i], want[i])
		}
	}
}

func TestHashAgainstReference(t *testing.T) {
	for _, keys := range [][]int{{}, {0}, {1}, {0, 1}} {
		for _, rows := range []int{0, 1, 3000} {
			recs, b := randomInput(uint64(rows), rows, 200)
			want := reference(recs, keys, allAggs)
			for _, size := range []int{1, 7, 8192} {
				t.Run(fmt.Sprintf("keys=%v/rows=%d/batch=%d", keys, rows, size), func(t *testing.T) {
					ctx := newContext(t, input, 1<<28)
					out := &sink{}
					if err := run(t, aggregate.NewHash(&physical.HashAggregate{Keys: keys, Aggs: allAggs}), ctx, cut(b, size), out); err != nil {
						t.Fatal(err)
					}
					compare(t, out.sorted(), want)
				})
			}
		}
	}
}

// TestHashSpills gives the groups less memory than they need, down to parts of parts.
func TestHashSpills(t *testing.T) {
	for _, c := range []struct {
		keys  []int
		limit int64
		rows  int
		large int
	}{{[]int{0}, 1 << 20, 20_000, 2500}, {[]int{0, 1}, 1 << 20, 20_000, 2500}, {[]int{}, 200 << 10, 8_000, 8_000}} {
		t.Run(fmt.Sprintf("keys=%v", c.keys), func(t *testing.T) {
			recs, b := randomInput(3, c.rows, 8000)
			aggs := allAggs
			if len(c.keys) == 0 { // many distinct values
				aggs = []physical.Agg{plain("COUNT"), distinct(plain("COUNT", 0)), distinct(plain("COUNT", 3)), distinct(plain("SUM", 3)), plain("AVG", 3)}
			}
			want := reference(recs, c.keys, aggs)
			for _, size := range []int{500, c.large} { // memory ends between batches, and inside one
				ctx := newContext(t, input, c.limit)
				out := &sink{}
				if err := run(t, aggregate.NewHash(&physical.HashAggregate{Keys: c.keys, Aggs: aggs}), ctx, cut(b, size), out); err != nil {
					t.Fatal(err)
				}
				if spilledRows(ctx) == 0 {
					t.Error("it did not spill")
				}
				compare(t, out.sorted(), want)
			}
		})
	}
}

func TestHashRefusesWhatCannotFit(t *testing.T) {
	_, b := randomInput(3, 8192, 1<<30)
	ctx := newContext(t, input, 64<<10)
	err := run(t, aggregate.NewHash(&physical.HashAggregate{Keys: []int{0}, Aggs: mergeable}), ctx, cut(b, 8192), &sink{})
	if e := sqlerr.As(err); e == nil || e.Code != sqlerr.InsufficientMemory || e.Hint == "" {
		t.Errorf("got %v", err)
	}
}

// batches is an output that keeps copies of what it is given.
type batches struct {
	types []types.Type
	all   []*stream.Batch
}

func (c *batches) Full() bool { return false }
func (c *batches) Emit(b *stream.Batch) error {
	nb := stream.NewBuilder(c.types)
	nb.Append(b, nil)
	c.all = append(c.all, nb.Finish())
	return nil
}

func TestTwoPhases(t *testing.T) {
	for _, keys := range [][]int{{}, {0}, {1, 0}} {
		for _, limit := range []int64{1 << 28, 1 << 20} {
			t.Run(fmt.Sprintf("keys=%v/limit=%d", keys, limit), func(t *testing.T) {
				recs, b := randomInput(5, 12_000, 4000)
				middle := &types.Schema{}
				final := make([]int, len(keys))
				for i, k := range keys {
					final[i] = i
					middle.Fields = append(middle.Fields, input.Fields[k])
				}
				middle.Fields = append(middle.Fields, types.Field{Name: "states", Type: types.BytesType})
				states := &batches{types: middle.Types()}
				for part := range 2 { // two subtasks of the first phase
					op := aggregate.NewHash(&physical.HashAggregate{Keys: keys, Aggs: mergeable, Phase: physical.Partial})
					ctx := newContext(t, input, limit)
					ctx.Subtask, ctx.Parallelism = part, 2
					half := cut(b, 6000)[part]
					if err := op.Open(ctx); err != nil {
						t.Fatal(err)
					}
					for _, piece := range cut(half, 1000) {
						if err := op.Process(0, piece, states); err != nil {
							t.Fatal(err)
						}
					}
					if err := op.EndInput(0, states); err != nil {
						t.Fatal(err)
					}
					if err := op.Close(); err != nil {
						t.Fatal(err)
					}
				}
				ctx := newContext(t, middle, limit)
				out := &sink{}
				if err := run(t, aggregate.NewHash(&physical.HashAggregate{Keys: final, Aggs: mergeable, Phase: physical.Final}), ctx, states.all, out); err != nil {
					t.Fatal(err)
				}
				compare(t, out.sorted(), reference(recs, keys, mergeable))
			})
		}
	}
}

// TestShared runs three subtasks that merge each other's tables, some of which may have spilled.
func TestShared(t *testing.T) {
	for _, keys := range [][]int{{}, {0}, {0, 1}} {
		for _, limits := range [][3]int64{{1 << 28, 1 << 28, 1 << 28}, {1 << 20, 1 << 28, 1 << 20}} {
			t.Run(fmt.Sprintf("keys=%v/limits=%v", keys, limits), func(t *testing.T) {
				recs, b := randomInput(11, 12_000, 4000)
				out, spilled := playShared(t, physical.HashAggregate{Keys: keys, Aggs: allAggs, Phase: physical.Shared}, limits, cut(b, 700))
				if len(keys) > 0 && spilled != (limits[0] == 1<<20) {
					t.Errorf("subtask 0 spilled: %v", spilled)
				}
				compare(t, out.sorted(), reference(recs, keys, allAggs))
			})
		}
	}
}

// TestSharedForgets has so many groups that subtasks forget those they have seen,
// whose rows come together or anywhere.
func TestSharedForgets(t *testing.T) {
	const rows = 450_000
	rng := rand.New(rand.NewPCG(5, 6))
	for name, key := range map[string]func(i int) int64{
		"together": func(i int) int64 { return int64(i/2) * 3 },
		"anywhere": func(int) int64 { return int64(rng.IntN(250_000)) },
		"apart":    func(int) int64 { return int64(rng.IntN(250_000)) << 40 },
		"few":      func(int) int64 { return int64(rng.IntN(60_000)) },
	} {
		for _, limits := range [][3]int64{{1 << 28, 1 << 28, 1 << 28}, {1 << 28, 2 << 20, 1 << 28}} {
			t.Run(fmt.Sprintf("%s/%d", name, limits[1]), func(t *testing.T) {
				keys, values, sums := make([]int64, rows), make([]int64, rows), map[int64]int64{}
				for i := range keys {
					keys[i], values[i] = key(i), int64(i)
					sums[keys[i]] += int64(i)
				}
				strs := vector.ConstOf(types.StringType, types.StringValue("s"), rows)
				null := vector.ConstOf(input.Fields[3].Type, types.NullValue(), rows)
				b := &stream.Batch{Rows: rows, Cols: []vector.Vector{
					vector.Of(types.PhysInt64, keys), strs, vector.Of(types.PhysInt64, values), null, vector.ConstOf(types.BooleanType, types.NullValue(), rows),
				}}
				spec := physical.HashAggregate{Keys: []int{0}, Aggs: []physical.Agg{plain("SUM", 2), plain("MIN", 1)}, Phase: physical.Shared, Groups: 200_000, Rows: rows}
				out, _ := playShared(t, spec, limits, cut(b, 8000))
				var want []string
				for k, sum := range sums {
					want = append(want, fmt.Sprintf("+I %d|%d|s", k, sum))
				}
				slices.Sort(want)
				compare(t, out.sorted(), want)
			})
		}
	}
}

// TestSharedApart gives each subtask a run of keys in order, of which neighbours
// share the last, and which goes on far away in the middle of it or begins anew.
func TestSharedApart(t *testing.T) {
	const rows, third = 456_000, 152_000
	for name, key := range map[string]func(i int) int64{
		"in order": func(i int) int64 { return int64(i+1) / 2 },
		"leaping":  func(i int) int64 { return int64(i+1)/2 + int64(i/third*2+i%third/80_000)<<24 },
		"again":    func(i int) int64 { return int64(i%third+1) / 2 },
		"backward": func(i int) int64 { return -int64(i+1) / 2 },
	} {
		for _, limits := range [][3]int64{{1 << 28, 1 << 28, 1 << 28}, {1 << 28, 2 << 20, 1 << 28}} {
			t.Run(fmt.Sprintf("%s/%d", name, limits[1]), func(t *testing.T) {
				keys, values, sums := make([]int64, rows), make([]int64, rows), map[int64]int64{}
				for i := range keys {
					keys[i], values[i] = key(i), int64(i)
					sums[keys[i]] += int64(i)
				}
				null := vector.ConstOf(types.StringType, types.NullValue(), rows)
				b := &stream.Batch{Rows: rows, Cols: []vector.Vector{
					vector.Of(types.PhysInt64, keys), null, vector.Of(types.PhysInt64, values), vector.ConstOf(input.Fields[3].Type, types.NullValue(), rows), vector.ConstOf(types.BooleanType, types.NullValue(), rows),
				}}
				spec := physical.HashAggregate{Keys: []int{0}, Aggs: []physical.Agg{plain("SUM", 2)}, Phase: physical.Shared, Groups: 200_000, Rows: rows}
				pieces := cut(b, 8000)
				dealt := make([]*stream.Batch, 0, len(pieces))
				for i := range len(pieces) / 3 {
					dealt = append(dealt, pieces[i], pieces[len(pieces)/3+i], pieces[2*len(pieces)/3+i])
				}
				out, _ := playShared(t, spec, limits, dealt)
				var want []string
				for k, sum := range sums {
					want = append(want, fmt.Sprintf("+I %d|%d", k, sum))
				}
				slices.Sort(want)
				compare(t, out.sorted(), want)
			})
		}
	}
}

// playShared gives pieces of the input to three subtasks in turn, and lets them emit in turn.
func playShared(t *testing.T, spec physical.HashAggregate, limits [3]int64, pieces []*stream.Batch) (out *sink, spilled bool) {
	t.Helper()
	const n = len(limits)
	var vertex any
	out = &sink{}
	ops, ctxs := make([]*aggregate.Hash, n), make([]*operator.Context, n)
	var done, waits [n]bool
	for i := range ops {
		ctx := newContext(t, input, limits[i])
		ctx.Subtask, ctx.Parallelism = i, n
		ctx.Vertex = func(make func() any) any {
			if vertex == nil {
				vertex = make()
			}
			return vertex
		}
		ctx.Await, ctx.Awaken = func() { waits[i] = true }, func() { waits[i] = false }
		ops[i], ctxs[i] = aggregate.NewHash(&spec), ctx
		if err := ops[i].Open(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for i, piece := range pieces {
		if err := ops[i%n].Process(0, piece, out); err != nil {
			t.Fatal(err)
		}
	}
	for i := range ops {
		out.room = 1
		if err := ops[i].EndInput(0, out); err != nil {
			t.Fatal(err)
		}
	}
	for open := n; open > 0; { // in turn, a batch each
		for i := range ops {
			if done[i] || waits[i] {
				continue
			}
			out.room = 1
			more, err := ops[i].Resume(out)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				done[i], open = true, open-1
				if err := ops[i].Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for i := range ctxs {
		if ctxs[i].Memory.InUse() != 0 {
			t.Errorf("subtask %d still counts %d bytes", i, ctxs[i].Memory.InUse())
		}
	}
	return out, spilledRows(ctxs[0]) > 0
}

// TestSharedGivesUp closes two subtasks of three; the third never came as far.
func TestSharedGivesUp(t *testing.T) {
	_, b := randomInput(11, 1000, 600)
	var vertex any
	var ctxs []*operator.Context
	for i := range 2 {
		ctx := newContext(t, input, 1<<26)
		ctx.Subtask, ctx.Parallelism = i, 3
		ctx.Vertex = func(make func() any) any {
			if vertex == nil {
				vertex = make()
			}
			return vertex
		}
		ctx.Await, ctx.Awaken = func() {}, func() {}
		op := aggregate.NewHash(&physical.HashAggregate{Keys: []int{0}, Aggs: allAggs, Phase: physical.Shared})
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		if err := op.Process(0, b, &sink{}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := op.EndInput(0, &sink{}); err != nil {
				t.Fatal(err)
			}
		}
		defer func() {
			if err := op.Close(); err != nil {
				t.Error(err)
			}
			if i == 0 { // deferred calls run last to first
				for _, c := range ctxs {
					if c.Memory.InUse() != 0 {
						t.Errorf("%d bytes still counted", c.Memory.InUse())
					}
				}
			}
		}()
		ctxs = append(ctxs, ctx)
	}
}

func TestOnlySubtaskZeroAnswersWithoutKeys(t *testing.T) {
	for subtask, want := range []int{1, 0} {
		ctx := newContext(t, input, 1<<24)
		ctx.Subtask, ctx.Parallelism = subtask, 2
		out := &sink{}
		if err := run(t, aggregate.NewHash(&physical.HashAggregate{Aggs: mergeable}), ctx, nil, out); err != nil {
			t.Fatal(err)
		}
		if len(out.rows) != want {
			t.Errorf("subtask %d gave %d rows", subtask, len(out.rows))
		}
	}
}

// BenchmarkSum groups one int64 sum by random keys.
func BenchmarkSum(b *testing.B) {
	for _, keys := range []int{10_000, 1_000_000, 4_000_000} {
		for _, step := range []int64{1, 1_000_003} {
			b.Run(fmt.Sprintf("keys=%d/step=%d", keys, step), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 2))
				schema := types.NewSchema(types.Field{Name: "k", Type: types.BigIntType.NotNull()}, types.Field{Name: "x", Type: types.BigIntType})
				in := make([]*stream.Batch, 512)
				for i := range in {
					k, x := make([]int64, stream.BatchRows), make([]int64, stream.BatchRows)
					for r := range k {
						k[r], x[r] = int64(rng.IntN(keys))*step, int64(r)
					}
					in[i] = &stream.Batch{Rows: len(k), Cols: []vector.Vector{vector.Of(types.PhysInt64, k), vector.Of(types.PhysInt64, x)}}
				}
				benchHash(b, schema, &physical.HashAggregate{Keys: []int{0}, Aggs: []physical.Agg{
					{Func: "SUM", Args: []int{1}, Filter: -1, Type: types.BigIntType},
				}}, in)
			})
		}
	}
}

func benchHash(b *testing.B, schema *types.Schema, spec *physical.HashAggregate, in []*stream.Batch) {
	g, err := memory.NewManager(1<<33).Open("bench", 0)
	if err != nil {
		b.Fatal(err)
	}
	op := aggregate.NewHash(spec)
	if err := op.Open(&operator.Context{Inputs: []*types.Schema{schema}, Memory: g, Parallelism: 1}); err != nil {
		b.Fatal(err)
	}
	defer op.Close()
	for _, batch := range in { // groups exist before the clock runs
		if err := op.Process(0, batch, nil); err != nil {
			b.Fatal(err)
		}
	}
	rows := 0
	b.ResetTimer()
	for i := range b.N {
		batch := in[i%len(in)]
		rows += batch.Rows
		if err := op.Process(0, batch, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// BenchmarkQ1 is the aggregation of TPC-H Q1 over columns as a scan and a
// projection give them: two flags in dictionary form, short decimals, and the two products as long ones.
func BenchmarkQ1(b *testing.B) {
	short, long := types.DecimalType(15, 2), types.DecimalType(38, 6)
	schema := types.NewSchema(
		types.Field{Name: "returnflag", Type: types.StringType}, types.Field{Name: "linestatus", Type: types.StringType},
		types.Field{Name: "quantity", Type: short}, types.Field{Name: "extendedprice", Type: short}, types.Field{Name: "discount", Type: short},
		types.Field{Name: "disc_price", Type: long}, types.Field{Name: "charge", Type: long},
	)
	sum := func(col int) physical.Agg {
		return physical.Agg{Func: "SUM", Args: []int{col}, Filter: -1, Type: types.DecimalType(38, schema.Fields[col].Type.Scale)}
	}
	avg := func(col int) physical.Agg {
		return physical.Agg{Func: "AVG", Args: []int{col}, Filter: -1, Type: types.DecimalType(38, 6)}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	flags, status := vector.Strings("A", "N", "R"), vector.Strings("F", "O")
	in := make([]*stream.Batch, 16)
	for i := range in {
		const n = stream.BatchRows
		c := &stream.Batch{Rows: n}
		f, s := make([]uint32, n), make([]uint32, n)
		for r := range f {
			pair := [][2]uint32{{0, 0}, {1, 1}, {1, 1}, {2, 0}}[rng.IntN(4)]
			if rng.IntN(200) == 0 {
				pair = [2]uint32{1, 0}
			}
			f[r], s[r] = pair[0], pair[1]
		}
		c.Cols = []vector.Vector{
			{Phys: types.PhysBytes, Form: vector.Dict, Len: n, Codes: f, Dict: &flags},
			{Phys: types.PhysBytes, Form: vector.Dict, Len: n, Codes: s, Dict: &status},
		}
		for range 3 {
			v := make([]int64, n)
			for r := range v {
				v[r] = int64(rng.IntN(10_000_000))
			}
			c.Cols = append(c.Cols, vector.Of(types.PhysInt64, v))
		}
		for range 2 {
			v := make([]types.Int128, n)
			for r := range v {
				v[r].Lo = rng.Uint64() >> 20
			}
			c.Cols = append(c.Cols, vector.Of(types.PhysInt128, v))
		}
		in[i] = c
	}
	benchHash(b, schema, &physical.HashAggregate{Keys: []int{0, 1}, Aggs: []physical.Agg{
		sum(2), sum(3), sum(5), sum(6), avg(2), avg(3), avg(4), {Func: "COUNT", Filter: -1, Type: types.BigIntType},
	}}, in)
}

// BenchmarkEmit emits a million groups of a key and two results.
func BenchmarkEmit(b *testing.B) {
	const groups = 1 << 20
	schema := types.NewSchema(types.Field{Name: "k", Type: types.BigIntType}, types.Field{Name: "x", Type: types.DecimalType(15, 2)})
	for range b.N {
		b.StopTimer()
		g, err := memory.NewManager(1<<33).Open("bench", 0)
		if err != nil {
			b.Fatal(err)
		}
		op := aggregate.NewHash(&physical.HashAggregate{Keys: []int{0}, Aggs: []physical.Agg{
			{Func: "SUM", Args: []int{1}, Filter: -1, Type: types.DecimalType(38, 2)}, {Func: "COUNT", Filter: -1, Type: types.BigIntType},
		}})
		if err := op.Open(&operator.Context{Inputs: []*types.Schema{schema}, Memory: g, Parallelism: 1}); err != nil {
			b.Fatal(err)
		}
		k := make([]int64, stream.BatchRows)
		for from := 0; from < groups; from += len(k) {
			for i := range k {
				k[i] = int64(from+i) * 7_654_321
			}
			if err := op.Process(0, &stream.Batch{Rows: len(k), Cols: []vector.Vector{vector.Of(types.PhysInt64, k), vector.Of(types.PhysInt64, k)}}, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := op.EndInput(0, &batchCounter{}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := op.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/groups, "ns/group")
}
