package kernel

import (
	"bytes"
	"math"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// SelectCompare appends to dst the rows of sel (of all rows when nil) for which
// "a op b" is TRUE; op is one of = <> < <= > >=. Both vectors are of one layout
// (strings and bytes among themselves), Flat or Const, not both Const.
func SelectCompare(dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	if a.IsNullConst() || b.IsNullConst() {
		return dst
	}
	if a.Form == vector.Const {
		a, b, op = b, a, mirror(op)
	}
	from := len(dst)
	dst = selectTyped(room(dst, rowCount(rows, sel)), op, a, b, rows, sel)
	return keepBothValid(dst, from, a, b)
}

// mirror is the operator with its sides exchanged.
func mirror(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}

func rowCount(rows int, sel []uint32) int {
	if sel != nil {
		return len(sel)
	}
	return rows
}

// keepBothValid drops the rows behind from that are NULL in a or b.
func keepBothValid(dst []uint32, from int, a, b *vector.Vector) []uint32 {
	for _, v := range []*vector.Vector{a, b} {
		if v.Form == vector.Flat && v.Valid != nil {
			kept := KeepValid(dst[:from], dst[from:], 0, v.Valid)
			dst = dst[:len(kept)]
		}
	}
	return dst
}

func selectTyped(dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	switch a.Phys {
	case types.PhysBool:
		return selectBools(dst, op, a, b, rows, sel)
	case types.PhysInt8:
		return selectInts[int8](dst, op, a, b, rows, sel, math.MinInt8, math.MaxInt8)
	case types.PhysInt16:
		return selectInts[int16](dst, op, a, b, rows, sel, math.MinInt16, math.MaxInt16)
	case types.PhysInt32:
		return selectInts[int32](dst, op, a, b, rows, sel, math.MinInt32, math.MaxInt32)
	case types.PhysInt64:
		return selectInts[int64](dst, op, a, b, rows, sel, math.MinInt64, math.MaxInt64)
	case types.PhysFloat32:
		return selectFloats[float32](dst, op, a, b, rows, sel)
	case types.PhysFloat64:
		return selectFloats[float64](dst, op, a, b, rows, sel)
	case types.PhysInt128:
		return selectInt128(dst, op, a, b, rows, sel)
	case types.PhysBytes:
		return selectBytes(dst, op, a, b, rows, sel)
	}
	return selectNested(dst, op, a, b, rows, sel)
}

// selectInts turns a comparison with a constant into membership in a closed range.
func selectInts[T integer](dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32, least, most T) []uint32 {
	x, y := vector.Values[T](a), vector.Values[T](b)
	if b.Form == vector.Flat {
		return selectPairs(dst, op, x, y, rows, sel)
	}
	k := y[0]
	lo, hi := least, most
	switch op {
	case "=":
		lo, hi = k, k
	case "<>":
		return SelectOutside(dst, x, k, rows, sel)
	case "<":
		if k == least {
			return dst
		}
		hi = k - 1
	case "<=":
		hi = k
	case ">":
		if k == most {
			return dst
		}
		lo = k + 1
	case ">=":
		lo = k
	}
	return SelectRange(dst, x, lo, hi, rows, sel)
}

// SelectRange appends the rows whose value lies in [lo, hi]; NULL is not looked at.
func SelectRange[T number](dst []uint32, x []T, lo, hi T, rows int, sel []uint32) []uint32 {
	dst = room(dst, rowCount(rows, sel))
	n := len(dst)
	if sel == nil {
		x = x[:rows]
		out := dst[:n+rows]
		for i := range x {
			out[n] = uint32(i)
			n += bit(x[i] >= lo) & bit(x[i] <= hi)
		}
		return out[:n]
	}
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += bit(x[r] >= lo) & bit(x[r] <= hi)
	}
	return out[:n]
}

// SelectOutside appends the rows whose value is not k; NULL is not looked at.
func SelectOutside[T number](dst []uint32, x []T, k T, rows int, sel []uint32) []uint32 {
	dst = room(dst, rowCount(rows, sel))
	n := len(dst)
	if sel == nil {
		x = x[:rows]
		out := dst[:n+rows]
		for i := range x {
			out[n] = uint32(i)
			n += bit(x[i] != k)
		}
		return out[:n]
	}
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += bit(x[r] != k)
	}
	return out[:n]
}

