package file

import (
	"cmp"
	"slices"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/parquet"
)

// eventTime is the column whose least value in a row group tells when the group
// is to be read. In streaming mode files that were written side by side cover
// the same time: read one after the other, all but the first would be late.
type eventTime struct {
	name string
	typ  types.Type
}

// eventTimeOf is the column of a table's watermark, where files hold it; nil otherwise.
func eventTimeOf(t *catalog.Table) *eventTime {
	if t.Watermark == nil {
		return nil
	}
	c := &t.Columns[t.Watermark.Column]
	if c.Kind != catalog.Physical || partitionOrdinal(t, t.Watermark.Column) >= 0 {
		return nil
	}
	return &eventTime{name: c.Name, typ: c.Type}
}

// earliest is the least time in a row group; ok is false where the file does not say.
func (e *eventTime) earliest(f *parquet.File, group int) (at int64, ok bool) {
	if e == nil {
		return 0, false
	}
	c := f.Column(e.name)
	if c < 0 || !sameValues(f.Columns[c].Type, e.typ) {
		return 0, false
	}
	s := f.GroupStats(group, c)
	if s.Min == nil {
		return 0, false
	}
	return s.Min.I, true
}

// inEventOrder orders parts by their least event time, if that is known of all;
// otherwise they stay in the order of their files' names.
func inEventOrder(parts []position) {
	if slices.ContainsFunc(parts, func(p position) bool { return !p.timed }) {
		return
	}
	slices.SortStableFunc(parts, func(x, y position) int { return cmp.Compare(x.earliest, y.earliest) })
}
