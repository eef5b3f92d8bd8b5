package command

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) checkCommand() *cobra.Command {
	var f sessionFlags
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Parse, bind and plan files without running them",
		Long:  "Parse, bind and plan the statements of files, and show all errors. No job runs and nothing is written.",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			bad := 0
			for _, path := range args {
				n, err := a.check(c.Context(), &f, path)
				if err != nil {
					return err
				}
				bad += n
			}
			if bad > 0 {
				return errReported
			}
			return nil
		},
	}
	f.add(c)
	return c
}

// check reports all errors of a file, and how many there are. Definitions are
// carried out in a session of its own; jobs are only planned.
func (a *app) check(ctx context.Context, f *sessionFlags, path string) (bad int, err error) {
	sc, err := readScript(path, a.streams.In)
	if err != nil {
		return 0, err
	}
	e, s, err := a.openEngine(f)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	split := parser.NewSplitter(sc.text)
	for {
		piece, ok := split.Next()
		if !ok {
			if piece, ok = split.Rest(); !ok {
				return bad, nil
			}
		}
		stmt, err := piece.Parse()
		if err == nil {
			err = checkOne(ctx, s, stmt)
		}
		if err != nil {
			bad++
			a.report(sc.place(err))
		}
	}
}

func checkOne(ctx context.Context, s *engine.Session, stmt ast.Statement) error {
	switch st := stmt.(type) {
	case *ast.Query, *ast.Insert, *ast.StatementSet:
		_, err := s.Execute(ctx, &ast.Explain{At: ast.At{}, Statement: st})
		return err
	case *ast.CreateTable:
		fill, err := s.CreateTable(st)
		if err != nil || fill == nil {
			return err
		}
		return checkOne(ctx, s, fill)
	}
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return err
	}
	return r.Close()
}
