package join_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
)

// subtask is one member of a vertex with a task of its own: posted functions run between its elements.
type subtask struct {
	op    operator.Operator
	ctx   *operator.Context
	posts chan func(operator.Output) error
	out   sink
}

// run feeds a subtask as a task does: only inputs it wants, waiting for posts otherwise.
func (s *subtask) run(first int, in [2][]*stream.Batch) error {
	wants := func(input int) error {
		for s.op.(operator.Selective).Wants()&(1<<input) == 0 {
			if err := s.take(<-s.posts); err != nil {
				return err
			}
		}
		return nil
	}
	for _, input := range []int{first, 1 - first} {
		for _, b := range in[input] {
			if err := wants(input); err != nil {
				return err
			}
			s.out.Room = 1
			if err := s.op.Process(input, b, &s.out); err != nil {
				return err
			}
			if err := drain(s.op, &s.out); err != nil {
				return err
			}
		}
		if err := wants(input); err != nil {
			return err
		}
		if err := s.op.EndInput(input, &s.out); err != nil {
			return err
		}
	}
	for {
		select {
		case f := <-s.posts:
			if err := s.take(f); err != nil {
				return err
			}
		default:
		}
		s.out.Room = 1
		more, err := s.op.(operator.Resumer).Resume(&s.out)
		if err != nil || !more {
			return err
		}
	}
}

func (s *subtask) take(f func(operator.Output) error) error {
	if err := f(&s.out); err != nil {
		return err
	}
	return drain(s.op, &s.out)
}

// runShared deals the batches of both inputs over n subtasks of one vertex.
func runShared(t *testing.T, n int, limit int64, spec physical.HashJoin, schemas []*types.Schema, first int, in [2][]*stream.Batch) []string {
	t.Helper()
	var mu sync.Mutex
	var shared any
	vertex := func(make func() any) any {
		mu.Lock()
		defer mu.Unlock()
		if shared == nil {
			shared = make()
		}
		return shared
	}
	spec.Shared = true
	manager := memory.NewManager(limit)
	tasks := make([]*subtask, n)
	for i := range tasks {
		ctx := newContext(t, limit, schemas...)
		ctx.Memory, _ = manager.Open("subtask", min(400<<10, limit/int64(n)))
		ctx.Subtask, ctx.Parallelism, ctx.Vertex = i, n, vertex
		s := &subtask{op: join.NewHash(&spec), ctx: ctx, posts: make(chan func(operator.Output) error, 16)}
		ctx.Post = func(f func(operator.Output) error) { s.posts <- f }
		ctx.Await, ctx.Awaken = func() {}, func() {}
		if err := s.op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		tasks[i] = s
	}
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i, s := range tasks {
		var mine [2][]*stream.Batch
		for input := range in {
			for k := i; k < len(in[input]); k += n {
				mine[input] = append(mine[input], in[input][k])
			}
		}
		wg.Go(func() { errs[i] = s.run(first, mine) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, s := range tasks {
		rows = append(rows, s.out.Rows...)
		if err := s.op.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range tasks {
		if used := s.ctx.Memory.InUse(); used != 0 {
			t.Errorf("%d bytes are still counted after Close", used)
		}
	}
	slices.Sort(rows)
	return rows
}

func TestSharedHashJoin(t *testing.T) {
	r := newRand(t)
	for i, p := range problems(r) {
		for _, n := range []int{1, 2, 4} {
			if n != 1 && i%3 != n%3 {
				continue
			}
			got := runShared(t, n, plenty, p.spec, []*types.Schema{schemaOf(p.lt...), schemaOf(p.rt...)}, p.first(), p.input(16))
			if !slices.Equal(got, p.want) {
				t.Fatalf("%s, %d subtasks:\n got %v\nwant %v", p.name(), n, got, p.want)
			}
		}
	}
}

func TestSingleJoinRefusesASecondMatch(t *testing.T) {
	ts := []types.Type{types.BigIntType}
	v := func(xs ...int64) []row {
		var out []row
		for _, x := range xs {
			out = append(out, row{types.IntValue(x)})
		}
		return out
	}
	for _, residual := range []bool{false, true} {
		spec := physical.HashJoin{Kind: logical.Single, LeftKeys: []int{0}, RightKeys: []int{0}, BuildRight: true}
		if residual {
			spec.Residual = less(ts, ts, 0, 0)
			spec.LeftKeys, spec.RightKeys = nil, nil
		}
		run := func(left, right []row) ([]string, error) {
			ctx := newContext(t, plenty, schemaOf(ts...), schemaOf(ts...))
			return runBounded(t, join.NewHash(&spec), ctx, 1, [2][]*stream.Batch{cut(ts, left, 100), cut(ts, right, 100)})
		}
		left, right := v(1, 2, 3), v(3, 1)
		want := []string{"1|1", "2|NULL", "3|3"}
		if residual {
			left, right, want = v(2, 5), v(3, 2), []string{"2|3", "5|NULL"}
		}
		if got, err := run(left, right); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
		_, err := run(v(1, 2), v(2, 7, 7, 2, 3))
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != sqlerr.Cardinality {
			t.Errorf("two matches: %v", err)
		}
	}
}

func TestBoundsOfBuildKeys(t *testing.T) {
	ts := []types.Type{types.IntType, types.StringType}
	spec := physical.HashJoin{LeftKeys: []int{0, 1}, RightKeys: []int{0, 1}, BuildRight: true, RuntimeFilters: []physical.RuntimeFilter{{Key: 0, Scan: "s"}, {Key: 1, Scan: "s", Column: 1}}}
	right := []row{{types.IntValue(-4), types.StringValue("b")}, {types.NullValue(), types.StringValue("zz")}, {types.IntValue(9), types.StringValue("a rather long string")}}
	op := join.NewHash(&spec)
	var got []*join.Bounds
	op.OfferFilters(func(_ physical.RuntimeFilter, b *join.Bounds) { got = append(got, b) })
	ctx := newContext(t, plenty, schemaOf(ts...), schemaOf(ts...))
	if _, err := runBounded(t, op, ctx, 1, [2][]*stream.Batch{nil, cut(ts, right, 2)}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Min.I != -4 || got[0].Max.I != 9 || len(got[0].Set) != 1 || got[0].Set[0] != 1|1<<13 ||
		got[1].Min.Str() != "a rather long string" || got[1].Max.Str() != "b" {
		t.Errorf("bounds: %+v", got)
	}
	got = nil
	right[2][0] = types.IntValue(1 << 30)
	op = join.NewHash(&spec)
	op.OfferFilters(func(_ physical.RuntimeFilter, b *join.Bounds) { got = append(got, b) })
	if _, err := runBounded(t, op, newContext(t, plenty, schemaOf(ts...), schemaOf(ts...)), 1, [2][]*stream.Batch{nil, cut(ts, right, 2)}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Set != nil || got[0].Min.I != -4 || got[0].Max.I != 1<<30 || len(got[0].In) != 2 {
		t.Errorf("bounds of keys far apart: %+v", got)
	}
}
