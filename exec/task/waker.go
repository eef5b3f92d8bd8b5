package task

// Waker wakes a task at its select. Signals while it is awake are remembered once.
type Waker chan struct{}

// NewWaker makes the waker of one task, before the task: channels that lead to
// it and from it signal it.
func NewWaker() Waker { return make(Waker, 1) }

// Signal wakes the task; from any goroutine.
func (w Waker) Signal() {
	select {
	case w <- struct{}{}:
	default:
	}
}
