package window

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// readTimes writes the milliseconds of a time column to out, by row, and returns
// the selected rows in which it is not NULL; nil means all.
func readTimes(v *vector.Vector, t types.Type, rows int, sel []uint32, out []int64, spare []uint32) ([]int64, []uint32) {
	if cap(out) < rows {
		out = make([]int64, rows)
	}
	out = out[:rows]
	valid := v.RowValid()
	if v.IsNullConst() {
		return out, spare[:0:0]
	}
	values, ticks := vector.Values[int64](v.Base()), t.TimeUnit()/1000
	for r := range out {
		out[r] = values[v.Index(r)]
	}
	if ticks > 1 {
		for r, x := range out {
			out[r] = floorTo(x, ticks, 0) / ticks
		}
	}
	if valid == nil {
		return out, sel
	}
	return out, validRows(valid, rows, sel, spare)
}

func validRows(valid vector.Bitmap, rows int, sel, spare []uint32) []uint32 {
	kept := spare[:0]
	if kept == nil {
		kept = []uint32{}
	}
	n := rows
	if sel != nil {
		n = len(sel)
	}
	for i := range n {
		r := uint32(i)
		if sel != nil {
			r = sel[i]
		}
		if valid.Get(int(r)) {
			kept = append(kept, r)
		}
	}
	return kept
}

// place turns a local time into the value of a window column of type t.
func (w *windows) place(local int64, t types.Type) int64 {
	if t.Kind == types.TimestampLTZ {
		local = w.instant(local)
	}
	return local * (t.TimeUnit() / 1000)
}
