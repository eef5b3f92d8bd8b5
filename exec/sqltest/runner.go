package sqltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/job"
)

// Stats counts what really happened in the runs, so that a matrix that tests
// nothing is noticed.
type Stats struct {
	Runs, Queries        int
	RestoreTried         int   // queries of restoring runs
	Restored             int   // of which the job did go on from a checkpoint with rows on both sides
	EvictedRows, Spilled int64 // rows of state that went below memory; bytes of operators that did
}

// count adds what a job moved out of memory; it is over, or about to end.
func (s *Stats) count(j *job.Job) {
	if j == nil {
		return
	}
	for _, t := range j.Status().Tasks {
		s.EvictedRows += t.Keyed.EvictedRows
		for _, op := range t.Operators {
			for _, m := range op.Samples {
				if m.Name == "spilledBytes" {
					s.Spilled += m.Value
				}
			}
		}
	}
}

// Add sums.
func (s *Stats) Add(o Stats) {
	s.Runs += o.Runs
	s.Queries += o.Queries
	s.RestoreTried += o.RestoreTried
	s.Restored += o.Restored
	s.EvictedRows += o.EvictedRows
	s.Spilled += o.Spilled
}

// Run runs a program in one configuration. The error names the block that failed.
func Run(ctx context.Context, p *Program, c Config) (Stats, error) {
	st := Stats{}
	if p.Large != c.Large && !c.Any || p.Mode == "batch" && c.Streaming || p.Mode == "streaming" && !c.Streaming || p.Late && !c.Streaming {
		return st, nil
	}
	st.Runs++
	dir, err := os.MkdirTemp("", "weir-slt-")
	if err != nil {
		return st, err
	}
	r := &run{program: p, config: c, dir: dir, stats: &st, table: newTable()}
	err = r.all(ctx)
	return st, errors.Join(err, os.RemoveAll(dir))
}

type run struct {
	program *Program
	config  Config
	dir     string
	stats   *Stats
	table   *table
	gate    *gate // of the query that runs now; nil: none
	engine  *engine.Engine
	session *engine.Session
	queries int
	record  func(rows [][]string) // takes a query's rows in place of comparing them; nil: compare
}

func (r *run) all(ctx context.Context) (err error) {
	config := engine.Config{
		Memory: r.config.Memory, SpillDir: filepath.Join(r.dir, "spill"), Stdout: io.Discard,
		Connectors: r.connectors(), WrapSource: r.wrap,
	}
	if !r.config.Cluster {
		r.engine, err = engine.Open(config)
	} else {
		r.engine, err = engine.OpenJobManager(engine.JobManagerConfig{Config: config, Address: "127.0.0.1:0"})
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.engine.Close()) }()
	if r.config.Cluster {
		leave, jerr := join(r.engine, config, r.config.Parallelism)
		if jerr != nil {
			return jerr
		}
		defer func() { err = errors.Join(err, leave()) }()
	}
	if r.session, err = r.engine.NewSession(r.options()); err != nil {
		return err
	}
	for i := range r.program.Blocks {
		b := &r.program.Blocks[i]
		if err := r.block(ctx, b); err != nil {
			return fmt.Errorf("%s:%d: [%s] %w", r.program.Path, b.Line, r.config.Name, err)
		}
	}
	return nil
}

func (r *run) options() option.Values {
	v := option.Values{
		engine.OptMode.Key:        "batch",
		engine.OptParallelism.Key: fmt.Sprint(r.config.Parallelism),
		engine.OptBatchRows.Key:   fmt.Sprint(r.config.BatchRows),
		engine.OptZone.Key:        "UTC",
		engine.OptWatermark.Key:   "0 ms",
	}
	if r.config.Streaming {
		v[engine.OptMode.Key] = "streaming"
		v[engine.OptBackend.Key] = r.config.Backend
		v[engine.OptMaterial.Key] = "true"
	}
	if r.config.Disabled != "" {
		v[engine.OptDisabled.Key] = r.config.Disabled
	}
	if r.config.Queue > 0 {
		v[engine.OptQueue.Key] = fmt.Sprint(r.config.Queue)
	}
	if r.config.Network {
		v[engine.OptExchange.Key] = "network"
	}
	return v
}

