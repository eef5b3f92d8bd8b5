package heap

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// gatherBytes is how much is gathered in sections before they are written: a
// file has a section a state and key group for so many bytes.
const gatherBytes = 4 << 20

// upload writes frozen pages. Pages may also be visited by the task, when it
// has no memory to copy one; the table's snapshot lets only one in at a time.
type upload struct {
	backend   *Backend
	snapshot  *table.Snapshot
	states    []keyed.Declared
	name      string      // below the checkpoint directory
	cancelled atomic.Bool // aborted, or the context of Run is done
	done      bool

	mu     sync.Mutex
	stored bool // the file is complete
	gone   bool // aborted: no manifest will name the file

	file     *fileWriter
	sections map[place]*gathered
	bytes    int
}

// place is what a section holds.
type place struct {
	state uint16
	group int
}

type gathered struct {
	data    []byte
	records int
}

var errAborted = errors.New("the checkpoint was aborted")

// Snapshot implements keyed.Backend.
func (b *Backend) Snapshot(checkpoint int64) (keyed.Upload, error) {
	b.files++
	u := &upload{
		backend:  b,
		states:   slices.Clone(b.catalogue.States),
		sections: map[place]*gathered{},
		name:     path.Join(keyed.SharedDir, fmt.Sprintf("%s-%s-%08x-%d.heap", b.config.Attempt, b.config.Owner, b.random, b.files)),
	}
	u.snapshot = b.pool.Freeze(func(uint16, uint32) bool { return true }, u.visit)
	b.epochs[checkpoint] = u
	b.refresh()
	return u, nil
}

// visit gathers the rows of a page.
func (u *upload) visit(p *table.Page) error {
	if u.cancelled.Load() {
		return errAborted
	}
	kind := u.states[p.Owner].Kind
	err := p.Each(kind == keyed.KindTimed, func(r *table.Record) error {
		if r.Holds() && (kind != keyed.KindMap || len(r.Row) > 0) {
			u.gather(p.Owner, kind, r)
		}
		return nil
	})
	if err == nil && u.bytes >= gatherBytes {
		return u.flush()
	}
	return err
}

func (u *upload) gather(state uint16, kind keyed.Kind, r *table.Record) {
	at := place{state: state, group: keyed.GroupOf(r.Hash, u.backend.config.MaxParallelism)}
	g := u.sections[at]
	if g == nil {
		g = &gathered{}
		u.sections[at] = g
	}
	before := len(g.data)
	if kind == keyed.KindTimed {
		g.data = binary.LittleEndian.AppendUint64(g.data, uint64(r.Time))
	}
	g.data = binary.LittleEndian.AppendUint64(g.data, r.Hash)
	g.data = binary.AppendUvarint(g.data, uint64(len(r.Key)))
	g.data = append(g.data, r.Key...)
	g.data = binary.AppendUvarint(g.data, uint64(len(r.Row)))
	g.data = append(g.data, r.Row...)
	g.records++
	u.bytes += len(g.data) - before
}

// flush writes the gathered sections, by key group.
func (u *upload) flush() error {
	if u.file == nil {
		c := &u.backend.config
		if err := c.FS.MkdirAll(path.Join(c.Checkpoints, keyed.SharedDir)); err != nil {
			return err
		}
		file, err := c.FS.Create(path.Join(c.Checkpoints, u.name))
		if err != nil {
			return err
		}
		u.file = &fileWriter{file: file}
	}
	places := make([]place, 0, len(u.sections))
	for at, g := range u.sections {
		if g.records > 0 {
			places = append(places, at)
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.group != b.group {
			return a.group - b.group
		}
		return int(a.state) - int(b.state)
	})
	for _, at := range places {
		g := u.sections[at]
		if err := u.file.write(at.state, at.group, g.records, g.data); err != nil {
			return err
		}
		g.data, g.records = g.data[:0], 0
	}
	u.bytes = 0
	return nil
}

// Run implements keyed.Upload.
func (u *upload) Run(ctx context.Context) (keyed.Handle, error) {
	if !u.backend.uploads.Begin() {
		return keyed.Handle{}, fmt.Errorf("hashmap: store state: %w", keyed.ErrClosed)
	}
	defer u.backend.uploads.End()
	stop := context.AfterFunc(ctx, func() { u.cancelled.Store(true) })
	defer stop()
	err := u.snapshot.Visit()
	u.done = true
	if err == nil {
		err = u.flush()
	}
	if err == nil {
		err = u.file.finish()
	}
	if u.file != nil {
		if e := u.file.file.Close(); err == nil {
			err = e
		}
	}
	c := &u.backend.config
	if err == nil {
		err = c.FS.SyncDir(path.Join(c.Checkpoints, keyed.SharedDir))
	}
	if err != nil {
		if u.file != nil {
			u.removeFile()
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return keyed.Handle{}, fmt.Errorf("hashmap: store state: %w", err)
	}
	if !u.keep() {
		return keyed.Handle{}, fmt.Errorf("hashmap: store state: %w", errAborted)
	}
	u.backend.stored.Add(u.file.offset)
	return u.handle()
}

// keep settles who removes the file of an aborted checkpoint: Run, or abort
// where the file was complete before.
func (u *upload) keep() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stored = !u.gone
	if u.gone {
		u.removeFile()
	}
	return u.stored
}

func (u *upload) abort() {
	u.cancelled.Store(true)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.gone = true
	if u.stored {
		u.removeFile()
	}
}

func (u *upload) removeFile() {
	c := &u.backend.config
	_ = c.FS.Remove(path.Join(c.Checkpoints, u.name)) // else the sweep finds it
}

func (u *upload) handle() (keyed.Handle, error) {
	c := &u.backend.config
	m, err := json.Marshal(meta{MaxParallelism: c.MaxParallelism, States: u.states})
	if err != nil {
		return keyed.Handle{}, fmt.Errorf("hashmap: store state: %w", err)
	}
	file := keyed.File{Path: u.name, Bytes: u.file.offset, Groups: c.Groups}
	return keyed.Handle{Groups: c.Groups, Format: format, Files: []keyed.File{file}, Meta: m, Bytes: u.file.offset}, nil
}

// Discard implements keyed.Upload.
func (u *upload) Discard() {
	if u.done {
		return
	}
	u.done = true
	u.snapshot.Discard()
	if u.file != nil {
		u.file.file.Close()
		u.removeFile()
	}
}
