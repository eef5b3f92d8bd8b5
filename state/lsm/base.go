package lsm

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"

	"github.com/cockroachdb/pebble/v2"
)

// base is a base being written: all live rows as they were behind the flush of an epoch.
type base struct {
	b        *Backend
	epoch    uint32
	snapshot *pebble.Snapshot
	here     bool // stored by the checkpoint that names it, not before
}

const (
	baseFileBytes = 16 << 20 // cut at the next key group
	baseFileLimit = 64 << 20 // cut anywhere
)

// They are no constants for tests alone.
var (
	smallState int64 = 4 << 20 // below this weight files are not worth a base
	manyRuns         = 500     // that are too many for any manifest but a large state's
)

// runWeight is what a run counts at least where they are many: runs cut by eviction are larger.
const runWeight = 1 << 20

// baseDue reports whether base and runs together weigh more than twice what is
// live, and the runs more than the base. So a byte changed is stored once in a run
// and, over time, about once in a base. Every manifest names every run: where they
// are many, however small, a base is due too, as soon as that costs no more than
// runWeight bytes for each.
func (b *Backend) baseDue() bool {
	if b.foreign.Load() {
		return true
	}
	base, runs, n := b.files.weight()
	if b.begun.Load() != nil {
		return false
	}
	if n > manyRuns && int64(n)*runWeight > base {
		return true
	}
	weight := base + runs
	if weight < smallState || runs <= base {
		return false
	}
	return weight > 2*b.mostLive() || weight > 4*b.storedLive()
}

// storedLive is for states that have deleted much of what went below: what lies
// under level 0, where a key is seldom held twice, and a quarter of level 0, which
// may be new or may replace the rest.
func (b *Backend) storedLive() (n int64) {
	for level, m := range b.db.Metrics().Levels {
		if level == 0 {
			n += int64(m.TablesSize) / 4
		} else {
			n += int64(m.TablesSize)
		}
	}
	return n
}

// mostLive is what is live at the most: all rows in memory, and all that went below,
// as if none were in both and none of those had been deleted.
func (b *Backend) mostLive() int64 {
	written := b.runRows.Load()
	if written == 0 {
		return math.MaxInt64 / 2 // nothing tells yet how large a row is
	}
	return int64(float64(b.rows.Load()+b.away.Load()) * float64(b.runBytes.Load()) / float64(written))
}

// beginBase takes the database's snapshot; nothing of a later epoch has been ingested.
func (b *Backend) beginBase(epoch uint32) *base {
	s := &base{b: b, epoch: epoch}
	if !b.begun.CompareAndSwap(nil, s) {
		return nil
	}
	s.snapshot = b.db.NewSnapshot()
	return s
}

// boundRuns keeps the runs of a job that has taken no checkpoint yet, and may never
// take one, from filling the disk: where a base is due they give way to one.
func (b *Backend) boundRuns() {
	if b.checkpoints || b.foreign.Load() || !b.baseDue() {
		return
	}
	if s := b.beginBase(b.durable.Load()); s != nil {
		s.here = true
		b.tasks.Go(func() { _ = s.write(b.ctx) }) // where it fails, a later eviction tries again
	}
}

// giveUp ends a base that is not written.
func (s *base) giveUp() {
	_ = s.snapshot.Close() // it is there to be closed
	s.b.begun.Store(nil)
}

// write makes the base and puts it in place of the files that it covers. Until it
// is stored, checkpoints go on with the old ones.
func (s *base) write(ctx context.Context) error {
	defer s.b.begun.Store(nil)
	files, err := s.cut(ctx)
	if e := s.snapshot.Close(); err == nil && e != nil {
		err = e
	}
	if err == nil && !s.here {
		err = s.b.store(files)
	}
	if err != nil {
		for _, f := range files {
			os.Remove(f.local)
		}
		return fmt.Errorf("write base: %w", err)
	}
	s.b.forget(s.b.files.rebase(s.epoch, files))
	return nil
}

// cut iterates the snapshot into files that are disjoint.
func (s *base) cut(ctx context.Context) (files []*file, err error) {
	it, err := s.snapshot.NewIter(nil)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var w *runWriter
	bytes, group := 0, -1
	finish := func() error {
		if w == nil {
			return nil
		}
		f, err := w.finish()
		w = nil
		if err != nil {
			return err
		}
		f.base = true
		files = append(files, f)
		return nil
	}
	for valid := it.First(); valid; valid = it.Next() {
		key := it.Key()
		g := int(binary.BigEndian.Uint16(key))
		if bytes >= baseFileLimit || bytes >= baseFileBytes && g != group {
			if err := finish(); err != nil {
				return files, err
			}
			bytes = 0
		}
		group = g
		if w == nil {
			if err := ctx.Err(); err != nil {
				return files, err
			}
			if w, err = s.b.newRun(s.epoch); err != nil {
				return files, err
			}
		}
		if err := w.set(key, it.Value()); err != nil {
			return files, w.abandon(err)
		}
		bytes += len(key) + len(it.Value())
	}
	if err := it.Error(); err != nil {
		if w != nil {
			return files, w.abandon(err)
		}
		return files, err
	}
	return files, finish()
}
