// Package tpch is the bundled TPC-H benchmark: 22 queries over Parquet files,
// timed in this process. Peers run beside it by benchmarks/peers.
package tpch

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/weir-engine/weir/benchmarks/process"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

//go:embed queries/*.sql
var queries embed.FS

var tables = []string{"customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"}

// Config is one run of the benchmark.
type Config struct {
	Data    string // folder of lineitem.parquet … or lineitem/*.parquet …
	Queries []int
	Runs    int
	Options option.Values
	JSON    bool
	Out     io.Writer
}

// Line is what one query took: the least of its runs.
type Line struct {
	Query      string  `json:"query"`
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"`
	PeakRSS    int64   `json:"peak_rss_bytes"`
	Spilled    int64   `json:"spilled_bytes"`
	Rows       int64   `json:"rows"`
}

// Query is the text of query n, for data of a scale factor (Q11's fraction depends on it).
func Query(n int, scale float64) (string, error) {
	b, err := queries.ReadFile(fmt.Sprintf("queries/q%02d.sql", n))
	if err != nil {
		return "", fmt.Errorf("there is no query %d: they are 1 to 22", n)
	}
	text := strings.TrimSuffix(strings.TrimSpace(string(b)), ";")
	if n == 11 {
		text = strings.ReplaceAll(text, "0.0001", strconv.FormatFloat(0.0001/scale, 'f', -1, 64))
	}
	return text, nil
}

// Define makes a view of each table's files in a session.
func Define(ctx context.Context, s *engine.Session, dir string) error {
	for _, t := range tables {
		path := filepath.Join(dir, t+".parquet")
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join(dir, t, "*.parquet")
		}
		if found, _ := filepath.Glob(path); len(found) == 0 {
			return sqlerr.Newf(sqlerr.UndefinedFile, "there is no %s", filepath.Join(dir, t+".parquet")).WithHint("make tpch-data SF=1 makes the data")
		}
		if _, err := process.Run(ctx, s, fmt.Sprintf("CREATE TEMPORARY VIEW %s AS SELECT * FROM '%s'", t, strings.ReplaceAll(path, "'", "''"))); err != nil {
			return err
		}
	}
	return nil
}

// Run times the queries and writes a line for each.
func Run(ctx context.Context, e *engine.Engine, c Config) error {
	s, err := e.NewSession(c.Options)
	if err != nil {
		return err
	}
	if err := Define(ctx, s, c.Data); err != nil {
		return err
	}
	scale, err := scaleOf(ctx, s)
	if err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(c.Out, "%-6s %10s %10s %12s %10s\n", "query", "seconds", "cpu", "peak MiB", "rows")
	}
	logs := 0.0
	for _, n := range c.Queries {
		text, err := Query(n, scale)
		if err != nil {
			return err
		}
		line, err := measure(ctx, s, text, c.Runs)
		if err != nil {
			return fmt.Errorf("q%02d: %w", n, err)
		}
		line.Query = fmt.Sprintf("q%02d", n)
		logs += math.Log(line.Seconds)
		if err := line.write(c); err != nil {
			return err
		}
	}
	if !c.JSON && len(c.Queries) > 1 {
		fmt.Fprintf(c.Out, "geometric mean %.4f s\n", math.Exp(logs/float64(len(c.Queries))))
	}
	return nil
}

func (l *Line) write(c Config) error {
	if c.JSON {
		return json.NewEncoder(c.Out).Encode(l)
	}
	_, err := fmt.Fprintf(c.Out, "%-6s %10.4f %10.4f %12d %10d\n", l.Query, l.Seconds, l.CPUSeconds, l.PeakRSS>>20, l.Rows)
	return err
}

// scaleOf tells the scale factor from the number of customers.
func scaleOf(ctx context.Context, s *engine.Session) (float64, error) {
	var count int64
	stmt, err := parser.ParseStatement("SELECT COUNT(*) FROM customer")
	if err != nil {
		return 0, err
	}
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return 0, err
	}
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, errors.Join(err, r.Close())
		}
		count = b.Cols[0].ValueAt(0).I
	}
	return math.Max(0.001, float64(count)/150_000), r.Close()
}

func measure(ctx context.Context, s *engine.Session, text string, runs int) (*Line, error) {
	best := &Line{Seconds: math.Inf(1)}
	for range max(1, runs) {
		cpu, start := process.CPU(), time.Now()
		rows, err := process.Run(ctx, s, text)
		if err != nil {
			return nil, err
		}
		if took := time.Since(start).Seconds(); took < best.Seconds {
			best.Seconds, best.CPUSeconds, best.Rows = took, (process.CPU() - cpu).Seconds(), rows
		}
	}
	best.PeakRSS = process.PeakRSS()
	return best, nil
}
