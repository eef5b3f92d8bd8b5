package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weir-engine/weir/core/plan/explain"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/exec/graph"
)

// Plan is a job's graph, the last vertex first.
type Plan struct {
	JobID string     `json:"jid"`
	Name  string     `json:"name"`
	Type  string     `json:"type" enum:"STREAMING,BATCH"`
	Nodes []PlanNode `json:"nodes"`
}

// PlanNode is a vertex.
type PlanNode struct {
	ID          string         `json:"id"`
	Operator    string         `json:"operator"`
	Parallelism int            `json:"parallelism"`
	Strategy    string         `json:"operator_strategy"`
	Description string         `json:"description"`
	Properties  map[string]any `json:"optimizer_properties"`
	Inputs      []PlanInput    `json:"inputs,omitempty"`
}

// PlanInput is an edge.
type PlanInput struct {
	ID       string `json:"id"`
	Number   int    `json:"num"`
	Exchange string `json:"exchange"`
	Ship     string `json:"ship_strategy"`
}

// JobPlan answers /jobs/:jobid/plan.
type JobPlan struct {
	Plan Plan `json:"plan"`
}

func (s *Server) jobPlan(r *request) (*JobPlan, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return &JobPlan{v.plan.json}, nil
}

// plan is what a graph looks like to a client. It does not change.
type plan struct {
	graph     *graph.Job
	json      Plan
	vertices  map[string]string   // names by id of the graph
	operators map[string][]string // of each vertex's chain
}

// plans keeps them, since a client that watches asks every few seconds.
type plans struct {
	mu  sync.Mutex
	all map[string]*plan // by job
}

func (p *plans) of(g *graph.Job) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if had := p.all[g.ID]; had != nil && had.graph == g {
		return had
	}
	if p.all == nil {
		p.all = map[string]*plan{}
	}
	made := newPlan(g)
	p.all[g.ID] = made
	return made
}

// keep drops the plans of jobs that are no more.
func (p *plans) keep(jobs map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.all {
		if !jobs[id] {
			delete(p.all, id)
		}
	}
}

// vertexID is a vertex's id in Flink's form: 32 hex digits, the same for the same
// meaning, since ours names what a vertex means.
func vertexID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

func jobType(g *graph.Job) string {
	if g.Config.Streaming {
		return "STREAMING"
	}
	return "BATCH"
}

func newPlan(g *graph.Job) *plan {
	p := &plan{graph: g, vertices: map[string]string{}, operators: map[string][]string{}, json: Plan{JobID: g.ID, Name: g.Name, Type: jobType(g), Nodes: []PlanNode{}}}
	n := 0
	for _, v := range g.Vertices {
		var names []string
		var text strings.Builder
		for i := range v.Chain {
			n++
			name, does := operatorName(&v.Chain[i], n)
			names = append(names, name)
			if i > 0 {
				text.WriteString(strings.Repeat(" ", 3*(i-1)) + "+- ")
			}
			fmt.Fprintf(&text, "[%d]:%s<br/>", n, does)
		}
		p.operators[v.ID] = names
		p.vertices[v.ID] = strings.Join(names, " -> ")
		node := PlanNode{ID: vertexID(v.ID), Parallelism: v.Parallelism, Description: text.String(), Properties: map[string]any{}}
		for i, e := range v.Inputs {
			node.Inputs = append(node.Inputs, PlanInput{ID: vertexID(e.From), Number: i, Exchange: "pipelined_bounded", Ship: shipStrategy(e.Dist.Kind)})
		}
		p.json.Nodes = append(p.json.Nodes, node)
	}
	slices.Reverse(p.json.Nodes)
	return p
}

// operatorName is an operator's name, which no other of the job has, and what it does.
func operatorName(spec *graph.OperatorSpec, n int) (name, does string) {
	name = fmt.Sprintf("%s[%d]", spec.Name, n)
	op, err := spec.Op()
	if err != nil {
		return name, spec.Name // made by a newer release
	}
	switch op := op.(type) {
	case *physical.Scan:
		name = fmt.Sprintf("Source: %s[%d]", tableOf(op.Table.Name), n)
	case *physical.Sink:
		name = fmt.Sprintf("%s[%d]: Writer", tableOf(op.Table.Name), n)
	}
	return name, explain.Operator(op, spec.Inputs, spec.Output)
}

// tableOf is a table's name without its catalog and database.
func tableOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// shipStrategy is how rows are dealt, in Flink's words.
func shipStrategy(d physical.DistKind) string {
	switch d {
	case physical.Hash:
		return "HASH"
	case physical.Broadcast:
		return "BROADCAST"
	case physical.Forward:
		return "FORWARD"
	case physical.Single:
		return "GLOBAL"
	}
	return "REBALANCE"
}
