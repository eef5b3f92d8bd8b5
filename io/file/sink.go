package file

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// SinkInfo says that rows are only added, and which belong together.
func (*Factory) SinkInfo(t *catalog.Table) (*catalog.SinkInfo, error) {
	l, err := layoutOf(t, t.Persisted())
	if err != nil {
		return nil, err
	}
	info := &catalog.SinkInfo{}
	shuffle, err := t.Options.Bool(optShuffle)
	if err != nil {
		return nil, err
	}
	n, err := t.Options.Int(optParallelism)
	if err != nil {
		return nil, err
	}
	info.Parallelism = int(n)
	policy, err := newCommitPolicy(t, l)
	if err != nil {
		return nil, err
	}
	// Whether a partition is complete can be told where all its rows pass.
	if shuffle || policy != nil {
		for _, p := range l.parts {
			info.HashBy = append(info.HashBy, p.place)
		}
	}
	return info, nil
}

// NewSink makes a sink that writes files into the folder that the path names.
func (f *Factory) NewSink(t *catalog.Table, spec connector.SinkSpec) (connector.Sink, error) {
	format, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	at, err := placeOf(t)
	if err != nil {
		return nil, err
	}
	if isPattern(at.path) {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' is a pattern; files are written into one folder", at.path)
	}
	l, err := layoutOf(t, t.Persisted())
	if err != nil {
		return nil, err
	}
	s := &sink{place: at, layout: l, overwrite: spec.Overwrite, suffix: "." + format, defaultName: t.Options.Text(optDefaultName)}
	schema := &types.Schema{}
	for i, n := range l.names {
		schema.Fields = append(schema.Fields, types.Field{Name: n, Type: l.types[i]})
	}
	if s.encoding, err = newEncoding(t, format, schema); err != nil {
		return nil, err
	}
	if s.rolling, err = newRolling(t, spec.StreamingMode); err != nil {
		return nil, err
	}
	if s.policy, err = newCommitPolicy(t, l); err != nil {
		return nil, err
	}
	if s.policy != nil {
		s.policy.atEnd = !spec.StreamingMode
	}
	s.static, err = s.staticFolder(spec.Partition)
	return s, err
}

// staticFolder is the partition that PARTITION (k = v, …) names in full; else "".
func (s *sink) staticFolder(values map[string]string) (string, error) {
	if len(s.layout.parts) == 0 || len(values) < len(s.layout.parts) {
		return "", nil
	}
	texts := make([]string, len(s.layout.parts))
	for i := range s.layout.parts {
		p := &s.layout.parts[i]
		given, ok := values[p.name]
		if !ok {
			return "", nil
		}
		v, err := p.value(given, s.defaultName)
		if err != nil {
			return "", err
		}
		c := vector.ConstOf(p.typ, v, 1)
		texts[i] = p.text(&c, 0, s.defaultName)
	}
	return s.layout.folder(texts), nil
}

// sink writes drafts; commit gives them their names.
type sink struct {
	place
	layout      *layout
	suffix      string
	defaultName string
	encoding    encoding
	rolling     rolling
	policy      *commitPolicy // nil: partitions are not committed
	overwrite   bool
	static      string // the folder that INSERT OVERWRITE … PARTITION names in full; it is emptied also when there are no rows
}

// encoding opens encoders of the table's format.
type encoding interface {
	open(w io.Writer) (encoder, error)
}

// encoder writes one file.
type encoder interface {
	Write(b *stream.Batch) error // of the rows of b.Sel
	Close() error                // finishes the file; does not close what it writes to
}

// prefix begins the names of all files of this sink of this job.
func prefix(wc connector.WriterContext) string {
	return fmt.Sprintf("part-%016x-", xxh3.HashString(wc.Job+"\x00"+wc.Sink))
}

func (s *sink) OpenWriter(_ context.Context, wc connector.WriterContext, restored [][]byte) (connector.Writer, error) {
	if e, err := s.fsys.Stat(s.path); err == nil && !e.Dir {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' is a file; files are written into a folder", s.path)
	}
	if err := s.fsys.MkdirAll(s.path); err != nil {
		return nil, failed(err)
	}
	// The token keeps attempts apart: a new one never meets the names of an old one.
	var token [6]byte
	if _, err := rand.Read(token[:]); err != nil {
		return nil, fmt.Errorf("filesystem: make a file name: %w", err)
	}
	w := &writer{sink: s, wc: wc, root: s.path, open: map[string]*part{}, now: s.rolling.clock}
	w.name = fmt.Sprintf("%s%d-%s-", prefix(wc), wc.Subtask, hex.EncodeToString(token[:]))
	if s.swaps() {
		w.staging = newStaging(s, wc)
		w.root = w.staging.dir
	}
	var err error
	if w.partitions, err = newPartitioner(s); err != nil {
		return nil, err
	}
	return w, w.restore(restored)
}

func (s *sink) OpenCommitter(_ context.Context, wc connector.WriterContext) (connector.Committer, error) {
	return &committer{sink: s, wc: wc, prefix: prefix(wc)}, nil
}

// swaps reports that what is overwritten is replaced folder by folder, in one
// step each; elsewhere old files are removed when the new ones have their names.
func (s *sink) swaps() bool {
	_, can := s.fsys.(fs.Swapper)
	return s.overwrite && can
}

// in is a name below the table's folder.
func (s *sink) in(name string) string { return path.Join(s.path, name) }

// failed tells a full disk, and what is missing, from other failures.
func failed(err error) error {
	var se *sqlerr.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &se):
		return err
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "filesystem")
}
