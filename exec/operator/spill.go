package operator

import (
	"context"
	"fmt"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/spill"
)

// OpenSpill makes a space for runs in the operator's own directory and counts
// what is written to it. A task that is cancelled writes no further block. It
// must not be called where Spill is nil.
func (c *Context) OpenSpill() (*spill.Space, error) {
	dir, err := c.Spill.Dir()
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	space := spill.NewSpace(fs.Local{}, dir)
	if c.Ctx != nil {
		space.Interrupt(func() error { return context.Cause(c.Ctx) })
	}
	if c.Metric != nil {
		bytes, rows := c.Metric.Counter("spilledBytes"), c.Metric.Counter("spilledRows")
		space.Report(func(b, r int64) { bytes.Add(b); rows.Add(r) })
	}
	return space, nil
}
