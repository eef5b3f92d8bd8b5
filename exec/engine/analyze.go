package engine

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/plan/explain"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator/sink"
	"github.com/weir-engine/weir/exec/operator/source"
	"github.com/weir-engine/weir/exec/task"
	"github.com/weir-engine/weir/exec/worker"
)

// Analyze runs a query, whose rows are thrown away, or INSERTs, which really
// insert, and shows the plan with what each operator did.
func (s *Session) Analyze(ctx context.Context, stmt ast.Statement, form ExplainForm) (text string, err error) {
	defer s.guard(&err)
	if form == ExplainDot {
		return "", sqlerr.Unsupported(stmt.Pos(), "EXPLAIN ANALYZE as DOT")
	}
	roots, streaming, err := s.bindAny(stmt)
	if err != nil {
		return "", err
	}
	plans, err := s.plans(roots, streaming)
	if err != nil {
		return "", err
	}
	for _, p := range plans {
		if !p.Traits.Bounded {
			return "", sqlerr.Unsupported(stmt.Pos(), "EXPLAIN ANALYZE of a statement that does not end").
				WithHint("its sources must be bounded; weir job and the REST tell how a running job fares")
		}
	}
	g, err := s.graph(plans, streaming)
	if err != nil {
		return "", err
	}
	g.Config.Profile = true
	begun := time.Now()
	status, err := s.profiled(ctx, g, plans)
	if err != nil {
		return "", err
	}
	figures, run := actuals(status.Tasks, plans)
	run.Time = time.Since(begun)
	if form == ExplainJSON {
		data, err := explain.AnalyzedJSON(run, figures, plans...)
		return string(data), err
	}
	text = "== Physical Plan, as it ran ==\n"
	for _, p := range plans {
		text += explain.Analyzed(p, figures) + "\n"
	}
	return text + run.String(), nil
}

// profiled runs a job to its end and tells how its tasks fared.
func (s *Session) profiled(ctx context.Context, g *graph.Job, plans []*physical.Node) (status job.Status, err error) {
	var rows *sink.Results
	var results job.Results
	if _, query := plans[0].Op.(*physical.Collect); query {
		rows = sink.NewResults(g.Vertices[len(g.Vertices)-1].Schema(), waitingRows)
		defer rows.Close()
		results = rows
	}
	j, err := s.submit(ctx, g, results)
	if err != nil {
		return status, err
	}
	defer s.engine.jobs.Forget(j.ID())
	for rows != nil && err == nil {
		_, err = rows.Next(ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		j.Cancel()
		<-j.Done()
		return status, err
	}
	if err := s.engine.Await(ctx, j); err != nil {
		return status, err
	}
	return j.Status(), nil
}

// actuals adds up what the subtasks of each operator did.
func actuals(tasks []worker.TaskStatus, plans []*physical.Node) (explain.Actuals, *explain.Run) {
	figures, run := explain.Actuals{}, &explain.Run{}
	of := func(id string) *explain.Actual {
		if figures[id] == nil {
			figures[id] = &explain.Actual{}
		}
		return figures[id]
	}
	dealing := exchanges(plans)
	for _, t := range tasks {
		for i, op := range t.Operators {
			id, _, _ := strings.Cut(op.ID, "#") // what runs once for each of its readers
			m := readings(op.Samples)
			measured(of(id), m, op.Peak)
			if op.Name == "Collect" || op.Name == "Sink" { // where rows end
				of(id).Rows, of(id).Batches = of(id).RowsIn, of(id).Batches+m[task.MetricBatchesIn]
			}
			run.Busy += time.Duration(m[task.MetricBusy] + m[source.MetricRead] + m[task.MetricExchange])
			run.Spilled += m["spilledBytes"]
			if i < len(t.Operators)-1 {
				continue
			}
			for _, x := range dealing[id] {
				a := of(x)
				a.Rows += m["numRecordsOut"]
				a.RowsIn += m["numRecordsOut"]
				a.Time += time.Duration(m[task.MetricExchange])
				if len(dealing[id]) == 1 { // else they are those of all edges
					a.Batches += t.IO.BatchesOut
					a.Bytes += t.IO.BytesOut
				}
			}
		}
	}
	for _, a := range figures {
		a.Share = float64(a.Time) / float64(max(run.Busy, 1))
	}
	return figures, run
}

// exchanges lists the exchanges that read from an operator, which deals the rows in its own task.
func exchanges(plans []*physical.Node) map[string][]string {
	out, seen := map[string][]string{}, map[*physical.Node]bool{}
	var visit func(n *physical.Node)
	visit = func(n *physical.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if _, ok := n.Op.(*physical.Exchange); ok {
			from := n.Inputs[0].ID
			out[from] = append(out[from], n.ID)
		}
		for _, in := range n.Inputs {
			visit(in)
		}
	}
	for _, p := range plans {
		visit(p)
	}
	return out
}

func readings(samples []metric.Sample) map[string]int64 {
	m := make(map[string]int64, len(samples))
	for _, s := range samples {
		m[s.Name] = s.Value
	}
	return m
}

// measured adds the metrics of one subtask.
func measured(a *explain.Actual, m map[string]int64, peak int64) {
	a.Rows += m["numRecordsOut"]
	a.RowsIn += m["numRecordsIn"]
	a.Batches += m[task.MetricBatchesOut]
	a.Time += time.Duration(m[task.MetricBusy] + m[source.MetricRead])
	a.Memory += peak
	a.Spilled += m["spilledBytes"]
	a.GroupsRead += m["numRowGroupsRead"]
	a.GroupsPruned += m["numRowGroupsPruned"]
	a.PagesRead += m["numPagesRead"]
	a.PagesSkipped += m["numPagesSkipped"]
	a.LateRows += m["numLateRecordsDropped"]
}
