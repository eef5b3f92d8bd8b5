package engine

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// The Go heap of an engine is small (tables lie outside it) and turns over
// quickly. With the default pacing the collector would run hundreds of times a
// second over a few live megabytes, and loops that store pointers would pay its
// write barrier most of the time. So a cycle starts no earlier than when the
// heap has grown by a floor, and never later than the memory limit says. The
// floor follows what is live, which is what a cycle costs: memory that was never
// used before costs a page fault each 4 KiB, more than collecting little.
const (
	leastFloor = 32 << 20
	mostFloor  = 256 << 20
	liveFloor  = 4 // times the live bytes
)

var heapFloor atomic.Int64

// paceCollector bounds the floor for a heap that may grow to limit bytes.
func paceCollector(limit int64) {
	first := heapFloor.Swap(min(mostFloor, limit/4)) == 0
	if first {
		watchCycles()
	}
	setPercent()
}

// watchCycles sets the pace anew after each collection: a finalizer on an
// object without references runs once a cycle.
func watchCycles() {
	type sentinel struct{ _ [16]byte }
	var again func(*sentinel)
	again = func(*sentinel) {
		setPercent()
		runtime.SetFinalizer(&sentinel{}, again)
	}
	runtime.SetFinalizer(&sentinel{}, again)
}

func setPercent() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	live := int64(max(sample[0].Value.Uint64(), 1<<20))
	floor := min(heapFloor.Load(), leastFloor+liveFloor*live)
	debug.SetGCPercent(int(max(100, floor*100/live)))
}
