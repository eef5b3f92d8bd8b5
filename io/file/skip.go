package file

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/parquet"
)

// skipFilter evaluates the scan's filters before the other columns are read: a
// batch without survivors is skipped, and of one with few only those are handed
// on. The planner filters again above, so it must pay by itself: where the first
// batches of a row group all have survivors, and members leave most of their
// rows, it rests until the next group.
type skipFilter struct {
	exprs   []*expr.Expr
	eval    *expr.Filter // nil: no expressions
	members []*connector.Members
	columns []int
	sel     []uint32
	batches int
	rows    int
	kept    int
	dead    int
}

const skipTrial = 4

// news reports that joins have found more since the filter was set.
func (r *parquetReader) news() bool {
	var exprs, members int
	if r.filter != nil {
		exprs, members = len(r.filter.exprs), len(r.filter.members)
	}
	return len(r.members()) != members || r.rc.Filter != nil && len(r.source.filters)+len(r.rc.Filter()) != exprs
}

func (r *parquetReader) setFilter() error {
	all, members := r.allFilters(), r.members()
	if r.filter == nil || !slices.Equal(r.filter.exprs, all) || !slices.Equal(r.filter.members, members) {
		f, err := newSkipFilter(all, members, r.source)
		if err != nil {
			return err
		}
		r.filter = f
	}
	f := r.filter
	f.batches, f.rows, f.kept, f.dead = 0, 0, 0, 0
	if len(f.columns) == 0 || len(f.columns) == len(r.source.names) && len(members) == 0 {
		r.scanner.SetFilter(nil) // there is nothing to skip
		return nil
	}
	r.scanner.SetFilter(&parquet.Filter{Columns: f.columns, Select: r.selectRows})
	return nil
}

func newSkipFilter(all []*expr.Expr, members []*connector.Members, s *source) (*skipFilter, error) {
	f := &skipFilter{exprs: all, members: members}
	if len(all) > 0 {
		e := expr.AndAll(all)
		eval, err := expr.CompileFilter(e, s.types, &kernel.Env{})
		if err != nil {
			return nil, err
		}
		f.eval = eval
		for c := range expr.Columns(e) {
			f.columns = append(f.columns, c)
		}
	}
	for _, m := range members {
		if !slices.Contains(f.columns, m.Column) {
			f.columns = append(f.columns, m.Column)
		}
	}
	return f, nil
}

func (r *parquetReader) selectRows(b *stream.Batch) ([]uint32, error) {
	f := r.filter
	sel, err := f.selectRows(b)
	if err != nil {
		// A filter is a hint: what it says of an error is for the filter above.
		r.scanner.SetFilter(nil)
		return nil, nil
	}
	f.batches++
	f.rows += b.Rows
	f.kept += len(sel)
	if len(sel) == 0 {
		f.dead++
		return []uint32{}, nil
	}
	if f.batches >= skipTrial && f.dead == 0 && (len(f.members) == 0 || f.kept*2 > f.rows) {
		r.scanner.SetFilter(nil)
	}
	if len(sel)*2 > b.Rows {
		return nil, nil
	}
	return sel, nil
}

// selectRows is the rows that pass; nil only where there is nothing to ask.
func (f *skipFilter) selectRows(b *stream.Batch) (sel []uint32, err error) {
	if f.sel == nil {
		f.sel = make([]uint32, 0, b.Rows)
	}
	if f.eval != nil {
		if f.sel, err = f.eval.Select(b, f.sel[:0]); err != nil {
			return nil, err
		}
		sel = f.sel
	}
	for _, m := range f.members {
		f.sel = m.Select(&b.Cols[m.Column], b.Rows, sel, f.sel[:0])
		sel = f.sel
	}
	return sel, nil
}
