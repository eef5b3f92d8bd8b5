package file

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// SinkInfo says that rows are only added.
func (*Factory) SinkInfo(*catalog.Table) (*catalog.SinkInfo, error) { return &catalog.SinkInfo{}, nil }

// NewSink makes a sink that writes files into the folder that the path names.
func (f *Factory) NewSink(t *catalog.Table, spec connector.SinkSpec) (connector.Sink, error) {
	format, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	dir, err := localPath(t.Options.Text(optPath))
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(dir, "*?[") {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' is a pattern; files are written into one folder", dir)
	}
	names, ts, err := tableColumns(t, t.Persisted())
	if err != nil {
		return nil, err
	}
	schema := &types.Schema{}
	for i, n := range names {
		schema.Fields = append(schema.Fields, types.Field{Name: n, Type: ts[i]})
	}
	enc, err := newEncoding(t, format, schema)
	if err != nil {
		return nil, err
	}
	return &sink{dir: dir, encoding: enc, overwrite: spec.Overwrite, suffix: "." + format}, nil
}

// sink writes files under hidden names; commit gives them their own.
type sink struct {
	dir       string
	suffix    string
	encoding  encoding
	overwrite bool
}

// encoding opens encoders of the table's format.
type encoding interface {
	open(w io.Writer) (encoder, error)
}

// encoder writes one file.
type encoder interface {
	Write(b *stream.Batch) error
	Close() error // finishes the file; does not close what it writes to
}

const inProgress = ".inprogress"

// prefix begins the names of all files of this sink of this job.
func prefix(wc connector.WriterContext) string {
	return fmt.Sprintf("part-%016x-", xxh3.HashString(wc.Job+"\x00"+wc.Sink))
}

func (s *sink) OpenWriter(_ context.Context, wc connector.WriterContext, _ [][]byte) (connector.Writer, error) {
	if info, err := os.Stat(s.dir); err == nil && !info.IsDir() {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' is a file; files are written into a folder", s.dir)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, failed("create folder", s.dir, err)
	}
	// The token keeps attempts apart: a new one never meets the names of an old one.
	var token [6]byte
	if _, err := rand.Read(token[:]); err != nil {
		return nil, fmt.Errorf("filesystem: make a file name: %w", err)
	}
	name := fmt.Sprintf("%s%d-%s-", prefix(wc), wc.Subtask, hex.EncodeToString(token[:]))
	return &writer{sink: s, name: name, first: wc.Subtask == 0}, nil
}

func (s *sink) OpenCommitter(_ context.Context, wc connector.WriterContext) (connector.Committer, error) {
	return &committer{sink: s, prefix: prefix(wc)}, nil
}

// committable is a finished file, or, with overwrite and no name, only the wish to clear the folder.
type committable struct {
	Version   int    `json:"v"`
	Name      string `json:"name,omitempty"`
	Bytes     int64  `json:"bytes,omitempty"`
	Overwrite bool   `json:"overwrite,omitempty"`
}

// writer writes the files of one subtask.
type writer struct {
	sink  *sink
	name  string
	first bool // subtask 0
	files int
	clear bool // the wish to clear the folder has been said
	open  *part
}

// part is the file being written.
type part struct {
	name string // final, without folder
	path string // hidden
	file *os.File
	buf  *bufio.Writer
	enc  encoder
}

func (w *writer) Write(_ context.Context, b *stream.Batch) error {
	for _, k := range b.Kinds {
		if k != stream.Insert {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'filesystem' takes inserts only, not %s", k)
		}
	}
	if w.open == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	return failed("write", w.open.path, w.open.enc.Write(b))
}

func (w *writer) create() error {
	p := &part{name: fmt.Sprintf("%s%d%s", w.name, w.files, w.sink.suffix)}
	p.path = hidden(w.sink.dir, p.name)
	w.files++
	f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return failed("create", p.path, err)
	}
	p.file, p.buf = f, bufio.NewWriterSize(f, 256<<10)
	w.open = p
	p.enc, err = w.sink.encoding.open(p.buf)
	return failed("write", p.path, err)
}

func hidden(dir, name string) string { return filepath.Join(dir, "."+name+inProgress) }

// Flush has nothing to do: a file counts only once it is finished and committed.
func (w *writer) Flush(context.Context) error { return nil }

