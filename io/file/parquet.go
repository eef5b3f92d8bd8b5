package file

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/parquet"
)

// footers keeps parsed footers by file, size and time: planning, enumerating and
// each reader want the same one.
type footers struct {
	mu     sync.Mutex
	byFile map[entry]*parquet.File
}

const footersKept = 256

// open opens a file that was found as e.
func (c *footers) open(at place, e entry) (*parquet.File, error) {
	in, err := at.open(e.Name)
	if err != nil {
		return nil, err
	}
	if err := e.unchanged(in); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	key := e
	key.ModTime = e.ModTime.UTC()
	c.mu.Lock()
	known := c.byFile[key]
	c.mu.Unlock()
	if known != nil {
		return known.Reopened(in), nil
	}
	f, err := parquet.NewFile(e.Name, in)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byFile) >= footersKept || c.byFile == nil {
		c.byFile = map[entry]*parquet.File{}
	}
	c.byFile[key] = f
	return f, nil
}

// parquetSource reads row groups.
type parquetSource struct {
	place   place
	footers *footers
	time    *eventTime // nil: in the order of the files
}

func (p *parquetSource) splits(e entry) ([]position, error) {
	f, err := p.footers.open(p.place, e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []position
	for g := range f.Groups() {
		if f.GroupRows(g) > 0 {
			at := position{File: e, Group: g, Bytes: int64(float64(e.Size) * float64(f.GroupRows(g)) / float64(f.Rows))}
			at.earliest, at.timed = p.time.earliest(f, g)
			out = append(out, at)
		}
	}
	return out, nil
}

func (p *parquetSource) reader(s *source, rc connector.ReaderContext) splitReader {
	return &parquetReader{source: s, place: p.place, footers: p.footers, rc: rc, pool: new(parquet.Pool), counts: newCounts(rc.Metric)}
}

// counts is what a reader tells of the row groups and pages that it read and passed over.
type counts struct{ groups, groupsPruned, pages, pagesSkipped *metric.Counter }

func newCounts(m *metric.Group) *counts {
	if m == nil {
		m = metric.NewGroup()
	}
	return &counts{m.Counter("numRowGroupsRead"), m.Counter("numRowGroupsPruned"), m.Counter("numPagesRead"), m.Counter("numPagesSkipped")}
}

// pagesOf adds what a scanner has counted since the last call.
func (c *counts) pagesOf(s *parquet.Scanner) {
	c.pages.Add(s.PagesRead)
	c.pagesSkipped.Add(s.PagesSkipped)
	s.PagesRead, s.PagesSkipped = 0, 0
}

// parquetReader keeps one file open from one row group of it to the next.
type parquetReader struct {
	source  *source
	place   place
	footers *footers
	rc      connector.ReaderContext
	pool    *parquet.Pool
	at      position
	file    *parquet.File
	scanner *parquet.Scanner
	filter  *skipFilter
	counts  *counts
}

func (r *parquetReader) open(p position) error {
	if r.file == nil || r.at.File.Name != p.File.Name {
		if err := r.openFile(p.File); err != nil {
			return err
		}
	}
	r.at = p
	if err := r.setFilter(); err != nil {
		return err
	}
	wanted, err := r.wanted(p.Group)
	if err != nil {
		return err
	}
	if wanted != nil && len(wanted) == 0 {
		r.counts.groupsPruned.Add(1)
		r.at.Row = r.file.GroupRows(p.Group)
	} else {
		r.counts.groups.Add(1)
	}
	return r.scanner.Open(p.Group, r.at.Row, wanted)
}

// allFilters are the query's and those that joins have found since.
func (r *parquetReader) allFilters() []*expr.Expr {
	if r.rc.Filter == nil {
		return r.source.filters
	}
	return append(append([]*expr.Expr{}, r.source.filters...), r.rc.Filter()...)
}

func (r *parquetReader) members() []*connector.Members {
	if r.rc.Members == nil {
		return nil
	}
	return r.rc.Members()
}

// sameValues reports that a statistic in the file's type is one in the table's.
func sameValues(file, table types.Type) bool {
	return file.Kind == table.Kind && file.Phys() == table.Phys() && file.Scale == table.Scale && file.TimeUnit() == table.TimeUnit() ||
		file.IsInteger() && table.IsInteger()
}

func (r *parquetReader) openFile(e entry) error {
	if err := r.close(); err != nil {
		return err
	}
	f, err := r.footers.open(r.place, e)
	if err != nil {
		return err
	}
	r.file = f
	wants, err := wantsOf(f, r.source.names, r.source.types)
	if err != nil {
		return err
	}
	r.scanner, err = parquet.NewScanner(f, wants, r.rc.BatchRows, r.pool)
	return err
}

// wantsOf finds the columns of a table in a file. One that the file does not have
// is NULL, as in Flink: it was added to the table later.
func wantsOf(f *parquet.File, names []string, ts []types.Type) ([]parquet.Want, error) {
	out := make([]parquet.Want, len(names))
	for i, name := range names {
		c := f.Column(name)
		if c < 0 && ts[i].Nullable {
			out[i] = parquet.Want{Column: c, Type: ts[i]}
			continue
		}
		if c < 0 {
			var have []string
			for _, x := range f.Columns {
				have = append(have, x.Name)
			}
			return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "%s has no column %s, which the table declares NOT NULL", f.Name, name).WithHint("it has %s", joinNames(have))
		}
		if err := f.Columns[c].ConvertsTo(ts[i]); err != nil {
			return nil, sqlerr.Wrap(sqlerr.DatatypeMismatch, err, "%s", f.Name)
		}
		out[i] = parquet.Want{Column: c, Type: ts[i]}
	}
	return out, nil
}

