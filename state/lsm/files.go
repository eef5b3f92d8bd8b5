package lsm

import (
	"slices"
	"sync"

	"github.com/weir-engine/weir/state/keyed"
)

// file is a run, or a part of a base.
type file struct {
	epoch  uint32 // of the flush that wrote it; for a base: the last it covers
	path   string // below the checkpoint directory, once stored
	local  string // beside the database, until it is stored; the base's and restored ones' too
	bytes  int64
	sum    uint64
	groups keyed.GroupRange
	base   bool
	stored bool
	named  bool // by a manifest that was completed
}

// fileList is base and runs, in order. It is safe for concurrent use.
type fileList struct {
	mu      sync.Mutex
	list    []*file
	next    int
	waiting map[int64][]*file // by checkpoint: its manifest is not yet complete
}

func (l *fileList) number() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

func (l *fileList) add(f *file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, f)
}

// upTo is what a checkpoint of an epoch consists of.
func (l *fileList) upTo(epoch uint32) (out []*file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.epoch <= epoch {
			out = append(out, f)
		}
	}
	return out
}

// rebase puts a base in place of all files up to its epoch.
func (l *fileList) rebase(epoch uint32, base []*file) (replaced []*file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Clone(base)
	for _, f := range l.list {
		if f.epoch <= epoch {
			replaced = append(replaced, f)
		} else {
			list = append(list, f)
		}
	}
	l.list = list
	return replaced
}

// weight is the bytes of the base and of the runs.
func (l *fileList) weight() (base, runs int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.base {
			base += f.bytes
		} else {
			runs += f.bytes
		}
	}
	return base, runs
}

// wait notes the files of a checkpoint that waits for its manifest.
func (l *fileList) wait(checkpoint int64, files []*file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = map[int64][]*file{}
	}
	l.waiting[checkpoint] = files
}

func (l *fileList) completed(checkpoint int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.waiting[checkpoint] {
		f.named = true
	}
	delete(l.waiting, checkpoint)
}

func (l *fileList) aborted(checkpoint int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, checkpoint)
}

// mayBeNamed reports whether a manifest names f or still may.
func (l *fileList) mayBeNamed(f *file) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.named {
		return true
	}
	for _, files := range l.waiting {
		if slices.Contains(files, f) {
			return true
		}
	}
	return false
}