// selectPairs compares two columns.
func selectPairs[T number](dst []uint32, op string, x, y []T, rows int, sel []uint32) []uint32 {
	if op == ">" || op == ">=" {
		x, y, op = y, x, mirror(op)
	}
	if sel == nil {
		sel = Iota(rows)
	}
	n := len(dst)
	out := dst[:n+len(sel)]
	switch op {
	case "=":
		for _, r := range sel {
			out[n] = r
			n += bit(x[r] == y[r])
		}
	case "<>":
		for _, r := range sel {
			out[n] = r
			n += bit(x[r] != y[r])
		}
	case "<":
		for _, r := range sel {
			out[n] = r
			n += bit(x[r] < y[r])
		}
	default:
		for _, r := range sel {
			out[n] = r
			n += bit(x[r] <= y[r])
		}
	}
	return out[:n]
}

// selectFloats uses closed ranges too: x < k is x ≤ the double below k. NaN is in no range.
func selectFloats[T float](dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	x, y := vector.Values[T](a), vector.Values[T](b)
	if b.Form == vector.Flat {
		return selectPairs(dst, op, x, y, rows, sel)
	}
	k := y[0]
	lo, hi := T(math.Inf(-1)), T(math.Inf(1))
	switch op {
	case "=":
		lo, hi = k, k
	case "<>":
		return SelectOutside(dst, x, k, rows, sel)
	case "<":
		if k == lo || k != k {
			return dst
		}
		hi = below(k)
	case "<=":
		hi = k
	case ">":
		if k == hi || k != k {
			return dst
		}
		lo = -below(-k)
	case ">=":
		lo = k
	}
	return SelectRange(dst, x, lo, hi, rows, sel)
}

// below is the largest value smaller than k.
func below[T float](k T) T {
	switch k := any(k).(type) {
	case float32:
		return T(math.Nextafter32(k, float32(math.Inf(-1))))
	case float64:
		return T(math.Nextafter(k, math.Inf(-1)))
	}
	return k
}

// holds says what an operator makes of a three-way comparison.
type holds struct{ less, equal, greater int }

func holdsOf(op string) holds {
	switch op {
	case "=":
		return holds{0, 1, 0}
	case "<>":
		return holds{1, 0, 1}
	case "<":
		return holds{1, 0, 0}
	case "<=":
		return holds{1, 1, 0}
	case ">":
		return holds{0, 0, 1}
	}
	return holds{0, 1, 1}
}

func (h holds) of(cmp int) int {
	switch {
	case cmp < 0:
		return h.less
	case cmp > 0:
		return h.greater
	}
	return h.equal
}

func selectInt128(dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	x, y, my := vector.Values[types.Int128](a), vector.Values[types.Int128](b), mask(b)
	if sel == nil {
		sel = Iota(rows)
	}
	h := holdsOf(op)
	n := len(dst)
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += h.of(x[r].Cmp(y[r&my]))
	}
	return out[:n]
}

func selectBools(dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	x, y, my := a.Bits(), b.Bits(), mask(b)
	if sel == nil {
		sel = Iota(rows)
	}
	h := holdsOf(op)
	n := len(dst)
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += h.of(bit(x.Get(int(r))) - bit(y.Get(int(r&my))))
	}
	return out[:n]
}

func selectBytes(dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	if sel == nil {
		sel = Iota(rows)
	}
	if op == "=" || op == "<>" {
		return selectEqualBytes(dst, op == "=", a, b, sel)
	}
	x, y, my := a.Views(), b.Views(), mask(b)
	h := holdsOf(op)
	n := len(dst)
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		// NULL rows may hold views that point nowhere.
		if a.Valid.Get(int(r)) && (my == 0 || b.Valid.Get(int(r))) {
			n += h.of(CompareViews(&x[r], a.Bufs, &y[r&my], b.Bufs))
		}
	}
	return out[:n]
}

func selectEqualBytes(dst []uint32, equal bool, a, b *vector.Vector, sel []uint32) []uint32 {
	want := bit(equal)
	x, y, my := vector.Values[types.Int128](a), vector.Values[types.Int128](b), mask(b)
	n := len(dst)
	out := dst[:n+len(sel)]
	if my == 0 && uint32(y[0].Lo) <= vector.InlineLen {
		k := y[0] // a short string is its view: length, bytes and zeros
		for _, r := range sel {
			out[n] = r
			n += bit(x[r].Lo == k.Lo && x[r].Hi == k.Hi) ^ want ^ 1
		}
		return out[:n]
	}
	xv, yv := a.Views(), b.Views()
	for _, r := range sel {
		out[n] = r
		q := r & my
		same := x[r].Lo == y[q].Lo // length and first four bytes
		if same {
			if uint32(x[r].Lo) <= vector.InlineLen {
				same = x[r].Hi == y[q].Hi
			} else if a.Valid.Get(int(r)) && (my == 0 || b.Valid.Get(int(q))) {
				same = bytes.Equal(xv[r].Bytes(a.Bufs), yv[q].Bytes(b.Bufs))
			}
		}
		n += bit(same) ^ want ^ 1
	}
	return out[:n]
}

