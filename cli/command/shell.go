package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/weir-engine/weir/cli/shell"
	"github.com/weir-engine/weir/core/function"
)

// reader is where the shell gets its entries from; io.EOF ends it.
type reader interface{ Read() (string, error) }

const shellHelp = `Statements end in a semicolon and may take several lines. Tab completes, the arrow keys go back in history.
Ctrl-C stops a running statement, or forgets the line; Ctrl-D, QUIT or EXIT leave; CLEAR clears the screen.
SET 'key' = 'value'; changes an option, SET; lists them. SHOW FUNCTIONS; lists what there is to call.`

// runShell reads statements from a person and runs them in one session. An
// error ends a statement, not the shell.
func (a *app) runShell(ctx context.Context, f *sessionFlags, format string) (err error) {
	s, err := a.open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	in := a.entries
	if in == nil {
		in = shell.NewEditor(shell.Config{History: historyFile(), Names: func() []string { return slices.Concat(s.Names(), functionNames()) }})
		a.notice("weir " + a.version + ": SQL statements end in a semicolon; HELP tells more")
	}
	for {
		text, err := in.Read()
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		switch shell.CommandOf(text) {
		case shell.Quit:
			return nil
		case shell.Help:
			fmt.Fprintln(a.streams.Out, shellHelp)
			continue
		case shell.Clear:
			fmt.Fprint(a.streams.Out, "\x1b[H\x1b[2J")
			continue
		}
		run, leave := a.interrupts.scope(ctx)
		if err := a.runScript(run, s, script{text: text}, format); err != nil {
			a.report(err)
		}
		leave()
	}
}

// historyFile is where entries are remembered; empty where there is no home.
func historyFile() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	dir = filepath.Join(dir, "weir")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "" // a shell without a memory is better than none
	}
	return filepath.Join(dir, "history")
}

func functionNames() (out []string) {
	for _, f := range function.All() {
		out = append(out, f.Name)
	}
	return out
}
