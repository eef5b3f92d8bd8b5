package lsm

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// cacheBytes is the block cache of all backends of the process.
const cacheBytes = 32 << 20

// sharedCache is made by the first backend and goes with the last.
type sharedCache struct {
	mu    sync.Mutex
	cache *pebble.Cache
	users int
}

var shared sharedCache

// take gives a reference, which the database takes over from its caller by one of its own.
func (s *sharedCache) take() *pebble.Cache {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		s.cache = pebble.NewCache(cacheBytes)
	}
	s.users++
	s.cache.Ref()
	return s.cache
}

// leave says that a backend is closed.
func (s *sharedCache) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.cache.Unref()
		s.cache = nil
	}
}

// quiet drops Pebble's log lines; its errors come back from its calls.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	pebble.DefaultLogger.Fatalf(format, args...)
}
