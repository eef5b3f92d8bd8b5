package task

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/operator"
)

// chain drives the operators of one subtask. An element goes down by calls as
// far as it can; where an operator has more to emit than its output takes, the
// rest waits: pending operators are resumed, downstream first, and what was
// emitted to them meanwhile stands in their queues.
type chain struct {
	nodes   []*node
	tail    *tail
	now     func() int64
	current *node // whose code runs, for the message of a failure

	attention atomic.Bool // messages wait, or the task is cancelled: go back to the loop soon

	lent    []*exchange.Buffer // of batches in the chain
	capture func(n *node, b stream.Barrier) error
	passed  func(b stream.Barrier) error // the barrier has left the chain
	ended   bool                         // the last operator has ended
	latency *metric.Histogram            // of a chain that no edge leaves; microseconds
	watch   *stopwatch                   // nil: nobody asks how long operators take
}

// link is the output of an operator that has another behind it.
type link struct {
	c        *chain
	from, to *node
}

// Emit hands a batch to the next operator.
func (l *link) Emit(b *stream.Batch) error {
	if b.Len() == 0 || l.to.over {
		return nil
	}
	l.from.emitted(b)
	return l.c.deliver(l.to, item{kind: itemBatch, input: l.to.chained, batch: b})
}

// Full reports that the next operator, or one behind it, has more than it can pass on.
func (l *link) Full() bool {
	n := l.to
	if n.over {
		return false
	}
	return n.pending || len(n.queue) > 0 || !n.wants(n.chained) || n.out.Full() || l.c.attention.Load()
}

// deliver gives n an item, or lets it wait behind others.
func (c *chain) deliver(n *node, it item) error {
	if n.over {
		c.release(it.buffer)
		return nil
	}
	if n.pending || len(n.behind) > 0 || n.queued(it.input) || !n.takes(it) {
		if it.kind == itemFlush {
			return nil
		}
		n.queue = append(n.queue, it.copied(n))
		return nil
	}
	return c.take(n, it)
}

// take lets n work on an item.
func (c *chain) take(n *node, it item) error {
	if it.buffer != nil {
		c.lent = append(c.lent, it.buffer)
	}
	before := c.current
	c.current = n
	timed := c.watch.turn(n.busy)
	err := n.take(it)
	if err == nil {
		err = c.settle(n)
	}
	c.watch.turn(timed)
	if err != nil {
		return n.wrap(err) // current stays: it names the culprit
	}
	c.current = before
	return nil
}

// settle resumes n until it has no more or its output is full, then forwards
// what was held behind its rows.
func (c *chain) settle(n *node) error {
	if n.resumer != nil {
		n.pending = true
		for !n.out.Full() {
			more, err := n.resumer.Resume(n.out)
			if err != nil {
				return err
			}
			if n.pending = more; !more || n.awaits.Load() || c.attention.Load() {
				break
			}
		}
	}
	for !n.pending && len(n.behind) > 0 {
		it := n.behind[0]
		n.behind = n.behind[1:]
		if err := c.forward(n, it); err != nil {
			return err
		}
	}
	return nil
}

// forward passes a control item on from n.
func (c *chain) forward(n *node, it item) error {
	if it.kind == itemBarrier {
		if err := c.capture(n, it.barrier); err != nil {
			return err
		}
	}
	if n.next != nil {
		it.input = n.next.chained
		return c.deliver(n.next, it)
	}
	return c.leave(it)
}

// leave passes a control item on from the last operator.
func (c *chain) leave(it item) error {
	now := c.now()
	for _, w := range c.tail.writers {
		switch it.kind {
		case itemWatermark:
			w.Watermark(it.watermark, now)
		case itemIdle, itemActive:
			w.Idle(it.kind == itemIdle, now)
		case itemFlush:
			w.Flush(now)
		case itemBarrier:
			w.Barrier(it.barrier, now)
		case itemEnd:
			w.End(now)
		case itemMarker:
			w.Marker(it.marker)
		}
	}
	switch it.kind {
	case itemBarrier:
		return c.passed(it.barrier)
	case itemEnd:
		c.ended = true
	case itemMarker:
		c.arrived(it.marker)
	}
	return nil
}

