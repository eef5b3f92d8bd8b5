package task

import "github.com/weir-engine/weir/core/stream"

// Aligner decides when a barrier has arrived everywhere. Channels are numbered;
// one that has seen the barrier is blocked until the checkpoint is captured.
// At most one checkpoint is being aligned: a newer barrier cancels an older one.
type Aligner struct {
	channels []alignState
	open     int // channels that have not ended
	barrier  stream.Barrier
	running  bool
	arrived  int
	last     int64 // newest checkpoint that is over: captured, cancelled or aborted
}

type alignState uint8

const (
	flowing alignState = iota
	blocked
	finished
)

// Verdict is what an event leads to.
type Verdict struct {
	Aligned   bool  // the barrier is everywhere: capture, then call Captured
	Cancelled int64 // an older checkpoint that was given up; 0: none
}

// NewAligner makes an aligner for n channels.
func NewAligner(n int) *Aligner { return &Aligner{channels: make([]alignState, n), open: n} }

// Blocked reports whether channel c must not be read.
func (a *Aligner) Blocked(c int) bool { return a.channels[c] != flowing }

// Ended reports whether channel c has ended.
func (a *Aligner) Ended(c int) bool { return a.channels[c] == finished }

// AllEnded reports that no channel is left.
func (a *Aligner) AllEnded() bool { return a.open == 0 }

// Current is the checkpoint being aligned; 0: none.
func (a *Aligner) Current() int64 {
	if a.running {
		return a.barrier.Checkpoint
	}
	return 0
}

// Trigger announces a checkpoint to a task whose channels may all have ended.
func (a *Aligner) Trigger(b stream.Barrier) Verdict {
	v, ok := a.begin(b)
	if ok && a.open == 0 {
		v.Aligned = true
	}
	return v
}

// Barrier takes a barrier out of channel c.
func (a *Aligner) Barrier(c int, b stream.Barrier) Verdict {
	v, ok := a.begin(b)
	if !ok || a.channels[c] != flowing {
		return v
	}
	a.channels[c] = blocked
	a.arrived++
	v.Aligned = a.arrived == a.open
	return v
}

// begin makes b the current checkpoint unless it is over.
func (a *Aligner) begin(b stream.Barrier) (v Verdict, ok bool) {
	if b.Checkpoint <= a.last {
		return v, false
	}
	if a.running && b.Checkpoint == a.barrier.Checkpoint {
		return v, true
	}
	if a.running {
		if b.Checkpoint < a.barrier.Checkpoint {
			return v, false
		}
		v.Cancelled = a.barrier.Checkpoint
		a.over(a.barrier.Checkpoint)
	}
	a.barrier, a.running = b, true
	return v, true
}

// End takes the end of channel c.
func (a *Aligner) End(c int) Verdict {
	if a.channels[c] == finished {
		return Verdict{}
	}
	if a.channels[c] == blocked {
		a.arrived--
	}
	a.channels[c] = finished
	a.open--
	return Verdict{Aligned: a.running && a.arrived == a.open}
}

// Captured says that the state at the current barrier is captured: all channels flow again.
func (a *Aligner) Captured() { a.over(a.barrier.Checkpoint) }

// Abort gives a checkpoint up.
func (a *Aligner) Abort(checkpoint int64) {
	if a.running && a.barrier.Checkpoint == checkpoint {
		a.over(checkpoint)
		return
	}
	if !a.running || checkpoint < a.barrier.Checkpoint {
		a.last = max(a.last, checkpoint)
	}
}

func (a *Aligner) over(checkpoint int64) {
	a.last = max(a.last, checkpoint)
	a.running, a.arrived = false, 0
	for i, s := range a.channels {
		if s == blocked {
			a.channels[i] = flowing
		}
	}
}
