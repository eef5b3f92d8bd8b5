package file

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// writer writes the files of one subtask, one at a time for each partition.
type writer struct {
	sink       *sink
	wc         connector.WriterContext
	name       string
	root       string // where partitions lie
	files      int
	partitions *partitioner
	open       map[string]*part // by folder
	finished   []fs.Drafted     // since the last checkpoint
	staging    *staging         // nil: files are published where they are written
	commits    pendingCommits
	cleared    bool // the wish to clear the folder has been said
	ended      bool
	checked    time.Time // when ages were last looked at
	now        func() time.Time
}

// part is a file being written.
type part struct {
	folder           string
	draft            fs.Draft
	enc              encoder
	created, written time.Time
}

func (w *writer) Write(_ context.Context, b *stream.Batch) error {
	for _, k := range b.Kinds {
		if k != stream.Insert {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'filesystem' takes inserts only, not %s", k)
		}
	}
	now := w.now()
	err := w.partitions.deal(b, func(folder string, b *stream.Batch) error { return w.write(folder, b, now) })
	if err != nil {
		return failed(err)
	}
	return failed(w.rollOld(now))
}

func (w *writer) write(folder string, b *stream.Batch, now time.Time) error {
	p := w.open[folder]
	if p == nil {
		var err error
		if p, err = w.create(folder, now); err != nil {
			return err
		}
	}
	p.written = now
	if err := p.enc.Write(b); err != nil {
		return err
	}
	if w.sink.rolling.full(p) {
		return w.finish(p)
	}
	return nil
}

// create begins a file, and finishes another where too many are open.
func (w *writer) create(folder string, now time.Time) (*part, error) {
	if len(w.open) >= maxOpen {
		if err := w.finish(w.coldest()); err != nil {
			return nil, err
		}
	}
	name := path.Join(w.root, folder, fmt.Sprintf("%s%d%s", w.name, w.files, w.sink.suffix))
	w.files++
	d, err := w.sink.fsys.Draft(name)
	if err != nil {
		return nil, err
	}
	p := &part{folder: folder, draft: d, created: now}
	if p.enc, err = w.sink.encoding.open(d); err != nil {
		return nil, errors.Join(err, d.Discard())
	}
	w.open[folder] = p
	return p, w.commits.wrote(w.sink, folder, now)
}

// coldest is the open file that got rows least recently.
func (w *writer) coldest() (p *part) {
	for _, x := range w.open {
		if p == nil || x.written.Before(p.written) || x.written.Equal(p.written) && x.folder < p.folder {
			p = x
		}
	}
	return p
}

// rollOld finishes files that have been open, or without rows, for too long.
func (w *writer) rollOld(now time.Time) error {
	if now.Sub(w.checked) < w.sink.rolling.check {
		return nil
	}
	w.checked = now
	for _, p := range w.inOrder() {
		if w.sink.rolling.old(p, now) {
			if err := w.finish(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) inOrder() []*part {
	out := make([]*part, 0, len(w.open))
	for _, p := range w.open {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *part) int {
		if a.folder < b.folder {
			return -1
		}
		return 1
	})
	return out
}

// finish makes a file durable; it waits for its checkpoint.
func (w *writer) finish(p *part) error {
	delete(w.open, p.folder)
	if err := p.enc.Close(); err != nil {
		return errors.Join(err, p.draft.Discard())
	}
	d, err := p.draft.Finish()
	if err != nil {
		return err
	}
	if w.staging != nil {
		return w.staging.add(d, p.folder)
	}
	w.finished = append(w.finished, d)
	return nil
}

// Flush has nothing to do: a file counts only once it is finished and committed.
func (w *writer) Flush(context.Context) error { return nil }

// Watermark hears how far event time has come, and of the end.
func (w *writer) Watermark(at stream.Watermark) {
	w.commits.watermark = at
	w.ended = w.ended || at == stream.MaxWatermark
}

// PrepareCommit finishes all files, and says which partitions are complete.
func (w *writer) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	for _, p := range w.inOrder() {
		if err := w.finish(p); err != nil {
			return nil, failed(err)
		}
	}
	if w.staging != nil {
		return w.prepareSwap()
	}
	var out []committable
	for _, d := range w.finished {
		out = append(out, committable{Name: w.relative(d.Name), Bytes: d.Bytes, Upload: d.Upload, Parts: d.Parts, Overwrite: w.sink.overwrite})
	}
	if len(out) == 0 && w.sink.overwrite && w.wc.Subtask == 0 && !w.cleared && (w.sink.static != "" || len(w.sink.layout.parts) == 0) {
		out = append(out, committable{Overwrite: true, Folder: w.sink.static})
	}
	w.finished, w.cleared = nil, true
	due, err := w.commits.due(w.sink, w.now(), w.ended)
	if err != nil {
		return nil, err
	}
	for _, folder := range due {
		out = append(out, committable{Folder: folder, Success: w.sink.policy.file})
	}
	return encodeCommittables(out)
}

func (w *writer) prepareSwap() ([]connector.Committable, error) {
	if !w.ended {
		return nil, nil
	}
	if err := w.staging.list(); err != nil {
		return nil, failed(err)
	}
	if w.wc.Subtask > 0 {
		return nil, nil
	}
	return encodeCommittables([]committable{{Staging: path.Base(w.staging.dir), Subtasks: w.wc.Parallelism}})
}

func (w *writer) relative(name string) string {
	return name[len(path.Clean(w.root))+1:]
}

// Snapshot is what is staged, and the partitions that are not committed yet.
func (w *writer) Snapshot(int64) ([]byte, error) {
	s := writerState{Version: 1, Parallelism: w.wc.Parallelism, Pending: w.commits.list()}
	if w.staging != nil {
		s.Staged = w.staging.files
	}
	return s.encode()
}

func (w *writer) restore(states [][]byte) error {
	for _, data := range states {
		s, err := decodeWriterState(data)
		if err != nil {
			return err
		}
		w.commits.restore(s.Pending, s.Parallelism != w.wc.Parallelism)
		if w.staging != nil {
			w.staging.files = append(w.staging.files, s.Staged...)
		}
	}
	return nil
}

// Close gives up what was not prepared.
func (w *writer) Close() error {
	err := w.partitions.close()
	if w.staging != nil && !w.ended && w.wc.Subtask == 0 && w.wc.CheckpointInterval == 0 {
		err = errors.Join(err, w.sink.fsys.RemoveAll(w.staging.dir)) // nobody resumes this attempt
	}
	for _, p := range w.inOrder() {
		err = errors.Join(err, p.draft.Discard())
	}
	w.open = nil
	return err
}

var _ connector.TimedWriter = (*writer)(nil)
