package graph_test

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
)

var schema = types.NewSchema(types.Field{Name: "k", Type: types.BigIntType})

type plan struct {
	bounded bool
	ids     int
}

func (p *plan) node(op physical.Op, in ...*physical.Node) *physical.Node {
	p.ids++
	return &physical.Node{ID: op.Name() + "-" + string(rune('a'+p.ids-1)), Op: op, Inputs: in, Schema: schema, Traits: physical.Traits{Bounded: p.bounded}}
}

func (p *plan) scan() *physical.Node { return p.node(&physical.Scan{Table: &catalog.Table{Name: "t"}}) }

func (p *plan) exchange(kind physical.DistKind, in *physical.Node, keys ...int) *physical.Node {
	x := p.node(&physical.Exchange{Dist: physical.Distribution{Kind: kind, Keys: keys}}, in)
	x.Schema = nil
	return x
}

func cut(t *testing.T, roots ...*physical.Node) *graph.Job {
	t.Helper()
	return cutFor(t, graph.Config{Parallelism: 3}, roots...)
}

func cutFor(t *testing.T, config graph.Config, roots ...*physical.Node) *graph.Job {
	t.Helper()
	j, err := graph.Cut("job", "job", roots, config)
	if err != nil {
		t.Fatal(err)
	}
	b, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if j, err = graph.Decode(b); err != nil {
		t.Fatal(err)
	}
	return j
}

func expect(t *testing.T, j *graph.Job, want string) {
	t.Helper()
	if got := strings.TrimSpace(j.String()); got != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(want))
	}
}

func TestJoinStandsInTheChainOfItsProbe(t *testing.T) {
	for _, right := range []bool{true, false} {
		p := &plan{bounded: true}
		probe := p.node(&physical.Calc{}, p.scan())
		build := p.exchange(physical.Broadcast, p.scan())
		in := []*physical.Node{probe, build}
		if !right {
			in = []*physical.Node{build, probe}
		}
		agg := p.node(&physical.HashAggregate{}, p.exchange(physical.Hash, p.node(&physical.HashJoin{BuildRight: right}, in...), 0, 1))
		one := p.node(&physical.Collect{}, p.exchange(physical.Single, agg))
		one.Traits.Dist.Kind = physical.Single
		j := cut(t, one)
		input := "1"
		if !right {
			input = "0"
		}
		expect(t, j, strings.ReplaceAll(`
1: TableSourceScan × 3
2: TableSourceScan -> Calc -> HashJoin × 3
   ← 1 broadcast into HashJoin input IN
3: HashAggregate × 3
   ← 2 hash[$0, $1]
4: Collect × 1
   ← 3 single
`, "IN", input))
		if c := j.Vertices[1].Chain[2].Chained; (c == 0) != right {
			t.Errorf("the probe is input %d", c)
		}
		if op, err := j.Vertices[1].Chain[2].Op(); err != nil || op.(*physical.HashJoin).BuildRight != right {
			t.Errorf("the plan node is lost: %v", err)
		}
	}
}

func TestStreamingJoinTakesBothInputsOverEdges(t *testing.T) {
	p := &plan{}
	l, r := p.exchange(physical.Hash, p.scan(), 0), p.exchange(physical.Hash, p.scan(), 0)
	join := p.node(&physical.Join{}, l, r)
	again := p.node(&physical.Join{}, join, p.exchange(physical.Hash, p.scan(), 0)) // already dealt by the key
	expect(t, cut(t, p.node(&physical.Sink{Table: &catalog.Table{Name: "s"}}, again)), `
1: TableSourceScan × 3
2: TableSourceScan × 3
3: Join × 3
   ← 1 hash[$0]
   ← 2 hash[$0] into Join input 1
4: TableSourceScan × 3
5: Join -> Sink × 3
   ← 3 forward
   ← 4 hash[$0] into Join input 1
`)
}

func TestUnionChainsItsFirstInput(t *testing.T) {
	p := &plan{}
	u := p.node(&physical.Union{}, p.scan(), p.scan(), p.node(&physical.Calc{}, p.scan()))
	expect(t, cut(t, u), `
1: TableSourceScan × 3
2: TableSourceScan -> Calc × 3
3: TableSourceScan -> Union × 3
   ← 1 forward into Union input 1
   ← 2 forward into Union input 2
`)
}