func (r *parquetReader) next(context.Context) (connector.Fetch, position, bool, error) {
	if r.news() {
		if err := r.narrow(); err != nil {
			return connector.Fetch{}, r.at, false, err
		}
	}
	b, release, err := r.scanner.Next()
	r.counts.pagesOf(r.scanner)
	if errors.Is(err, io.EOF) {
		r.at.Row = r.scanner.Row()
		return connector.Fetch{}, r.at, true, nil
	}
	if err != nil {
		return connector.Fetch{}, r.at, false, err
	}
	r.at.Row = r.scanner.Row()
	done := r.at.Row == r.file.GroupRows(r.at.Group)
	if b.Sel != nil && len(b.Sel) == 0 {
		release()
		return connector.Fetch{}, r.at, done, nil
	}
	return connector.Fetch{Batch: b, Release: release}, r.at, done, nil
}

func (r *parquetReader) close() error {
	if r.scanner != nil {
		r.scanner.Close()
		r.scanner = nil
	}
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}

// footersAsked is how many footers planning reads at most; of more files it
// reads some, evenly, and estimates.
const footersAsked = 128

// info gathers rows, bytes and column statistics from footers.
func (c *footers) info(at place, files []entry, names []string, ts []types.Type) (*catalog.SourceInfo, error) {
	if len(files) <= footersAsked {
		return c.infoOf(at, files, names, ts)
	}
	some := make([]entry, footersAsked)
	for i := range some {
		some[i] = files[i*len(files)/footersAsked]
	}
	info, err := c.infoOf(at, some, names, ts)
	if err != nil {
		return nil, err
	}
	scale := float64(len(files)) / footersAsked
	info.Rows *= scale
	info.Bytes *= scale
	for i := range info.Columns {
		s := &info.Columns[i]
		s.Min, s.Max, s.Nulls = nil, nil, -1
	}
	return info, nil
}

