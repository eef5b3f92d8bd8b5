package lsm

import (
	"os"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/io/fs"
)

// summed writes a file, and its checksum on the way. It is not synced: what is
// stored for checkpoints is synced where it is stored.
type summed struct {
	f     *os.File
	hash  *xxh3.Hasher
	buf   *[]byte
	bytes int64
	sum   uint64 // once finished
}

// writeBytes are handed to the system at once.
const writeBytes = 128 << 10

var writeBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, writeBytes)
	return &b
}}

func createSummed(name string) (*summed, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, fs.Failed("create", name, err)
	}
	return &summed{f: f, hash: xxh3.New(), buf: writeBuffers.Get().(*[]byte)}, nil
}

// Write implements objstorage.Writable.
func (s *summed) Write(p []byte) error {
	for len(p) > 0 {
		b := *s.buf
		n := copy(b[len(b):cap(b)], p)
		*s.buf, p = b[:len(b)+n], p[n:]
		if len(*s.buf) == cap(b) {
			if err := s.hand(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *summed) hand() error {
	b := *s.buf
	*s.buf = b[:0]
	_, _ = s.hash.Write(b) // never fails
	s.bytes += int64(len(b))
	_, err := s.f.Write(b)
	return fs.Failed("write", s.f.Name(), err)
}

// Finish implements objstorage.Writable.
func (s *summed) Finish() error {
	err := s.hand()
	s.sum = s.hash.Sum64()
	s.leave()
	if e := s.f.Close(); err == nil {
		err = fs.Failed("close", s.f.Name(), e)
	}
	return err
}

// Abort implements objstorage.Writable.
func (s *summed) Abort() {
	if s.buf == nil {
		return // finished, though it failed
	}
	s.leave()
	_ = s.f.Close() // it is given up
}

func (s *summed) leave() {
	*s.buf = (*s.buf)[:0]
	writeBuffers.Put(s.buf)
	s.buf = nil
}
