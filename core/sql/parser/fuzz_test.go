package parser

import (
	"testing"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// FuzzParse looks for texts that panic, and for trees that formatting changes.
func FuzzParse(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stmts, err := ParseScript(text)
		if err != nil {
			e := sqlerr.As(err)
			if e == nil || e.Message == "" || !e.Pos.IsValid() || e.Pos.Offset > len(text) {
				t.Fatalf("%q: an error without a place in the text: %#v", text, err)
			}
		}
		for _, stmt := range stmts {
			again, err := ParseStatement(ast.Format(stmt))
			if err != nil {
				if isDepth(err) { // Format may add parentheses
					return
				}
				t.Fatalf("%q: formatted as %q: %v", text, ast.Format(stmt), err)
			}
			if got, want := dump(again), dump(stmt); got != want {
				t.Fatalf("%q: formatted as %q\nbefore %s\nafter  %s", text, ast.Format(stmt), want, got)
			}
		}
	})
}

func isDepth(err error) bool {
	e := sqlerr.As(err)
	return e != nil && e.Hint == "name inner parts with WITH or CREATE VIEW"
}