// PrepareCommit finishes the file and makes it durable.
func (w *writer) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	c := committable{Version: 1, Overwrite: w.sink.overwrite}
	if w.open == nil {
		if !w.sink.overwrite || !w.first || w.clear {
			return nil, nil
		}
	} else if err := w.finish(&c); err != nil {
		return nil, err
	}
	w.clear = true
	data, err := stdjson.Marshal(c)
	return []connector.Committable{data}, err
}

func (w *writer) finish(c *committable) error {
	p := w.open
	if err := p.enc.Close(); err != nil {
		return failed("write", p.path, err)
	}
	if err := p.buf.Flush(); err != nil {
		return failed("write", p.path, err)
	}
	if err := p.file.Sync(); err != nil {
		return failed("sync", p.path, err)
	}
	info, err := p.file.Stat()
	if err != nil {
		return failed("stat", p.path, err)
	}
	if err := p.file.Close(); err != nil {
		return failed("close", p.path, err)
	}
	w.open = nil
	c.Name, c.Bytes = p.name, info.Size()
	return syncDir(w.sink.dir)
}

// Snapshot has nothing to say: names never repeat.
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }

// Close gives up what was not prepared.
func (w *writer) Close() error {
	if w.open == nil {
		return nil
	}
	p := w.open
	w.open = nil
	return errors.Join(p.file.Close(), os.Remove(p.path))
}

// committer renames finished files.
type committer struct {
	sink   *sink
	prefix string
}

func (c *committer) Commit(_ context.Context, list []connector.Committable) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(list))
	for i, data := range list {
		x, err := decodeCommittable(data)
		if err != nil {
			return nil, err
		}
		if x.Overwrite {
			if err := c.clear(); err != nil {
				return nil, err
			}
		}
		if x.Name == "" {
			continue
		}
		if out[i], err = c.rename(x); err != nil {
			return nil, err
		}
	}
	return out, syncDir(c.sink.dir)
}

func decodeCommittable(data []byte) (x committable, err error) {
	if err = stdjson.Unmarshal(data, &x); err == nil && (x.Version != 1 || x.Name != filepath.Base(x.Name) && x.Name != "") {
		err = fmt.Errorf("version %d, name %q", x.Version, x.Name)
	}
	if err != nil {
		err = fmt.Errorf("filesystem: read committable: %w", err)
	}
	return x, err
}

func (c *committer) rename(x committable) (connector.Outcome, error) {
	from, to := hidden(c.sink.dir, x.Name), filepath.Join(c.sink.dir, x.Name)
	err := os.Rename(from, to)
	switch {
	case err == nil:
		return connector.Committed, nil
	case !errors.Is(err, os.ErrNotExist):
		return 0, failed("rename", from, err)
	}
	if info, err := os.Stat(to); err == nil && info.Size() == x.Bytes {
		return connector.AlreadyCommitted, nil
	}
	return connector.Lost, nil
}

// clear removes the files that were there before this job: those whose names are not its own.
func (c *committer) clear() error {
	return c.each(func(name string) bool {
		return !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, c.prefix)
	})
}

// AbortLeftovers removes files of this job that no committable names.
func (c *committer) AbortLeftovers(_ context.Context, keep []connector.Committable) error {
	kept := map[string]bool{}
	for _, data := range keep {
		x, err := decodeCommittable(data)
		if err != nil {
			return err
		}
		kept[filepath.Base(hidden(c.sink.dir, x.Name))] = true
	}
	return c.each(func(name string) bool {
		return strings.HasPrefix(name, "."+c.prefix) && strings.HasSuffix(name, inProgress) && !kept[name]
	})
}

// each removes the files of the folder whose names match.
func (c *committer) each(match func(name string) bool) error {
	entries, err := os.ReadDir(c.sink.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failed("list", c.sink.dir, err)
	}
	for _, e := range entries {
		if e.IsDir() || !match(e.Name()) {
			continue
		}
		path := filepath.Join(c.sink.dir, e.Name())
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return failed("remove", path, err)
		}
	}
	return nil
}

func (c *committer) Close() error { return nil }

// syncDir makes names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return failed("open", dir, err)
	}
	return failed("sync", dir, errors.Join(d.Sync(), d.Close()))
}

// failed names operation and file, and tells a full disk from other failures.
func failed(op, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return sqlerr.Wrap(sqlerr.DiskFull, err, "filesystem: %s %s", op, name).WithHint("free space there, or write to a larger disk")
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "filesystem: %s %s", op, name)
}
