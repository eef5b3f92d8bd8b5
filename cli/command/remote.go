package command

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/client"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/exec/engine"
)

// targetFlags say which cluster a verb speaks to.
type targetFlags struct {
	url, token string
}

// tokenVariable holds the token, so that it stands in no list of processes.
const tokenVariable = "WEIR_REST_TOKEN"

func (f *targetFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.url, "target", "", "REST address of a running cluster, such as http://127.0.0.1:8081; default: run in this process")
	c.Flags().StringVar(&f.token, "token", "", "token of the cluster's REST; default: that of "+tokenVariable)
}

// client makes a client of the target.
func (f *targetFlags) client() (*client.Client, error) {
	token := f.token
	if token == "" {
		token = os.Getenv(tokenVariable)
	}
	c, err := client.New(client.Config{URL: f.url, Token: token})
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// remote runs statements in a cluster.
type remote struct {
	client  *client.Client
	session *client.Session
}

func (a *app) openRemote(ctx context.Context, f *sessionFlags) (runner, error) {
	v, err := f.options()
	if err != nil {
		return nil, err
	}
	if f.memory != "" || v.Has(engine.OptTempDir) {
		return nil, usage("--memory and %s are the cluster's, not those of a client", engine.OptTempDir.Key)
	}
	for k := range v { // the server keeps keys that it does not know
		if err := (option.Values{k: v[k]}).Check("the session", engine.Options()); err != nil {
			return nil, err
		}
	}
	if !v.Has(engine.OptDMLSync) {
		v[engine.OptDMLSync.Key] = "true" // as in this process
	}
	c, err := f.target.client()
	if err != nil {
		return nil, err
	}
	s, err := c.Open(ctx, v)
	if err != nil {
		c.Close()
		return nil, stopped(ctx, err)
	}
	return &remote{client: c, session: s}, nil
}

func (r *remote) Execute(ctx context.Context, stmt ast.Statement, text string) (*answer, error) {
	return r.execute(ctx, placed(stmt, text))
}

func (r *remote) execute(ctx context.Context, text string) (*answer, error) {
	res, err := r.session.Execute(ctx, text)
	if err != nil {
		return nil, err
	}
	out := &answer{job: res.Job, next: res.Next, close: res.Close}
	if res.Query || res.Job == "" && !res.OK { // OK and the id of a job are told to Flink's clients
		out.schema, out.changelog, out.env = res.Schema, res.Changelog, res.Env
	}
	return out, nil
}

// placed puts a statement where it stands in its script, so that the server's
// errors point into that.
func placed(stmt ast.Statement, text string) string {
	p := stmt.Pos()
	return strings.Repeat("\n", max(p.Line-1, 0)) + strings.Repeat(" ", max(p.Column-1, 0)) + text
}

func (r *remote) Begin(ctx context.Context) error { return r.done(ctx, "BEGIN STATEMENT SET") }

func (r *remote) Gather(ctx context.Context, stmt ast.Statement, text string) error {
	return r.done(ctx, placed(stmt, text))
}

func (r *remote) done(ctx context.Context, text string) error {
	a, err := r.execute(ctx, text)
	if err != nil {
		return err
	}
	return a.close()
}

func (r *remote) Run(ctx context.Context) (*answer, error) { return r.execute(ctx, "END") }

// Names asks for the tables; a person who waits for a completion hears of no error.
func (r *remote) Names() (names []string) {
	a, err := r.execute(context.Background(), "SHOW TABLES")
	if err != nil {
		return nil
	}
	defer func() { _ = a.close() }()
	for {
		b, err := a.next(context.Background())
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil
			}
			return names
		}
		for i := range b.Rows {
			names = append(names, string(b.Cols[0].Bytes(i)))
		}
	}
}

// Load knows nothing: what a cluster does is on its own pages.
func (*remote) Load() load { return load{} }

func (r *remote) Close() error {
	err := r.session.Close()
	r.client.Close()
	return err
}
