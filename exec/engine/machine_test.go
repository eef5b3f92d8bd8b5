package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemoryOfMachineAndCgroups(t *testing.T) {
	const meminfo, v2, v1 = "proc/meminfo", "0::/work.slice/weir.service\n", "12:cpu,cpuacct:/a\n9:memory:/pods/weir\n0::/\n"
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing is told", nil, 4 << 30},
		{"the machine", map[string]string{meminfo: "MemFree: 5 kB\nMemTotal:   1048576 kB\n"}, 1 << 30},
		{"v2, a container", map[string]string{meminfo: "MemTotal: 1048576 kB\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 256 << 20},
		{"v2, no limit", map[string]string{meminfo: "MemTotal: 1048576 kB\n", "sys/fs/cgroup/memory.max": "max\n"}, 1 << 30},
		{"v2, a service", map[string]string{
			meminfo: "MemTotal: 1048576 kB\n", "proc/self/cgroup": v2,
			"sys/fs/cgroup/work.slice/weir.service/memory.max": "134217728\n",
		}, 128 << 20},
		{"v2, above it", map[string]string{
			meminfo: "MemTotal: 1048576 kB\n", "proc/self/cgroup": v2,
			"sys/fs/cgroup/work.slice/weir.service/memory.max": "max\n", "sys/fs/cgroup/work.slice/memory.max": "536870912\n",
		}, 512 << 20},
		{"v2, more than the machine has", map[string]string{meminfo: "MemTotal: 1048576 kB\n", "sys/fs/cgroup/memory.max": "9999999999999\n"}, 1 << 30},
		{"v1, a container", map[string]string{
			meminfo: "MemTotal: 1048576 kB\n", "proc/self/cgroup": v1,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n",
		}, 256 << 20},
		{"v1, its own", map[string]string{
			meminfo: "MemTotal: 1048576 kB\n", "proc/self/cgroup": v1,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/pods/weir/memory.limit_in_bytes": "201326592\n",
		}, 192 << 20},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := machine(root).memory(); got != c.want {
				t.Errorf("%d MiB, want %d", got>>20, c.want>>20)
			}
		})
	}
}

func TestPromiseOfPages(t *testing.T) {
	for _, pages := range []int64{1, 40 << 20, 100 << 20, 1 << 30, 10 << 30} {
		p := promiseOf(pages)
		if got := p - fixedBytes - heapOf(p); got < pages {
			t.Errorf("of %d MiB %d bytes can be granted, not %d", p>>20, got, pages)
		}
		if less := p - 16<<20; less >= leastMemory && less-fixedBytes-heapOf(less) >= pages {
			t.Errorf("%d MiB would do for %d bytes, not only %d", less>>20, pages, p>>20)
		}
	}
}
