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
	for _, f := range b.(*Backend).files.upTo(^uint32(0)) {
		if f.base {
			n++
		}
	}
	return n
}

// SetSmallState sets from what weight on bases are written.
func SetSmallState(bytes int64) (restore func()) {
	old := smallState
	smallState = bytes
	return func() { smallState = old }
}
