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
	over    int64             // checkpoints up to this are complete or given up
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

// take is what a checkpoint of an epoch consists of. Until its manifest is known to
// be complete or given up, nothing of that may go; it may be given up already.
func (l *fileList) take(checkpoint int64, epoch uint32) (out []*file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.epoch <= epoch {
			out = append(out, f)
		}
	}
	if checkpoint > l.over {
		if l.waiting == nil {
			l.waiting = map[int64][]*file{}
		}
		l.waiting[checkpoint] = out
	}
	return out
}

// rebase puts a base in place of all files up to its epoch. gone are those of them
// that no manifest names or still may.
func (l *fileList) rebase(epoch uint32, base []*file) (gone []*file) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list, held := slices.Clone(base), l.held()
	for _, f := range l.list {
		switch {
		case f.epoch > epoch:
			list = append(list, f)
		case !f.named && !held[f]:
			gone = append(gone, f)
		}
	}
	l.list = list
	return gone
}

// weight is the bytes of the base and of the runs, and the number of those.
func (l *fileList) weight() (base, runs int64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.base {
			base += f.bytes
		} else {
			runs += f.bytes
			n++
		}
	}
	return base, runs, n
}

func (l *fileList) completed(checkpoint int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.waiting[checkpoint] {
		f.named = true
	}
	l.settle(checkpoint)
}

func (l *fileList) aborted(checkpoint int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(checkpoint)
}

// settle notes that a checkpoint is over; they end in their order.
func (l *fileList) settle(checkpoint int64) {
	l.over = max(l.over, checkpoint)
	delete(l.waiting, checkpoint)
}

// held are the files of checkpoints that wait for their manifests.
func (l *fileList) held() map[*file]bool {
	out := map[*file]bool{}
	for _, files := range l.waiting {
		for _, f := range files {
			out[f] = true
		}
	}
	return out
}
