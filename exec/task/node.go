package task

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
)

// node is one operator of the chain with what the task keeps about it.
type node struct {
	index   int
	spec    *graph.OperatorSpec
	op      operator.Operator
	next    *node
	out     operator.Output
	chained int // the input that the operator before it feeds; -1: none

	resumer   operator.Resumer
	selective operator.Selective
	clocked   operator.Clocked
	flusher   operator.Flusher
	snapshots operator.Snapshotter
	notified  operator.Notified
	settler   operator.Settler
	early     operator.Early
	forked    operator.Forked

	merge *Merge
	ended []bool
	open  int // inputs that have not ended
	idle  bool
	sent  stream.Watermark // passed on so far

	awaits  atomic.Bool // waits for something outside: not resumed before it is awakened
	pending bool        // has more to emit
	behind  []item      // to pass on when nothing is pending
	queue   []item      // to take when nothing is pending
	over    bool        // takes and emits nothing any more
	opened  bool
	alarm   int64 // of its clock; 0: none

	env   *kernel.Env  // of its expressions; nil: none
	clock func() int64 // nil: their time stands still, as the plan has it

	rowsIn, rowsOut       *metric.Counter
	batchesIn, batchesOut *metric.Counter // nil: nobody counts them
	busy                  *metric.Counter // nanoseconds; nil: nobody counts them
	at, told              *metric.Gauge   // its time, and what it has passed on
}

func newNode(i int, spec *graph.OperatorSpec, op operator.Operator, streaming bool) *node {
	n := &node{index: i, spec: spec, op: op, chained: -1, sent: stream.MinWatermark}
	if i > 0 {
		n.chained = max(spec.Chained, 0)
	}
	n.resumer, _ = op.(operator.Resumer)
	n.selective, _ = op.(operator.Selective)
	n.clocked, _ = op.(operator.Clocked)
	n.flusher, _ = op.(operator.Flusher)
	n.snapshots, _ = op.(operator.Snapshotter)
	n.notified, _ = op.(operator.Notified)
	n.settler, _ = op.(operator.Settler)
	n.forked, _ = op.(operator.Forked)
	if spec.Bounded && !streaming {
		n.early, _ = op.(operator.Early)
	}
	inputs := len(spec.Inputs)
	n.merge, n.ended, n.open = NewMerge(inputs), make([]bool, inputs), inputs
	return n
}

func (n *node) wants(input int) bool {
	return n.selective == nil || n.selective.Wants()&(1<<input) != 0
}

// takes reports whether n may be handed an item now, order aside.
func (n *node) takes(it item) bool {
	return it.kind != itemBatch && it.kind != itemEnd || n.wants(it.input)
}

// queued reports whether something of an input waits already.
func (n *node) queued(input int) bool {
	for _, it := range n.queue {
		if it.input == input {
			return true
		}
	}
	return false
}

// ready is the first waiting item that n may take; -1: none. Order is kept within an input.
func (n *node) ready() int {
	var seen uint64 // inputs whose first item has been looked at
	for i, it := range n.queue {
		if seen&(1<<it.input) == 0 && n.takes(it) {
			return i
		}
		seen |= 1 << it.input
	}
	return -1
}

func (n *node) dequeue(i int) item {
	it := n.queue[i]
	n.queue = append(n.queue[:i], n.queue[i+1:]...)
	return it
}

// take is one call of the operator. What is to be passed on goes to behind.
func (n *node) take(it item) error {
	switch it.kind {
	case itemBatch:
		n.rowsIn.Add(int64(it.batch.Len()))
		if n.batchesIn != nil {
			n.batchesIn.Add(1)
		}
		if n.clock != nil {
			n.env.NowMillis = n.clock()
		}
		return n.op.Process(it.input, it.batch, n.out)
	case itemWatermark:
		return n.time(n.advance(it.input, it.watermark))
	case itemIdle, itemActive:
		return n.time(n.merge.SetIdle(it.input, it.kind == itemIdle))
	case itemFlush:
		return n.flush(it)
	case itemBarrier:
		return n.flush(it)
	case itemEnd:
		return n.endInput(it.input)
	case itemMarker:
		n.behind = append(n.behind, it)
	}
	return nil
}

func (n *node) advance(input int, w stream.Watermark) bool {
	if w == stream.MaxWatermark {
		return n.merge.End(input)
	}
	return n.merge.Advance(input, w)
}

// time tells the operator when its combined watermark has risen.
func (n *node) time(risen bool) error {
	if risen {
		if n.env != nil {
			n.env.Watermark = n.merge.Out()
		}
		n.at.Set(n.merge.Out())
		forward, err := n.op.Watermark(n.merge.Out(), n.out)
		if err != nil {
			return err
		}
		n.passWatermark(forward)
	}
	if idle := n.merge.Idle(); idle != n.idle {
		n.idle = idle
		kind := itemActive
		if idle {
			kind = itemIdle
		}
		n.behind = append(n.behind, item{kind: kind})
	}
	return nil
}

func (n *node) passWatermark(w stream.Watermark) {
	// The end of time is passed on with the end of the output only.
	if w > n.sent && w < stream.MaxWatermark {
		n.sent = w
		n.told.Set(w)
		n.behind = append(n.behind, item{kind: itemWatermark, watermark: w})
	}
}

func (n *node) flush(it item) error {
	n.behind = append(n.behind, it)
	if n.flusher == nil || n.open == 0 && len(n.ended) > 0 {
		return nil
	}
	return n.flusher.Flush(n.out)
}

func (n *node) endInput(input int) error {
	if n.ended[input] {
		return nil
	}
	n.ended[input] = true
	n.open--
	if err := n.op.EndInput(input, n.out); err != nil {
		return err
	}
	if n.open == 0 {
		n.end()
	}
	return nil
}

// end passes on that nothing will follow.
func (n *node) end() {
	n.behind = append(n.behind, item{kind: itemWatermark, watermark: stream.MaxWatermark}, item{kind: itemEnd})
}

// stop makes n take and emit nothing more.
func (n *node) stop() {
	for _, it := range n.queue {
		it.buffer.Release()
	}
	n.over, n.pending, n.queue, n.behind = true, false, nil, nil
}

func (n *node) wrap(err error) error {
	var named *operatorError
	if errors.As(err, &named) {
		return err
	}
	return &operatorError{id: n.spec.ID, name: n.spec.Name, cause: err}
}

// operatorError names the operator in which a task failed.
type operatorError struct {
	id, name string
	cause    error
}

func (e *operatorError) Error() string { return fmt.Sprintf("%s %s: %v", e.name, e.id, e.cause) }
func (e *operatorError) Unwrap() error { return e.cause }
