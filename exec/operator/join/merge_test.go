package join_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/state/rowcodec"
)

// ordering is the direction of each key of a merge join.
type ordering struct {
	desc      []bool
	nullsLast bool
}

func (o ordering) encoder() *rowcodec.KeyEncoder {
	e := &rowcodec.KeyEncoder{Orders: make([]rowcodec.Order, len(o.desc))}
	for i, d := range o.desc {
		e.Orders[i] = rowcodec.Order{Desc: d, NullsLast: o.nullsLast}
	}
	return e
}

func keysOf(b *stream.Batch, keys []int, o ordering, into *rowcodec.Rows) {
	var cols []vector.Vector
	for _, k := range keys {
		cols = append(cols, b.Cols[k])
	}
	o.encoder().EncodeSubs(cols, b.Rows, b.Sel, into)
}

func (o ordering) sort(ts []types.Type, rows []row, keys []int) []row {
	var encoded rowcodec.Rows
	keysOf(batchOf(ts, rows), keys, o, &encoded)
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(encoded.At(a), encoded.At(b)) })
	out := make([]row, len(rows))
	for i, at := range order {
		out[i] = rows[at]
	}
	return out
}

// merged is the merge join of a problem: the keys of a correlated IN begin behind the first.
func merged(p *problem, o ordering) *physical.SortMergeJoin {
	s := p.spec
	m := &physical.SortMergeJoin{Kind: s.Kind, LeftKeys: s.LeftKeys, RightKeys: s.RightKeys, Residual: s.Residual, NullAware: s.NullAware, Desc: o.desc}
	if s.NullAware && (len(s.LeftKeys) > 1 || s.Residual != nil) {
		o.desc = o.desc[1:]
		p.left, p.right = o.sort(p.lt, p.left, s.LeftKeys[1:]), o.sort(p.rt, p.right, s.RightKeys[1:])
	} else {
		p.left, p.right = o.sort(p.lt, p.left, s.LeftKeys), o.sort(p.rt, p.right, s.RightKeys)
	}
	return m
}

// orderedSink also keeps the encoded keys of what it is given.
type orderedSink struct {
	sink
	keys []int
	by   ordering
	seen rowcodec.Rows
}

func (s *orderedSink) Emit(b *stream.Batch) error {
	if s.keys != nil {
		keysOf(b, s.keys, s.by, &s.seen)
	}
	return s.sink.Emit(b)
}

// runMerge gives an operator what it wants until both inputs have ended.
func runMerge(t testing.TB, op operator.Operator, ctx *operator.Context, in [2][]*stream.Batch, out *orderedSink) error {
	t.Helper()
	if err := op.Open(ctx); err != nil {
		return err
	}
	defer func() {
		if err := op.Close(); err != nil {
			t.Error(err)
		}
		if n := ctx.Memory.InUse(); n != 0 {
			t.Errorf("%d bytes are still counted after Close", n)
		}
	}()
	ended := [2]bool{}
	for !ended[0] || !ended[1] {
		wants := op.(operator.Selective).Wants()
		if wants == 0 {
			t.Fatal("it wants nothing before its inputs have ended")
		}
		fed := false
		for i := range in {
			if wants>>i&1 == 0 || ended[i] || fed {
				continue
			}
			fed = true
			out.Room = 1
			var err error
			if len(in[i]) == 0 {
				ended[i] = true
				err = op.EndInput(i, out)
			} else {
				err = op.Process(i, in[i][0], out)
				in[i] = in[i][1:]
			}
			if err != nil {
				return err
			}
			for more := true; more; {
				out.Room = 1
				if more, err = op.(operator.Resumer).Resume(out); err != nil {
					return err
				}
			}
		}
		if !fed {
			t.Fatalf("it wants %b, of which all have ended", wants)
		}
	}
	return nil
}

func checkMerge(t *testing.T, p *problem, o ordering, size int, memory int64) *operator.Context {
	t.Helper()
	spec := merged(p, o)
	ctx := newContext(t, memory, schemaOf(p.lt...), schemaOf(p.rt...))
	out := &orderedSink{by: o}
	if !p.spec.NullAware && p.spec.Kind != logical.Full {
		out.keys = p.spec.LeftKeys
		if p.spec.Kind == logical.Right {
			out.keys = nil
			for _, k := range p.spec.RightKeys {
				out.keys = append(out.keys, len(p.lt)+k)
			}
		}
	}
	if err := runMerge(t, join.NewMerge(spec), ctx, p.input(size), out); err != nil {
		t.Fatalf("%s, batches of %d: %v", p.name(), size, err)
	}
	if got := out.Sorted(); !slices.Equal(got, p.want) {
		t.Fatalf("%s, %v, batches of %d:\n got %d %v\nwant %d %v", p.name(), o, size, len(got), head(got), len(p.want), head(p.want))
	}
	for i := 1; i < out.seen.N(); i++ {
		if bytes.Compare(out.seen.At(i-1), out.seen.At(i)) > 0 {
			t.Fatalf("%s, %v: row %d is not in order", p.name(), o, i)
		}
	}
	return ctx
}