func (c *footers) infoOf(at place, files []entry, names []string, ts []types.Type) (*catalog.SourceInfo, error) {
	info := &catalog.SourceInfo{Bounded: true, Columns: make([]catalog.ColumnStats, len(names))}
	known := make([]columnStats, len(names))
	for i := range known {
		known[i].typ = ts[i]
	}
	for _, e := range files {
		f, err := c.open(at, e)
		if err != nil {
			return nil, err
		}
		wants, err := wantsOf(f, names, ts)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		for i, w := range wants {
			if w.Column < 0 {
				known[i].addAbsent(f)
				continue
			}
			known[i].add(f, w.Column)
			for g := range f.Groups() {
				info.Bytes += float64(f.ChunkBytes(g, w.Column))
			}
		}
		info.Rows += float64(f.Rows)
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	for i := range known {
		info.Columns[i] = known[i].result(info.Rows)
	}
	return info, nil
}

// columnStats merges what row groups say of a column.
type columnStats struct {
	typ      types.Type
	min, max *types.Value
	nulls    int64
	unknown  bool // a group has no min and max
	noNulls  bool // a group does not count NULLs
	disjoint bool // groups follow each other without overlap
	groups   int
	dict     int   // entries of the first group's dictionary
	dictRows int64 // rows of that group
	bytes    float64
}

func (s *columnStats) add(f *parquet.File, column int) {
	same := sameValues(f.Columns[column].Type, s.typ)
	for g := range f.Groups() {
		st := f.GroupStats(g, column)
		if st.Nulls < 0 {
			s.noNulls = true
		}
		s.nulls += max(st.Nulls, 0)
		s.bytes += float64(f.ChunkBytes(g, column))
		if s.groups == 0 {
			s.disjoint = true
			s.dict, s.dictRows = f.DictionarySize(g, column), f.GroupRows(g)
		}
		s.groups++
		if st.Min == nil || !same {
			s.unknown = st.Nulls != f.GroupRows(g) || s.unknown
			continue
		}
		if s.max != nil && compare(s.typ, *st.Min, *s.max) < 0 {
			s.disjoint = false
		}
		if s.min == nil || compare(s.typ, *st.Min, *s.min) < 0 {
			s.min = st.Min
		}
		if s.max == nil || compare(s.typ, *st.Max, *s.max) > 0 {
			s.max = st.Max
		}
	}
}

// addAbsent adds a file in which the column is NULL.
func (s *columnStats) addAbsent(f *parquet.File) { s.nulls += f.Rows }

func (s *columnStats) result(rows float64) catalog.ColumnStats {
	out := catalog.ColumnStats{Nulls: s.nulls}
	if s.noNulls {
		out.Nulls = -1
	}
	if !s.unknown {
		out.Min, out.Max = s.min, s.max
	}
	out.Distinct = s.distinct(rows)
	if s.typ.Phys() == types.PhysBytes && rows > 0 {
		out.AvgBytes = max(1, s.bytes/rows)
	}
	return out
}

// distinct estimates the number of values from one group's dictionary: as many
// in every group where groups do not overlap, else as a draw from all values.
func (s *columnStats) distinct(rows float64) float64 {
	d, n := float64(s.dict), float64(s.dictRows)
	width := math.Inf(1)
	if !s.unknown && s.min != nil && (s.typ.IsInteger() || s.typ.Kind == types.Date) {
		width = float64(s.max.I) - float64(s.min.I) + 1
	}
	switch {
	case d == 0 && !math.IsInf(width, 1):
		return min(width, rows)
	case d == 0 || n == 0:
		return 0
	case s.disjoint && s.groups > 1:
		return min(d/n*rows, rows, width)
	case d >= n:
		return min(rows, width)
	}
	// d = D (1 - exp(-n/D)): D by bisection.
	lo, hi := d, rows
	for range 50 {
		mid := (lo + hi) / 2
		if mid*(1-math.Exp(-n/mid)) < d {
			lo = mid
		} else {
			hi = mid
		}
	}
	return min(lo, rows, width)
}
