package nexmark

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weir-engine/weir/benchmarks/process"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
)

//go:embed queries/*.sql
var queries embed.FS

//go:embed schema.sql
var schema string

// flatSchema has a column for each field of the events, as files have them.
//
//go:embed schema_flat.sql
var flatSchema string

// Config is one run of the benchmark.
type Config struct {
	Queries []string
	Events  int64
	Options option.Values // state backend, checkpoints, parallelism
	Stored  option.Values // of Files or Topic: events that Write made; nil: the generator's
	JSON    bool
	Out     io.Writer
}

// Line is what one query took.
type Line struct {
	Query              string  `json:"query"`
	Events             int64   `json:"events"`
	Seconds            float64 `json:"seconds"`
	CPUSeconds         float64 `json:"cpu_seconds"`
	GeneratorSeconds   float64 `json:"generator_cpu_seconds"` // of CPUSeconds, as the generator takes alone
	EventsPerSecond    float64 `json:"events_per_second"`
	EventsPerCPUSecond float64 `json:"events_per_cpu_second"`
	P50                float64 `json:"p50_ms"` // latency from source to sink, of the slowest sink
	P99                float64 `json:"p99_ms"`
	PeakRSS            int64   `json:"peak_rss_bytes"`
	StateBytes         int64   `json:"state_bytes"`
	EvictedBytes       int64   `json:"evicted_bytes"`
	CheckpointBytes    int64   `json:"checkpoint_bytes"`
	Checkpoints        int     `json:"checkpoints"`
	RowsOut            int64   `json:"rows_out"`
}

// Names lists the queries there are.
func Names() []string {
	entries, err := queries.ReadDir("queries")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".sql"))
	}
	return out
}

// Query is the text of a query: INSERT INTO nexmark_result ….
func Query(name string) (string, error) {
	b, err := queries.ReadFile("queries/" + name + ".sql")
	if err != nil {
		return "", fmt.Errorf("there is no query %s: there are %s", name, strings.Join(Names(), ", "))
	}
	return string(b), nil
}

// definitions are the statements of a schema that make the events' table, with
// the options of a connector, and its views.
func definitions(schema string, table option.Values) ([]string, error) {
	var with []string
	for k, v := range table {
		with = append(with, fmt.Sprintf("'%s' = '%s'", k, strings.ReplaceAll(v, "'", "''")))
	}
	stmts, err := parser.ParseScript(fmt.Sprintf(schema, strings.Join(with, ", ")))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, st := range stmts {
		out = append(out, ast.Format(st))
	}
	return out, nil
}

// define makes the events' table and its views in a session.
func define(ctx context.Context, s *engine.Session, c Config) error {
	text, table := schema, option.Values{"connector": "nexmark", "events.num": fmt.Sprint(c.Events), "fields": "all"}
	if c.Stored != nil {
		text, table = flatSchema, c.Stored
	}
	ddl, err := definitions(text, table)
	if err != nil {
		return err
	}
	for _, text := range ddl {
		if _, err := process.Run(ctx, s, text); err != nil {
			return err
		}
	}
	return nil
}

// Run runs the queries one after the other and writes a line for each.
func Run(ctx context.Context, e *engine.Engine, c Config) error {
	var perEvent time.Duration // of the generator's CPU time
	err := defineFunctions()
	if err != nil {
		return err
	}
	if c.Stored == nil {
		perEvent, err = generatorTime(ctx)
	} else {
		c.Events, err = written(ctx, e, c.Stored)
	}
	if err != nil {
		return err
	}
	for _, q := range c.Queries {
		line, err := run(ctx, e, c, q, perEvent)
		if err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
		if err := line.write(c); err != nil {
			return err
		}
	}
	return nil
}

func run(ctx context.Context, e *engine.Engine, c Config, name string, perEvent time.Duration) (*Line, error) {
	options := c.Options.Clone()
	if _, ok := options[engine.OptLatency.Key]; !ok {
		options[engine.OptLatency.Key] = "10 ms"
	}
	s, err := e.NewSession(options)
	if err != nil {
		return nil, err
	}
	if err := define(ctx, s, c); err != nil {
		return nil, err
	}
	text, err := Query(name)
	if err != nil {
		return nil, err
	}
	stmt, err := parser.ParseStatement(text)
	if err != nil {
		return nil, err
	}
	if err := defineResult(s, stmt.(*ast.Insert)); err != nil {
		return nil, err
	}
	cpu, start := process.CPU(), time.Now()
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return nil, err
	}
	line := &Line{Query: name, Events: c.Events, Seconds: time.Since(start).Seconds(), CPUSeconds: (process.CPU() - cpu).Seconds(), PeakRSS: process.PeakRSS()}
	line.EventsPerSecond = float64(c.Events) / line.Seconds
	line.EventsPerCPUSecond = float64(c.Events) / line.CPUSeconds
	line.GeneratorSeconds = perEvent.Seconds() * float64(c.Events) * float64(scans(r.Job.Graph()))
	st := r.Job.Status()
	line.Checkpoints = st.Checkpoints.Completed
	line.addMetrics(&st)
	return line, r.Close()
}

// defineResult makes the table nexmark_result with the columns that the query gives.
func defineResult(s *engine.Session, ins *ast.Insert) error {
	cols, err := s.QueryColumns(ins.Query)
	if err != nil {
		return err
	}
	var defs []string
	for i, f := range cols.Fields {
		f.Type.Nullable = true
		defs = append(defs, fmt.Sprintf("c%d %s", i, f.Type))
	}
	text := fmt.Sprintf("CREATE TABLE nexmark_result (%s) WITH ('connector' = 'blackhole')", strings.Join(defs, ", "))
	stmt, err := parser.ParseStatement(text)
	if err != nil {
		return err
	}
	_, err = s.Execute(context.Background(), stmt)
	return err
}

func (l *Line) write(c Config) error {
	if c.JSON {
		return json.NewEncoder(c.Out).Encode(l)
	}
	_, err := fmt.Fprintf(c.Out, "%-4s %12.0f events/s %12.0f events/CPU-s %8.2f s %8.1f ms p50 %8.1f ms p99 %6d MiB %3d checkpoints %10d rows out\n",
		l.Query, l.EventsPerSecond, l.EventsPerCPUSecond, l.Seconds, l.P50, l.P99, l.PeakRSS>>20, l.Checkpoints, l.RowsOut)
	return err
}
