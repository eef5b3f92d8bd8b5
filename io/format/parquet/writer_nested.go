package parquet

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// entries are what a part of a nested column is written as: for each entry its
// levels, and where its value lies in the part's vector; nowhere where nothing is
// there further down.
type entries struct {
	rep, def []uint32
	at       []uint32
}

const nowhere = ^uint32(0)

func (e *entries) add(rep, def, at uint32) {
	e.rep, e.def, e.at = append(e.rep, rep), append(e.def, def), append(e.at, at)
}

// writeNested writes the leaves of a nested column of a row group.
func (w *Writer) writeNested(g *rowGroup, part *written, v *vector.Vector) error {
	e := entries{rep: make([]uint32, v.Len), def: make([]uint32, v.Len), at: make([]uint32, v.Len)}
	for i := range e.at {
		e.at[i] = uint32(i)
	}
	return w.writePart(g, part, v, e)
}

func (w *Writer) writePart(g *rowGroup, part *written, v *vector.Vector, e entries) error {
	part.enter(v, &e)
	if part.stored != nil {
		l := nestedLeaf(part.stored, v, &e)
		return w.writeChunk(g, &l)
	}
	if part.typ.Kind != types.Row {
		e = part.elements(v, &e)
		if part.typ.Kind == types.Map && hasNullKey(v, &e) {
			return errNullKey
		}
	}
	for i, k := range part.kids {
		own := entries{rep: e.rep, def: append([]uint32(nil), e.def...), at: append([]uint32(nil), e.at...)}
		if err := w.writePart(g, k, &v.Kids[i], own); err != nil {
			return err
		}
	}
	return nil
}

func hasNullKey(v *vector.Vector, e *entries) bool {
	for _, at := range e.at {
		if at != nowhere && !v.Kids[0].IsValid(int(at)) {
			return true
		}
	}
	return false
}

// enter tells values from NULLs: a value of a nullable part is one level further down.
func (p *written) enter(v *vector.Vector, e *entries) {
	if !p.typ.Nullable {
		return
	}
	for i, at := range e.at {
		switch {
		case at == nowhere:
		case v.IsValid(int(at)):
			e.def[i]++
		default:
			e.at[i] = nowhere
		}
	}
}

// elements gives each list an entry for each of its elements, one at least.
func (p *written) elements(v *vector.Vector, e *entries) entries {
	var out entries
	offsets := v.Offsets()
	for i, at := range e.at {
		if at == nowhere || offsets[at] == offsets[at+1] {
			out.add(e.rep[i], e.def[i], nowhere)
			continue
		}
		rep := e.rep[i]
		for k := offsets[at]; k < offsets[at+1]; k++ {
			out.add(rep, e.def[i]+1, uint32(k))
			rep = uint32(p.rep)
		}
	}
	return out
}
