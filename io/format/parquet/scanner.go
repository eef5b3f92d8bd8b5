package parquet

import (
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Want is a column to read: an ordinal of File.Columns, and the type to read it as.
type Want struct {
	Column int
	Type   types.Type
}

// Scanner reads row groups of one file as batches of aligned columns. One
// goroutine uses it; batches may be released from any.
type Scanner struct {
	file      *File
	pool      *Pool
	codec     decompressor
	batchRows int
	cols      []*chunk
	filter    *Filter
	done      []bool // columns of the batch that the filter has read

	group int
	row   int64 // of the group, next to read
	rows  int64 // of the group

	mu     sync.Mutex
	frames []*frame // released
}

// Filter tells the rows of a batch that may matter, in stages: the columns of one
// are read where those before it have left a row, and the other columns where all have.
type Filter struct {
	Stages []Stage
	// Sparse hears how many rows of a batch are left, and says whether the batch is
	// to select them; else it has all.
	Sparse func(rows, left int) bool
}

// Stage is a part of a filter.
type Stage struct {
	Columns []int // ordinals among the scanner's columns
	// Select returns the rows that may matter among those that the batch selects,
	// ascending; nil: all of them. Of its columns the batch has those of the stages
	// so far. The answer is kept until the next call.
	Select func(b *stream.Batch) []uint32
}

// NewScanner makes a scanner that hands out at most batchRows rows at a time.
func NewScanner(f *File, cols []Want, batchRows int, pool *Pool) (*Scanner, error) {
	s := &Scanner{file: f, pool: pool, batchRows: batchRows}
	for _, w := range cols {
		c := &f.Columns[w.Column]
		if c.Err == nil && c.shape != nil {
			n, err := newNested(s, c.shape, w.Type)
			if err != nil {
				return nil, err
			}
			s.cols = append(s.cols, &chunk{s: s, col: c, phys: w.Type.Phys(), nest: n})
			continue
		}
		conv, err := c.conversion(w.Type)
		if err != nil {
			return nil, err
		}
		s.cols = append(s.cols, &chunk{s: s, col: c, conv: conv, phys: w.Type.Phys()})
	}
	s.done = make([]bool, len(s.cols))
	return s, nil
}

// SetFilter sets the filter, or takes it away; it counts from the next batch on.
func (s *Scanner) SetFilter(f *Filter) { s.filter = f }

// Open goes to a row of a row group.
func (s *Scanner) Open(group int, row int64) error {
	if group < 0 || group >= s.file.Groups() || row < 0 || row > s.file.GroupRows(group) {
		return sqlerr.Newf(sqlerr.ConnectorFailure, "parquet: %s has no row %d in row group %d", s.file.Name, row, group)
	}
	if err := s.file.CheckUnchanged(); err != nil {
		return err
	}
	s.group, s.row, s.rows = group, row, s.file.GroupRows(group)
	g := &s.file.meta.RowGroups[group]
	for _, c := range s.cols {
		if c.nest != nil {
			c.nest.open(g, row)
			continue
		}
		c.open(&g.Columns[c.col.leaf].MetaData)
		c.skipped = row
		s.file.readAhead(c.off, c.end)
	}
	return nil
}

// readAhead asks the system to read a range in the background.
func (f *File) readAhead(from, to int64) {
	if far, ok := f.in.(interface{ ReadAhead(from, to int64) }); ok {
		far.ReadAhead(from, to)
		return
	}
	if d, ok := f.in.(interface{ Fd() uintptr }); ok && to-from > windowBytes {
		// Advice only: a file system that does not take it reads when it is asked.
		_ = unix.Fadvise(int(d.Fd()), from, to-from, unix.FADV_WILLNEED)
	}
}

// Row is the row of the group that Next reads next.
func (s *Scanner) Row() int64 { return s.row }

// Close gives up the scanner's buffers. Batches that are out stay valid.
func (s *Scanner) Close() {
	for _, c := range s.cols {
		c.close()
	}
	s.codec.close()
}

// Next reads the next batch, or reports io.EOF at the end of the row group. The
// batch is valid until release is called. A batch in which the filter leaves no
// row has a Sel of length 0 and no columns.
func (s *Scanner) Next() (b *stream.Batch, release func(), err error) {
	if s.row == s.rows {
		return nil, nil, io.EOF
	}
	n := int(min(int64(s.batchRows), s.rows-s.row))
	f := s.frame()
	f.batch.Rows = n
	if err := s.fill(f, n); err != nil {
		f.release()
		return nil, nil, err
	}
	s.row += int64(n)
	if s.row == s.rows {
		for _, c := range s.cols {
			c.close()
		}
		if err := s.file.CheckUnchanged(); err != nil {
			f.release()
			return nil, nil, err
		}
	}
	return &f.batch, f.give, nil
}

func (s *Scanner) fill(f *frame, n int) error {
	clear(s.done)
	if s.filter != nil {
		if left, err := s.narrow(f, n); err != nil || left == 0 {
			return err
		}
	}
	for i := range s.cols {
		if err := s.column(f, i, n); err != nil {
			return err
		}
	}
	return nil
}

// narrow runs the filter, and passes over the columns of a batch in which no row is left.
func (s *Scanner) narrow(f *frame, n int) (left int, err error) {
	filter := s.filter
	for _, stage := range filter.Stages {
		for _, i := range stage.Columns {
			if err := s.column(f, i, n); err != nil {
				return 0, err
			}
		}
		sel := stage.Select(&f.batch)
		if sel == nil {
			continue
		}
		if len(sel) == 0 {
			f.batch.Sel = sel
			break
		}
		f.sel = append(f.sel[:0], sel...)
		f.batch.Sel = f.sel
	}
	left = f.batch.Len()
	sparse := filter.Sparse(n, left)
	switch {
	case left == 0:
		for i, c := range s.cols {
			if !s.done[i] {
				c.skip(n)
			}
		}
	case !sparse:
		f.batch.Sel = nil
	}
	return left, nil
}

// column reads a column of a batch, unless that is done.
func (s *Scanner) column(f *frame, i, n int) error {
	if s.done[i] {
		return nil
	}
	s.done[i] = true
	c, o := s.cols[i], &f.cols[i]
	var err error
	if c.nest != nil {
		f.batch.Cols[i], err = c.nest.read(n, f)
	} else if err = c.read(n, f, o); err == nil {
		f.batch.Cols[i] = o.vector()
	}
	if err != nil {
		if e := s.file.CheckUnchanged(); e != nil {
			return e
		}
		return corrupt(err, "%s: row group %d, column %s, page %d", s.file.Name, s.group, c.col.Name, c.pageNo)
	}
	return nil
}

func (s *Scanner) frame() *frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.frames); n > 0 {
		f := s.frames[n-1]
		s.frames = s.frames[:n-1]
		return f
	}
	f := &frame{owner: s, cols: make([]output, len(s.cols))}
	f.batch.Cols = make([]vector.Vector, len(s.cols))
	for i, c := range s.cols {
		f.cols[i].init(c.phys, s.batchRows)
	}
	f.give = f.release
	return f
}

// pin keeps a buffer until the frame is released.
func (f *frame) pin(b *buffer) {
	for _, r := range f.refs {
		if r == b {
			return
		}
	}
	b.retain()
	f.refs = append(f.refs, b)
}

func (f *frame) release() {
	for i, r := range f.refs {
		r.release()
		f.refs[i] = nil
	}
	f.refs = f.refs[:0]
	for i := range f.cols {
		f.cols[i].reset()
	}
	f.batch = stream.Batch{Cols: f.batch.Cols}
	s := f.owner
	s.mu.Lock()
	s.frames = append(s.frames, f)
	s.mu.Unlock()
}
