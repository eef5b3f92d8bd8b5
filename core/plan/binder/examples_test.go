package binder

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
)

// TestExamplesRun evaluates the examples that `weir functions NAME` shows, and wants one
// of every scalar function.
func TestExamplesRun(t *testing.T) {
	for _, f := range function.All() {
		if f.Kind != function.Scalar || standIns[f.Name] {
			continue
		}
		if len(f.Doc.Examples) == 0 && f.Name != "CURRENT_WATERMARK" {
			t.Errorf("%s has no example", f.Name)
		}
		if f.Doc.Syntax == "" || f.Doc.Text == "" {
			t.Errorf("%s has no syntax or no description", f.Name)
		}
		for _, example := range f.Doc.Examples {
			if err := evaluate("SELECT " + example); err != nil {
				t.Errorf("%s: %s: %v", f.Name, example, err)
			}
		}
	}
}

func evaluate(text string) error {
	stmts, err := parser.ParseScript(text)
	if err != nil {
		return err
	}
	s := &session{cat: catalog.New()}
	n, _, err := s.binder().Query(stmts[0].(*ast.Query))
	if err != nil {
		return err
	}
	p, ok := n.(*logical.Project)
	if !ok || strings.Contains(text, "PROCTIME") {
		return nil
	}
	env := &kernel.Env{NowMillis: 1}
	program, err := expr.Compile([]*expr.Expr{p.Assigns[0].Expr}, nil, env)
	if err != nil {
		return err
	}
	return program.Eval(&stream.Batch{Rows: 1}, make([]vector.Vector, 1))
}
