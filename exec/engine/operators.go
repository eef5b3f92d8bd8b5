package engine

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/exec/operator/calc"
	"github.com/weir-engine/weir/exec/operator/correlate"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/lookup"
	"github.com/weir-engine/weir/exec/operator/order"
	"github.com/weir-engine/weir/exec/operator/sink"
	"github.com/weir-engine/weir/exec/operator/source"
	"github.com/weir-engine/weir/exec/operator/spool"
	"github.com/weir-engine/weir/exec/operator/window"
	"github.com/weir-engine/weir/io/connector"
)

// params reads the plan node's parameters out of a spec.
func params[T any](spec *graph.OperatorSpec) (*T, error) {
	op := new(T)
	if err := json.Unmarshal(spec.Params, op); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", spec.Name, spec.ID, err)
	}
	return op, nil
}

// made makes an operator of its parameters.
func made[T any, O operator.Operator](spec *graph.OperatorSpec, make func(*T) O) (operator.Operator, error) {
	op, err := params[T](spec)
	if err != nil {
		return nil, err
	}
	return make(op), nil
}

// operator is the one switch from plan node to operator.
func (e *Engine) operator(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	switch spec.Name {
	case "TableSourceScan":
		s, err := e.newSource(spec, env.Job)
		if err != nil {
			return nil, err
		}
		return source.New(s, nil), nil
	case "Values":
		return literalRows(spec, env)
	case "WatermarkAssigner":
		return watermarks(spec, env)
	case "Collect":
		return sink.NewCollect(env.Results), nil
	case "Sink":
		return e.sink(spec, env)
	case "LookupJoin":
		return e.lookupJoin(spec)
	}
	if spec.Bounded && !env.Job.Config.Streaming {
		if op, err := bounded(spec, env); op != nil || err != nil {
			return op, err
		}
	}
	return unbounded(spec)
}

// bounded makes the operators of plans whose inputs end.
func bounded(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	switch spec.Name {
	case "HashAggregate":
		return made(spec, aggregate.NewHash)
	case "SortAggregate":
		return made(spec, aggregate.NewSort)
	case "HashJoin":
		return hashJoin(spec, env)
	case "SortMergeJoin":
		return made(spec, join.NewMerge)
	case "NestedLoopJoin":
		return made(spec, join.NewNestedLoop)
	case "Sort":
		return made(spec, order.NewSort)
	case "SortLimit":
		return sortLimit(spec, env)
	case "Rank":
		return made(spec, order.NewRank)
	case "OverAggregate":
		return made(spec, order.NewOver)
	case "SingleRow":
		return &calc.SingleRow{}, nil
	case "Spool":
		return spool.New(), nil
	}
	return nil, nil
}

// unbounded makes the operators that keep state, and those that keep nothing
// and serve both kinds of plans.
func unbounded(spec *graph.OperatorSpec) (operator.Operator, error) {
	switch spec.Name {
	case "Calc":
		return made(spec, calc.New)
	case "Expand":
		return made(spec, calc.NewExpand)
	case "Replicate":
		return made(spec, calc.NewReplicate)
	case "Union":
		return &calc.Union{}, nil
	case "Limit":
		return made(spec, calc.NewLimit)
	case "Correlate":
		return made(spec, correlate.New)
	case "WindowTableFunction":
		return made(spec, window.NewTable)
	case "GroupAggregate":
		return made(spec, aggregate.NewGroup)
	case "WindowAggregate":
		return made(spec, window.NewAggregate)
	case "Join":
		return made(spec, join.NewRegular)
	case "WindowJoin":
		return made(spec, join.NewWindow)
	case "IntervalJoin":
		return made(spec, join.NewInterval)
	case "Rank":
		return made(spec, order.NewStreamRank)
	case "WindowRank":
		return made(spec, order.NewWindowRank)
	case "OverAggregate":
		return made(spec, order.NewStreamOver)
	case "TemporalSort":
		return made(spec, order.NewTemporalSort)
	case "Deduplicate":
		return made(spec, order.NewDeduplicate)
	case "SingleRow":
		return made(spec, order.NewSingleRow)
	case "ChangelogNormalize":
		return made(spec, order.NewChangelogNormalize)
	case "SinkMaterializer":
		return made(spec, order.NewSinkMaterializer)
	}
	return nil, fmt.Errorf("there is no operator for plan node %s", spec.Name)
}

// newSource makes the connector's source of a scan.
func (e *Engine) newSource(spec *graph.OperatorSpec, j *graph.Job) (connector.Source, error) {
	op, err := params[physical.Scan](spec)
	if err != nil {
		return nil, err
	}
	s, err := e.registry.Source(e.stored(op.Table, j), connector.ScanSpec{Columns: op.Columns, Filters: op.Filters, Limit: op.Limit, Fields: op.Fields, StreamingMode: j.Config.Streaming})
	if err != nil || e.config.WrapSource == nil {
		return s, err
	}
	return e.config.WrapSource(s), nil
}

// lookupJoin asks a table's connector for the rows of keys.
func (e *Engine) lookupJoin(spec *graph.OperatorSpec) (operator.Operator, error) {
	op, err := params[physical.LookupJoin](spec)
	if err != nil {
		return nil, err
	}
	table, err := e.registry.Lookup(op.Table, connector.LookupSpec{Keys: op.Keys, Columns: op.Columns})
	if err != nil {
		return nil, err
	}
	return lookup.New(op, table), nil
}

// stored is a table with what the job's options say of object stores.
func (e *Engine) stored(t *catalog.Table, j *graph.Job) *catalog.Table {
	f, err := e.registry.Find(t)
	if err != nil {
		return t // the registry says so again
	}
	return withStorage(f, t, j.Config.Options)
}

// sink writes to a table and holds its NOT NULL columns to it.
func (e *Engine) sink(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	op, err := params[physical.Sink](spec)
	if err != nil {
		return nil, err
	}
	c, err := e.registry.Sink(e.stored(op.Table, env.Job), connector.SinkSpec{Overwrite: op.Overwrite, Upsert: op.Upsert, Partition: op.Partition, StreamingMode: env.Job.Config.Streaming})
	if err != nil {
		return nil, err
	}
	s := sink.New(c).Retries(env.Job.Config.CommitRetries).Require(op.Table, spec.Inputs[0])
	if env.Job.Config.Streaming && !spec.Bounded {
		s.Endless()
	}
	return s, nil
}

// literalRows emits literal rows from the first subtask.
func literalRows(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	op, err := params[physical.Values](spec)
	if err != nil {
		return nil, err
	}
	if env.Subtask > 0 {
		return source.NewValues(nil), nil
	}
	return source.NewValues(calc.Rows(op, spec.Output.Types(), env.Job.Config.BatchRows)), nil
}

// watermarks is chained to its source, which tells it whose rows it sees.
func watermarks(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	op, err := params[physical.WatermarkAssigner](spec)
	if err != nil {
		return nil, err
	}
	s, ok := env.Chain[spec.Source].(*source.Source)
	if !ok {
		return nil, fmt.Errorf("watermark assigner %s is not chained to its source %s", spec.ID, spec.Source)
	}
	return source.NewWatermarks(op, s), nil
}
