package gateway

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/exec/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client speaks to a gateway without a network.
type client struct {
	t       *testing.T
	gateway *Gateway
	engine  *engine.Engine
}

func newClient(t *testing.T, c Config) *client {
	t.Helper()
	e, err := engine.Open(engine.Config{Memory: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	c.Engine, c.Version = e, "test"
	g := New(c)
	t.Cleanup(func() {
		g.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, gateway: g, engine: e}
}

// call makes a request and gives the status and the body.
func (c *client) call(method, path, body string) (int, string) {
	w := httptest.NewRecorder()
	c.gateway.Handler().ServeHTTP(w, httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body)))
	if got := w.Header().Get("Content-Type"); got != "application/json; charset=UTF-8" {
		c.t.Errorf("%s %s: Content-Type %q", method, path, got)
	}
	return w.Code, w.Body.String()
}

// must makes a request that succeeds, and reads the answer.
func (c *client) must(method, path, body string, into any) {
	c.t.Helper()
	code, text := c.call(method, path, body)
	if code != 200 {
		c.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

// open opens a session and gives its path.
func (c *client) open(properties map[string]string) string {
	c.t.Helper()
	body, _ := json.Marshal(protocol.OpenSession{Properties: properties})
	var s protocol.Session
	c.must("POST", "/v3/sessions", string(body), &s)
	return "/v3/sessions/" + s.SessionHandle
}

// submit runs a statement and gives the path of its operation.
func (c *client) submit(session, sql string) string {
	c.t.Helper()
	body, _ := json.Marshal(protocol.Statement{Statement: sql})
	var o protocol.Operation
	c.must("POST", session+"/statements", string(body), &o)
	return session + "/operations/" + o.OperationHandle
}

// fetch is the answer of a token once the statement is executed.
func (c *client) fetch(operation, token, format string) (int, string) {
	c.t.Helper()
	for {
		code, text := c.call("GET", operation+"/result/"+token+"?rowFormat="+format, "")
		if !strings.HasPrefix(text, `{"resultType":"NOT_READY"`) {
			return code, text
		}
	}
}

// page is the parts of a fetch that tests look at.
type fetched struct {
	ResultType, ResultKind, JobID, NextResultURI string
	IsQueryResult                                bool
	Results                                      struct {
		Columns json.RawMessage
		Data    []struct {
			Kind   string
			Fields []any
		}
	}
}

func (c *client) page(operation, token string) (p fetched) {
	c.t.Helper()
	code, text := c.fetch(operation, token, "JSON")
	if code != 200 {
		c.t.Fatalf("fetch %s: %d %s", token, code, text)
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		c.t.Fatal(err)
	}
	return p
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
