package engine

import (
	"context"

	"github.com/weir-engine/weir/core/plan/explain"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// ExplainForm is how a plan is shown.
type ExplainForm uint8

// The forms.
const (
	ExplainText ExplainForm = iota
	ExplainJSON
	ExplainDot
)

// explain answers EXPLAIN.
func (s *Session) explain(ctx context.Context, st *ast.Explain) (*Result, error) {
	form, show := ExplainText, s.Explain
	for _, d := range st.Details {
		switch d {
		case ast.JSONExecutionPlan:
			form = ExplainJSON
		case ast.AnalyzePlan:
			show = func(stmt ast.Statement, form ExplainForm) (string, error) { return s.Analyze(ctx, stmt, form) }
		}
	}
	text, err := show(st.Statement, form)
	if err != nil {
		return nil, err
	}
	r := newRows("result")
	r.add(text)
	return r.result(), nil
}

// Explain shows the plans of a query, an INSERT or a statement set.
func (s *Session) Explain(stmt ast.Statement, form ExplainForm) (text string, err error) {
	defer s.guard(&err)
	roots, streaming, err := s.bindAny(stmt)
	if err != nil {
		return "", err
	}
	plans, err := s.plans(roots, streaming)
	if err != nil {
		return "", err
	}
	switch form {
	case ExplainJSON:
		data, err := explain.JSON(plans...)
		return string(data), err
	case ExplainDot:
		return explain.DOT(plans...), nil
	}
	g, err := s.graph(plans, streaming)
	if err != nil {
		return "", err
	}
	for i := range roots {
		text += "== Abstract Syntax Tree ==\n" + logical.Format(roots[i]) + "\n== Optimized Physical Plan ==\n" + explain.Physical(plans[i], explain.Options{Traits: true, Rows: true}) + "\n"
	}
	return text + "== Job Graph ==\n" + g.String(), nil
}

// bindAny binds the statements that have plans.
func (s *Session) bindAny(stmt ast.Statement) (roots []logical.Node, streaming bool, err error) {
	switch st := stmt.(type) {
	case *ast.Query:
		root, _, streaming, err := s.bindQuery(st)
		return []logical.Node{root}, streaming, err
	case *ast.Insert:
		return s.bindSinks([]*ast.Insert{st})
	case *ast.StatementSet:
		return s.bindSinks(st.Inserts)
	}
	return nil, false, sqlerr.Unsupported(stmt.Pos(), "EXPLAIN of this statement")
}

func (s *Session) bindSinks(stmts []*ast.Insert) ([]logical.Node, bool, error) {
	sinks, streaming, err := s.bindInserts(stmts)
	var roots []logical.Node
	for _, n := range sinks {
		roots = append(roots, n)
	}
	return roots, streaming, err
}
