package file

import (
	"context"
	"errors"
	"io"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/arrow"
)

// arrowSource reads Arrow files by record, and streams from their beginning.
type arrowSource struct{ place place }

// arrowSplits is how many splits a file makes at most.
const arrowSplits = 64

func openArrow(at place, e entry) (*arrow.File, error) {
	in, err := at.open(e.Name)
	if err != nil {
		return nil, err
	}
	if err := e.unchanged(in); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	f, err := arrow.NewFile(e.Name, in)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return f, nil
}

func (s *arrowSource) splits(e entry) ([]position, error) {
	f, err := openArrow(s.place, e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n := f.Records()
	if n < 0 {
		return []position{{File: e}}, nil
	}
	var out []position
	step := (n + arrowSplits - 1) / arrowSplits
	for from := 0; from < n; from += step {
		out = append(out, position{File: e, Group: from, To: int64(min(from+step, n))})
	}
	return out, nil
}

func (s *arrowSource) reader(src *source, rc connector.ReaderContext) splitReader {
	return &arrowReader{source: src, place: s.place, rows: rc.BatchRows}
}

// arrowReader keeps one file open, and one record of it. A position's Group is the
// record, Row a row of it, and To the record behind the split; 0: none is.
type arrowReader struct {
	source  *source
	place   place
	rows    int
	at      position
	file    *arrow.File
	columns []int           // of the file, by column of the scan; -1: it has none
	record  []vector.Vector // columns of the record at.Group; nil: it is not read yet
	len     int64           // of the record
}

func (r *arrowReader) open(p position) error {
	if r.file == nil || r.at.File.Name != p.File.Name {
		if err := r.openFile(p.File); err != nil {
			return err
		}
	}
	r.at, r.record = p, nil
	return nil
}

func (r *arrowReader) openFile(e entry) error {
	if err := r.close(); err != nil {
		return err
	}
	f, err := openArrow(r.place, e)
	if err != nil {
		return err
	}
	r.file = f
	r.columns, err = columnsIn(f, r.source.names, r.source.types)
	return err
}

// columnsIn finds the columns of a table in a file; one that it does not have is NULL.
func columnsIn(f *arrow.File, names []string, ts []types.Type) ([]int, error) {
	out := make([]int, len(names))
	for i, name := range names {
		c := f.Column(name)
		switch {
		case c >= 0:
			if err := f.Columns[c].ConvertsTo(ts[i]); err != nil {
				return nil, sqlerr.Wrap(sqlerr.DatatypeMismatch, err, "%s", f.Name)
			}
		case !ts[i].Nullable:
			return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "%s has no column %s, which the table declares NOT NULL", f.Name, name)
		}
		out[i] = c
	}
	return out, nil
}

func (r *arrowReader) next(context.Context) (connector.Fetch, position, bool, error) {
	if r.record == nil {
		done, err := r.load()
		if done || err != nil {
			return connector.Fetch{}, r.at, done, err
		}
	}
	b := &stream.Batch{Rows: int(min(int64(r.rows), r.len-r.at.Row))}
	for i := range r.record {
		b.Cols = append(b.Cols, r.record[i].Slice(int(r.at.Row), int(r.at.Row)+b.Rows))
	}
	r.at.Row += int64(b.Rows)
	if r.at.Row >= r.len {
		r.at.Group, r.at.Row, r.record = r.at.Group+1, 0, nil
	}
	done := r.record == nil && r.at.To > 0 && int64(r.at.Group) >= r.at.To
	return connector.Fetch{Batch: b}, r.at, done, nil
}

// load reads the next record that has rows.
func (r *arrowReader) load() (done bool, err error) {
	for r.at.To == 0 || int64(r.at.Group) < r.at.To {
		rec, err := r.file.Record(r.at.Group)
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if r.len = rec.NumRows(); r.at.Row >= r.len {
			r.at.Group, r.at.Row = r.at.Group+1, 0
			continue
		}
		r.record = make([]vector.Vector, len(r.columns))
		for i, c := range r.columns {
			t := r.source.types[i]
			if c < 0 {
				r.record[i] = vector.Nulls(t, int(r.len))
				continue
			}
			if r.record[i], err = arrow.Vector(rec.Column(c), t); err == nil && int64(r.record[i].Len) < r.len {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return false, sqlerr.Wrap(sqlerr.ConnectorFailure, err, "arrow: %s: record %d, column %s", r.file.Name, r.at.Group, r.source.names[i])
			}
		}
		return false, nil
	}
	return true, nil
}

func (r *arrowReader) close() error {
	r.record = nil
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}

// inferArrow takes the columns of a table from a file's schema.
func inferArrow(t *catalog.Table, at place, e entry) error {
	f, err := openArrow(at, e)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, c := range f.Columns {
		if c.Err != nil {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "%s: column %s: %s", f.Name, c.Name, c.Err).
				WithHint("CREATE TABLE with the other columns reads them")
		}
		t.Columns = append(t.Columns, catalog.Column{Name: c.Name, Type: c.Type})
	}
	return nil
}
