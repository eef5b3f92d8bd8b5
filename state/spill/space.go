package spill

import (
	"fmt"
	"path"
	"sync"
	"sync/atomic"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/fs"
)

// Space is a directory of runs. It is safe for concurrent use; the writers and
// readers it makes are used by one goroutine each.
type Space struct {
	fsys fs.FS
	dir  string

	mu     sync.Mutex
	next   int
	runs   map[*Run]struct{}
	bytes  atomic.Int64
	rows   atomic.Int64
	report func(bytes, rows int64)
	stop   func() error
}

// NewSpace makes a space in a directory that exists and is the caller's to remove.
func NewSpace(fsys fs.FS, dir string) *Space {
	return &Space{fsys: fsys, dir: dir, runs: map[*Run]struct{}{}}
}

// Report has f told of every block written: stored bytes and rows. Set it before the first Writer.
func (s *Space) Report(f func(bytes, rows int64)) { s.report = f }

// Interrupt has every writer ask f before each block and give up with its error:
// a run may take seconds to write. Set it before the first Writer.
func (s *Space) Interrupt(f func() error) { s.stop = f }

// Bytes is what was written to disk so far, compressed.
func (s *Space) Bytes() int64 { return s.bytes.Load() }

// Rows is the rows written so far.
func (s *Space) Rows() int64 { return s.rows.Load() }

// Close removes all runs, those still being read too.
func (s *Space) Close() error {
	s.mu.Lock()
	runs := s.runs
	s.runs = nil
	s.mu.Unlock()
	var first error
	for r := range runs {
		if err := s.fsys.Remove(r.name); err != nil && first == nil {
			first = fmt.Errorf("spill: %w", err)
		}
	}
	return first
}

// create names a new file and remembers it, so that Close removes it whatever becomes of it.
func (s *Space) create(ts []types.Type) (*Run, fs.Writer, error) {
	s.mu.Lock()
	if s.runs == nil {
		s.mu.Unlock()
		return nil, nil, fmt.Errorf("spill: %s is closed", s.dir)
	}
	s.next++
	r := &Run{space: s, types: ts, name: path.Join(s.dir, fmt.Sprintf("%06d.run", s.next))}
	s.runs[r] = struct{}{}
	s.mu.Unlock()
	w, err := s.fsys.Create(r.name)
	if err != nil {
		s.forget(r)
		return nil, nil, fmt.Errorf("spill: %w", err)
	}
	return r, w, nil
}

// forget reports whether r was still there.
func (s *Space) forget(r *Run) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.runs[r]
	delete(s.runs, r)
	return there
}

func (s *Space) count(bytes, rows int64) {
	s.bytes.Add(bytes)
	s.rows.Add(rows)
	if s.report != nil {
		s.report(bytes, rows)
	}
}
