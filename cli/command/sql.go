package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) sqlCommand() *cobra.Command {
	var f sessionFlags
	var file, format string
	var texts []string
	var materialize bool
	c := &cobra.Command{
		Use:   "sql [-e STATEMENTS | -f FILE]",
		Short: "Run SQL statements",
		Long:  "Run SQL statements: of -e, of a file, of standard input, or, at a terminal, as they are typed.\nRows go to stdout, everything else to stderr. With --target a running cluster runs them.",
		Example: `  weir sql -e "SELECT count(*) FROM 'lineitem.parquet'"
  weir sql -f job.sql --mode streaming --restore latest
  echo 'VALUES (1), (2);' | weir sql --format json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format == "" {
				format = "csv"
				if a.streams.Terminal {
					format = "table"
				}
			}
			if _, err := newPrinter(format, &page{}); err != nil {
				return err
			}
			if materialize {
				f.defines = append(f.defines, engine.OptMaterial.Key+"=true")
			}
			if len(texts) == 0 && file == "" && a.streams.InTerm {
				return a.runShell(c.Context(), &f, format)
			}
			sc, err := a.scriptOf(texts, file)
			if err != nil {
				return err
			}
			return a.runSQL(c.Context(), &f, sc, format)
		},
	}
	c.Flags().StringArrayVarP(&texts, "execute", "e", nil, "statements to run")
	c.Flags().StringVarP(&file, "file", "f", "", "file of statements to run; - is stdin")
	c.Flags().StringVar(&format, "format", "", "table, csv, json or arrow; default: table on a terminal, csv otherwise")
	c.Flags().BoolVar(&materialize, "materialize", false, "of a streaming query, print the final table, in order if the query has one, instead of the changelog")
	f.add(c)
	f.target.add(c)
	return c
}

// scriptOf is the statements of -e, of -f or of stdin.
func (a *app) scriptOf(texts []string, file string) (script, error) {
	switch {
	case len(texts) > 0 && file != "":
		return script{}, usage("-e and -f exclude each other")
	case len(texts) > 0:
		all := ""
		for _, t := range texts {
			all += t + ";\n"
		}
		return script{text: all[:len(all)-2]}, nil
	case file != "":
		return readScript(file, a.streams.In)
	}
	return readScript("-", a.streams.In)
}

// runSQL runs statements in order, each to its end.
func (a *app) runSQL(ctx context.Context, f *sessionFlags, sc script, format string) (err error) {
	s, err := a.open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return a.runScript(ctx, s, sc, format)
}

// runScript runs statements in order and prints what they give.
func (a *app) runScript(ctx context.Context, s runner, sc script, format string) error {
	printed := false
	return sc.each(ctx, func(stmt ast.Statement, text string) error {
		start := time.Now()
		p := a.watch(s)
		defer p.end()
		r, err := s.Execute(ctx, stmt, text)
		if err != nil {
			return stopped(ctx, err)
		}
		rows, err := a.show(ctx, r, format, p, &printed)
		if cerr := r.close(); err == nil {
			err = cerr
		}
		p.end()
		if err != nil {
			return stopped(ctx, err)
		}
		a.timing(r, rows, time.Since(start))
		return nil
	})
}

// stopped turns the errors of a cancelled context into an interruption.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// show prints what a statement gave, a blank line between two tables.
func (a *app) show(ctx context.Context, r *answer, format string, p *progress, printed *bool) (rows int64, err error) {
	out := p.before(a.streams.Out)
	if r.text != "" {
		_, err := fmt.Fprintln(out, r.text)
		return 0, err
	}
	if r.schema == nil {
		return 0, nil
	}
	if *printed && format != "arrow" {
		fmt.Fprintln(out)
	}
	*printed = true
	if pages := a.pages(out, r); pages != nil {
		out = pages
		defer func() { err = errors.Join(err, pages.Close()) }()
	}
	return printResult(ctx, r, format, out)
}

// timing says on stderr how long a job took.
func (a *app) timing(r *answer, rows int64, d time.Duration) {
	if a.quiet || a.untimed || r.job == "" {
		return
	}
	what := "done"
	if r.schema != nil {
		what = fmt.Sprintf("%d rows", rows)
	}
	fmt.Fprintf(a.streams.Err, "%s in %s\n", what, d.Round(time.Millisecond))
}