// arrived takes the latency from a marker that has come to the end of its way.
func (c *chain) arrived(m stream.Marker) {
	if c.latency != nil {
		c.latency.Record(time.Now().UnixMicro() - m)
	}
}

// run goes on with what is pending, downstream first, and reports whether it got anywhere.
func (c *chain) run() (progress bool, err error) {
	for i := len(c.nodes) - 1; i >= 0; i-- {
		n := c.nodes[i]
		for {
			switch {
			case n.pending && !n.awaits.Load() && !n.out.Full():
				c.current = n
				timed := c.watch.turn(n.busy)
				if err := c.settle(n); err != nil {
					return true, n.wrap(err)
				}
				c.watch.turn(timed)
			case !n.pending && n.ready() >= 0 && !n.out.Full():
				if err := c.take(n, n.dequeue(n.ready())); err != nil {
					return true, err
				}
			case n.forked != nil && !n.pending && !n.over && n.forked.Lags():
				c.current = n
				if err := c.settle(n); err != nil {
					return true, n.wrap(err)
				}
			default:
				goto next
			}
			progress = true
			if c.attention.Load() {
				return true, nil
			}
		}
	next:
	}
	if progress || len(c.lent) > 0 {
		c.giveBack()
	}
	return progress, nil
}

// quiet reports that nothing waits anywhere in the chain.
func (c *chain) quiet() bool {
	for _, n := range c.nodes {
		if n.pending || len(n.queue) > 0 || len(n.behind) > 0 {
			return false
		}
	}
	return true
}

// giveBack releases the buffers of processed batches.
func (c *chain) giveBack() {
	if !c.quiet() {
		return
	}
	for i, b := range c.lent {
		b.Release()
		c.lent[i] = nil
	}
	c.lent = c.lent[:0]
}

func (c *chain) release(b *exchange.Buffer) {
	if b != nil {
		b.Release()
	}
}

// post runs f as a piece of n's work.
func (c *chain) post(n *node, f func(out operator.Output) error) error {
	if n.over {
		return nil
	}
	c.current = n
	n.awaits.Store(false)
	timed := c.watch.turn(n.busy)
	err := f(n.out)
	if err == nil {
		err = c.settle(n)
	}
	c.watch.turn(timed)
	if err != nil {
		return n.wrap(err)
	}
	return nil
}

// cutShort ends the inputs of an operator that has enough; what feeds it is over.
func (c *chain) cutShort(n *node) error {
	for _, up := range c.nodes[:n.index] {
		up.stop()
	}
	n.early = nil
	for i := range n.ended {
		if !n.ended[i] {
			for _, it := range []item{{kind: itemWatermark, input: i, watermark: stream.MaxWatermark}, {kind: itemEnd, input: i}} {
				if err := c.deliver(n, it); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tail is the output of the last operator: the outgoing edges.
type tail struct {
	writers   []*exchange.Writer
	from      *node
	attention *atomic.Bool // of the chain
	watch     *stopwatch
	busy      *metric.Counter // nanoseconds that dealing rows to edges took; nil: nobody counts them
}

// port is one edge of an operator that serves each at its own pace.
type port struct {
	*exchange.Writer
	now func() int64
}

func (p port) End() { p.Writer.End(p.now()) }

func (t *tail) ports(now func() int64) []operator.Port {
	var out []operator.Port
	for _, w := range t.writers {
		out = append(out, port{w, now})
	}
	return out
}

func (t *tail) Emit(b *stream.Batch) error {
	t.from.emitted(b)
	if len(t.writers) == 0 {
		return fmt.Errorf("rows are emitted where no edge leads on")
	}
	timed := t.watch.turn(t.busy)
	for _, w := range t.writers {
		if err := w.Emit(b); err != nil {
			return err
		}
	}
	t.watch.turn(timed)
	return nil
}

// Full reports that an edge takes no more, or that the task is to look at
// something else: who emits much in one call has to return soon.
func (t *tail) Full() bool {
	if t.attention.Load() {
		return true
	}
	if t.from.forked != nil {
		return t.from.forked.Full()
	}
	for _, w := range t.writers {
		if w.Full() {
			return true
		}
	}
	return false
}

// closed reports that nobody downstream wants anything more.
func (t *tail) closed() bool {
	for _, w := range t.writers {
		if !w.Closed() {
			return false
		}
	}
	return len(t.writers) > 0
}