// CompareViews orders two strings by their bytes; the first four decide most often.
func CompareViews(a *vector.View, abufs [][]byte, b *vector.View, bbufs [][]byte) int {
	if a.Prefix != b.Prefix {
		return bytes.Compare(a.Bytes(abufs), b.Bytes(bbufs))
	}
	if a.Len <= 4 && b.Len <= 4 {
		return int(a.Len) - int(b.Len)
	}
	return bytes.Compare(a.Bytes(abufs), b.Bytes(bbufs))
}

// selectNested compares arrays, maps and rows for equality, element by element.
func selectNested(dst []uint32, op string, a, b *vector.Vector, rows int, sel []uint32) []uint32 {
	if sel == nil {
		sel = Iota(rows)
	}
	for _, r := range sel {
		if !a.IsValid(int(r)) || !b.IsValid(int(r)) {
			continue
		}
		if EqualAt(a, int(r), b, int(r)) == (op == "=") {
			dst = append(dst, r)
		}
	}
	return dst
}

// EqualAt reports whether row i of a equals row j of b, NULL equal to NULL; both
// are of one layout, in any form.
func EqualAt(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	av, bv := a.IsValid(i), b.IsValid(j)
	if !av || !bv {
		return av == bv
	}
	i, j = a.Index(i), b.Index(j)
	a, b = a.Base(), b.Base()
	switch a.Phys {
	case types.PhysBool:
		return a.Bits().Get(i) == b.Bits().Get(j)
	case types.PhysFloat32:
		return floatBits(float64(vector.Values[float32](a)[i])) == floatBits(float64(vector.Values[float32](b)[j]))
	case types.PhysFloat64:
		return floatBits(vector.Values[float64](a)[i]) == floatBits(vector.Values[float64](b)[j])
	case types.PhysBytes:
		return bytes.Equal(a.Views()[i].Bytes(a.Bufs), b.Views()[j].Bytes(b.Bufs))
	case types.PhysStruct:
		for k := range a.Kids {
			if !EqualAt(&a.Kids[k], i, &b.Kids[k], j) {
				return false
			}
		}
		return true
	case types.PhysList:
		return equalLists(a, i, b, j)
	}
	w := a.Phys.Width()
	return bytes.Equal(a.Data[i*w:(i+1)*w], b.Data[j*w:(j+1)*w])
}

func equalLists(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	ao, bo := a.Offsets(), b.Offsets()
	n := int(ao[i+1] - ao[i])
	if n != int(bo[j+1]-bo[j]) {
		return false
	}
	if len(a.Kids) == 2 {
		return equalMaps(a, int(ao[i]), b, int(bo[j]), n)
	}
	for e := range n {
		if !EqualAt(&a.Kids[0], int(ao[i])+e, &b.Kids[0], int(bo[j])+e) {
			return false
		}
	}
	return true
}

// equalMaps compares n entries of two maps in any order. Keys are told apart within each.
func equalMaps(a *vector.Vector, i int, b *vector.Vector, j, n int) bool {
	for e := range n {
		at := -1
		for f := range n { // most often at the same place
			f = (e + f) % n
			if EqualAt(&a.Kids[0], i+e, &b.Kids[0], j+f) {
				at = f
				break
			}
		}
		if at < 0 || !EqualAt(&a.Kids[1], i+e, &b.Kids[1], j+at) {
			return false
		}
	}
	return true
}

// SelectBetween appends the rows of sel (of all rows when nil) whose integer,
// time or short decimal lies in [lo, hi]; v is Flat.
func SelectBetween(dst []uint32, v *vector.Vector, lo, hi int64, rows int, sel []uint32) []uint32 {
	from := len(dst)
	switch v.Phys {
	case types.PhysInt8:
		dst = SelectRange(dst, vector.Values[int8](v), int8(max(lo, math.MinInt8)), int8(min(hi, math.MaxInt8)), rows, sel)
	case types.PhysInt16:
		dst = SelectRange(dst, vector.Values[int16](v), int16(max(lo, math.MinInt16)), int16(min(hi, math.MaxInt16)), rows, sel)
	case types.PhysInt32:
		dst = SelectRange(dst, vector.Values[int32](v), int32(max(lo, math.MinInt32)), int32(min(hi, math.MaxInt32)), rows, sel)
	default:
		dst = SelectRange(dst, vector.Values[int64](v), lo, hi, rows, sel)
	}
	if v.Valid != nil {
		kept := KeepValid(dst[:from], dst[from:], 0, v.Valid)
		dst = dst[:len(kept)]
	}
	return dst
}
