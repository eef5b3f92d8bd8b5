package lsm

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// runBytes is how much of a flush is gathered and sorted before it becomes a run.
const runBytes = 32 << 20

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

	gathered
	key []byte
}

// gathered is the rows of a run in the making. Flushes hand its memory on, one to
// the next: growing it anew costs more than sorting it.
type gathered struct {
	buf  []byte
	rows []flushRow
}

// keepBytes is the most that is kept from one flush for the next.
const keepBytes = 2 * runBytes

// open takes what an earlier flush has left.
func (f *flush) open() {
	if g := f.b.spare.Swap(nil); g != nil {
		f.gathered = *g
	}
}

// leave leaves the memory to the next flush.
func (f *flush) leave() {
	if g := (gathered{buf: f.buf[:0], rows: f.rows[:0]}); cap(g.buf) > 0 && cap(g.buf) <= keepBytes {
		f.b.spare.Store(&g)
	}
}

// flushRow is a row in buf: its key, then its value.
type flushRow struct {
	at, key, value uint32
	gone           bool
}

// freeze begins a flush and the next epoch.
func (b *Backend) freeze() *flush {
	b.refresh()
	f := &flush{b: b, from: b.durable.Load(), upTo: b.pool.Epoch(), before: b.last}
	for _, s := range b.states {
		f.drops = s.pendingDrops(f.drops)
	}
	f.snapshot = b.pool.Freeze(func(_ uint16, written uint32) bool { return written > f.from }, f.visit)
	b.last = f
	return f
}

func (f *flush) visit(p *table.Page) error {
	s := f.b.states[p.Owner]
	timed := f.b.catalogue.States[p.Owner].Kind == keyed.KindTimed
	err := p.Each(timed, func(r *table.Record) error {
		if r.Holds() {
			s.flushRecord(r, f)
		}
		return nil
	})
	if err == nil && len(f.buf) >= runBytes && f.writing.Load() {
		return f.writeRun()
	}
	return err
}

// dirty reports whether an epoch is this flush's to write.
func (f *flush) dirty(epoch uint32) bool { return epoch > f.from && epoch <= f.upTo }

// add gathers a row whose key is in f.key.
func (f *flush) add(gone bool, value ...[]byte) {
	if f.buf == nil {
		f.open()
	}
	r := flushRow{at: uint32(len(f.buf)), key: uint32(len(f.key)), gone: gone}
	f.buf = append(f.buf, f.key...)
	if !gone {
		for _, v := range value {
			f.buf = append(f.buf, v...)
			r.value += uint32(len(v))
		}
	}
	f.rows = append(f.rows, r)
}

func (f *flush) keyOf(r flushRow) []byte { return f.buf[r.at : r.at+r.key] }

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
	f.writing.Store(true)
	f.err = f.write()
	f.writing.Store(false)
	f.over = true
	if f.err == nil { // nobody adds to it any more
		f.leave()
	}
	f.gathered, f.drops = gathered{}, nil
	if f.err == nil {
		f.b.durable.Store(f.upTo)
		f.files = f.b.files.upTo(f.upTo)
		if f.upload != nil {
			f.b.files.wait(f.upload.checkpoint, f.files)
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
	f.over, f.err, f.before = true, context.Canceled, nil
	f.snapshot.Discard()
}

// write visits what is pending; the rows gathered until then may have come from
// the task. From the end of the visit on nobody else adds any.
func (f *flush) write() error {
	if err := f.snapshot.Visit(); err != nil {
		return err
	}
	if len(f.rows) > 0 || len(f.drops) > 0 {
		return f.writeRun()
	}
	return nil
}

// writeRun makes a run of what is gathered and ingests it. Ranges go into the
// first: they delete what lies below it, and none of the rows flushed with them.
func (f *flush) writeRun() error {
	slices.SortFunc(f.rows, func(x, y flushRow) int { return bytes.Compare(f.keyOf(x), f.keyOf(y)) })
	w, err := f.b.newRun(f.upTo)
	if err != nil {
		return err
	}
	for _, d := range mergeDrops(f.drops) {
		if err := w.deleteRange(d.start, d.end); err != nil {
			return w.abandon(err)
		}
	}
	for _, r := range f.rows {
		key := f.keyOf(r)
		if r.gone {
			err = w.delete(key)
		} else {
			err = w.set(key, f.buf[r.at+r.key:r.at+r.key+r.value])
		}
		if err != nil {
			return w.abandon(err)
		}
	}
	file, err := w.finish()
	if err != nil {
		return err
	}
	f.buf, f.rows, f.drops = f.buf[:0], f.rows[:0], nil
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

// runWriter writes one SST beside the database.
type runWriter struct {
	b     *Backend
	sst   *sstable.Writer
	file  *file
	first []byte
	last  []byte
}

func (b *Backend) newRun(epoch uint32) (*runWriter, error) {
	n := b.files.number()
	name := fmt.Sprintf("%s-%s-%08x-%d.sst", b.config.Attempt, b.config.Owner, b.random, n)
	local := filepath.Join(b.runDir(), fmt.Sprintf("%06d.sst", n))
	f, err := vfs.Default.Create(local, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	options := b.options.MakeWriterOptions(0, b.db.FormatMajorVersion().MaxTableFormat())
	return &runWriter{b: b, sst: sstable.NewWriter(objstorageprovider.NewFileWritable(scratchFile{f}), options), file: &file{epoch: epoch, path: keyed.SharedDir + "/" + name, local: local}}, nil
}

func (w *runWriter) note(key []byte) {
	if w.first == nil || bytes.Compare(key, w.first) < 0 {
		w.first = append(w.first[:0], key...)
	}
	if bytes.Compare(key, w.last) > 0 {
		w.last = append(w.last[:0], key...)
	}
}

func (w *runWriter) set(key, value []byte) error { w.note(key); return w.sst.Set(key, value) }
func (w *runWriter) delete(key []byte) error     { w.note(key); return w.sst.Delete(key) }
func (w *runWriter) deleteRange(start, end []byte) error {
	w.note(start)
	w.note(end)
	return w.sst.DeleteRange(start, end)
}

func (w *runWriter) abandon(err error) error {
	w.sst.Close()
	os.Remove(w.file.local)
	return fmt.Errorf("write run: %w", err)
}

// finish ends the file and says what is in it.
func (w *runWriter) finish() (*file, error) {
	if err := w.sst.Close(); err != nil {
		return nil, w.abandon(err)
	}
	data, err := os.ReadFile(w.file.local)
	if err != nil {
		return nil, fmt.Errorf("write run: %w", err)
	}
	w.file.bytes, w.file.sum = int64(len(data)), xxh3.Hash(data)
	// Ranges of all groups are noted too, so the last group may be one too many, never too few.
	w.file.groups = keyed.GroupRange{
		From: int(binary.BigEndian.Uint16(w.first)),
		To:   min(int(binary.BigEndian.Uint16(w.last))+1, w.b.config.Groups.To),
	}
	return w.file, nil
}

// ingest puts a file into the database, which takes a link of it.
func (b *Backend) ingest(f *file) error {
	link := f.local + ".in"
	if err := os.Link(f.local, link); err != nil {
		return fmt.Errorf("ingest run: %w", err)
	}
	if err := b.db.Ingest(context.Background(), []string{link}); err != nil {
		return fmt.Errorf("ingest run: %w", err)
	}
	return nil
}

// sublevels is how many overlapping files a read has to look into, at most.
func (b *Backend) sublevels() int { return int(b.db.Metrics().Levels[0].Sublevels) }
