package lsm

import (
	"time"

	"github.com/weir-engine/weir/state/table"
)

// maxSublevels is where eviction waits for compaction: reads look into each.
const maxSublevels = 12

// room makes sure that so many bytes of records can be written, evicting where
// the grant gives no more.
func (b *Backend) room(bytes int) error {
	pages := bytes/table.PageBytes + 4
	if b.pool.Ensure(pages) {
		return nil
	}
	if err := b.evict(int64(pages) * table.PageBytes); err != nil {
		return err
	}
	if !b.pool.Ensure(pages) {
		return table.ErrFull
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
	for b.sublevels() > maxSublevels {
		time.Sleep(5 * time.Millisecond)
	}
	if err := b.freeze().run(); err != nil {
		return err
	}
	b.sweep(want, false)
	if b.pool.FreeBytes() < want {
		b.sweep(want, true)
	}
	return nil
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
