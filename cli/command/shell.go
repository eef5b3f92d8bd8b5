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
SET 'key' = 'value'; changes an option, SET; lists them.

` + shell.Commands

// runShell reads statements from a person and runs them in one session. An
// error ends a statement, not the shell.
func (a *app) runShell(ctx context.Context, f *sessionFlags, format string) (err error) {
	s, err := a.open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	a.shell = true
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
		command := shell.CommandOf(text)
		if command.Kind == shell.Quit {
			return nil
		}
		run, leave := a.interrupts.scope(ctx)
		if err := a.entry(run, s, command, text, &format); err != nil {
			a.report(err)
		}
		leave()
	}
}

// entry does what a person has entered.
func (a *app) entry(ctx context.Context, s runner, c shell.Command, text string, format *string) error {
	sc := script{text: text}
	switch c.Kind {
	case shell.Help:
		fmt.Fprintln(a.streams.Out, shellHelp)
		return nil
	case shell.Clear:
		fmt.Fprint(a.streams.Out, "\x1b[H\x1b[2J")
		return nil
	case shell.Timing:
		a.untimed = !a.untimed
		return nil
	case shell.Format:
		if _, err := newPrinter(c.Text, &page{}); err != nil {
			return err
		}
		*format = c.Text
		return nil
	case shell.Unknown:
		return usage("there is no command %s; \\? lists those there are", c.Text)
	case shell.Run:
		sc.text = c.Text
	case shell.Include:
		var err error
		if sc, err = readScript(c.Text, a.streams.In); err != nil {
			return err
		}
	}
	return a.runScript(ctx, s, sc, *format)
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