func (r *run) expand(sql string) string {
	root, err := filepath.Abs(filepath.Dir(r.program.Path))
	if err != nil {
		root = filepath.Dir(r.program.Path)
	}
	return strings.NewReplacer("${tmp}", r.dir, "${root}", root).Replace(sql)
}

func (r *run) block(ctx context.Context, b *Block) error {
	stmt, err := parser.ParseStatement(r.expand(b.SQL))
	switch b.Kind {
	case StatementOK:
		if err == nil {
			err = r.execute(ctx, stmt)
		}
		return err
	case StatementError:
		if err == nil {
			err = r.execute(ctx, stmt)
		}
		if err == nil {
			return fmt.Errorf("the statement succeeded, it should fail with %q", b.Pattern)
		}
		if !b.Pattern.MatchString(err.Error()) {
			return fmt.Errorf("the statement fails with %q, not with %q", err.Error(), b.Pattern)
		}
		return nil
	}
	if err != nil {
		return err
	}
	q, ok := stmt.(*ast.Query)
	if !ok {
		return r.listing(ctx, stmt, b)
	}
	if b.Kind == Changelog {
		return r.changelog(ctx, q, b)
	}
	got, err := r.query(ctx, q)
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record(got)
		return nil
	}
	return compare(b, got, b.RowSort || r.config.Streaming && !ordered(q))
}

// execute runs a statement and takes its rows.
func (r *run) execute(ctx context.Context, stmt ast.Statement) error {
	res, err := r.session.Execute(ctx, stmt)
	if err != nil {
		return err
	}
	_, err = r.drain(ctx, res)
	return err
}

// listing is a statement with rows that is no query, such as SHOW.
func (r *run) listing(ctx context.Context, stmt ast.Statement, b *Block) error {
	res, err := r.session.Execute(ctx, stmt)
	if err != nil {
		return err
	}
	got, err := r.drain(ctx, res)
	if err != nil {
		return err
	}
	return compare(b, got, b.RowSort)
}

// query runs a query the way the configuration says.
func (r *run) query(ctx context.Context, q *ast.Query) ([][]string, error) {
	r.stats.Queries++
	if r.config.Restore && !ordered(q) {
		return r.restoring(ctx, q)
	}
	res, err := r.session.Execute(ctx, q)
	if err != nil {
		return nil, err
	}
	return r.drain(ctx, res)
}

// ordered reports a query whose order or number of rows is the client's affair.
func ordered(q *ast.Query) bool { return len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil }

// changelog compares the exact changes; only one configuration shows them.
func (r *run) changelog(ctx context.Context, q *ast.Query, b *Block) (err error) {
	if r.config.Name != changelogConfig.Name {
		return nil
	}
	r.stats.Queries++
	show := map[string]string{engine.OptMaterial.Key: "false"}
	if err := r.set(ctx, show); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.reset(ctx, show)) }()
	res, err := r.session.Execute(ctx, q)
	if err != nil {
		return err
	}
	got, err := r.drain(ctx, res)
	if err != nil {
		return err
	}
	return compare(b, got, b.RowSort)
}

// drain reads all rows as texts; a changelog's have their kind in front.
func (r *run) drain(ctx context.Context, res *engine.Result) (rows [][]string, err error) {
	defer func() {
		err = errors.Join(err, res.Close())
		r.stats.count(res.Job)
	}()
	for {
		b, err := res.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, texts(b, res.Schema, res.Env, res.Changelog)...)
	}
}

func texts(b *stream.Batch, s *types.Schema, env *kernel.Env, kinds bool) [][]string {
	var out [][]string
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		var row []string
		if kinds {
			row = append(row, b.Kind(r).String())
		}
		for c := range b.Cols {
			row = append(row, fieldText(b, c, r, s.Fields[c].Type, env))
		}
		out = append(out, row)
	}
	return out
}

func fieldText(b *stream.Batch, c, r int, t types.Type, env *kernel.Env) string {
	if !b.Cols[c].IsValid(r) {
		return "NULL"
	}
	text := string(kernel.AppendText(nil, t, &b.Cols[c], r, env))
	if text == "" {
		return "(empty)"
	}
	return text
}
