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

// files are the options of the events' table over a folder.
func files(dir string) option.Values {
	return option.Values{"connector": "filesystem", "path": dir, "format": "parquet"}
}

// Write makes Parquet files of the generator's events, one a subtask, each in
// the order of event time, so that other engines read the same ones.
func Write(ctx context.Context, s *engine.Session, dir string, events int64) error {
	ddl, err := definitions(flatSchema, files(dir))
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

// written counts the events in a folder.
func written(ctx context.Context, e *engine.Engine, dir string) (n int64, err error) {
	s, err := e.NewSession(option.Values{engine.OptMode.Key: "batch"})
	if err != nil {
		return 0, err
	}
	stmt, err := parser.ParseStatement(fmt.Sprintf("SELECT COUNT(*) FROM read_parquet('%s')", dir))
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
