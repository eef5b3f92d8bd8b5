package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
)

// Manifest is one completed checkpoint or savepoint.
type Manifest struct {
	Checkpoint int64           `json:"checkpoint"`
	Time       int64           `json:"time"` // completed, milliseconds since the epoch
	Job        string          `json:"job"`  // id
	Name       string          `json:"name"` // pipeline.name
	Savepoint  bool            `json:"savepoint,omitempty"`
	Files      []keyed.File    `json:"files"` // all that the body refers to, relative to Base
	Body       json.RawMessage `json:"body"`

	// Base is the directory that files are relative to: the job's, or the
	// savepoint's own. It is not stored, so that both can be moved.
	Base string `json:"-"`
}

const (
	manifestName   = "manifest"
	manifestFormat = "weir-manifest/1"
)

// ErrDamaged says that a manifest, or a file it names, is not what was stored.
var ErrDamaged = errors.New("the checkpoint is damaged")

// encode is a line with format, checksum and length, then JSON to read.
func (m *Manifest) encode() ([]byte, error) {
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	head := fmt.Sprintf("%s %016x %d\n", manifestFormat, xxh3.Hash(body), len(body))
	return append([]byte(head), body...), nil
}

func decode(data []byte) (*Manifest, error) {
	head, body, ok := bytes.Cut(data, []byte("\n"))
	var format string
	var sum uint64
	var size int
	if n, _ := fmt.Sscanf(string(head), "%s %x %d", &format, &sum, &size); !ok || n != 3 {
		return nil, fmt.Errorf("%w: its first line is no manifest's", ErrDamaged)
	}
	if format != manifestFormat {
		return nil, fmt.Errorf("the checkpoint has format %q, this version reads %q", format, manifestFormat)
	}
	if len(body) != size || xxh3.Hash(body) != sum {
		return nil, fmt.Errorf("%w: %d bytes of %d, or its checksum is wrong", ErrDamaged, len(body), size)
	}
	m := &Manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, nil
}

// Load reads the manifest of a checkpoint or savepoint, named by its directory or
// by the manifest file, and checks that the files it names are there in full size.
func Load(fsys fs.FS, name string) (*Manifest, error) {
	dir := name
	if e, err := fsys.Stat(name); err == nil && !e.Dir {
		dir = path.Dir(name)
	}
	m, err := read(fsys, dir)
	if err != nil {
		return nil, err
	}
	return m, m.verify(fsys)
}

func read(fsys fs.FS, dir string) (*Manifest, error) {
	name := path.Join(dir, manifestName)
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	m, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	m.Base = dir
	if !m.Savepoint {
		m.Base = path.Dir(dir)
	}
	return m, nil
}

func (m *Manifest) verify(fsys fs.FS) error {
	for _, f := range m.Files {
		name := path.Join(m.Base, f.Path)
		e, err := fsys.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("checkpoint %d: %w: %s is missing", m.Checkpoint, ErrDamaged, name)
		case err != nil:
			return fmt.Errorf("checkpoint %d: %w", m.Checkpoint, err)
		case e.Bytes != f.Bytes:
			return fmt.Errorf("checkpoint %d: %w: %s has %d bytes instead of %d", m.Checkpoint, ErrDamaged, name, e.Bytes, f.Bytes)
		}
	}
	return nil
}

// Body makes the body of a manifest of a runtime's plain data.
func Body(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return b, nil
}
