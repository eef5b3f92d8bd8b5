package sink

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
)

// Collect hands rows to the client. When the client is slow it takes no more
// from its input, and the job waits.
type Collect struct {
	results graph.Results
	awaken  func()
}

// NewCollect makes a Collect that delivers to results.
func NewCollect(results graph.Results) *Collect { return &Collect{results: results} }

// Open has nothing to prepare.
func (c *Collect) Open(ctx *operator.Context) error { c.awaken = ctx.Awaken; return nil }

// Wants its input while the client has room.
func (c *Collect) Wants() uint64 {
	if c.results.Full(c, c.awaken) {
		return 0
	}
	return 1
}

// Process hands a batch on.
func (c *Collect) Process(_ int, b *stream.Batch, _ operator.Output) error {
	return c.results.Deliver(b)
}

// Watermark has nowhere to go.
func (c *Collect) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing held back.
func (c *Collect) EndInput(int, operator.Output) error { return nil }

// Close has nothing to give back.
func (c *Collect) Close() error { return nil }
