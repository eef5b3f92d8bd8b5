package nexmark

import (
	"context"
	_ "embed" // write.sql
	"errors"
	"fmt"

	"github.com/weir-engine/weir/benchmarks/process"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
)

//go:embed write.sql
var writeScript string

// Files are the options of the events' table over a folder of Parquet files.
func Files(dir string) option.Values {
	return option.Values{"connector": "filesystem", "path": dir, "format": "parquet"}
}

// Topic are the options of the events' table over a topic of Kafka: JSON, from
// the first event to the last that is there.
func Topic(brokers, topic string) option.Values {
	return option.Values{
		"connector": "kafka", "topic": topic, "properties.bootstrap.servers": brokers, "format": "json",
		"scan.startup.mode": "earliest-offset", "scan.bounded.mode": "latest-offset",
	}
}

// Write stores the generator's events in a table that Files or Topic names, those
// of each subtask in the order of event time, so that other engines read the same ones.
func Write(ctx context.Context, s *engine.Session, table option.Values, events int64) error {
	ddl, err := definitions(flatSchema, table)
	if err != nil {
		return err
	}
	stmts, err := parser.ParseScript(fmt.Sprintf(writeScript, events))
	if err != nil {
		return err
	}
	for _, st := range stmts {
		ddl = append(ddl, ast.Format(st))
	}
	for _, text := range ddl {
		if _, err := process.Run(ctx, s, text); err != nil {
			return err
		}
	}
	return nil
}

// written counts the events in a table that Files or Topic names.
func written(ctx context.Context, e *engine.Engine, table option.Values) (n int64, err error) {
	s, err := e.NewSession(option.Values{engine.OptMode.Key: "batch"})
	if err != nil {
		return 0, err
	}
	ddl, err := definitions(flatSchema, table)
	if err != nil {
		return 0, err
	}
	for _, text := range ddl {
		if _, err := process.Run(ctx, s, text); err != nil {
			return 0, err
		}
	}
	stmt, err := parser.ParseStatement("SELECT COUNT(*) FROM events")
	if err != nil {
		return 0, err
	}
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b, err := r.Next(ctx)
	if err != nil {
		return 0, err
	}
	return b.Cols[0].ValueAt(0).I, nil
}
