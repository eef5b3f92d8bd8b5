package heap

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
)

// A stored file is sections, then an index of them (JSON), then a trailer:
//
//	offset of the index uint64, length uint32, checksum uint32, magic
//
// A section holds records of one state and one key group, back to back:
//
//	value  hash uint64 · (length, key) · (length, row)
//	timed  time int64 · as value
//	map    hash uint64 · (length, key) · (length, entries as table's leaves have them)
//
// with lengths as varints. All of a file is little-endian.
const (
	format       = "hashmap/1"
	magic        = "WEIRHM1\n"
	trailerBytes = 16 + len(magic)
)

var errCorrupt = errors.New("the file is damaged")

// section is where one section lies.
type section struct {
	State    uint16 `json:"s"`
	Group    int    `json:"g"`
	Offset   int64  `json:"o"`
	Bytes    int    `json:"b"`
	Records  int    `json:"n"`
	Checksum uint64 `json:"x"`
}

// meta is what a handle says beside its files.
type meta struct {
	MaxParallelism int              `json:"maxParallelism"`
	States         []keyed.Declared `json:"states"`
}

// fileWriter writes sections.
type fileWriter struct {
	file     fs.Writer
	offset   int64
	sections []section
}

func (w *fileWriter) write(state uint16, group, records int, data []byte) error {
	w.sections = append(w.sections, section{State: state, Group: group, Offset: w.offset, Bytes: len(data), Records: records, Checksum: xxh3.Hash(data)})
	w.offset += int64(len(data))
	_, err := w.file.Write(data)
	return err
}

// finish writes index and trailer and syncs.
func (w *fileWriter) finish() error {
	index, err := json.Marshal(w.sections)
	if err != nil {
		return err
	}
	tail := binary.LittleEndian.AppendUint64(index, uint64(w.offset))
	tail = binary.LittleEndian.AppendUint32(tail, uint32(len(index)))
	tail = binary.LittleEndian.AppendUint32(tail, uint32(xxh3.Hash(index)))
	tail = append(tail, magic...)
	w.offset += int64(len(tail))
	if _, err := w.file.Write(tail); err != nil {
		return err
	}
	return w.file.Sync()
}

// readIndex reads where the sections of a file lie.
func readIndex(r fs.Reader) ([]section, error) {
	if r.Size() < int64(trailerBytes) {
		return nil, errCorrupt
	}
	tail := make([]byte, trailerBytes)
	if n, err := r.ReadAt(tail, r.Size()-int64(trailerBytes)); n < trailerBytes {
		return nil, err
	}
	at, size := int64(binary.LittleEndian.Uint64(tail)), int64(binary.LittleEndian.Uint32(tail[8:]))
	if string(tail[16:]) != magic || at < 0 || at+size != r.Size()-int64(trailerBytes) {
		return nil, errCorrupt
	}
	index := make([]byte, size)
	if n, err := r.ReadAt(index, at); int64(n) < size {
		return nil, err
	}
	if uint32(xxh3.Hash(index)) != binary.LittleEndian.Uint32(tail[12:]) {
		return nil, errCorrupt
	}
	var sections []section
	if err := json.Unmarshal(index, &sections); err != nil {
		return nil, errCorrupt
	}
	return sections, nil
}

// sectionReader reads records one by one; bad is set by what does not fit.
type sectionReader struct {
	data    []byte
	records int
	bad     bool
}

func readSection(r fs.Reader, s section) (*sectionReader, error) {
	data := make([]byte, s.Bytes)
	if n, err := r.ReadAt(data, s.Offset); n < s.Bytes {
		return nil, err
	}
	if xxh3.Hash(data) != s.Checksum {
		return nil, fmt.Errorf("%w: section of key group %d", errCorrupt, s.Group)
	}
	return &sectionReader{data: data, records: s.Records}, nil
}

func (r *sectionReader) word() uint64 {
	if len(r.data) < 8 {
		r.bad = true
		return 0
	}
	u := binary.LittleEndian.Uint64(r.data)
	r.data = r.data[8:]
	return u
}

func (r *sectionReader) bytes() []byte {
	n, used := binary.Uvarint(r.data)
	if used <= 0 || n > uint64(len(r.data)-used) {
		r.bad = true
		return nil
	}
	b := r.data[used : used+int(n)]
	r.data = r.data[used+int(n):]
	return b
}
