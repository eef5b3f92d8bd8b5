package rest

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is what this process uses, under the names that Flink gives to a JVM.
// What Go has no such thing for, such as class loaders and metaspace, is left out.
type process struct {
	heapUsed, heapCommitted, heapMax int64
	otherUsed, otherCommitted        int64 // stacks and what the runtime keeps for itself
	resident                         int64
	goroutines                       int64
	collections                      int64
	collecting                       time.Duration
	cpu                              time.Duration
	files, mostFiles                 int64
}

// readProcess reads it; it stops nothing.
func readProcess() process {
	names := []string{
		"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes", "/memory/classes/heap/free:bytes",
		"/memory/classes/total:bytes", "/memory/classes/heap/released:bytes",
		"/sched/goroutines:goroutines", "/gc/cycles/total:gc-cycles", "/cpu/classes/gc/pause:cpu-seconds",
	}
	samples := make([]metrics.Sample, len(names))
	for i, n := range names {
		samples[i].Name = n
	}
	metrics.Read(samples)
	whole := func(i int) int64 {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			return int64(samples[i].Value.Uint64())
		}
		return 0
	}
	p := process{heapUsed: whole(0), heapCommitted: whole(0) + whole(1) + whole(2), heapMax: debug.SetMemoryLimit(-1), goroutines: whole(5), collections: whole(6)}
	if samples[7].Value.Kind() == metrics.KindFloat64 {
		p.collecting = time.Duration(samples[7].Value.Float64() * float64(time.Second))
	}
	p.otherCommitted = whole(3) - whole(4) - p.heapCommitted
	p.otherUsed = p.otherCommitted
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		p.cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		p.mostFiles = int64(min(limit.Cur, 1<<62))
	}
	if open, err := filepath.Glob("/proc/self/fd/*"); err == nil {
		p.files = int64(len(open))
	}
	p.resident = residentBytes()
	return p
}

func residentBytes() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	f := strings.Fields(string(data))
	if err != nil || len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64) // the kernel wrote it
	return pages * int64(os.Getpagesize())
}

func (p *process) readings() []reading {
	return []reading{
		number("Status.JVM.Memory.Heap.Used", p.heapUsed), number("Status.JVM.Memory.Heap.Committed", p.heapCommitted), number("Status.JVM.Memory.Heap.Max", p.heapMax),
		number("Status.JVM.Memory.NonHeap.Used", p.otherUsed), number("Status.JVM.Memory.NonHeap.Committed", p.otherCommitted), number("Status.JVM.Memory.NonHeap.Max", -1),
		number("Status.JVM.Threads.Count", p.goroutines),
		number("Status.JVM.GarbageCollector.All.Count", p.collections), number("Status.JVM.GarbageCollector.All.Time", p.collecting.Milliseconds()),
		number("Status.JVM.CPU.Time", p.cpu.Nanoseconds()),
		number("Status.JVM.FileDescriptor.Open", p.files), number("Status.JVM.FileDescriptor.Max", p.mostFiles),
		number("Status.Process.ResidentBytes", p.resident),
	}
}

// machine is what the machine has, in bytes.
func machine() (cores int, total, free int64) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return runtime.NumCPU(), -1, -1
	}
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		kib, _ := strconv.ParseInt(f[1], 10, 64) // the kernel wrote it
		switch f[0] {
		case "MemTotal:":
			total = kib << 10
		case "MemAvailable:":
			free = kib << 10
		}
	}
	return runtime.NumCPU(), total, free
}
