package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/profile"
	"github.com/weir-engine/weir/core/sqlerr"
)

// Streams are where a command reads and writes, so that tests can stand in for a terminal.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal bool // Out is a terminal
	InTerm   bool // In is a terminal
	ErrTerm  bool // Err is a terminal
}

// OS gives the process's own streams.
func OS() Streams {
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stdout), InTerm: isTerminal(os.Stdin), ErrTerm: isTerminal(os.Stderr)}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// usageError is a wrong use of the command line.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errInterrupted says that the user stopped the command.
var errInterrupted = errors.New("interrupted")

// Main runs the command line and returns the exit code.
func Main(version string, args []string, s Streams) int {
	app := &app{streams: s, version: version, interrupts: &interrupts{out: s.Err}, errorJSON: asksJSON(args)}
	ctx, stop := app.interrupts.listen()
	defer stop()
	root := app.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if app.profiling != nil {
		if perr := app.profiling.Stop(); err == nil {
			err = perr
		}
	}
	return app.exit(ctx, err)
}

// app is what the verbs share.
type app struct {
	streams    Streams
	version    string
	errorJSON  bool
	quiet      bool
	profiling  *profile.Profiling
	interrupts *interrupts
	entries    reader // of the shell; nil: the terminal
	shell      bool   // a person types the statements
	untimed    bool   // that person does not want to know how long they took
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "weir",
		Short:         "SQL over data at rest and data in motion",
		Long:          "weir runs Flink SQL over files and streams: batch jobs at native speed and\ncontinuous jobs with exactly-once state, in one binary.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       a.version,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{err} })
	flags := root.PersistentFlags()
	flags.BoolVar(&a.quiet, "quiet", false, "no progress and no timings on stderr")
	format := flags.String("error-format", "text", "errors as text, or as one json object")
	p := profile.Config{Version: a.version}
	flags.StringVar(&p.File, "cpuprofile", "", "write a CPU profile of the run to this file")
	flags.StringVar(&p.Address, "pprof", "", "serve Go's profiles at /debug/pprof on this host:port; without a host on loopback")
	flags.StringVar(&p.Pyroscope, "pyroscope", "", "push profiles to the Pyroscope server at this URL")
	root.PersistentPreRunE = func(*cobra.Command, []string) (err error) {
		if *format != "text" && *format != "json" {
			return usage("--error-format is text or json, not %q", *format)
		}
		a.errorJSON = *format == "json"
		a.profiling, err = profile.Start(p)
		return err
	}
	root.AddCommand(a.sqlCommand(), a.runCommand(), a.checkCommand(), a.demoCommand(), a.explainCommand(), a.testCommand(), a.benchCommand(), a.clusterCommand(), a.jobManagerCommand(), a.taskManagerCommand(), a.jobCommand(),
		a.functionsCommand(), a.connectorsCommand(), a.optionsCommand(), a.versionCommand())
	return root
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		fmt.Fprintln(a.streams.Out, "weir", a.version)
		return nil
	}}
}

// exit prints an error the way the user asked, and turns it into an exit code.
func (a *app) exit(ctx context.Context, err error) int {
	var u usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &u) || isCobraUsage(err):
		if a.errorJSON {
			fmt.Fprintln(a.streams.Err, sqlerr.RenderJSON(sqlerr.Newf(sqlerr.BadInput, "%s", err)))
		} else {
			fmt.Fprintf(a.streams.Err, "weir: %s\n", err)
		}
		return exitUsage
	case errors.Is(err, errInterrupted) || ctx.Err() != nil:
		return exitInterrupted
	}
	a.report(err)
	return exitFailed
}

// asksJSON finds --error-format json among arguments that may be wrong themselves.
func asksJSON(args []string) bool {
	for i, arg := range args {
		if arg == "--error-format=json" || arg == "--error-format" && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}

// report prints what went wrong, unless that has been told already.
func (a *app) report(err error) {
	switch {
	case errors.Is(err, errReported) || errors.Is(err, errInterrupted):
	case a.errorJSON:
		fmt.Fprintln(a.streams.Err, sqlerr.RenderJSON(err))
	default:
		fmt.Fprint(a.streams.Err, sqlerr.Render(err))
	}
}

// errReported is returned by verbs that have printed what went wrong themselves.
var errReported = errors.New("failed")

// isCobraUsage recognises cobra's own complaints, which have no type.
func isCobraUsage(err error) bool {
	for _, prefix := range []string{"unknown command", "accepts ", "requires ", "unknown flag", "unknown shorthand", "invalid argument"} {
		if len(err.Error()) >= len(prefix) && err.Error()[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
