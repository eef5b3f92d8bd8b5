package task

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/exchange"
)

// gate is one input of the subtask: the channels of one edge, which lead to
// one input of one operator of the chain.
type gate struct {
	node   *node
	input  int
	first  int // number of its first channel
	queues []*exchange.Queue
	merge  *Merge // over its channels
	idle   bool
	gather *stream.Builder // small batches that were waiting together
}

// channel finds a channel by its number in the task.
type channel struct {
	gate *gate
	at   int // within the gate
}

// readable reports whether the gate's operator can take an element.
func (g *gate) readable() bool {
	n := g.node
	if n.over || n.pending || n.queued(g.input) || !n.wants(g.input) {
		return false
	}
	return n.selective != nil && g.input != n.chained || !n.out.Full()
}

// read takes one element of an open channel, in turn, and reports whether there was one.
func (t *Task) read() (bool, error) {
	for k := range t.channels {
		c := (t.turn + k) % len(t.channels)
		ch := t.channels[c]
		q := ch.gate.queues[ch.at]
		if q.Len() == 0 || t.aligner.Blocked(c) || !ch.gate.readable() {
			continue
		}
		e, ok := q.Pop()
		if !ok {
			continue
		}
		t.turn = (c + 1) % len(t.channels)
		return true, t.takeElement(c, e)
	}
	return false, nil
}

func (t *Task) takeElement(c int, e exchange.Element) error {
	ch := t.channels[c]
	g := ch.gate
	switch e.Kind {
	case stream.ElemBatch:
		return t.chain.deliver(g.node, t.together(c, g, e.Buffer))
	case stream.ElemWatermark:
		return t.gateTime(g, g.merge.Advance(ch.at, e.Watermark))
	case stream.ElemIdle, stream.ElemActive:
		return t.gateTime(g, g.merge.SetIdle(ch.at, e.Kind == stream.ElemIdle))
	case stream.ElemBarrier:
		t.cap.first(e.Barrier.Checkpoint, t.config.Clock())
		t.judge(t.aligner.Barrier(c, e.Barrier), e.Barrier)
	case stream.ElemMarker:
		return t.chain.deliver(g.node, item{kind: itemMarker, input: g.input, marker: e.Marker})
	case stream.ElemEndOfInput:
		return t.endChannel(c)
	}
	return nil
}

// together makes one batch of small ones that wait in the gate's channels.
func (t *Task) together(c int, g *gate, first *exchange.Buffer) item {
	it := item{kind: itemBatch, input: g.input, batch: first.Batch, buffer: first}
	t.received.count(first)
	if 2*first.Batch.Rows > t.batchRows {
		return it
	}
	rows, gathered := first.Batch.Rows, 0
	for k := range g.queues {
		at := (c - g.first + k) % len(g.queues)
		for !t.aligner.Blocked(g.first + at) {
			e, ok := g.queues[at].Peek()
			if !ok || e.Kind != stream.ElemBatch || rows+e.Buffer.Batch.Rows > t.batchRows {
				break
			}
			if gathered == 0 {
				g.begin(first)
			}
			g.queues[at].Pop()
			t.received.count(e.Buffer)
			g.gather.Append(e.Buffer.Batch, nil)
			rows += e.Buffer.Batch.Rows
			gathered++
			e.Buffer.Release()
		}
	}
	if gathered > 0 {
		it.batch, it.buffer = g.gather.Finish(), nil
		first.Release()
	}
	return it
}

func (g *gate) begin(first *exchange.Buffer) {
	if g.gather == nil {
		g.gather = stream.NewBuilder(g.node.spec.Inputs[g.input].Types())
	}
	g.gather.Reset()
	g.gather.Append(first.Batch, nil)
}

// gateTime tells the operator what the time of its input has become.
func (t *Task) gateTime(g *gate, risen bool) error {
	if risen {
		if err := t.chain.deliver(g.node, item{kind: itemWatermark, input: g.input, watermark: g.merge.Out()}); err != nil {
			return err
		}
	}
	if idle := g.merge.Idle(); idle != g.idle {
		g.idle = idle
		kind := itemActive
		if idle {
			kind = itemIdle
		}
		return t.chain.deliver(g.node, item{kind: kind, input: g.input})
	}
	return nil
}

func (t *Task) endChannel(c int) error {
	ch := t.channels[c]
	t.judge(t.aligner.End(c), t.aligner.barrier)
	if err := t.gateTime(ch.gate, ch.gate.merge.End(ch.at)); err != nil {
		return err
	}
	g := ch.gate
	for at := range g.queues {
		if !t.aligner.Ended(g.first + at) {
			return nil
		}
	}
	return t.chain.deliver(g.node, item{kind: itemEnd, input: g.input})
}
