package sqltest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/io/connector"
)

// connectors are what programs can use besides the built-in ones.
func (r *run) connectors() []connector.Factory { return []connector.Factory{&tableFactory{r}} }

// wrap holds the sources of a restoring query at its gate.
func (r *run) wrap(s connector.Source) connector.Source {
	if r.gate == nil {
		return s
	}
	return r.gate.hold(s)
}

// restoring runs a query as an INSERT into the exactly-once table: up to a gate,
// then a checkpoint, a kill, and on from the checkpoint at another parallelism.
func (r *run) restoring(ctx context.Context, q *ast.Query) (rows [][]string, err error) {
	r.stats.RestoreTried++
	r.queries++
	schema, err := r.session.QueryColumns(q)
	if err != nil {
		return nil, err
	}
	insert, err := r.defineTable(ctx, q)
	if err != nil {
		return nil, err
	}
	r.table, r.gate = newTable(), newGate(3)
	set := map[string]string{
		engine.OptName.Key: fmt.Sprintf("query-%d", r.queries), engine.OptDir.Key: filepath.Join(r.dir, "checkpoints"),
		engine.OptInterval.Key: "1 h", engine.OptDMLSync.Key: "false", engine.OptRestore.Key: "latest",
		engine.OptParallelism.Key: fmt.Sprint(r.config.Parallelism),
	}
	defer func() { err = errors.Join(err, r.reset(ctx, set)) }()
	if err := r.set(ctx, set); err != nil {
		return nil, err
	}
	cut, err := r.firstHalf(ctx, insert)
	if err != nil {
		return nil, fmt.Errorf("before the kill: %w", err)
	}
	r.gate = nil
	if err := r.set(ctx, map[string]string{engine.OptParallelism.Key: fmt.Sprint(r.config.RestoreTo)}); err != nil {
		return nil, err
	}
	res, err := r.session.Execute(ctx, insert)
	if err != nil {
		return nil, fmt.Errorf("after the restore: %w", err)
	}
	err = res.Job.Wait(ctx)
	r.stats.count(res.Job)
	if err != nil {
		return nil, fmt.Errorf("after the restore: %w", err)
	}
	if cut {
		r.stats.Restored++
	}
	env, err := r.env()
	if err != nil {
		return nil, err
	}
	fold := engine.NewFold(schema.Types())
	for _, b := range r.table.rows() {
		fold.Apply(b)
	}
	folded, err := fold.Table(stream.BatchRows)
	if err != nil {
		return nil, err
	}
	for _, b := range folded {
		rows = append(rows, texts(b, schema, env, false)...)
	}
	return rows, r.drop(ctx)
}

// env turns values into text in the session's zone.
func (r *run) env() (*kernel.Env, error) {
	zone, err := time.LoadLocation(r.session.Options()[engine.OptZone.Key])
	if err != nil {
		return nil, fmt.Errorf("zone of the session: %w", err)
	}
	return &kernel.Env{ZoneOffset: func(at int64) int64 {
		_, seconds := time.UnixMilli(at).In(zone).Zone()
		return int64(seconds) * 1000
	}}, nil
}

// firstHalf runs the job up to its gate and kills it behind a checkpoint. It
// reports whether the job was cut: false when it had ended by itself.
func (r *run) firstHalf(ctx context.Context, insert *ast.Insert) (bool, error) {
	res, err := r.session.Execute(ctx, insert)
	if err != nil {
		return false, err
	}
	j := res.Job
	// The gate lets a few fetches through; what they hold reaches the operators
	// while the checkpoint's barrier is still to come.
	short, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err = j.Checkpoint(short)
	defer func() { r.stats.count(j) }()
	ended := hasEnded(short, j, err)
	if err != nil && !ended {
		return false, errors.Join(fmt.Errorf("checkpoint: %w", err), stop(ctx, j))
	}
	if ended && j.Err() != nil {
		return false, j.Err()
	}
	if ended {
		// It ended before it could be cut: the restored run must add nothing. Begin anew.
		r.table = newTable()
		return false, r.set(ctx, map[string]string{engine.OptName.Key: fmt.Sprintf("query-%d-again", r.queries)})
	}
	return true, stop(ctx, j)
}

// hasEnded reports whether the job ended by itself, given how its checkpoint
// went: one that its end gave up returns a moment before the job is done.
func hasEnded(ctx context.Context, j *job.Job, err error) bool {
	if errors.Is(err, checkpoint.ErrStopped) {
		select {
		case <-j.Done():
		case <-ctx.Done():
		}
	}
	select {
	case <-j.Done():
		return true
	default:
		return false
	}
}

// stop kills a job.
func stop(ctx context.Context, j *job.Job) error {
	j.Cancel()
	if err := j.Wait(ctx); err != nil && !errors.Is(err, job.ErrCanceled) {
		return err
	}
	return nil
}

func (r *run) set(ctx context.Context, v map[string]string) error {
	for k, x := range v {
		st := &ast.Set{Key: &ast.StringLit{Value: k}, Value: &ast.StringLit{Value: x}}
		if err := r.execute(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// reset takes options back to what the run began with.
func (r *run) reset(ctx context.Context, v map[string]string) error {
	for k := range v {
		if err := r.execute(ctx, &ast.Reset{Key: &ast.StringLit{Value: k}}); err != nil {
			return err
		}
	}
	return nil
}

// defineTable makes the sink's table with the query's columns, and the INSERT.
func (r *run) defineTable(ctx context.Context, q *ast.Query) (*ast.Insert, error) {
	schema, err := r.session.QueryColumns(q)
	if err != nil {
		return nil, err
	}
	cols := ""
	for i, f := range schema.Fields {
		if i > 0 {
			cols += ", "
		}
		f.Type.Nullable = true
		cols += fmt.Sprintf("c%d %s", i, f.Type)
	}
	if err := r.drop(ctx); err != nil {
		return nil, err
	}
	stmt, err := parser.ParseStatement(
		fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s) WITH ('connector' = 'sqltest')", tableName, cols))
	if err != nil {
		return nil, err
	}
	if err := r.execute(ctx, stmt); err != nil {
		return nil, err
	}
	name := &ast.Name{Parts: []*ast.Ident{{Text: tableName}}}
	return &ast.Insert{Table: name, Query: q}, nil
}

// drop forgets the sink's table: statements that list tables must not see it.
func (r *run) drop(ctx context.Context) error {
	stmt, err := parser.ParseStatement("DROP TEMPORARY TABLE IF EXISTS " + tableName)
	if err != nil {
		return err
	}
	return r.execute(ctx, stmt)
}
