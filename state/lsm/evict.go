package lsm

import (
	"fmt"
	"time"

	"github.com/weir-engine/weir/state/table"
)

// maxSublevels is where eviction waits for compaction: reads look into each.
const (
	maxSublevels = 12
	longestWait  = 2 * time.Second
	waitStep     = 5 * time.Millisecond
)

// room makes sure that a record of so many bytes can be written, evicting where
// the grant gives no more: twice at the most, the second time nearly everything,
// so that pages side by side are found for a large one.
func (b *Backend) room(bytes int) error {
	return b.pages(func() (int, int) { return recordPages, spanOf(bytes) })
}

// recordPages is the single pages that a record may take, the index aside.
const recordPages = 4

func spanOf(bytes int) int {
	if bytes <= table.PageBytes/2 {
		return 0
	}
	return bytes*9/8/table.PageBytes + 2
}

// indexRoom makes room for a record and what the index of its table may have to
// grow by. t gives the table as eviction has left it; nil: none.
func (b *Backend) indexRoom(t func() *table.Table, bytes int) error {
	return b.pages(func() (int, int) {
		singles := recordPages
		if t := t(); t != nil {
			singles += t.IndexGrowth()
		}
		return singles, spanOf(bytes)
	})
}

// pages makes sure of single pages and of pages side by side; need is asked again
// after an eviction.
func (b *Backend) pages(need func() (singles, span int)) error {
	if b.early.Load() > mostEarly {
		_ = b.last.run() // where it fails, its rows stay dirty and the next flush takes them
	}
	for try := range 3 {
		singles, span := need()
		if b.pool.Ensure(singles) && b.pool.EnsureSpan(span) {
			return nil
		}
		want := int64(singles+span) * table.PageBytes
		switch try {
		case 1:
			want = max(want, b.pool.Bytes()+b.pool.FreeBytes())
		case 2:
			return fmt.Errorf("%w: %d pages and %d side by side are needed, %d bytes are in use and %d free", table.ErrFull, singles, span, b.pool.Bytes(), b.pool.FreeBytes())
		}
		if err := b.evict(want); err != nil {
			return err
		}
	}
	return nil
}

// evict frees at least want bytes, and a quarter of what is in memory so that it
// is not called again soon: clean and cold rows first; when these are not enough
// it flushes, so that all rows are clean, and takes any.
func (b *Backend) evict(want int64) error {
	want = max(want, (b.pool.Bytes()+b.pool.FreeBytes())/4)
	if b.last != nil {
		_ = b.last.run() // where it fails, its rows stay dirty and the next flush takes them
	}
	b.sweep(want, false)
	if b.pool.FreeBytes() >= want {
		return nil
	}
	b.awaitCompaction()
	if err := b.freeze().run(); err != nil {
		return err
	}
	b.boundRuns()
	b.sweep(want, false)
	if b.pool.FreeBytes() < want {
		b.sweep(want, true)
	}
	return nil
}

// awaitCompaction waits while level 0 is deep and gets less so, but not for ever:
// slow reads are better than a task that stands still.
func (b *Backend) awaitCompaction() {
	for wait := time.Duration(0); wait < longestWait; wait += waitStep {
		m := b.db.Metrics()
		if m.Levels[0].Sublevels <= maxSublevels || m.Compact.NumInProgress == 0 {
			return
		}
		time.Sleep(waitStep)
	}
}

func (b *Backend) sweep(want int64, all bool) {
	durable := b.durable.Load()
	before := b.pool.Bytes()
	b.pool.Sweep(want, all, func(r table.Live) {
		b.states[r.Owner].evict(r, durable)
	})
	b.evictedBytes.Add(max(before-b.pool.Bytes(), 0))
	b.refresh()
}
