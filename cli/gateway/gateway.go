package gateway

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

// The defaults of Config, which are Flink's.
const (
	DefaultIdleTimeout = 10 * time.Minute
	DefaultMaxSessions = 1_000_000
)

// Config is what a gateway is made of.
type Config struct {
	Engine *engine.Engine // it outlives the gateway
	// Product and Version are what GET /info tells.
	Product, Version string
	// IdleTimeout is after which time a session that nobody asked anything is closed
	// (sql-gateway.session.idle-timeout). 0: DefaultIdleTimeout; below 0: never.
	IdleTimeout time.Duration
	// MaxSessions is how many sessions there may be (sql-gateway.session.max-num). 0: DefaultMaxSessions.
	MaxSessions int
	Log         *slog.Logger // of sessions that time out; nil: nobody hears of them
	Clock       func() time.Time
}

// Gateway holds the sessions of remote clients. It is safe for concurrent use.
type Gateway struct {
	config  Config
	handler http.Handler
	end     context.CancelFunc // of ctx
	ctx     context.Context    // lasts until Close
	running sync.WaitGroup     // operations and the janitor

	mu       sync.Mutex
	sessions map[string]*session
	closed   bool
}

// New starts a gateway.
func New(c Config) *Gateway {
	if c.Product == "" {
		c.Product = "weir"
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = DefaultIdleTimeout
	}
	if c.MaxSessions == 0 {
		c.MaxSessions = DefaultMaxSessions
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	g := &Gateway{config: c, sessions: map[string]*session{}}
	g.ctx, g.end = context.WithCancel(context.Background())
	g.handler = g.newMux()
	if c.IdleTimeout > 0 {
		g.running.Add(1)
		go g.sweep()
	}
	return g
}

// Handler answers the protocol's requests; Patterns are where it belongs.
func (g *Gateway) Handler() http.Handler { return g.handler }

// Close ends all sessions, waits for their operations, and refuses new ones.
func (g *Gateway) Close() {
	g.mu.Lock()
	g.closed = true
	all := g.sessions
	g.sessions = map[string]*session{}
	g.mu.Unlock()
	for _, s := range all {
		s.close()
	}
	g.end()
	g.running.Wait()
}

// sweep closes sessions that have been idle for too long.
func (g *Gateway) sweep() {
	defer g.running.Done()
	tick := time.NewTicker(max(g.config.IdleTimeout/10, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.expire()
		case <-g.ctx.Done():
			return
		}
	}
}

func (g *Gateway) expire() {
	deadline := g.config.Clock().Add(-g.config.IdleTimeout)
	g.mu.Lock()
	var idle []*session
	for id, s := range g.sessions {
		if s.idleSince(deadline) {
			idle = append(idle, s)
			delete(g.sessions, id)
		}
	}
	g.mu.Unlock()
	for _, s := range idle {
		g.config.Log.Info("a session is closed: nobody has used it", "session", s.id, "timeout", g.config.IdleTimeout)
		s.close()
	}
}

// open makes a session.
func (g *Gateway) open(properties map[string]string) (*session, error) {
	s, err := g.newSession(properties)
	if err != nil {
		return nil, refusal{err, http.StatusBadRequest}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errShuttingDown
	}
	if len(g.sessions) >= g.config.MaxSessions {
		return nil, refusal{sqlerr.Newf(sqlerr.BadInput, "there are %d sessions already, which is as many as the gateway takes", len(g.sessions)).
			WithHint("close one, or raise %s", OptMaxSessions.Key), http.StatusServiceUnavailable}
	}
	g.sessions[s.id] = s
	return s, nil
}

// session finds a session, which counts as using it.
func (g *Gateway) session(id string) (*session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.sessions[id]
	if s == nil {
		return nil, noSession(id)
	}
	s.touch()
	return s, nil
}

// drop ends a session.
func (g *Gateway) drop(id string) error {
	g.mu.Lock()
	s := g.sessions[id]
	delete(g.sessions, id)
	g.mu.Unlock()
	if s == nil {
		return noSession(id)
	}
	s.close()
	return nil
}

func noSession(id string) error {
	return refusal{sqlerr.Newf(sqlerr.UndefinedObject, "Session '%s' does not exist.", id), http.StatusNotFound}
}

var errShuttingDown = refusal{sqlerr.Newf(sqlerr.BadInput, "the gateway is shutting down"), http.StatusServiceUnavailable}

// newHandle names a session or an operation: a random UUID.
func newHandle() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (g *Gateway) info() protocol.Info {
	return protocol.Info{ProductName: g.config.Product, Version: g.config.Version}
}
