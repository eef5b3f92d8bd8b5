package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) explainCommand() *cobra.Command {
	var f sessionFlags
	var asJSON, asDot, upgrade, analyze bool
	c := &cobra.Command{
		Use:   "explain FILE | explain --upgrade OLD NEW",
		Short: "Show the plans of a file's queries and INSERTs",
		Long:  "Show, for each query and INSERT of a file, the logical plan, the physical plan with its traits, and the job graph.\nThe statement EXPLAIN shows the same; nothing runs.\n\nWith --analyze, run them, INSERTs included, and show the physical plan with what each operator did, as the statement\nEXPLAIN ANALYZE does: rows beside the estimate, time in its code, batches, memory, bytes spilled, and of scans the row groups\nand pages that were read and passed over.\n\nWith --upgrade, show which state a job keeps when its file OLD becomes NEW: the operators whose state a\ncheckpoint of OLD hands to NEW, those whose state is lost, and those that begin with none.",
		Example: `  weir explain job.sql
  weir explain --analyze query.sql --memory 1gb
  weir explain --upgrade job.sql changed.sql --mode streaming`,
		Args: func(c *cobra.Command, args []string) error {
			if upgrade {
				return cobra.ExactArgs(2)(c, args)
			}
			return cobra.ExactArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) (err error) {
			if upgrade {
				return a.upgrade(c.Context(), &f, args[0], args[1], asJSON)
			}
			sc, err := readScript(args[0], a.streams.In)
			if err != nil {
				return err
			}
			e, s, err := a.openEngine(&f)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, e.Close()) }()
			form := engine.ExplainText
			switch {
			case asJSON:
				form = engine.ExplainJSON
			case asDot:
				form = engine.ExplainDot
			}
			show := s.Explain
			if analyze {
				show = func(stmt ast.Statement, form engine.ExplainForm) (string, error) {
					return s.Analyze(c.Context(), stmt, form)
				}
			}
			return sc.each(c.Context(), func(stmt ast.Statement, _ string) error {
				if err := a.explainOne(c.Context(), s, stmt, form, show); err != nil {
					return stopped(c.Context(), err)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "the physical plan as JSON")
	c.Flags().BoolVar(&analyze, "analyze", false, "run the statements, and show what each operator did")
	c.Flags().BoolVar(&upgrade, "upgrade", false, "which state is kept when the job of the first file becomes that of the second")
	c.Flags().BoolVar(&asDot, "dot", false, "the physical plan as a graph for dot")
	c.MarkFlagsMutuallyExclusive("analyze", "upgrade", "dot")
	f.add(c)
	return c
}

// explainOne shows the plan of what would run a job, and carries out the rest.
func (a *app) explainOne(ctx context.Context, s *engine.Session, stmt ast.Statement, form engine.ExplainForm, show func(ast.Statement, engine.ExplainForm) (string, error)) error {
	switch st := stmt.(type) {
	case *ast.Query, *ast.Insert, *ast.StatementSet:
		text, err := show(stmt, form)
		if err == nil {
			_, err = fmt.Fprintln(a.streams.Out, text)
		}
		return err
	case *ast.CreateTable:
		fill, err := s.CreateTable(st)
		if err != nil || fill == nil {
			return err
		}
		return a.explainOne(ctx, s, fill, form, show)
	}
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return err
	}
	return r.Close()
}
