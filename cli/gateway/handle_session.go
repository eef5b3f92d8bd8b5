package gateway

import (
	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/cli/shell"
)

// at is the session that a path names.
func (g *Gateway) at(r *request) (*session, error) {
	id, err := r.handle("session")
	if err != nil {
		return nil, err
	}
	return g.session(id)
}

func (g *Gateway) openSession(r *request) (any, error) {
	var body protocol.OpenSession
	if err := r.read(&body); err != nil {
		return nil, err
	}
	s, err := g.open(body.Properties)
	if err != nil {
		return nil, err
	}
	return protocol.Session{SessionHandle: s.id}, nil
}

func (g *Gateway) getSession(r *request) (any, error) {
	s, err := g.at(r)
	if err != nil {
		return nil, err
	}
	return protocol.SessionConfig{Properties: s.config()}, nil
}

func (g *Gateway) closeSession(r *request) (any, error) {
	id, err := r.handle("session")
	if err == nil {
		err = g.drop(id)
	}
	return protocol.Status{Status: protocol.StatusClosed}, err
}

func (g *Gateway) heartbeat(r *request) (any, error) {
	_, err := g.at(r) // which counts as using it
	return protocol.Empty{}, err
}

// configureSession runs a statement and waits for it, so it leaves no operation.
func (g *Gateway) configureSession(r *request) (any, error) {
	s, err := g.at(r)
	if err != nil {
		return nil, err
	}
	body, err := r.readStatement()
	if err != nil {
		return nil, err
	}
	o, err := s.submit(s.configure(body.Statement))
	if err != nil {
		return nil, err
	}
	defer s.forget(r.Context(), o.id)
	select {
	case <-o.executed:
		return protocol.Empty{}, o.failure()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (g *Gateway) completeStatement(r *request) (any, error) {
	s, err := g.at(r)
	if err != nil {
		return nil, err
	}
	var body protocol.CompleteStatement
	if err := r.read(&body); err != nil {
		return nil, err
	}
	text := []rune(body.Statement)
	out := protocol.Candidates{Candidates: []string{}}
	if at := body.Position; at >= 0 && at <= len(text) {
		out.Candidates = append(out.Candidates, shell.Candidates(text[:at], s.tables())...)
	}
	return out, nil
}
