package memory

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Manager holds the memory promise of one process. It is safe for concurrent use.
type Manager struct {
	limit  int64
	whole  func(limit int64) int64
	used   atomic.Int64 // granted bytes, minimums included
	peak   atomic.Int64
	mu     sync.Mutex
	grants map[*Grant]struct{}
}

// NewManager makes a manager that grants up to limit bytes.
func NewManager(limit int64) *Manager {
	return &Manager{limit: limit, grants: map[*Grant]struct{}{}}
}

// PartOf has the manager know what its limit is a part of: f says how much memory a
// process needs for which so much can be granted. Refusals name that.
func (m *Manager) PartOf(f func(limit int64) int64) { m.whole = f }

// Limit is the number of bytes that can be granted.
func (m *Manager) Limit() int64 { return m.limit }

// Used is the number of bytes granted now.
func (m *Manager) Used() int64 { return m.used.Load() }

// Overdrawn reports that owners who could not be refused hold more than can be granted.
func (m *Manager) Overdrawn() bool { return m.used.Load() > m.limit }

// Peak is the most that was ever granted.
func (m *Manager) Peak() int64 { return m.peak.Load() }

// RefusedError says that a job cannot start in the memory there is.
type RefusedError struct {
	Who               string
	Need, Free, Limit int64
	Process           int64 // the memory of the process with which it could; 0: unknown
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("memory: %s needs %d bytes at least, %d of %d are free", e.Who, e.Need, e.Free, e.Limit)
}

// Refusal says that there are not need bytes for who.
func (m *Manager) Refusal(who string, need int64) *RefusedError {
	e := &RefusedError{Who: who, Need: need, Free: m.limit - m.used.Load(), Limit: m.limit}
	if m.whole != nil {
		e.Process = m.whole(m.limit - e.Free + need)
	}
	return e
}

// Open reserves minimum bytes for who, or refuses with a *RefusedError.
func (m *Manager) Open(who string, minimum int64) (*Grant, error) {
	if !m.take(minimum) {
		return nil, m.Refusal(who, minimum)
	}
	g := &Grant{manager: m, who: who, minimum: minimum}
	g.held.Store(minimum)
	m.mu.Lock()
	m.grants[g] = struct{}{}
	m.mu.Unlock()
	return g, nil
}

func (m *Manager) take(n int64) bool {
	for {
		u := m.used.Load()
		if u+n > m.limit {
			return false
		}
		if m.used.CompareAndSwap(u, u+n) {
			m.raisePeak(u + n)
			return true
		}
	}
}

func (m *Manager) raisePeak(u int64) {
	for p := m.peak.Load(); u > p && !m.peak.CompareAndSwap(p, u); p = m.peak.Load() {
	}
}

// AskBack raises the yield flag of the grants that hold most above their minimum,
// until those asked hold want bytes together. Nobody waits: their owners see the
// flag between two elements.
func (m *Manager) AskBack(asker *Grant, want int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for want > 0 {
		var most *Grant
		for g := range m.grants {
			if g == asker || g.yield.Load() || g.Held() <= g.minimum {
				continue
			}
			if most == nil || g.Held() > most.Held() {
				most = g
			}
		}
		if most == nil {
			return
		}
		most.yield.Store(true)
		want -= most.Held() - most.minimum
	}
}
