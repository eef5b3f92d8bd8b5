package engine

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
)

const (
	fixedBytes   = 64 << 20  // binary, stacks, fragmentation: in no account
	leastMemory  = 128 << 20 // below this nothing useful runs
	pagesPercent = 70        // of what is left: pages; the rest is the Go heap
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
	pages = rest / 100 * pagesPercent
	debug.SetMemoryLimit(rest - pages)
	paceCollector(rest - pages)
	return pages, nil
}
