package task

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/failpoint"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// errOvertaken declines a checkpoint whose alignment a newer barrier ended.
var errOvertaken = errors.New("a newer barrier arrived")

// capture is the snapshot being taken and the uploads behind it.
type capture struct {
	ctx     context.Context
	state   checkpoint.SubtaskState
	uploads sync.WaitGroup
	mu      sync.Mutex
	cancels map[int64]context.CancelFunc

	of      int64 // the checkpoint whose barrier came last
	since   int64 // when the first of its barriers came
	started int64 // when its capture began
}

// first notes when the first barrier of a checkpoint came.
func (c *capture) first(id, now int64) {
	if id > c.of {
		c.of, c.since = id, now
	}
}

func (c *capture) wait() { c.uploads.Wait() }

// judge acts on what the aligner found.
func (t *Task) judge(v Verdict, b stream.Barrier) {
	if v.Cancelled != 0 {
		t.aligned = nil
		t.config.Reporter.Decline(v.Cancelled, errOvertaken)
	}
	if v.Aligned {
		t.aligned = &b
	}
}

// passBarrier sends the barrier down the chain; each operator captures its
// state behind its rows, and the last passes it on.
func (t *Task) passBarrier(b stream.Barrier) error {
	failpoint.Hit("before-barrier")
	t.cap.started = t.config.Clock()
	t.cap.state = checkpoint.SubtaskState{Operators: map[string]checkpoint.OperatorState{}, Finished: t.chain.ended, Took: &checkpoint.Took{Align: t.cap.started - t.cap.since}}
	if f := t.config.Finished; f != nil {
		for id, o := range f.Operators {
			t.cap.state.Operators[id] = checkpoint.OperatorState{Parts: o.Parts, Union: o.Union}
		}
		t.cap.state.Keyed, t.cap.state.Took = f.Keyed, &checkpoint.Took{}
		t.aligner.Captured()
		t.config.Reporter.Acknowledge(b.Checkpoint, t.cap.state)
		return nil
	}
	// Operators upstream of one that had enough are over; the barrier starts behind them.
	for _, n := range t.chain.nodes {
		if !n.over {
			return t.chain.deliver(n, item{kind: itemBarrier, barrier: b})
		}
	}
	return t.barrierPassed(b)
}

// captureOperator takes the state of an operator that is not by key.
func (t *Task) captureOperator(n *node, b stream.Barrier) error {
	var s checkpoint.OperatorState
	if n.snapshots != nil {
		parts, err := n.snapshots.Snapshot(b.Checkpoint)
		if err != nil {
			return fmt.Errorf("snapshot for checkpoint %d: %w", b.Checkpoint, err)
		}
		s.Parts, s.Union = parts, n.snapshots.Redistribution() == operator.Union
	}
	if c, ok := n.op.(operator.Committing); ok {
		s.Committables = c.Committables()
	}
	if s.Parts != nil || s.Committables != nil {
		t.cap.state.Operators[n.spec.ID] = s
	}
	return nil
}

// barrierPassed freezes keyed state and lets the rows flow again.
func (t *Task) barrierPassed(b stream.Barrier) error {
	failpoint.Hit("after-prepare-before-manifest")
	var up keyed.Upload
	if t.config.Backend != nil {
		var err error
		if up, err = t.config.Backend.Snapshot(b.Checkpoint); err != nil {
			return fmt.Errorf("snapshot keyed state for checkpoint %d: %w", b.Checkpoint, err)
		}
	}
	t.aligner.Captured()
	t.cap.state.Took.Sync = t.config.Clock() - t.cap.started
	t.stopped = t.stopped || b.Drain
	if up == nil {
		t.config.Reporter.Acknowledge(b.Checkpoint, t.cap.state)
		return nil
	}
	t.upload(b.Checkpoint, t.cap.state, up)
	return nil
}

// upload stores keyed state behind the running task, then acknowledges.
func (t *Task) upload(id int64, s checkpoint.SubtaskState, up keyed.Upload) {
	ctx, cancel := context.WithCancel(t.cap.ctx)
	t.cap.mu.Lock()
	if t.cap.cancels == nil {
		t.cap.cancels = map[int64]context.CancelFunc{}
	}
	t.cap.cancels[id] = cancel
	t.cap.mu.Unlock()
	began := t.config.Clock()
	t.cap.uploads.Go(func() {
		h, err := up.Run(ctx)
		s.Took.Async = t.config.Clock() - began
		t.cap.forget(id)
		if err != nil {
			if t.cap.ctx.Err() == nil {
				t.config.Reporter.Decline(id, fmt.Errorf("store state of %s: %w", t.name, err))
			}
			return
		}
		s.Keyed = &h
		t.config.Reporter.Acknowledge(id, s)
	})
}

// forget ends the upload of a checkpoint.
func (c *capture) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.cancels[id]; cancel != nil {
		cancel()
		delete(c.cancels, id)
	}
}

// Trigger starts a checkpoint: a source emits the barrier, a task that has ended captures at once.
func (t *Task) Trigger(b stream.Barrier) {
	t.mail.send(func() error {
		t.cap.first(b.Checkpoint, t.config.Clock())
		if t.sourceCh >= 0 && !t.aligner.Ended(t.sourceCh) {
			t.judge(t.aligner.Barrier(t.sourceCh, b), b)
		} else {
			t.judge(t.aligner.Trigger(b), b)
		}
		return nil
	})
}

// Completed tells the operators that a checkpoint counts.
func (t *Task) Completed(id int64) {
	t.mail.send(func() error {
		if t.config.Backend != nil {
			t.config.Backend.Completed(id)
		}
		for _, n := range t.chain.nodes {
			if n.notified != nil && n.opened {
				t.chain.current = n
				if err := n.notified.Completed(t.cap.ctx, id); err != nil {
					return n.wrap(fmt.Errorf("checkpoint %d is complete: %w", id, err))
				}
			}
		}
		return nil
	})
}

// Aborted tells the operators that a checkpoint was given up.
func (t *Task) Aborted(id int64) {
	t.cap.forget(id)
	t.mail.send(func() error {
		if t.aligned != nil && t.aligned.Checkpoint == id {
			t.aligned = nil
		}
		t.aligner.Abort(id)
		if t.config.Backend != nil {
			t.config.Backend.Aborted(id)
		}
		for _, n := range t.chain.nodes {
			if n.notified != nil && n.opened {
				n.notified.Aborted(id)
			}
		}
		return nil
	})
}

// AssignSplits hands splits to the source of that id.
func (t *Task) AssignSplits(op string, splits []connector.Split, done bool, epoch int64) {
	t.mail.send(func() error {
		for _, n := range t.chain.nodes {
			if taker, ok := n.op.(operator.SplitTaker); ok && n.spec.ID == op && n.opened && !n.over {
				if err := taker.AssignSplits(splits, done, epoch); err != nil {
					return n.wrap(fmt.Errorf("assign splits: %w", err))
				}
			}
		}
		return nil
	})
}

// Drain ends the source as if it had read everything.
func (t *Task) Drain() {
	t.mail.send(func() error { t.drains = true; return nil })
}

// Release lets a task that has ended close, once its sinks have settled.
func (t *Task) Release() {
	t.mail.send(func() error { t.released = true; return nil })
}
