package order

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// frames is, for each row of a block of whole partitions, its partition, its
// peers (rows equal in order) and its frame: rows [lo, hi), empty when hi ≤ lo.
type frames struct {
	partStart, partEnd []int32
	peerStart, peerEnd []int32
	lo, hi             []int32
	whole              bool // every frame is its partition
	running            bool // every frame begins with its partition
}

// checkFrame refuses what a RANGE cannot be measured by.
func checkFrame(spec *physical.OverAggregate, ts []types.Type) error {
	if spec.Unit != logical.Range || !measured(spec.From) && !measured(spec.To) {
		return nil
	}
	if len(spec.OrderBy) == 1 {
		if t := ts[spec.OrderBy[0].Col]; t.IsInteger() || t.IsTimestamp() || t.Kind == types.Date || t.Kind == types.Time {
			return nil
		}
	}
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "a RANGE frame with an offset needs one ORDER BY column, of a time or an integer type").
		WithHint("use a ROWS frame, or order by one such column")
}

func measured(b logical.Bound) bool { return !b.Unbounded && b.Offset != 0 }

func newFrames(spec *physical.OverAggregate, ts []types.Type, b *stream.Batch) *frames {
	change := make([]bool, b.Rows)
	for _, c := range spec.PartitionBy {
		markChanges(&b.Cols[c], change)
	}
	return framesOf(spec, ts, b, change)
}

// framesOf is the frames of partitions that begin where change says.
func framesOf(spec *physical.OverAggregate, ts []types.Type, b *stream.Batch, change []bool) *frames {
	f := &frames{}
	f.partStart, f.partEnd = boundaries(change)
	for _, k := range spec.OrderBy {
		markChanges(&b.Cols[k.Col], change)
	}
	f.peerStart, f.peerEnd = boundaries(change)
	f.running = spec.From.Unbounded
	f.whole = spec.From.Unbounded && (spec.To.Unbounded || spec.Unit == logical.Range && spec.To.Offset == 0 && len(spec.OrderBy) == 0)
	f.lo, f.hi = f.bound(spec, ts, b, spec.From, false), f.bound(spec, ts, b, spec.To, true)
	return f
}

// bound is one end of each row's frame; of the end behind a row, the row after it.
func (f *frames) bound(spec *physical.OverAggregate, ts []types.Type, b *stream.Batch, at logical.Bound, end bool) []int32 {
	switch {
	case at.Unbounded && end:
		return f.partEnd
	case at.Unbounded:
		return f.partStart
	case spec.Unit == logical.Rows:
		return f.rowsAway(at.Offset, end)
	case at.Offset == 0 && end:
		return f.peerEnd
	case at.Offset == 0:
		return f.peerStart
	}
	key := spec.OrderBy[0]
	return f.valuesAway(key, &b.Cols[key.Col], distance(ts[key.Col], at.Offset), end)
}

func (f *frames) rowsAway(offset int64, end bool) []int32 {
	out := make([]int32, len(f.partStart))
	if end {
		offset++
	}
	for i := range out {
		at := min(max(int64(i)+offset, int64(f.partStart[i])), int64(f.partEnd[i]))
		out[i] = int32(at)
	}
	return out
}

// valuesAway finds, within each row's partition, the first row whose value is
// not before value + offset, or for an end the first that is behind it. Rows
// with NULL have their peers for a frame.
func (f *frames) valuesAway(key physical.SortKey, v *vector.Vector, offset int64, end bool) []int32 {
	values := orderValues(key, v)
	out := make([]int32, len(values))
	for from := 0; from < len(out); from = int(f.partEnd[from]) {
		to := int(f.partEnd[from])
		first, last := from, to // without NULL, which stand at one end
		for first < to && !v.IsValid(first) {
			first++
		}
		for last > first && !v.IsValid(last-1) {
			last--
		}
		at := first
		for i := from; i < to; i++ {
			if i < first || i >= last {
				out[i] = f.peerStart[i]
				if end {
					out[i] = f.peerEnd[i]
				}
				continue
			}
			goal := values[i] + offset
			for at < last && (values[at] < goal || end && values[at] == goal) {
				at++
			}
			out[i] = int32(at)
		}
	}
	return out
}

// orderValues are a key's values, mirrored where it descends.
func orderValues(key physical.SortKey, v *vector.Vector) []int64 {
	out := make([]int64, v.Len)
	for i := range out {
		if v.IsValid(i) {
			out[i] = v.ValueAt(i).I
		}
		if key.Desc {
			out[i] = -out[i]
		}
	}
	return out
}

// distance is an offset in the units of the order column: offsets over times
// come in milliseconds.
func distance(t types.Type, offset int64) int64 {
	switch {
	case t.IsTimestamp():
		return offset * (t.TimeUnit() / 1000)
	case t.Kind == types.Date:
		return offset / (24 * 60 * 60 * 1000)
	}
	return offset
}
