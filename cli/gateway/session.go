package gateway

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

// session is one client's catalog, options and operations.
type session struct {
	gateway *Gateway
	id      string

	// Of the operation that executes.
	engine *engine.Session
	set    *ast.StatementSet // between BEGIN STATEMENT SET and END

	mu         sync.Mutex
	operations map[string]*operation
	last       chan struct{} // closed when the operation that came last is executed; nil: none came
	used       time.Time
	executing  int // operations that are not executed yet
	closed     bool
	properties map[string]string // what GET /sessions/:s shows: the options, and others' settings
	foreign    map[string]string // settings of the client itself, and others that are none of ours
	names      []string          // of tables and views, for completion
}

// newSession makes a session with these properties set. A client sends its whole
// configuration, in which most keys are none of ours; they are kept for it to read.
func (g *Gateway) newSession(properties map[string]string) (*session, error) {
	known := option.Values{}
	foreign := map[string]string{}
	for k, v := range properties {
		switch {
		case k == engine.OptMemory.Key || k == engine.OptTempDir.Key:
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' is the server's and cannot be set by a session", k)
		case (option.Values{k: v}).Check("the session", engine.Options()) == nil:
			known[k] = v
		default:
			foreign[k] = v
		}
	}
	e, err := g.config.Engine.NewSession(known)
	if err == nil && !e.Options().Has(engine.OptDMLSync) { // nor has the server a default
		known[engine.OptDMLSync.Key] = "false"
		e, err = g.config.Engine.NewSession(known)
	}
	if err != nil {
		return nil, err
	}
	s := &session{gateway: g, id: newHandle(), engine: e, operations: map[string]*operation{}, foreign: foreign, used: g.config.Clock()}
	s.refresh()
	return s, nil
}

func (s *session) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = s.gateway.config.Clock()
}

// idleSince reports that nobody has used the session since a time, and nothing executes.
func (s *session) idleSince(t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.executing == 0 && !s.used.After(t)
}

// refresh shows what a statement has changed. The caller executes, or makes the session.
func (s *session) refresh() {
	options, names := s.engine.Options(), s.engine.Names()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.properties = maps.Clone(s.foreign)
	maps.Copy(s.properties, options)
	s.names = names
}

// config is the settings that a client may read.
func (s *session) config() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.properties
}

// tables are the names that a statement may complete to.
func (s *session) tables() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names
}

// submit starts an operation. Operations execute in the order in which they came.
func (s *session) submit(execute func(ctx context.Context) (*outcome, error)) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, noSession(s.id)
	}
	o := newOperation(s, execute)
	before := s.last
	s.last = o.executed
	s.operations[o.id] = o
	s.executing++
	s.gateway.running.Add(1)
	go func() {
		defer s.gateway.running.Done()
		o.run(before)
	}()
	return o, nil
}

// done says that an operation is executed, or given up.
func (s *session) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.executing--
	s.used = s.gateway.config.Clock()
}

// operation finds an operation.
func (s *session) operation(id string) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.operations[id]
	if o == nil {
		return nil, refusal{sqlerr.Newf(sqlerr.UndefinedObject, "Can not find the submitted operation in the OperationManager with the %s.", id), http.StatusNotFound}
	}
	return o, nil
}

// forget takes an operation away, and ends it.
func (s *session) forget(ctx context.Context, id string) {
	s.mu.Lock()
	o := s.operations[id]
	delete(s.operations, id)
	s.mu.Unlock()
	if o != nil {
		o.stop()
		o.wait(ctx)
	}
}

// close ends the session's operations. It does not wait for them; Gateway.Close does.
func (s *session) close() {
	s.mu.Lock()
	s.closed = true
	all := slices.Collect(maps.Values(s.operations))
	clear(s.operations)
	s.mu.Unlock()
	for _, o := range all {
		o.stop()
	}
}

// setForeign keeps a setting of the client itself; false where the key is not one.
func (s *session) setForeign(key, value string) bool {
	if !isForeign(key) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foreign[key] = value
	return true
}

// resetForeign drops a setting of the client itself; false where the key is not one.
func (s *session) resetForeign(key string) bool {
	if !isForeign(key) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.foreign, key)
	return true
}

// isForeign tells keys that Flink's client reads back from the session.
func isForeign(key string) bool { return strings.HasPrefix(key, "sql-client.") }
