package engine

import (
	"runtime/debug"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
)

const (
	fixedBytes  = 48 << 20  // binary, stacks, fragmentation: in no account
	leastMemory = 128 << 20 // below this nothing useful runs
	heapPercent = 30        // of what is left: the Go heap; the rest is pages

	// What lies on the Go heap hardly grows with the promise: batches on their way
	// and what is being encoded. A small promise gives it more, lest the collector
	// runs without end.
	leastHeap       = 104 << 20
	mostHeapPercent = 50
)

// DefaultMemory is 60 % of what the machine or the cgroup has.
func DefaultMemory() int64 { return machine("/").memory() / 100 * 60 }

// split deals the promise between pages, which are granted, and the Go heap,
// which the collector is told to keep within.
func split(promise int64) (*memory.Manager, error) {
	if promise < leastMemory {
		return nil, sqlerr.Newf(sqlerr.InsufficientMemory, "%d MiB of memory are too few", promise>>20).
			WithHint("the least is %d MiB: --memory, or '%s'", leastMemory>>20, OptMemory.Key)
	}
	heap := heapOf(promise)
	debug.SetMemoryLimit(heap)
	paceCollector(heap)
	m := memory.NewManager(promise - fixedBytes - heap)
	m.PartOf(promiseOf)
	return m, nil
}

// heapOf is the part of a promise that the Go heap has.
func heapOf(promise int64) int64 {
	rest := promise - fixedBytes
	return max(rest/100*heapPercent, min(leastHeap, rest/100*mostHeapPercent))
}

// promiseOf is the least promise, in whole steps, of which so much can be granted.
func promiseOf(pages int64) int64 {
	const step = 16 << 20
	promise := max(leastMemory, (fixedBytes+pages)/step*step)
	for promise-fixedBytes-heapOf(promise) < pages {
		promise += step
	}
	return promise
}
