package memory

import "sync/atomic"

// Grant is one owner's account. The owner's goroutine grows and shrinks it;
// Held, Peak and Yield may be read from anywhere.
type Grant struct {
	manager *Manager
	who     string
	minimum int64
	inUse   int64        // what the owner says it uses
	insist  int64        // what it may still overdraw by
	held    atomic.Int64 // what the manager counts: max(minimum, inUse)
	peak    atomic.Int64 // most that inUse was
	yield   atomic.Bool
}

// Manager is where the grant is from.
func (g *Grant) Manager() *Manager { return g.manager }

// Held is the bytes the manager counts for this owner.
func (g *Grant) Held() int64 { return g.held.Load() }

// InUse is the bytes the owner has asked for and not given back.
func (g *Grant) InUse() int64 { return g.inUse }

// TryGrow asks for n more bytes. On false nothing changed: the owner makes do,
// by spilling, and others have been asked to give back.
func (g *Grant) TryGrow(n int64) bool {
	need := max(g.minimum, g.inUse+n) - g.held.Load()
	if need > 0 {
		if !g.manager.take(need) {
			g.manager.AskBack(g, need)
			if need > g.insist {
				return false
			}
			g.insist -= need
			g.Overdraw(n)
			return true
		}
		g.held.Add(need)
	}
	g.use(n)
	return true
}

func (g *Grant) use(n int64) {
	if g.inUse += n; g.inUse > g.peak.Load() {
		g.peak.Store(g.inUse)
	}
}

// Insist lets TryGrow overdraw by n bytes in all, for an owner that has given back
// what it could and needs a little to go on at all; 0 ends that.
func (g *Grant) Insist(n int64) { g.insist = n }

// Overdraw counts n more bytes without asking, for an owner that has to finish
// what it is at, such as taking one batch, before it can give anything back.
func (g *Grant) Overdraw(n int64) {
	if need := max(g.minimum, g.inUse+n) - g.held.Load(); need > 0 {
		g.manager.raisePeak(g.manager.used.Add(need))
		g.held.Add(need)
	}
	g.use(n)
}

// Peak is the most that InUse was; anybody may read it.
func (g *Grant) Peak() int64 { return g.peak.Load() }

// Shrink gives n bytes back.
func (g *Grant) Shrink(n int64) {
	g.inUse -= n
	keep := max(g.minimum, g.inUse)
	if extra := g.held.Load() - keep; extra > 0 {
		g.held.Add(-extra)
		g.manager.used.Add(-extra)
	}
}

// Yield reports, once a request, that others need memory: the owner should
// spill if it can.
func (g *Grant) Yield() bool { return g.yield.Load() && g.yield.Swap(false) }

// Close gives everything back.
func (g *Grant) Close() {
	g.manager.mu.Lock()
	delete(g.manager.grants, g)
	g.manager.mu.Unlock()
	g.manager.used.Add(-g.held.Swap(0))
	g.inUse = 0
}
