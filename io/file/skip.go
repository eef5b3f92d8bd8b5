package file

import (
	"cmp"
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
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
	members []*connector.Members
	stages  []*skipStage
	columns int
	batches int
	rows    int
	kept    int
	dead    int
}

const skipTrial = 4

// skipStage is what is asked of columns that are read together: those that take
// few bytes come first, so that the others are often not read.
type skipStage struct {
	bytes   int64
	columns []int
	cond    *expr.Expr // nil: members is asked
	eval    *expr.Filter
	members *connector.Members
	sel     []uint32
}

// news reports that operators downstream have found more since the filter was set.
func (r *parquetReader) news() bool {
	if r.filter == nil {
		return true
	}
	if !slices.Equal(r.members(), r.filter.members) {
		return true
	}
	return r.rc.Filter != nil && !slices.Equal(r.rc.Filter(), r.filter.exprs[len(r.source.filters):])
}

func (r *parquetReader) setFilter() error {
	all, members := r.allFilters(), r.members()
	if r.filter == nil || !slices.Equal(r.filter.exprs, all) || !slices.Equal(r.filter.members, members) {
		f := &skipFilter{exprs: all, members: members, stages: stagesOf(all, members)}
		for _, s := range f.stages {
			s.bytes = r.bytesOf(s.columns)
		}
		if err := f.prepare(r.source.types); err != nil {
			return err
		}
		r.filter = f
	}
	f := r.filter
	f.batches, f.rows, f.kept, f.dead = 0, 0, 0, 0
	if f.columns == 0 || f.columns == len(r.source.names) && len(members) == 0 && len(f.stages) == 1 {
		r.scanner.SetFilter(nil) // there is nothing to skip
		return nil
	}
	filter := &parquet.Filter{Sparse: r.sparse}
	for _, s := range f.stages {
		filter.Stages = append(filter.Stages, parquet.Stage{Columns: s.columns, Select: s.selectRows})
	}
	r.scanner.SetFilter(filter)
	return nil
}

// bytesOf is what columns take in the row group that is read, as stored.
func (r *parquetReader) bytesOf(columns []int) (size int64) {
	for _, c := range columns {
		size += r.file.ChunkBytes(r.at.Group, r.file.Column(r.source.names[c]))
	}
	return size
}

func stagesOf(all []*expr.Expr, members []*connector.Members) (out []*skipStage) {
	for _, m := range members {
		out = append(out, &skipStage{columns: []int{m.Column}, members: m})
	}
	for _, e := range all {
		for _, cond := range expr.Conjuncts(e) {
			s := &skipStage{cond: cond}
			for c := range expr.Columns(cond) {
				s.columns = append(s.columns, c)
			}
			out = append(out, s)
		}
	}
	return out
}

// prepare orders the stages and compiles their conditions. What needs no more
// columns than the stage before belongs to it.
func (f *skipFilter) prepare(ts []types.Type) (err error) {
	slices.SortStableFunc(f.stages, func(a, b *skipStage) int { return cmp.Compare(a.bytes, b.bytes) })
	have := make([]bool, len(ts))
	kept := f.stages[:0]
	for _, s := range f.stages {
		s.columns = slices.DeleteFunc(s.columns, func(c int) bool { return have[c] })
		for _, c := range s.columns {
			have[c] = true
		}
		f.columns += len(s.columns)
		if n := len(kept); n > 0 && len(s.columns) == 0 && s.cond != nil && kept[n-1].cond != nil {
			kept[n-1].cond = expr.AndAll([]*expr.Expr{kept[n-1].cond, s.cond})
			continue
		}
		kept = append(kept, s)
	}
	f.stages = kept
	for _, s := range f.stages {
		if s.cond == nil {
			continue
		}
		if s.eval, err = expr.CompileFilter(s.cond, ts, &kernel.Env{}); err != nil {
			return err
		}
	}
	return nil
}

// selectRows is the rows of a batch that pass. A filter is a hint: one that fails
// on a row says nothing, and what is to be said of it is for the filter above.
func (s *skipStage) selectRows(b *stream.Batch) []uint32 {
	if s.sel == nil {
		s.sel = make([]uint32, 0, b.Rows)
	}
	if s.cond == nil {
		s.sel = s.members.Select(&b.Cols[s.members.Column], b.Rows, b.Sel, s.sel[:0])
		return s.sel
	}
	sel, err := s.eval.Select(b, s.sel[:0])
	if err != nil {
		return nil
	}
	s.sel = sel
	return sel
}

// sparse counts what the filter leaves of a batch, and says whether that is few rows.
func (r *parquetReader) sparse(rows, left int) bool {
	f := r.filter
	f.batches++
	f.rows += rows
	f.kept += left
	if left == 0 {
		f.dead++
	}
	if f.batches >= skipTrial && f.dead == 0 && (len(f.members) == 0 || f.kept*2 > f.rows) {
		r.scanner.SetFilter(nil)
	}
	return left*2 <= rows
}
