package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// The limits of a request.
const (
	bodyLimit    = 1 << 20
	headLimit    = 64 << 10
	headTimeout  = 10 * time.Second
	readTimeout  = time.Minute
	writeTimeout = 5 * time.Minute // a savepoint is asked for again, a page of metrics can be long
	idleTimeout  = 2 * time.Minute
	endTimeout   = 5 * time.Second // for requests under way when the server ends
)

// Server answers Flink's REST for one job manager. It is an http.Handler.
type Server struct {
	config     Config
	mux        *http.ServeMux
	routes     []route
	document   []byte
	started    int64
	operations operations
	plans      plans
	rates      rates
	foreign    *http.CrossOriginProtection
}

// NewServer makes a server; Run serves it.
func NewServer(c Config) *Server {
	if c.Clock == nil {
		c.Clock = func() int64 { return time.Now().UnixMilli() }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: c, mux: http.NewServeMux(), routes: table(), started: c.Clock()}
	s.operations.clock = c.Clock
	s.operations.ctx, s.operations.end = context.WithCancel(context.Background())
	for i := range s.routes {
		r := &s.routes[i]
		for _, prefix := range []string{"", "/v1"} {
			s.mux.HandleFunc(r.pattern(prefix), func(w http.ResponseWriter, h *http.Request) { s.answer(w, h, r) })
		}
	}
	if c.Gateway != nil {
		for _, path := range gatewayPaths {
			s.mux.Handle(path, c.Gateway)
		}
	}
	s.mux.HandleFunc("/", s.unknown)
	s.document = document(s.routes, c.Version)
	s.foreign = http.NewCrossOriginProtection()
	return s
}

// gatewayPaths are those of Flink's SQL gateway, which are none of the job manager's.
var gatewayPaths = []string{
	"/info", "/api_versions", "/sessions", "/sessions/",
	"/v1/info", "/v1/api_versions", "/v1/sessions", "/v1/sessions/", "/v2/", "/v3/", "/v4/",
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			s.config.Log.Error("request panicked", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			s.fail(w, fmt.Errorf("internal server error"))
		}
	}()
	if !s.allowed(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="weir"`)
		s.fail(w, refuse(http.StatusUnauthorized, "Unauthorized: this server wants 'Authorization: Bearer TOKEN'"))
		return
	}
	if err := s.foreign.Check(r); err != nil { // a page of somebody else's, in the browser of one who may
		s.fail(w, refuse(http.StatusForbidden, "Forbidden: %v", err))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// allowed compares the token in a time that tells nothing of it.
func (s *Server) allowed(r *http.Request) bool {
	if s.config.Token == "" {
		return true
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.config.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}

// answer serves one route.
func (s *Server) answer(w http.ResponseWriter, h *http.Request, r *route) {
	req := &request{Request: h, route: r}
	var err error
	if req.body, err = io.ReadAll(http.MaxBytesReader(w, h.Body, bodyLimit)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			err = refuse(http.StatusRequestEntityTooLarge, "Request body is larger than %d bytes.", bodyLimit)
		} else {
			err = badRequest("Request body could not be read: %v", err)
		}
		s.fail(w, err)
		return
	}
	if err := req.check(); err != nil {
		s.fail(w, err)
		return
	}
	a, err := r.serve(s, req)
	if err != nil {
		s.fail(w, err)
		return
	}
	if r.answer == nil {
		text, _ := a.([]byte) // what a route without a type gives
		write(w, r.status, r.text, text)
		return
	}
	s.reply(w, r.status, a)
}

func (s *Server) reply(w http.ResponseWriter, status int, a any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		s.config.Log.Error("answer cannot be encoded", "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		_ = e.Encode(Failure{[]string{"Internal server error."}}) // strings always encode
	}
	write(w, status, "application/json; charset=UTF-8", bytes.TrimRight(b.Bytes(), "\n"))
}

func write(w http.ResponseWriter, status int, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone hears nothing anyway
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	status := statusOf(err)
	if status >= http.StatusInternalServerError && status != http.StatusNotImplemented {
		s.config.Log.Warn("request failed", "error", err)
	}
	s.reply(w, status, Failure{[]string{textOf(err)}})
}

// unknown answers what no route takes.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "/" && m != r.Method {
			allow = append(allow, m)
		}
	}
	if allow == nil {
		s.fail(w, notFound("Not found: %s", r.URL.Path))
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	s.fail(w, refuse(http.StatusMethodNotAllowed, "%s does not take %s, only %s.", r.URL.Path, r.Method, strings.Join(allow, ", ")))
}

// Run serves on l until ctx is done, and then until the requests under way are answered.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler: s, TLSConfig: s.config.TLS, MaxHeaderBytes: headLimit,
		ReadHeaderTimeout: headTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer func() { cancel(); beside.Wait(); s.operations.close() }()
	beside.Go(func() { s.measure(ctx) })
	served := make(chan error, 1)
	go func() {
		if s.config.TLS != nil {
			served <- h.ServeTLS(l, "", "")
			return
		}
		served <- h.Serve(l)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serve REST on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer stop()
	err := h.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.Close()
	}
	if served := <-served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
