package lsm

import "github.com/weir-engine/weir/state/keyed"

// EvictAll moves as much as possible out of memory.
func EvictAll(b keyed.Backend) error { return b.(*Backend).evict(1 << 40) }

// EvictSome moves a quarter.
func EvictSome(b keyed.Backend) error { return b.(*Backend).evict(1) }

// Reads is how often Pebble was asked for rows of keys, found or not, and iterated.
func Reads(b keyed.Backend) int64 { return b.(*Backend).reads.Load() }

// Wait waits for bases that are being written.
func Wait(b keyed.Backend) { b.(*Backend).tasks.Wait() }

// Bases is how many files of the current list are of a base.
func Bases(b keyed.Backend) (n int) {
	l := &b.(*Backend).files
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.base {
			n++
		}
	}
	return n
}

// SetManyRuns sets how many runs are too many.
func SetManyRuns(n int) (restore func()) {
	old := manyRuns
	manyRuns = n
	return func() { manyRuns = old }
}

// Waiting is how many checkpoints are held to wait for their manifests.
func Waiting(b keyed.Backend) int {
	l := &b.(*Backend).files
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// SetSmallState sets from what weight on bases are written.
func SetSmallState(bytes int64) (restore func()) {
	old := smallState
	smallState = bytes
	return func() { smallState = old }
}
