package engine

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"

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
func DefaultMemory() int64 {
	total := machineMemory()
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if limit, ok := readBytes(path); ok && limit < total {
			total = limit
		}
	}
	return total / 100 * 60
}

// machineMemory reads MemTotal; 4 GiB where that cannot be told.
func machineMemory() int64 {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 4 << 30
	}
	for _, line := range strings.Split(string(data), "\n") {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemTotal:" {
			if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				return kb << 10
			}
		}
	}
	return 4 << 30
}

func readBytes(path string) (int64, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return n, err == nil && n > 0
}

// split deals the promise between pages, which are granted, and the Go heap,
// which the collector is told to keep within.
func split(promise int64) (pages int64, err error) {
	if promise < leastMemory {
		return 0, sqlerr.Newf(sqlerr.InsufficientMemory, "%d MiB of memory are too few", promise>>20).
			WithHint("the least is %d MiB", leastMemory>>20)
	}
	rest := promise - fixedBytes
	heap := max(rest/100*heapPercent, min(leastHeap, rest/100*mostHeapPercent))
	debug.SetMemoryLimit(heap)
	paceCollector(heap)
	return rest - heap, nil
}
