package lsm

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// flush writes what was dirty when it was begun. Frozen pages may also be visited
// by the task, when it has no memory to copy one; then the rows are only gathered,
// since runs go in only in order. A flush that fails or is discarded leaves its
// rows dirty: the next one takes them too.
type flush struct {
	b          *Backend
	snapshot   *table.Snapshot
	from, upTo uint32 // epochs (from, upTo]
	drops      []drop
	before     *flush // goes first; nil when it has

	mu      sync.Mutex
	over    bool
	err     error
	files   []*file // of the checkpoint, once over
	upload  *upload // of a checkpoint, which may begin a base
	base    *base   // begun right behind this flush
	writing atomic.Bool

	desk  *desk // where rows are put: one of its own until it writes, then taken
	taken *desk
	early int64 // bytes of its own
	key   []byte
}

// mostEarly is how much flushes that do not write yet gather on the heap; then
// the task writes them itself.
const mostEarly = 1 << 20

// freeze begins a flush and the next epoch.
func (b *Backend) freeze() *flush {
	b.refresh()
	f := &flush{b: b, from: b.durable.Load(), upTo: b.pool.Epoch(), before: b.last, desk: &desk{}}
	for _, s := range b.states {
		f.drops = s.pendingDrops(f.drops)
	}
	f.snapshot = b.pool.Freeze(func(_ uint16, written uint32) bool { return written > f.from }, f.visit)
	b.last = f
	return f
}

func (f *flush) visit(p *table.Page) error {
	if f.writing.Load() && f.desk != f.taken {
		if err := f.settle(); err != nil {
			return err
		}
	}
	s := f.b.states[p.Owner]
	timed := f.b.catalogue.States[p.Owner].Kind == keyed.KindTimed
	return p.Each(timed, func(r *table.Record) error {
		if r.Holds() {
			return s.flushRecord(r, f)
		}
		return nil
	})
}

// settle goes over to the desk that was taken, behind what lies on the other.
func (f *flush) settle() error {
	if f.desk.n > 0 {
		if err := f.writeRun(); err != nil {
			return err
		}
	}
	f.desk = f.taken
	return nil
}

// dirty reports whether an epoch is this flush's to write.
func (f *flush) dirty(epoch uint32) bool { return epoch > f.from && epoch <= f.upTo }

// add gathers a row whose key is in f.key.
func (f *flush) add(gone bool, value ...[]byte) error {
	size := len(f.key)
	for _, v := range value {
		size += len(v)
	}
	if gone {
		value, size = nil, len(f.key)
	}
	if !f.desk.fits(size) {
		if err := f.makeRoom(size); err != nil {
			return err
		}
	}
	f.desk.add(gone, f.key, value)
	return nil
}

// makeRoom makes the desk fit a row: by a run, where runs may be written, else by
// a larger desk. A row that is larger than a desk gets one of its own.
func (f *flush) makeRoom(size int) error {
	if f.writing.Load() {
		if err := f.writeRun(); err != nil {
			return err
		}
		f.desk = f.taken
		if f.desk.fits(size) {
			return nil
		}
		f.desk = &desk{}
		f.desk.enlarge(size)
		return nil
	}
	had := len(f.desk.mem)
	f.desk.enlarge(size)
	f.early += int64(len(f.desk.mem) - had)
	f.b.early.Add(int64(len(f.desk.mem) - had))
	return nil
}

// run writes and ingests. It may be called more than once and from the task as
// well as from an upload: the work is done once.
func (f *flush) run() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return f.err
	}
	if f.before != nil {
		_ = f.before.run() // where it fails, its rows are among this one's
		f.before = nil
	}
	f.b.flushing.Lock()
	defer f.b.flushing.Unlock()
	f.taken = f.b.shared.take()
	f.writing.Store(true)
	f.err = f.write()
	f.writing.Store(false)
	f.b.shared.leave(f.taken)
	f.end()
	if f.err == nil {
		f.b.durable.Store(f.upTo)
		if f.upload != nil {
			f.files = f.b.files.take(f.upload.checkpoint, f.upTo)
			if f.b.baseDue() {
				f.base = f.b.beginBase(f.upTo)
			}
		}
	}
	return f.err
}

// discard ends the flush without writing, where it has not begun.
func (f *flush) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return
	}
	f.err, f.before = context.Canceled, nil
	f.snapshot.Discard()
	f.end()
}

// end gives back what only writing needs: nobody visits any more.
func (f *flush) end() {
	f.b.early.Add(-f.early)
	f.over, f.desk, f.taken, f.drops = true, nil, nil, nil
}

// write visits what is pending; some rows may have come from the task before.
// From the end of the visit on nobody else adds any.
func (f *flush) write() error {
	if err := f.snapshot.Visit(); err != nil {
		return err
	}
	if f.desk.n > 0 || len(f.drops) > 0 {
		return f.writeRun()
	}
	return nil
}

// writeRun makes a run of what is gathered and ingests it. Ranges go into the
// first: they delete what lies below it, and none of the rows flushed with them.
func (f *flush) writeRun() error {
	if f.desk.n == 0 && len(f.drops) == 0 {
		return nil
	}
	w, err := f.b.newRun(f.upTo)
	if err != nil {
		return err
	}
	for _, d := range mergeDrops(f.drops) {
		if err := w.deleteRange(d.start, d.end); err != nil {
			return w.abandon(err)
		}
	}
	if err := w.setAll(f.desk); err != nil {
		return w.abandon(err)
	}
	file, err := w.finish()
	if err != nil {
		return err
	}
	f.b.runRows.Add(int64(f.desk.n))
	f.b.runBytes.Add(file.bytes)
	f.desk.clear()
	f.drops = nil
	if err := f.b.ingest(file); err != nil {
		return err
	}
	f.b.files.add(file)
	return nil
}

// mergeDrops orders ranges and joins those that overlap or touch.
func mergeDrops(drops []drop) (out []drop) {
	drops = slices.Clone(drops)
	slices.SortFunc(drops, func(x, y drop) int { return bytes.Compare(x.start, y.start) })
	for _, d := range drops {
		if n := len(out); n > 0 && bytes.Compare(d.start, out[n-1].end) <= 0 {
			if bytes.Compare(d.end, out[n-1].end) > 0 {
				out[n-1].end = d.end
			}
			continue
		}
		out = append(out, d)
	}
	return out
}

// ingest puts a file into the database, which takes a link of it.
func (b *Backend) ingest(f *file) error {
	link := f.local + ".in"
	if err := (fs.Local{}).Link(f.local, link); err != nil {
		return fmt.Errorf("ingest run: %w", err)
	}
	if err := b.db.Ingest(context.Background(), []string{link}); err != nil {
		return fmt.Errorf("ingest run: %w", err)
	}
	return nil
}