func head(rows []string) []string { return rows[:min(len(rows), 60)] }

func randomOrdering(r *rand.Rand, keys int, nullAware bool) ordering {
	o := ordering{nullsLast: !nullAware && r.IntN(2) == 0}
	for range keys {
		o.desc = append(o.desc, r.IntN(2) == 0)
	}
	return o
}

func TestMergeJoinMatchesEveryPair(t *testing.T) {
	r := newRand(t)
	for _, p := range problems(r) {
		for _, size := range []int{1, 7, 8192} {
			checkMerge(t, p, randomOrdering(r, len(p.spec.LeftKeys), p.spec.NullAware), size, plenty)
		}
	}
}

func TestMergeJoinSingle(t *testing.T) {
	for _, residual := range []bool{false, true} {
		p := &problem{lt: []types.Type{types.BigIntType}, rt: []types.Type{types.BigIntType, types.BigIntType}}
		p.spec = physical.HashJoin{Kind: logical.Single, LeftKeys: []int{0}, RightKeys: []int{0}}
		if residual {
			p.spec.Residual = less(p.lt, p.rt, 0, 1)
		}
		for i := range 20 {
			p.left = append(p.left, row{types.IntValue(int64(i))})
			if i%3 != 0 {
				p.right = append(p.right, row{types.IntValue(int64(i)), types.IntValue(100)})
			}
			p.right = append(p.right, row{types.NullValue(), types.IntValue(100)})
		}
		p.solve()
		checkMerge(t, p, ordering{desc: []bool{false}}, 3, plenty)
		p.right = append(p.right, row{types.IntValue(5), types.IntValue(101)})
		spec := merged(p, ordering{desc: []bool{false}})
		ctx := newContext(t, plenty, schemaOf(p.lt...), schemaOf(p.rt...))
		if err := runMerge(t, join.NewMerge(spec), ctx, p.input(3), &orderedSink{}); err == nil {
			t.Errorf("residual %v: two rows of one key were taken for a scalar", residual)
		}
	}
}

// TestMergeJoinSpillsAGroup has a key with more right rows than memory holds,
// and left rows of it in three batches.
func TestMergeJoinSpillsAGroup(t *testing.T) {
	for _, kind := range allKinds {
		for variant := range 4 {
			residual, nullAware := variant&1 != 0, variant&2 != 0
			if nullAware && kind != logical.Anti && kind != logical.Mark {
				continue
			}
			t.Run(fmt.Sprintf("%s/residual=%v/nullAware=%v", kind, residual, nullAware), func(t *testing.T) {
				r := newRand(t)
				p := &problem{lt: []types.Type{types.BigIntType, types.StringType, types.BigIntType}, rt: []types.Type{types.StringType, types.BigIntType, types.BigIntType}}
				p.spec = physical.HashJoin{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{1}, BuildRight: true, NullAware: nullAware}
				if residual {
					p.spec.Residual = less(p.lt, p.rt, 2, 2)
				}
				p.left, p.right = randomRows(r, p.lt, 300, 400, true), randomRows(r, p.rt, 20_000, 400, true)
				for i, x := range p.right {
					if i%8 != 0 {
						x[1] = types.IntValue(77)
					}
				}
				for _, x := range p.left[:8] {
					x[0] = types.IntValue(77)
				}
				p.solve()
				ctx := checkMerge(t, p, ordering{desc: []bool{variant%2 == 0}}, 3, 600<<10)
				spilled, groups := ctx.Metric.Counter("spilledRows").Value(), ctx.Metric.Counter("largeGroups").Value()
				enumerates := residual || kind != logical.Semi && kind != logical.Anti && kind != logical.Mark
				if enumerates && (spilled < 16_000 || groups == 0) {
					t.Errorf("%d rows of %d groups were spilled", spilled, groups)
				}
			})
		}
	}
}
