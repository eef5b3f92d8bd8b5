package join

import (
	"github.com/weir-engine/weir/core/types"
)

// layout says how a build row lies in memory, outside the Go heap:
//
//	next row of the same key | keys | other columns, wide to narrow | NULL bits | mark
//
// Keys are whole words, so that most compare as one: integers sign-extended (the
// column itself is read from their low bytes), strings as views, floats with one
// zero and one NaN beside the column's own value.
type layout struct {
	types  []types.Type
	cols   []field
	keys   []keyField
	nulls  int // offset of one bit a column, set for NULL; -1: no column can be NULL
	mark   int // offset of a word set when the row has found a match; -1: nobody asks
	stride int
}

// field is where a column lies. Nested columns lie in builders beside the rows;
// the row has their number there.
type field struct {
	phys types.Phys
	off  int
}

type keyForm uint8

const (
	keyWord keyForm = iota // 64 bits
	keyWide                // 128 bits
	keyView                // a string
)

type keyField struct {
	col  int
	form keyForm
	off  int
	// apart: the key is not the column's own bytes (floats, nested values).
	apart bool
}

const keyOffset = 8 // behind the link

func newLayout(ts []types.Type, keys []int, marked bool) *layout {
	l := &layout{types: ts, cols: make([]field, len(ts)), nulls: -1, mark: -1}
	at := keyOffset
	placed := make([]bool, len(ts))
	for _, col := range keys {
		k := keyField{col: col, off: at, form: formOf(ts[col].Phys())}
		k.apart = isApart(ts[col].Phys()) || placed[col]
		if !k.apart && !placed[col] {
			l.cols[col].off, placed[col] = at, true
		}
		at += k.width()
		l.keys = append(l.keys, k)
	}
	for _, width := range []int{16, 8, 4, 2, 1} {
		for c, t := range ts {
			if !placed[c] && fieldWidth(t.Phys()) == width {
				l.cols[c].off = at
				at += width
			}
		}
	}
	nullable := false
	for c, t := range ts {
		l.cols[c].phys = t.Phys()
		nullable = nullable || t.Nullable || t.Phys() == types.PhysNull
	}
	if nullable {
		l.nulls = at
		at += (len(ts) + 7) / 8
	}
	if marked {
		at = (at + 3) &^ 3
		l.mark = at
		at += 4
	}
	l.stride = (at + 7) &^ 7
	return l
}

func formOf(p types.Phys) keyForm {
	switch p {
	case types.PhysInt128:
		return keyWide
	case types.PhysBytes, types.PhysList, types.PhysStruct:
		return keyView
	}
	return keyWord
}

func isApart(p types.Phys) bool {
	switch p {
	case types.PhysFloat32, types.PhysFloat64, types.PhysList, types.PhysStruct:
		return true
	}
	return false
}

func (k *keyField) width() int {
	if k.form == keyWord {
		return 8
	}
	return 16
}

// fieldWidth is the bytes of a column in a row.
func fieldWidth(p types.Phys) int {
	switch p {
	case types.PhysBool:
		return 1
	case types.PhysList, types.PhysStruct:
		return 8
	}
	return p.Width()
}

// oneWord reports that keys are equal when one word is.
func (l *layout) oneWord() bool { return len(l.keys) == 1 && l.keys[0].form == keyWord }

// twoWords reports that keys are equal when two words are.
func (l *layout) twoWords() bool {
	return len(l.keys) == 2 && l.keys[0].form == keyWord && l.keys[1].form == keyWord ||
		len(l.keys) == 1 && l.keys[0].form == keyWide
}
