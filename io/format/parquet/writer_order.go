package parquet

import (
	"bytes"
	"cmp"

	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func compareAt[T cmp.Ordered](xs []T, a, b int) int { return cmp.Compare(xs[a], xs[b]) }

func compareBytes(a, b []byte) int { return bytes.Compare(a, b) }

func compareLong(a, b types.Int128) int {
	return compareBits(b.Less(a), a.Less(b))
}

func compareBits(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// order is the order in which the values of a column that is not nested stand, if
// they do: rows that lie in the order of each of several columns lie in that of all.
func (l *leaf) order() (o format.SortingColumn, ok bool) {
	if l.def != nil {
		first, last := 0, len(l.def)
		for first < last && l.def[first] == 0 {
			first++
		}
		for last > first && l.def[last-1] == 0 {
			last--
		}
		if last-first != l.values.Len || first > 0 && last < len(l.def) {
			return o, false // NULLs stand in between, or at both ends
		}
		o.NullsFirst = first > 0
	}
	up, down := l.rises()
	o.Descending = down && !up
	return o, up || down
}

func (l *leaf) rises() (up, down bool) {
	v := &l.values
	switch v.Phys {
	case types.PhysInt8:
		return rises(vector.Values[int8](v)[:v.Len])
	case types.PhysInt16:
		return rises(vector.Values[int16](v)[:v.Len])
	case types.PhysInt32:
		return rises(vector.Values[int32](v)[:v.Len])
	case types.PhysInt64:
		return rises(vector.Values[int64](v)[:v.Len])
	case types.PhysBytes:
		return risesAsText(l.strings, v.Bufs)
	}
	return false, false // floats have no order that all readers agree on
}

func rises[T cmp.Ordered](xs []T) (up, down bool) {
	up, down = true, true
	for i := 1; i < len(xs) && (up || down); i++ {
		up = up && xs[i-1] <= xs[i]
		down = down && xs[i-1] >= xs[i]
	}
	return up, down
}

func risesAsText(xs []vector.View, bufs [][]byte) (up, down bool) {
	up, down = true, true
	for i := 1; i < len(xs) && (up || down); i++ {
		c := bytes.Compare(xs[i-1].Bytes(bufs), xs[i].Bytes(bufs))
		up, down = up && c <= 0, down && c >= 0
	}
	return up, down
}
