package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weir-engine/weir/state/keyed"
)

// Cancel stops an attempt.
func (m *Manager) Cancel(job string, number int, cause error) {
	m.mu.Lock()
	a := m.attempts[attemptKey{job, number}]
	m.mu.Unlock()
	if a != nil {
		a.cancel(cause)
	}
}

// Dismiss drops an attempt: nobody sends to its channels any more.
func (m *Manager) Dismiss(job string, number int) {
	m.mu.Lock()
	key := attemptKey{job, number}
	a := m.attempts[key]
	if a == nil || a.started && a.left > 0 {
		m.mu.Unlock()
		return
	}
	delete(m.attempts, key)
	m.mu.Unlock()
	if !a.started {
		a.abandon()
		return
	}
	a.cancel(context.Canceled)
	a.links.close()
}

// CancelAll stops and drops whatever is here: the job manager is gone. It returns
// when no task runs any more.
func (m *Manager) CancelAll(cause error) {
	m.mu.Lock()
	var keys []attemptKey
	for k, a := range m.attempts {
		keys = append(keys, k)
		a.cancel(cause)
	}
	idle := make(chan struct{})
	m.idle = idle
	m.noteIdle()
	m.mu.Unlock()
	<-idle
	for _, k := range keys {
		m.Dismiss(k.job, k.number)
	}
	m.Drop("")
}

// noteIdle tells who waits that no task runs. The caller holds mu.
func (m *Manager) noteIdle() {
	if m.idle == nil {
		return
	}
	for _, a := range m.attempts {
		if a.started && a.left > 0 {
			return
		}
	}
	close(m.idle)
	m.idle = nil
}

// closed takes note of a finished task. Memory goes back with the last subtask of
// a vertex, since they may use a table together, scratch space with the last of all.
func (m *Manager) closed(r *running, err error) {
	var stats keyed.Stats
	if r.backend != nil {
		stats = r.backend.Stats()
	}
	if cerr := r.closeState(); err == nil {
		err = cerr
	}
	err = m.settleOutputs(r, err)
	a := r.attempt
	m.mu.Lock()
	r.keyed = stats
	r.stamps.Ended = m.config.Clock()
	switch {
	case err == nil:
		r.state = stateFinished
	case a.ctx.Err() != nil:
		r.state = stateCanceled
	default:
		r.state = stateFailed
	}
	a.open[r.vertex.ID]--
	lastOfVertex := a.open[r.vertex.ID] == 0
	m.mu.Unlock()
	if lastOfVertex {
		for _, o := range a.tasks {
			if o.vertex == r.vertex {
				o.release()
			}
		}
	}
	if rerr := m.left(a); err == nil {
		err = rerr
	}
	m.config.Jobs.TaskClosed(r.id, err)
	m.mu.Lock()
	m.noteIdle()
	m.mu.Unlock()
}

// left counts a task out; the last one empties the scratch space of its attempt.
func (m *Manager) left(a *attempt) error {
	m.mu.Lock()
	a.left--
	last := a.left == 0
	m.mu.Unlock()
	if !last {
		return nil
	}
	a.cancel(context.Canceled)
	if err := os.RemoveAll(a.dir); err != nil {
		return fmt.Errorf("remove spill directory: %w", err)
	}
	_ = os.Remove(filepath.Dir(a.dir)) // of the job: empty, or never made
	return nil
}

// abandon gives back what a deployment that failed had taken.
func (a *attempt) abandon() {
	a.cancel(context.Canceled)
	a.links.close()
	for _, r := range a.tasks {
		_ = r.closeState() // nothing was stored in it
		for _, o := range r.outputs {
			o.output.Abort()
		}
		r.release()
	}
	_ = os.RemoveAll(a.dir) // scratch: the next start clears what stays
}

func (r *running) closeState() error {
	if r.backend == nil {
		return nil
	}
	return r.backend.Close()
}

// release gives memory back.
func (r *running) release() {
	for _, g := range r.grants {
		g.Close()
	}
}
