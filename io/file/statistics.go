package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
)

// takesFilter takes those over columns that are the same in a whole file: text
// has no other statistics.
func (l *layout) takesFilter() func(*expr.Expr) bool {
	if len(l.parts) == 0 && len(l.facts) == 0 {
		return nil
	}
	constant := map[int]bool{}
	for _, p := range l.parts {
		constant[p.place] = true
	}
	for _, f := range l.facts {
		constant[f.place] = true
	}
	return func(e *expr.Expr) bool {
		for c := range expr.Columns(e) {
			if !constant[c] {
				return false
			}
		}
		return true
	}
}

// statistics puts what the folders tell of partition columns beside what the
// footers tell of the others.
func (l *layout) statistics(t *catalog.Table, find *finder, files []entry, data []catalog.ColumnStats) []catalog.ColumnStats {
	out := make([]catalog.ColumnStats, len(t.Produced()))
	for i, at := range l.data {
		out[at] = data[i]
	}
	for i := range l.parts {
		distinct := map[string]bool{}
		for _, f := range files {
			if texts, err := find.partitionTexts(f.Name); err == nil {
				distinct[texts[i]] = true
			}
		}
		out[l.parts[i].place] = catalog.ColumnStats{Nulls: -1, Distinct: float64(len(distinct))}
	}
	for _, f := range l.facts {
		out[f.place] = catalog.ColumnStats{Distinct: float64(len(files))}
	}
	return out
}
