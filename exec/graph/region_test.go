package graph_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/exec/graph"
)

func regions(j *graph.Job) (out [][]string) {
	for _, r := range j.Regions() {
		var ids []string
		for _, v := range r {
			ids = append(ids, v.ID)
		}
		out = append(out, ids)
	}
	return out
}

func TestBatchJobsAreCutIntoRegions(t *testing.T) {
	p := &plan{bounded: true}
	forward := p.scan()
	join := p.node(&physical.HashJoin{BuildRight: true}, p.exchange(physical.Hash, p.scan(), 0), forward)
	root := p.node(&physical.Calc{}, p.exchange(physical.Single, join))
	config := graph.Config{Parallelism: 3, Blocking: true}
	j := cutFor(t, config, root)
	expect(t, j, `
1: TableSourceScan × 3
2: TableSourceScan × 3
3: HashJoin × 3
   ← 1 hash[$0] blocking
   ← 2 forward into HashJoin input 1
4: Calc × 3
   ← 3 single blocking
`)
	if got := regions(j); len(got) != 3 || !slices.Equal(got[0], []string{"TableSourceScan-b"}) || !slices.Equal(got[1], []string{"TableSourceScan-a", "HashJoin-d"}) {
		t.Errorf("%v", got)
	}
	config.Streaming = true // rows never end: nothing could start behind them
	if got := regions(cutFor(t, config, root)); len(got) != 1 {
		t.Errorf("%v", got)
	}
	config = graph.Config{Parallelism: 3}
	if got := regions(cutFor(t, config, root)); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// TestARegionNeverWaitsForItself: the scan flows into the join and, over a blocking
// exchange, into what the join builds of.
func TestARegionNeverWaitsForItself(t *testing.T) {
	v := func(id string) *graph.Vertex {
		return &graph.Vertex{ID: id, Name: id, Parallelism: 2, MaxParallelism: 2, Chain: []graph.OperatorSpec{{ID: id, Name: id}}}
	}
	edge := func(from string, blocking bool) graph.Edge {
		return graph.Edge{From: from, Dist: physical.Distribution{Kind: physical.Forward}, Blocking: blocking}
	}
	a, b, c := v("a"), v("b"), v("c")
	b.Inputs = []graph.Edge{edge("a", true)}
	c.Inputs = []graph.Edge{edge("a", false), edge("b", true)}
	j := &graph.Job{Name: "j", Vertices: []*graph.Vertex{a, b, c}}
	if err := j.Check(); err == nil {
		t.Error("a region that waits for itself is taken")
	}
	c.Inputs[0].Blocking = true
	if err := j.Check(); err != nil || len(j.Regions()) != 3 {
		t.Errorf("%v: %v", regions(j), err)
	}
}

func TestAJoinIsBroadcastWhenItsBuildSideIsKnown(t *testing.T) {
	p := &plan{bounded: true}
	join := func(may bool) *physical.Node {
		return p.node(&physical.HashJoin{BuildRight: true, MayBroadcast: may}, p.exchange(physical.Hash, p.node(&physical.Calc{}, p.scan()), 0), p.exchange(physical.Hash, p.scan(), 0))
	}
	root := func(j *physical.Node) *physical.Node {
		return p.node(&physical.Calc{}, p.exchange(physical.Single, j))
	}
	config := graph.Config{Parallelism: 3, Blocking: true, BroadcastRows: 10}
	j := cutFor(t, config, root(join(true)))
	dealt := j.Dealt()
	if len(dealt) != 1 {
		t.Fatalf("%d joins may be broadcast", len(dealt))
	}
	changed := j.Broadcast(dealt[0])
	if err := changed.Check(); err != nil {
		t.Fatal(err)
	}
	expect(t, changed, `
1: TableSourceScan × 3
2: TableSourceScan -> Calc -> HashJoin × 3
   ← 1 broadcast blocking into HashJoin input 1
3: Calc × 3
   ← 2 single blocking
`)
	if at := changed.Vertices[1].Chain[2].Chained; at != 0 {
		t.Errorf("the join takes its chained rows as input %d", at)
	}
	expect(t, j, `
1: TableSourceScan -> Calc × 3
2: TableSourceScan × 3
3: HashJoin × 3
   ← 1 hash[$0] blocking
   ← 2 hash[$0] blocking into HashJoin input 1
4: Calc × 3
   ← 3 single blocking
`)
	if len(changed.Dealt()) != 0 {
		t.Error("what is broadcast is broadcast again")
	}
	if id := func(j *graph.Job, v, e int) int { return j.Vertices[v].Inputs[e].ID }; id(changed, 1, 0) != id(j, 2, 1) {
		t.Error("the edge that the build side was written for has another name")
	}
	for name, other := range map[string]*graph.Job{
		"the kind of join": cutFor(t, config, root(join(false))),
		"the option":       cutFor(t, graph.Config{Parallelism: 3, Blocking: true}, root(join(true))),
		"pipelining":       cutFor(t, graph.Config{Parallelism: 3, BroadcastRows: 10}, root(join(true))),
	} {
		if len(other.Dealt()) != 0 {
			t.Errorf("%s is not asked", name)
		}
	}
}
