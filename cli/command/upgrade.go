package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/graph"
)

// upgrade shows what becomes of the state of a job whose file changes.
func (a *app) upgrade(ctx context.Context, f *sessionFlags, old, changed string, asJSON bool) error {
	before, err := a.jobOf(ctx, f, old)
	if err != nil {
		return err
	}
	after, err := a.jobOf(ctx, f, changed)
	if err != nil {
		return err
	}
	fates := engine.Upgrade(before, after)
	if asJSON {
		return json.NewEncoder(a.streams.Out).Encode(fates)
	}
	w := tabwriter.NewWriter(a.streams.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "STATE\tOPERATOR\tID\tOF")
	for _, x := range fates {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.Fate, x.Operator, x.ID, x.State)
	}
	return w.Flush()
}

// jobOf plans a file as the job that weir run would run.
func (a *app) jobOf(ctx context.Context, f *sessionFlags, file string) (g *graph.Job, err error) {
	sc, err := readScript(file, a.streams.In)
	if err != nil {
		return nil, err
	}
	e, s, err := a.openEngine(f)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	set := &ast.StatementSet{}
	if err := sc.each(ctx, func(stmt ast.Statement, _ string) error { return s.Gather(ctx, stmt, set) }); err != nil {
		return nil, err
	}
	g, err = s.JobGraph(set)
	return g, sc.place(err)
}
