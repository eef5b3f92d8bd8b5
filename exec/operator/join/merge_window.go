package join

import (
	"bytes"
	"encoding/binary"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// window is the rows of one ordered input that a Merge still has to do with:
//
//	… passed │ next … rows at hand … │ rows that have not come yet
//
// Rows are compared by the first eight bytes of their encoded keys, and by the
// whole keys where those bytes do not say all.
type window struct {
	types   []types.Type
	keys    []int
	cols    []vector.Vector
	encoder rowcodec.KeyEncoder
	exact   bool // equal prefixes are equal keys

	rows, spare *stream.Builder
	batch       *stream.Batch // of rows
	next        int           // the first row that has not passed
	prefix      []uint64      // by row
	whole       rowcodec.Rows // by row: the keys; not when exact
	other       rowcodec.Rows
	flags       []uint8 // by row
	ended       bool

	grant *memory.Grant
	held  int64
}

// What is known of a row.
const (
	keyless uint8 = 1 << iota // its key has a NULL: it matches nothing
	matched
	dim // it may match: a NULL took part
)

func newWindow(ts []types.Type, keys []int, desc []bool, grant *memory.Grant) window {
	w := window{types: ts, keys: keys, cols: make([]vector.Vector, len(keys)), grant: grant, rows: stream.NewBuilder(ts), spare: stream.NewBuilder(ts)}
	w.encoder.Orders = make([]rowcodec.Order, len(keys))
	for i := range desc {
		w.encoder.Orders[i].Desc = desc[i]
	}
	w.exact = len(keys) == 0 || len(keys) == 1 && fitsPrefix(ts[keys[0]].Phys())
	w.batch = w.rows.Finish()
	return w
}

// fitsPrefix reports values whose encoding behind its tag has at most eight bytes.
func fitsPrefix(p types.Phys) bool {
	switch p {
	case types.PhysBytes, types.PhysInt128, types.PhysList, types.PhysStruct:
		return false
	}
	return true
}

// left is the number of rows at hand.
func (w *window) left() int { return w.batch.Rows - w.next }

// add takes rows of a batch; those with a NULL key only when they count. It
// reports false where memory is refused: the rows have been taken all the same.
func (w *window) add(b *stream.Batch, keepKeyless bool) bool {
	w.drop()
	for i, k := range w.keys {
		w.cols[i] = b.Cols[k]
	}
	sel := b.Sel
	if !keepKeyless {
		sel = w.valid(b)
	}
	first := w.rows.Rows()
	if sel == nil || len(sel) > 0 {
		w.rows.Append(b, sel)
	}
	w.batch = w.rows.Finish()
	if w.batch.Rows > first {
		w.encode(b.Rows, sel)
		w.flag(first)
	}
	return w.account()
}

// valid lists the rows in which no key is NULL; nil: all.
func (w *window) valid(b *stream.Batch) []uint32 {
	sel := b.Sel
	for i := range w.cols {
		if bits := w.cols[i].RowValid(); bits != nil {
			sel = kernel.KeepValid([]uint32{}, sel, b.Rows, bits)
		}
	}
	return sel
}

// encode appends the keys of rows.
func (w *window) encode(rows int, sel []uint32) {
	if w.exact {
		w.whole.Reset()
	}
	first := w.whole.N()
	w.encoder.EncodeSubs(w.cols, rows, sel, &w.whole)
	for i := first; i < w.whole.N(); i++ {
		w.prefix = append(w.prefix, prefixOf(w.whole.At(i)))
	}
}

// prefixOf is the first bytes of a key behind its first tag, which says NULL or not.
func prefixOf(key []byte) uint64 {
	var first [8]byte
	if len(key) > 9 {
		return binary.BigEndian.Uint64(key[1:9])
	}
	if len(key) > 0 {
		copy(first[:], key[1:])
	}
	return binary.BigEndian.Uint64(first[:])
}

// flag says which of the rows from first on have a NULL key.
func (w *window) flag(first int) {
	w.flags = append(w.flags, make([]uint8, w.batch.Rows-first)...)
	for _, k := range w.keys {
		v := &w.batch.Cols[k]
		if v.Valid == nil {
			continue
		}
		for r := first; r < w.batch.Rows; r++ {
			if !v.Valid.Get(r) {
				w.flags[r] |= keyless
			}
		}
	}
}

// drop forgets rows that have passed, when they are most of the window.
func (w *window) drop() {
	if w.next == 0 || w.next*2 < w.batch.Rows {
		return
	}
	n := copy(w.prefix, w.prefix[w.next:])
	w.prefix = w.prefix[:n]
	w.flags = w.flags[:copy(w.flags, w.flags[w.next:])]
	if !w.exact {
		w.other.Reset()
		for r := w.next; r < w.batch.Rows; r++ {
			w.other.Append(w.whole.At(r))
		}
		w.whole, w.other = w.other, w.whole
	}
	w.spare.Reset()
	if w.held > 0 && n <= stream.BatchRows { // a large group is through
		w.spare = stream.NewBuilder(w.types)
	}
	if n > 0 {
		w.spare.Append(w.batch, kernel.Iota(w.batch.Rows)[w.next:])
	}
	w.rows, w.spare = w.spare, w.rows
	w.batch, w.next = w.rows.Finish(), 0
	if w.held > 0 && n <= stream.BatchRows {
		w.spare = stream.NewBuilder(w.types)
		w.close()
	}
}

// empty forgets all rows and gives their memory back.
func (w *window) empty() {
	w.rows, w.spare = stream.NewBuilder(w.types), stream.NewBuilder(w.types)
	w.batch, w.next = w.rows.Finish(), 0
	w.prefix, w.flags, w.whole, w.other = nil, nil, rowcodec.Rows{}, rowcodec.Rows{}
	w.close()
}

// account counts what is held besides the batch that is worked on: columns
// double as they grow, and passed rows are in the other builder.
func (w *window) account() bool {
	if w.rows.Rows() <= stream.BatchRows {
		return true
	}
	need := 3*int64(w.rows.Size()) + 16*int64(w.rows.Rows()) + 2*int64(cap(w.whole.Bytes))
	if need <= w.held {
		return true
	}
	if !w.grant.TryGrow(need - w.held) {
		return false
	}
	w.held = need
	return true
}

func (w *window) close() {
	w.grant.Shrink(w.held)
	w.held = 0
}

// compareRows orders row i of a and row j of b by their keys.
func compareRows(a *window, i int, b *window, j int) int {
	x, y := a.prefix[i], b.prefix[j]
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case a.exact:
		return 0
	}
	return bytes.Compare(a.whole.At(i), b.whole.At(j))
}

// run is the row behind those from row i on that have its key.
func (w *window) run(i, from int) int {
	p := w.prefix[i]
	r := max(i+1, from)
	for r < w.batch.Rows && w.prefix[r] == p && w.flags[r]&keyless == 0 && (w.exact || bytes.Equal(w.whole.At(i), w.whole.At(r))) {
		r++
	}
	return r
}
