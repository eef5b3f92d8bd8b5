package lsm

import (
	"runtime"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/state/table"
)

// shared is what the backends of one memory promise have in common: the block
// cache and the desks that flushes sort on. Both are sized from the promise and
// reserved from it, so that a small one gets small runs and a small cache.
type shared struct {
	grant *memory.Grant
	arena *memory.Arena
	cache *pebble.Cache
	desks chan *desk
	users int
}

const (
	leastCache, mostCache = 64 << 10, 32 << 20
	leastDesk, mostDesk   = 64 << 10, 32 << 20
	mostDesks             = 4
)

// cacheBytes is a sixteenth of the promise, within bounds.
func cacheBytes(limit int64) int64 { return min(max(limit/16, leastCache), mostCache) }

// deskBytes is an eighth of the promise for all desks together, within bounds.
func deskBytes(limit int64, desks int) int64 {
	return min(max(limit/8/int64(desks), leastDesk), mostDesk) &^ (memory.PageSize - 1)
}

func newShared(m *memory.Manager) (*shared, error) {
	desks := min(runtime.GOMAXPROCS(0), mostDesks)
	cache, each := cacheBytes(m.Limit()), deskBytes(m.Limit(), desks)
	grant, err := m.Open("pebble: block cache and sorting", cache+each*int64(desks))
	if err != nil {
		return nil, err
	}
	s := &shared{grant: grant, desks: make(chan *desk, desks)}
	if s.arena, err = memory.NewArena(grant, each*int64(desks)); err != nil {
		grant.Close()
		return nil, err
	}
	if !s.arena.Grow(each * int64(desks)) { // within the minimum, but the system may refuse
		_ = s.arena.Close() // nothing lies in it
		grant.Close()
		return nil, table.ErrFull
	}
	mem := s.arena.Bytes()
	for i := range int64(desks) {
		s.desks <- &desk{mem: mem[i*each : (i+1)*each : (i+1)*each]}
	}
	s.cache = pebble.NewCache(cache)
	return s, nil
}

func (s *shared) close() error {
	s.cache.Unref()
	err := s.arena.Close()
	s.grant.Close()
	return err
}

// take waits for a desk: who has one is writing and waits for nobody.
func (s *shared) take() *desk { return <-s.desks }

func (s *shared) leave(d *desk) {
	d.clear()
	s.desks <- d
}

// registry is made by the first backend of a promise and goes with the last.
var registry = struct {
	mu sync.Mutex
	of map[*memory.Manager]*shared
}{of: map[*memory.Manager]*shared{}}

func openShared(m *memory.Manager) (*shared, error) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	s := registry.of[m]
	if s == nil {
		var err error
		if s, err = newShared(m); err != nil {
			return nil, err
		}
		registry.of[m] = s
	}
	s.users++
	return s, nil
}

func closeShared(m *memory.Manager) error {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	s := registry.of[m]
	if s.users--; s.users > 0 {
		return nil
	}
	delete(registry.of, m)
	return s.close()
}
