package engine

import (
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/graph"
)

// optionReader reads several options and keeps the first error.
type optionReader struct {
	options option.Values
	err     error
}

func (r *optionReader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *optionReader) integer(d *option.Definition) int64 {
	n, err := r.options.Int(d)
	r.keep(err)
	return n
}

func (r *optionReader) millis(d *option.Definition) int64 {
	x, err := r.options.Duration(d)
	r.keep(err)
	return x.Milliseconds()
}

func (r *optionReader) choice(d *option.Definition) string {
	c, err := r.options.Enum(d)
	r.keep(err)
	return c
}

func (r *optionReader) restart() graph.Restart {
	out := graph.Restart{Strategy: r.choice(OptRestart)}
	switch out.Strategy {
	case "fixed-delay":
		out.Attempts, out.Delay = int(r.integer(OptAttempts)), r.millis(OptDelay)
	case "exponential-delay":
		out.Delay, out.MaxDelay, out.Reset = r.millis(OptBackoff), r.millis(OptMaxBackoff), r.millis(OptResetBackoff)
	default:
		out.Strategy = "none"
	}
	return out
}
