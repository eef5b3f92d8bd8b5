package engine

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// machine is the root of the file system that tells what there is; tests have another.
// The cores that a cgroup's quota leaves are the Go runtime's to find out: GOMAXPROCS.
type machine string

const unknownMemory = 4 << 30

// memory is what the machine has, or what the cgroups that the process is in leave
// it, whichever is less.
func (m machine) memory() int64 {
	total := m.installed()
	for _, file := range m.limits() {
		if limit, ok := m.readBytes(file); ok && limit < total {
			total = limit
		}
	}
	return total
}

// installed reads MemTotal; 4 GiB where that cannot be told.
func (m machine) installed() int64 {
	data, err := os.ReadFile(filepath.Join(string(m), "proc/meminfo"))
	if err != nil {
		return unknownMemory
	}
	for _, line := range strings.Split(string(data), "\n") {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemTotal:" {
			if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				return kb << 10
			}
		}
	}
	return unknownMemory
}

// limits lists the files of limits that may hold: of the process's own cgroup and
// of all above it, in both versions. A container sees its own as the root, under
// whatever name the machine knows it, so files that are not there say nothing.
func (m machine) limits() []string {
	out := []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}
	data, err := os.ReadFile(filepath.Join(string(m), "proc/self/cgroup"))
	if err != nil {
		return out
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		number, rest, _ := strings.Cut(line, ":")
		controllers, own, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		base, file := "", ""
		switch {
		case number == "0" && controllers == "":
			base, file = "sys/fs/cgroup", "memory.max"
		case strings.Contains(","+controllers+",", ",memory,"):
			base, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := path.Clean("/" + own); dir != "/"; dir = path.Dir(dir) {
			out = append(out, path.Join(base, dir, file))
		}
	}
	return out
}

// readBytes reads a limit; "max" is none.
func (m machine) readBytes(file string) (int64, bool) {
	data, err := os.ReadFile(filepath.Join(string(m), file))
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return n, err == nil && n > 0
}
