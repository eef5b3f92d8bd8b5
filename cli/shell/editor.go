package shell

import (
	"errors"
	"io"

	"github.com/reeflective/readline"

	"github.com/weir-engine/weir/core/sql/parser"
)

// Config is what an Editor is made of.
type Config struct {
	History string          // file that remembers what was entered; empty: it is forgotten at the end
	Names   func() []string // tables, views and functions, for completion
}

// Editor reads from the process's terminal. One goroutine uses it.
type Editor struct{ line *readline.Shell }

// NewEditor makes an Editor. The terminal is left alone but for the time of a Read.
func NewEditor(c Config) *Editor {
	rl := readline.NewShell()
	rl.Prompt.Primary(func() string { return "weir> " })
	rl.Prompt.Secondary(func() string { return "    > " })
	rl.AcceptMultiline = func(line []rune) bool { return Complete(string(line)) }
	rl.SyntaxHighlighter = Highlight
	rl.Completer = func(line []rune, cursor int) readline.Completions {
		return readline.CompleteValues(Candidates(line[:cursor], c.Names())...)
	}
	if c.History != "" {
		rl.History.AddFromFile("statements", c.History)
	}
	return &Editor{line: rl}
}

// Read reads until Complete. io.EOF: the person is done, by Ctrl-D. What was
// being typed when Ctrl-C came is forgotten.
func (e *Editor) Read() (string, error) {
	for {
		text, err := e.line.Readline()
		if errors.Is(err, readline.ErrInterrupt) {
			continue
		}
		if err != nil {
			return "", io.EOF // the terminal is gone, or Ctrl-D
		}
		return text, nil
	}
}

// Complete reports whether text can be run: it is empty, a command, or its last
// statement has its semicolon.
func Complete(text string) bool {
	if CommandOf(text).Kind != None {
		return true
	}
	s := parser.NewSplitter(text)
	for {
		if _, ok := s.Next(); !ok {
			return !s.Pending()
		}
	}
}
