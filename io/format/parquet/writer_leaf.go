package parquet

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// leaf is what a row group holds of a leaf: its values without NULLs, and beside
// them levels that say where those stand.
type leaf struct {
	*stored
	entries  int           // levels: one a value, NULL or empty list
	rep, def []uint32      // nil: all 0; nil: all the highest
	values   vector.Vector // flat, none is NULL
	strings  []vector.View // of values
}

// flatLeaf is a column that is not nested.
func (w *Writer) flatLeaf(s *stored, v *vector.Vector) leaf {
	l := leaf{stored: s, entries: v.Len}
	flat := v.Flatten()
	if flat.Valid == nil || s.maxDef == 0 {
		flat.Valid = nil
		l.setValues(flat)
		return l
	}
	if cap(w.def) < v.Len {
		w.def = make([]uint32, v.Len)
	}
	l.def = w.def[:v.Len]
	places := make([]uint32, 0, v.Len)
	for i := range l.def {
		l.def[i] = 0
		if flat.Valid.Get(i) {
			l.def[i] = 1
			places = append(places, uint32(i))
		}
	}
	l.gather(&flat, places)
	return l
}

// nestedLeaf is a leaf of a nested column.
func nestedLeaf(s *stored, v *vector.Vector, e *entries) leaf {
	l := leaf{stored: s, entries: len(e.at), rep: e.rep, def: e.def}
	flat := v.Flatten()
	places := make([]uint32, 0, len(e.at))
	for _, at := range e.at {
		if at != nowhere {
			places = append(places, at)
		}
	}
	if s.maxRep == 0 {
		l.rep = nil
	}
	if len(places) == len(e.at) {
		l.def = nil
	}
	l.gather(&flat, places)
	return l
}

func (l *leaf) gather(v *vector.Vector, places []uint32) {
	var dense vector.Vector
	kernel.Gather(&dense, v, places)
	dense.Valid = nil
	l.setValues(dense)
}

func (l *leaf) setValues(v vector.Vector) {
	l.values = v
	if v.Phys == types.PhysBytes {
		l.strings = v.Views()[:v.Len]
	}
}

// span is a page: entries, and those of them that are values.
type span struct {
	from, to   int
	first, end int // values
	rows       int
}

// cut parts the entries into pages that end with a row, of at most so many rows
// and about so many bytes; width is that of a value, 0: strings as they are.
func (l *leaf) cut(width, pageRows, pageBytes int) (out []span) {
	most := uint32(l.maxDef)
	page, size := span{}, 0
	for i := range l.entries {
		if l.rep == nil || l.rep[i] == 0 {
			if page.rows >= pageRows || size >= pageBytes {
				page.to = i
				out = append(out, page)
				page, size = span{from: i, first: page.end, end: page.end}, 0
			}
			page.rows++
		}
		if l.def == nil || l.def[i] == most {
			if width > 0 {
				size += width
			} else if l.strings != nil {
				size += 4 + int(l.strings[page.end].Len)
			}
			page.end++
		}
	}
	if page.to = l.entries; page.to > page.from {
		out = append(out, page)
	}
	return out
}
