package parquet

import (
	"fmt"
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Want is a column to read: an ordinal of File.Columns, and the type to read it as;
// -1: the file does not have it, and it is NULL.
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

	// Pages of which values were read, and pages that were passed over unread.
	PagesRead, PagesSkipped int64

	group  int
	row    int64  // of the group, next to read
	rows   int64  // of the group
	wanted []Rows // of the group, ascending; nil: all

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
		if w.Column < 0 {
			absent := vector.Nulls(w.Type, batchRows)
			s.cols = append(s.cols, &chunk{s: s, phys: w.Type.Phys(), absent: &absent})
			continue
		}
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

// Open goes to a row of a row group, of which only some rows are wanted; nil: all.
// In the order of the rows.
func (s *Scanner) Open(group int, row int64, wanted []Rows) error {
	if group < 0 || group >= s.file.Groups() || row < 0 || row > s.file.GroupRows(group) {
		return sqlerr.Newf(sqlerr.ConnectorFailure, "parquet: %s has no row %d in row group %d", s.file.Name, row, group)
	}
	if err := s.file.CheckUnchanged(); err != nil {
		return err
	}
	s.group, s.row, s.rows, s.wanted = group, row, s.file.GroupRows(group), nil
	g := &s.file.meta.RowGroups[group]
	for _, c := range s.cols {
		switch {
		case c.absent != nil:
		case c.nest != nil:
			c.nest.open(g, row)
		default:
			c.open(&g.Columns[c.col.leaf].MetaData)
			c.skipped = row
		}
	}
	if row == s.rows {
		return nil
	}
	if wanted != nil {
		return s.Narrow(wanted)
	}
	for c := range s.chunks {
		s.file.readAhead(c.off, c.end)
	}
	return nil
}

// chunks are those of leaves of nested columns too.
func (s *Scanner) chunks(yield func(c *chunk) bool) {
	for _, c := range s.cols {
		switch {
		case c.absent != nil:
		case c.nest != nil:
			for _, l := range c.nest.leaves {
				if !yield(&l.chunk) {
					return
				}
			}
		case !yield(c):
			return
		}
	}
}

// Narrow says which rows of the row group are wanted from the next batch on. Pages
// that hold none are not read where the file says where they lie.
func (s *Scanner) Narrow(wanted []Rows) error {
	s.wanted = wanted
	if len(wanted) == 0 {
		return nil
	}
	for c := range s.chunks {
		if c.places != nil {
			continue
		}
		places, err := s.file.pageLocations(s.group, c.col)
		if err != nil {
			return s.file.ofColumn(err, s.group, c.col)
		}
		if len(places) > 0 && c.pageNo < len(places) {
			c.places = places
		}
	}
	return nil
}

// wantedTo is the end of the rows that are wanted in one go.
func (s *Scanner) wantedTo() int64 {
	if len(s.wanted) > 0 {
		return s.wanted[0].To
	}
	return s.rows
}

// toWanted passes over rows that nobody wants.
func (s *Scanner) toWanted() {
	if s.wanted == nil {
		return
	}
	for len(s.wanted) > 0 && s.wanted[0].To <= s.row {
		s.wanted = s.wanted[1:]
	}
	to := s.rows
	if len(s.wanted) > 0 {
		to = max(s.row, s.wanted[0].From)
	}
	for _, c := range s.cols {
		c.skip(int(to - s.row))
	}
	s.row = to
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
	s.toWanted()
	if s.row == s.rows {
		return nil, nil, io.EOF
	}
	n := int(min(int64(s.batchRows), s.wantedTo()-s.row))
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
	if c.absent != nil {
		f.batch.Cols[i] = c.absent.Slice(0, n)
		return nil
	}
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
		return corrupt(err, "%s: row group %d, column %s", s.file.Name, s.group, c.where())
	}
	return nil
}

// where names the column and the page that was read last; of a nested column the leaf.
func (c *chunk) where() string {
	if c.nest == nil {
		return fmt.Sprintf("%s, page %d", c.col.Name, c.pageNo)
	}
	if l := c.nest.failed; l != nil {
		return fmt.Sprintf("%s, part %s, page %d", c.col.Name, l.col.Name, l.pageNo)
	}
	return c.col.Name
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
