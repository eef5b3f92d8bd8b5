package exchange

import (
	"sync/atomic"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// Writer is one outgoing edge of a subtask. Its task's goroutine calls it.
type Writer struct {
	Rows, Batches, Bytes atomic.Int64 // sent so far; read from anywhere

	ports     []port
	builders  []*Buffer // one a port; one in all for broadcast and rebalance; nil: nothing gathered
	pool      *pool
	batchRows int
	kind      physical.DistKind
	part      *partitioner // nil unless rows part
	next      int          // rebalance: the port whose turn it is
	marked    int          // the port of the last marker
	output    *Output      // that the ports lead to; nil: they lead to receivers

	interval      int64 // milliseconds between watermarks while busy
	held, sent    stream.Watermark
	lastWatermark int64
	idle          bool
}

type port struct {
	Sender
	ended bool
}

// WriterConfig is what a writer is made of.
type WriterConfig struct {
	Dist           physical.Distribution
	Types          []types.Type
	BatchRows      int
	MaxParallelism int
	// WatermarkInterval is the least milliseconds between two watermarks while rows flow; 0: none.
	WatermarkInterval int64
	// Output is what all channels lead to; nil: to receivers that run.
	Output *Output
}

// NewWriter makes the writer of an edge over channels to all receivers of the
// distribution: one for forward and single, in the order of subtasks otherwise.
func NewWriter(c WriterConfig, senders []Sender) *Writer {
	w := &Writer{pool: newPool(c.Types), output: c.Output, batchRows: c.BatchRows, kind: c.Dist.Kind, interval: c.WatermarkInterval, held: stream.MinWatermark, sent: stream.MinWatermark}
	for _, s := range senders {
		w.ports = append(w.ports, port{Sender: s})
	}
	n := 1
	if c.Dist.Kind == physical.Hash && len(senders) > 1 {
		n = len(senders)
		w.part = newPartitioner(c.Dist.Keys, n, c.MaxParallelism)
	}
	w.builders = make([]*Buffer, n)
	return w
}

// Emit copies a batch into the builders of its channels.
func (w *Writer) Emit(b *stream.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if w.part == nil {
		w.gather(0, b, b.Sel)
		return w.bound()
	}
	split := w.part.split(b)
	for i, sel := range w.part.sels {
		if len(sel) > 0 && !w.ports[i].Closed() {
			w.gather(i, split, sel)
		}
	}
	return w.bound()
}

// bound keeps what is gathered for an output within its memory.
func (w *Writer) bound() error {
	if w.output == nil {
		return nil
	}
	var bytes int64
	for _, b := range w.builders {
		if b != nil {
			bytes += int64(b.builder.Size())
		}
	}
	if !w.output.holds(bytes) {
		w.sendAll()
	}
	return w.output.err
}

// gather appends rows to builder i, sending whenever it is full.
func (w *Writer) gather(i int, b *stream.Batch, sel []uint32) {
	if sel == nil && w.rows(i)+b.Rows > w.batchRows {
		sel = w.allRows(b.Rows)
	}
	for sel != nil && w.rows(i)+len(sel) > w.batchRows {
		n := fit(b, sel, w.batchRows-w.rows(i), w.rows(i) == 0)
		if n > 0 {
			w.append(i, b, sel[:n])
			sel = sel[n:]
		}
		w.send(i)
	}
	if sel != nil && len(sel) == 0 {
		return
	}
	w.append(i, b, sel)
	if w.rows(i) >= w.batchRows || w.builders[i].builder.Size() >= enoughBytes {
		w.send(i)
	}
}

// enoughBytes sends a batch of wide rows before it has all its rows.
const enoughBytes = 1 << 20

// fit is how many of sel go into room rows without parting a pair; at least one
// where the builder is empty.
func fit(b *stream.Batch, sel []uint32, room int, empty bool) int {
	n := min(room, len(sel))
	if n > 0 && n < len(sel) && b.Kind(int(sel[n-1])) == stream.UpdateBefore && (n > 1 || !empty) {
		n--
	}
	return n
}

func (w *Writer) append(i int, b *stream.Batch, sel []uint32) {
	if w.builders[i] == nil {
		w.builders[i] = w.pool.get()
	}
	w.builders[i].builder.Append(b, sel)
}

func (w *Writer) rows(i int) int {
	if w.builders[i] == nil {
		return 0
	}
	return w.builders[i].builder.Rows()
}

func (w *Writer) allRows(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// send passes builder i on.
func (w *Writer) send(i int) {
	buf := w.builders[i]
	if buf == nil {
		return
	}
	w.builders[i] = nil
	buf.Bytes = buf.builder.Size()
	w.Rows.Add(int64(buf.builder.Rows()))
	w.Bytes.Add(int64(buf.Bytes))
	w.Batches.Add(1)
	buf.Batch = buf.builder.Finish()
	e := Element{Kind: stream.ElemBatch, Buffer: buf}
	if w.kind == physical.Broadcast {
		buf.refs.Store(int32(len(w.ports)))
		for p := range w.ports {
			w.ports[p].Send(e)
		}
		return
	}
	buf.refs.Store(1)
	if w.kind == physical.Rebalance {
		i = w.turn()
	}
	w.ports[i].Send(e)
}

// turn is the next channel that has room; the next one when none has.
func (w *Writer) turn() int {
	for k := range w.ports {
		i := (w.next + k) % len(w.ports)
		if !w.ports[i].Full() && !w.ports[i].Closed() {
			w.next = (i + 1) % len(w.ports)
			return i
		}
	}
	i := w.next
	w.next = (i + 1) % len(w.ports)
	return i
}

// Full reports that the task should not take more work: a channel has no credit
// left, or where rows may go to any of them, none has.
func (w *Writer) Full() bool {
	any := w.kind == physical.Rebalance
	full := false
	for i := range w.ports {
		if w.ports[i].Closed() {
			continue
		}
		if full = w.ports[i].Full(); full != any {
			return full
		}
	}
	return full
}

// Closed reports that no receiver wants anything more.
func (w *Writer) Closed() bool {
	for i := range w.ports {
		if !w.ports[i].Closed() {
			return false
		}
	}
	return true
}

// Flush sends what was gathered, and a watermark that was held back: the input
// is quiet. Channels without credit keep gathering.
func (w *Writer) Flush(now int64) {
	if w.kind == physical.Rebalance || w.kind == physical.Broadcast {
		if !w.Full() {
			w.send(0)
		}
	} else {
		for i := range w.builders {
			if w.builders[i] != nil && !w.ports[i].Full() {
				w.send(i)
			}
		}
	}
	if w.held > w.sent {
		w.passWatermark(now)
	}
}

// Watermark passes w on, or holds it back while rows flow.
func (w *Writer) Watermark(wm stream.Watermark, now int64) {
	if wm <= w.held {
		return
	}
	w.held = wm
	if w.interval == 0 || wm == stream.MaxWatermark || now-w.lastWatermark >= w.interval {
		w.passWatermark(now)
	}
}

func (w *Writer) passWatermark(now int64) {
	w.sendAll()
	w.sent, w.lastWatermark = w.held, now
	w.control(Element{Kind: stream.ElemWatermark, Watermark: w.held})
}

// Idle tells the receivers not to wait for this channel's watermark, or again.
func (w *Writer) Idle(on bool, now int64) {
	if on == w.idle {
		return
	}
	w.idle = on
	w.sendAll()
	if w.held > w.sent {
		w.passWatermark(now)
	}
	kind := stream.ElemActive
	if on {
		kind = stream.ElemIdle
	}
	w.control(Element{Kind: kind})
}

// Barrier sends everything gathered, then the barrier.
func (w *Writer) Barrier(b stream.Barrier, now int64) {
	w.sendAll()
	if w.held > w.sent {
		w.passWatermark(now)
	}
	w.control(Element{Kind: stream.ElemBarrier, Barrier: b})
}

// Marker sends what is gathered for one channel, each in its turn, then the marker.
func (w *Writer) Marker(m stream.Marker) {
	if len(w.ports) == 0 {
		return
	}
	w.marked = (w.marked + 1) % len(w.ports)
	if w.ports[w.marked].ended {
		return
	}
	w.send(min(w.marked, len(w.builders)-1))
	w.ports[w.marked].Send(Element{Kind: stream.ElemMarker, Marker: m})
}

// End sends everything gathered, then the end of input.
func (w *Writer) End(now int64) {
	w.sendAll()
	if w.held > w.sent {
		w.passWatermark(now)
	}
	w.control(Element{Kind: stream.ElemEndOfInput})
}

func (w *Writer) sendAll() {
	for i := range w.builders {
		w.send(i)
	}
}

func (w *Writer) control(e Element) {
	for i := range w.ports {
		if !w.ports[i].ended {
			w.ports[i].ended = e.Kind == stream.ElemEndOfInput
			w.ports[i].Send(e)
		}
	}
}
