package command

import (
	"context"
	"errors"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/exec/engine"
)

// local runs statements in this process.
type local struct {
	engine  *engine.Engine
	session *engine.Session
	set     *ast.StatementSet
}

func (a *app) openLocal(f *sessionFlags) (runner, error) {
	e, s, err := a.openEngine(f)
	if err != nil {
		return nil, err
	}
	return &local{engine: e, session: s}, nil
}

// openEngine starts an engine and a session with the flags.
func (a *app) openEngine(f *sessionFlags) (*engine.Engine, *engine.Session, error) {
	v, err := f.options()
	if err != nil {
		return nil, nil, err
	}
	size, err := v.Bytes(engine.OptMemory)
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Open(engine.Config{Memory: size, SpillDir: v.Text(engine.OptTempDir), Stdout: a.streams.Out, Notice: a.notice, Log: a.log()})
	if err != nil {
		return nil, nil, err
	}
	s, err := e.NewSession(v)
	if err != nil {
		return nil, nil, errors.Join(err, e.Close())
	}
	return e, s, nil
}

func (l *local) Execute(ctx context.Context, stmt ast.Statement, _ string) (*answer, error) {
	r, err := l.session.Execute(ctx, stmt)
	if err != nil {
		return nil, err
	}
	out := &answer{schema: r.Schema, changelog: r.Changelog, env: r.Env, text: r.Text, next: r.Next, close: r.Close}
	if r.Job != nil {
		out.job = r.Job.ID()
	}
	return out, nil
}

func (l *local) Begin(context.Context) error {
	l.set = &ast.StatementSet{}
	return nil
}

func (l *local) Gather(ctx context.Context, stmt ast.Statement, _ string) error {
	return l.session.Gather(ctx, stmt, l.set)
}

func (l *local) Run(ctx context.Context) (*answer, error) {
	if len(l.set.Inserts) == 0 {
		return nil, errNoInsert()
	}
	return l.Execute(ctx, l.set, "")
}

func (l *local) Names() []string { return l.session.Names() }

func (l *local) Close() error { return l.engine.Close() }
