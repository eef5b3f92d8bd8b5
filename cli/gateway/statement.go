package gateway

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/engine"
)

// outcome is what a statement gave, in the shape in which Flink's gateway gives it.
type outcome struct {
	query     bool   // a SELECT
	kind      string // protocol.Success or SuccessWithContent
	job       string // that makes the rows, or that an INSERT has submitted
	schema    *types.Schema
	changelog bool
	env       *kernel.Env
	zone      string
	next      func(ctx context.Context) (*stream.Batch, error)
	close     func() error  // ends the job; nil where the rows are here already
	ended     chan struct{} // closed by who has read the last row
}

// parse reads the one statement of a request; word is what a statement set
// begins and ends with when its parts come one by one.
func parse(text string) (stmt ast.Statement, word string, err error) {
	split := parser.NewSplitter(text)
	piece, ok := split.Next()
	if !ok {
		if piece, ok = split.Rest(); !ok {
			return nil, "", sqlerr.Newf(sqlerr.Syntax, "there is no statement")
		}
	}
	switch word := strings.Join(strings.Fields(strings.ToUpper(strings.TrimRight(piece.Text, "; \t\r\n"))), " "); word {
	case beginSet, endSet:
		return nil, word, nil
	}
	if split.Pending() {
		return nil, "", sqlerr.New(sqlerr.Syntax, piece.End, "only single statement supported").WithHint("send each statement in a request of its own")
	}
	stmt, err = piece.Parse()
	if e := sqlerr.As(err); e != nil && e.Code == sqlerr.Syntax && e.Pos.Offset >= len(strings.TrimRight(text, "; \t\r\n")) {
		err = incomplete{err}
	}
	return stmt, "", err
}

const (
	beginSet = "BEGIN STATEMENT SET"
	endSet   = "END"
)

// statement makes what executes a statement, with options that hold for it alone.
func (s *session) statement(text string, config map[string]string) func(ctx context.Context) (*outcome, error) {
	return func(ctx context.Context) (r *outcome, err error) {
		defer func() {
			if e := sqlerr.As(err); e != nil {
				_ = e.WithText("", text) // it returns e itself
			}
		}()
		stmt, word, err := parse(text)
		if err != nil {
			return nil, err
		}
		restore, err := s.override(ctx, config)
		if err != nil {
			return nil, err
		}
		defer restore()
		if word != "" || s.set != nil {
			return s.inSet(ctx, stmt, word)
		}
		return s.perform(ctx, stmt)
	}
}

// configure executes a statement that configures a session: no job.
func (s *session) configure(text string) func(ctx context.Context) (*outcome, error) {
	return func(ctx context.Context) (*outcome, error) {
		stmt, _, err := parse(text)
		if err != nil {
			return nil, err
		}
		switch st := stmt.(type) {
		case *ast.Query, *ast.Insert, *ast.StatementSet, *ast.Explain, *ast.Show, *ast.Describe:
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, st.Pos(), "Unsupported statement for configuring session").
				WithHint("SET, RESET, CREATE, DROP, ALTER and USE configure a session")
		}
		return s.perform(ctx, stmt)
	}
}

// override sets options and gives what sets them back.
func (s *session) override(ctx context.Context, config map[string]string) (restore func(), err error) {
	before := s.engine.Options()
	var changed []string
	put := func(stmt ast.Statement) error {
		_, err := s.engine.Execute(ctx, stmt)
		return err
	}
	restore = func() {
		for _, k := range changed {
			key := &ast.StringLit{Value: k}
			if old, ok := before[k]; ok {
				_ = put(&ast.Set{Key: key, Value: &ast.StringLit{Value: old}}) // it was valid before
			} else {
				_ = put(&ast.Reset{Key: key})
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(config)) {
		if err := put(&ast.Set{Key: &ast.StringLit{Value: k}, Value: &ast.StringLit{Value: config[k]}}); err != nil {
			restore()
			return nil, err
		}
		changed = append(changed, k)
	}
	return restore, nil
}

// inSet gathers what stands between BEGIN STATEMENT SET and END, and runs it as one
// job. Beside INSERTs, statements that define something may stand there.
func (s *session) inSet(ctx context.Context, stmt ast.Statement, word string) (*outcome, error) {
	switch {
	case word == beginSet && s.set == nil:
		s.set = &ast.StatementSet{}
	case word == endSet && s.set == nil:
		return nil, sqlerr.Newf(sqlerr.Syntax, "No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'.")
	case word == endSet:
		set := s.set
		s.set = nil
		if len(set.Inserts) == 0 {
			return nil, sqlerr.Newf(sqlerr.Syntax, "there is no INSERT, and so no job to run")
		}
		return s.perform(ctx, set)
	case word == beginSet:
		return nil, sqlerr.Newf(sqlerr.Syntax, "Only 'INSERT/CREATE TABLE AS' statement is allowed in Statement Set or use 'END' statement to submit Statement Set.")
	default:
		if err := s.engine.Gather(ctx, stmt, s.set); err != nil {
			return nil, err
		}
	}
	return ok(), nil
}

// perform executes a statement.
func (s *session) perform(ctx context.Context, stmt ast.Statement) (*outcome, error) {
	switch st := stmt.(type) {
	case *ast.Set:
		if st.Key != nil && s.setForeign(st.Key.Value, st.Value.Value) {
			return ok(), nil
		}
	case *ast.Reset:
		if st.Key != nil && s.resetForeign(st.Key.Value) {
			return ok(), nil
		}
	}
	r, err := s.engine.Execute(ctx, stmt)
	if err != nil {
		return nil, err
	}
	_, query := stmt.(*ast.Query)
	return s.shape(r, query), nil
}

// shape gives a result the shape of Flink's.
func (s *session) shape(r *engine.Result, query bool) *outcome {
	switch {
	case r.Text != "":
		return texts("result", r.Text)
	case r.Schema == nil && r.Job == nil:
		return ok()
	case r.Schema == nil:
		out := texts("job id", r.Job.ID())
		out.job = r.Job.ID()
		return out
	}
	out := &outcome{
		query: query, kind: protocol.SuccessWithContent, schema: r.Schema, changelog: r.Changelog, env: r.Env,
		zone: s.engine.Options().Text(engine.OptZone), next: r.Next, close: r.Close, ended: make(chan struct{}),
	}
	if r.Job != nil {
		out.job = r.Job.ID()
	}
	return out
}

// ok is the answer of what has no rows.
func ok() *outcome {
	out := texts("result", "OK")
	out.kind = protocol.Success
	return out
}

// texts is a column of strings.
func texts(name string, cells ...string) *outcome {
	b := stream.NewBuilder([]types.Type{types.StringType})
	for _, c := range cells {
		b.Column(0).AppendBytes([]byte(c))
	}
	b.Advance(len(cells), stream.Insert)
	batch := b.Finish()
	return &outcome{
		kind: protocol.SuccessWithContent, schema: types.NewSchema(types.Field{Name: name, Type: types.StringType}), env: &kernel.Env{},
		ended: make(chan struct{}),
		next: func(context.Context) (*stream.Batch, error) {
			if batch == nil {
				return nil, io.EOF
			}
			out := batch
			batch = nil
			return out, nil
		},
	}
}
