package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/weir-engine/weir/benchmarks/process"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

// Config is one run of a suite.
type Config struct {
	Data    string // folder of the tables
	Queries []int  // numbers; empty: all
	Runs    int
	Options option.Values
	JSON    bool
	Out     io.Writer
}

// Line is what one query took: the least of its runs, and the first one.
type Line struct {
	Query        string  `json:"query"`
	Seconds      float64 `json:"seconds"`
	CPUSeconds   float64 `json:"cpu_seconds"`
	FirstSeconds float64 `json:"first_seconds"`
	PeakRSS      int64   `json:"peak_rss_bytes"`
	Spilled      int64   `json:"spilled_bytes"`
	Rows         int64   `json:"rows"`
}

// Run times queries and writes a line for each.
func (s *Suite) Run(ctx context.Context, e *engine.Engine, c Config) error {
	session, err := e.NewSession(c.Options)
	if err != nil {
		return err
	}
	if err := s.Define(ctx, session, c.Data); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(c.Out, "%-6s %10s %10s %10s %12s %10s\n", "query", "seconds", "cpu", "first", "peak MiB", "rows")
	}
	if len(c.Queries) == 0 {
		c.Queries = s.Numbers()
	}
	logs := 0.0
	for _, n := range c.Queries {
		line, err := s.query(ctx, session, n, c.Runs)
		if err != nil {
			return fmt.Errorf("q%02d: %w", n, err)
		}
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
	_, err := fmt.Fprintf(c.Out, "%-6s %10.4f %10.4f %10.4f %12d %10d\n", l.Query, l.Seconds, l.CPUSeconds, l.FirstSeconds, l.PeakRSS>>20, l.Rows)
	return err
}

func (s *Suite) query(ctx context.Context, session *engine.Session, n, runs int) (*Line, error) {
	text, err := s.Text(n)
	if err != nil {
		return nil, err
	}
	if s.Adapt != nil {
		if text, err = s.Adapt(ctx, session, n, text); err != nil {
			return nil, err
		}
	}
	best := &Line{Query: fmt.Sprintf("q%02d", n), Seconds: math.Inf(1)}
	for i := range max(1, runs) {
		cpu, start := process.CPU(), time.Now()
		rows, err := process.Run(ctx, session, text)
		if err != nil {
			return nil, err
		}
		took := time.Since(start).Seconds()
		if i == 0 {
			best.FirstSeconds = took
		}
		if took < best.Seconds {
			best.Seconds, best.CPUSeconds, best.Rows = took, (process.CPU() - cpu).Seconds(), rows
		}
	}
	best.PeakRSS = process.PeakRSS()
	return best, nil
}
