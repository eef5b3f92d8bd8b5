package sqltest

import (
	"context"
	"sync"

	"github.com/weir-engine/weir/io/connector"
)

// gate lets sources read a few fetches and then holds them, so that a
// checkpoint falls into the middle of even a small input.
type gate struct {
	mu   sync.Mutex
	left int // fetches that may pass
}

func newGate(fetches int) *gate { return &gate{left: fetches} }

// pass waits until a fetch may be read.
func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	if g.left > 0 {
		g.left--
		g.mu.Unlock()
		return nil
	}
	g.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

// hold wraps a source so that its readers ask the gate.
func (g *gate) hold(s connector.Source) connector.Source { return &gatedSource{Source: s, gate: g} }

type gatedSource struct {
	connector.Source
	gate *gate
}

func (s *gatedSource) Open(ctx context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	r, err := s.Source.Open(ctx, rc)
	if err != nil {
		return nil, err
	}
	return &gatedReader{Reader: r, gate: s.gate}, nil
}

type gatedReader struct {
	connector.Reader
	gate *gate
}

func (r *gatedReader) Next(ctx context.Context) (connector.Fetch, error) {
	if err := r.gate.pass(ctx); err != nil {
		return connector.Fetch{}, err
	}
	return r.Reader.Next(ctx)
}
