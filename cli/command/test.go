package command

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/sqltest"
)

func (a *app) testCommand() *cobra.Command {
	var only string
	c := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run SQL test programs (.slt) in every mode",
		Long: `Run .slt programs: each in batch and in streaming mode, with sorting in place of hashing,
on both state backends, over sockets, with batches of one row, in little memory, and through
a kill and a restore at another parallelism. All runs must give the expected table.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			files, err := programs(args)
			if err != nil {
				return err
			}
			return a.test(c.Context(), files, only)
		},
	}
	c.Flags().StringVar(&only, "config", "", "run in this configuration only: "+strings.Join(configNames(), ", "))
	return c
}

func configNames() []string {
	var out []string
	for _, c := range sqltest.Configs() {
		out = append(out, c.Name)
	}
	return out
}

// programs lists the .slt files of paths, directories walked.
func programs(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".slt") || path == p) {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			return nil, sqlerr.Newf(sqlerr.UndefinedFile, "%s", err)
		}
	}
	if len(out) == 0 {
		return nil, sqlerr.Newf(sqlerr.UndefinedFile, "there is no .slt file in %s", strings.Join(paths, ", "))
	}
	return out, nil
}

func (a *app) test(ctx context.Context, files []string, only string) error {
	failed := 0
	for _, f := range files {
		start := time.Now()
		errs, st := a.testFile(ctx, f, only)
		if ctx.Err() != nil {
			return errInterrupted
		}
		word := "ok  "
		if len(errs) > 0 {
			failed++
			word = "FAIL"
		}
		fmt.Fprintf(a.streams.Out, "%s %s (%d runs, %d queries, %d restored, %s)\n", word, f, st.Runs, st.Queries, st.Restored, time.Since(start).Round(time.Millisecond))
		for _, err := range errs {
			fmt.Fprintf(a.streams.Out, "  %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
		}
	}
	fmt.Fprintf(a.streams.Out, "%d passed, %d failed\n", len(files)-failed, failed)
	if failed > 0 {
		return errReported
	}
	return nil
}

func (a *app) testFile(ctx context.Context, path, only string) (errs []error, total sqltest.Stats) {
	p, err := sqltest.Load(path)
	if err != nil {
		return []error{err}, total
	}
	for _, c := range sqltest.Configs() {
		if only != "" && c.Name != only {
			continue
		}
		st, err := sqltest.Run(ctx, p, c)
		total.Add(st)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs, total
}
