package command

import (
	"context"
	"io"
	"os"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
)

// script is the text of statements and where it came from.
type script struct {
	file string // empty for -e and stdin
	text string
}

func readScript(path string, in io.Reader) (script, error) {
	if path == "-" {
		b, err := io.ReadAll(in)
		return script{text: string(b)}, err
	}
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return script{}, sqlerr.Newf(sqlerr.UndefinedFile, "there is no file %s", path)
	}
	return script{file: path, text: string(b)}, err
}

// each parses and runs the statements in order; the first error ends it.
func (s script) each(ctx context.Context, run func(stmt ast.Statement, text string) error) error {
	split := parser.NewSplitter(s.text)
	for {
		piece, ok := split.Next()
		if !ok {
			if piece, ok = split.Rest(); !ok {
				return nil
			}
		}
		if ctx.Err() != nil {
			return errInterrupted
		}
		stmt, err := piece.Parse()
		if err == nil {
			err = run(stmt, piece.Text)
		}
		if err != nil {
			return s.place(err)
		}
	}
}

// place fills in the line that an error points into.
func (s script) place(err error) error {
	if e := sqlerr.As(err); e != nil {
		_ = e.WithText(s.file, s.text) // it returns e itself
	}
	return err
}
