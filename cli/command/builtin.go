package command

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) functionsCommand() *cobra.Command {
	return &cobra.Command{Use: "functions [NAME]", Short: "List the built-in functions, or show one", Args: cobra.MaximumNArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		list := function.All()
		if len(args) > 0 {
			f, ok := function.Lookup(args[0])
			if !ok {
				return sqlerr.Newf(sqlerr.UndefinedFunction, "function %s does not exist", strings.ToUpper(args[0])).
					WithHint("nearest: %s", strings.Join(function.Nearest(args[0], 3), ", "))
			}
			list = []*function.Function{f}
		}
		w := tabwriter.NewWriter(a.streams.Out, 0, 4, 2, ' ', 0)
		for _, f := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Doc.Syntax, f.Doc.Text)
		}
		return w.Flush()
	}}
}

func (a *app) connectorsCommand() *cobra.Command {
	return &cobra.Command{Use: "connectors", Short: "List the built-in connectors and their options", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		for _, f := range engine.Builtin() {
			doc := f.Doc()
			fmt.Fprintf(a.streams.Out, "%s: %s\n", f.Name(), doc.Text)
			w := tabwriter.NewWriter(a.streams.Out, 0, 4, 2, ' ', 0)
			for _, d := range f.Options(&catalog.Table{Options: map[string]string{"connector": f.Name()}}) {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", d.Key, d.Type, d.Default, d.Text)
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (a *app) optionsCommand() *cobra.Command {
	return &cobra.Command{Use: "options", Short: "List the options of sessions and of the processes of a cluster", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		w := tabwriter.NewWriter(a.streams.Out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "key\ttype\tdefault\tmeaning")
		for _, d := range slices.Concat(engine.Options(), engine.ClusterOptions(), rest.Options()) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.Key, d.Type, d.Default, d.Text)
		}
		return w.Flush()
	}}
}