func TestSharedPlans(t *testing.T) {
	build := func(bounded, streaming bool) *graph.Job {
		p := &plan{bounded: bounded}
		scan := p.scan()
		x := p.exchange(physical.Hash, scan, 0)
		return cutFor(t, graph.Config{Parallelism: 3, Streaming: streaming},
			p.node(&physical.Sink{Table: &catalog.Table{Name: "a"}}, x), p.node(&physical.Sink{Table: &catalog.Table{Name: "b"}}, x),
			p.node(&physical.Sink{Table: &catalog.Table{Name: "c"}}, scan))
	}
	for _, bounded := range []bool{false, true} {
		expect(t, build(bounded, true), `
1: TableSourceScan × 3
2: Sink × 3
   ← 1 hash[$0]
3: Sink × 3
   ← 1 hash[$0]
4: Sink × 3
   ← 1 forward
`)
	}
	// In batch mode they run once for each reader: one that waits must not hold up another.
	expect(t, build(true, false), `
1: TableSourceScan × 3
2: Sink × 3
   ← 1 hash[$0]
3: TableSourceScan × 3
4: Sink × 3
   ← 3 hash[$0]
5: TableSourceScan -> Sink × 3
`)
}

func TestOtherParallelismIsACut(t *testing.T) {
	p := &plan{}
	scan := p.scan()
	scan.Traits.Parallelism = 1
	w := p.node(&physical.WatermarkAssigner{}, scan)
	w.Traits.Parallelism = 1
	j := cut(t, p.node(&physical.Calc{}, w))
	expect(t, j, `
1: TableSourceScan -> WatermarkAssigner × 1
2: Calc × 3
   ← 1 rebalance
`)
	if j.Vertices[0].Chain[1].Source != scan.ID {
		t.Errorf("the assigner's source is %q", j.Vertices[0].Chain[1].Source)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	good := func() *graph.Job {
		p := &plan{}
		return cut(t, p.node(&physical.Calc{}, p.exchange(physical.Hash, p.scan(), 0)))
	}
	for name, change := range map[string]func(j *graph.Job){
		"twice":      func(j *graph.Job) { j.Vertices[1].ID = j.Vertices[0].ID },
		"before":     func(j *graph.Job) { j.Vertices[0], j.Vertices[1] = j.Vertices[1], j.Vertices[0] },
		"leads":      func(j *graph.Job) { j.Vertices[1].Inputs[0].Op = 7 },
		"forward":    func(j *graph.Job) { j.Vertices[1].Inputs[0].Dist.Kind, j.Vertices[1].Parallelism = physical.Forward, 2 },
		"parallelis": func(j *graph.Job) { j.Vertices[1].Parallelism = 0 },
	} {
		j := good()
		change(j)
		if err := j.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBuildAndProbeOfOneSourceAreRefused(t *testing.T) {
	p := &plan{}
	scan := p.scan()
	join := p.node(&physical.HashJoin{BuildRight: true}, p.node(&physical.Calc{}, scan), p.exchange(physical.Broadcast, scan))
	_, err := graph.Cut("job", "job", []*physical.Node{join}, graph.Config{Parallelism: 3})
	if err == nil || !strings.Contains(err.Error(), "wait for ever") {
		t.Fatal(err)
	}
	p.bounded = true // each side reads the source for itself
	scan = p.scan()
	cut(t, p.node(&physical.HashJoin{BuildRight: true}, p.node(&physical.Calc{}, scan), p.exchange(physical.Broadcast, scan)))
}

// A spool parts what would wait for itself, for all that stands above it.
func TestSpoolForks(t *testing.T) {
	p := &plan{bounded: true}
	sp := p.node(&physical.Spool{}, p.node(&physical.HashAggregate{}, p.exchange(physical.Hash, p.scan(), 0)))
	join := p.node(&physical.HashJoin{BuildRight: true}, p.node(&physical.Calc{}, sp), p.exchange(physical.Broadcast, sp))
	expect(t, cut(t, p.node(&physical.SortMergeJoin{}, p.exchange(physical.Hash, join, 0), p.exchange(physical.Hash, sp, 0))), `
1: TableSourceScan × 3
2: HashAggregate -> Spool × 3
   ← 1 hash[$0]
3: Calc -> HashJoin × 3
   ← 2 forward
   ← 2 broadcast into HashJoin input 1
4: SortMergeJoin × 3
   ← 3 hash[$0]
   ← 2 hash[$0] into SortMergeJoin input 1
`)
}

// What reads a spool is held up like anything else.
func TestForkBehindASpoolIsRefused(t *testing.T) {
	p := &plan{bounded: true}
	j := cut(t, p.node(&physical.SortMergeJoin{}, p.exchange(physical.Hash, p.node(&physical.Calc{}, p.node(&physical.Spool{}, p.scan())), 0), p.exchange(physical.Hash, p.scan(), 0)))
	join := j.Vertices[len(j.Vertices)-1]
	join.Inputs[1].From = join.Inputs[0].From
	j.Vertices[0].Chain = append(j.Vertices[0].Chain[:1:1], j.Vertices[0].Chain[2:]...) // without its spool
	if err := j.Check(); err == nil || !strings.Contains(err.Error(), "wait for ever") {
		t.Error(err)
	}
}
