package parquet

import (
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
)

// shape is a nested column, or a part of one, with the levels by which its values
// are told from those that are not there (the Dremel paper's).
//
// Each leaf is a list of entries with a repetition and a definition level. An
// entry begins a value of a part whose lists around it have the repetition level
// R where its own is at most R, and its definition level says how far down from
// the row something is there.
type shape struct {
	kind types.Kind // Row, Array, Map; else a leaf
	name string
	typ  types.Type
	def  int // the value is not NULL from this definition level on
	// Of Array and Map: an element is there from definition level inner on, and
	// another one of the same list has the repetition level rep.
	inner, rep int
	kids       []*shape
	leaf       *Column // nil for groups
}

func (s *shape) isLeaf() bool { return s.leaf != nil }

// shapeReader reads the subtree of a nested column out of a schema.
type shapeReader struct {
	elements []format.SchemaElement
	at, leaf int
}

// part reads the part at r.at, inside groups with these levels.
func (r *shapeReader) part(def, rep int) (*shape, error) {
	if r.at >= len(r.elements) {
		return nil, fmt.Errorf("the schema is cut off")
	}
	if def > 100 || rep > 100 {
		return nil, fmt.Errorf("the schema is nested too deeply")
	}
	e := &r.elements[r.at]
	if e.RepetitionType.V == format.Repeated { // a list without a group around it
		elem, err := r.value(e, def+1, rep+1, false)
		if err != nil {
			return nil, err
		}
		t := types.ArrayType(elem.typ).NotNull()
		return &shape{kind: types.Array, name: e.Name, typ: t, def: def, inner: def + 1, rep: rep + 1, kids: []*shape{elem}}, nil
	}
	optional := e.RepetitionType.V == format.Optional
	if optional {
		def++
	}
	return r.value(e, def, rep, optional)
}

// value reads the part at r.at, whose own repetition is in the levels already.
func (r *shapeReader) value(e *format.SchemaElement, def, rep int, optional bool) (*shape, error) {
	r.at++
	n := int(e.NumChildren.V)
	switch {
	case n == 0:
		return r.leafOf(e, def, rep, optional)
	case isList(e) && n == 1:
		return r.list(e, def, rep, optional)
	case isMap(e) && n == 1:
		return r.mapping(e, def, rep, optional)
	}
	s := &shape{kind: types.Row, name: e.Name, def: def}
	t := types.RowType()
	for range n {
		kid, err := r.part(def, rep)
		if err != nil {
			return nil, err
		}
		s.kids = append(s.kids, kid)
		t.Fields = append(t.Fields, types.Field{Name: kid.name, Type: kid.typ})
	}
	s.typ = t.WithNull(optional)
	return s, nil
}

func (r *shapeReader) leafOf(e *format.SchemaElement, def, rep int, optional bool) (*shape, error) {
	c := &Column{Name: e.Name, leaf: r.leaf, maxDef: def, maxRep: rep}
	c.describe(e)
	if c.Err != nil {
		return nil, c.Err
	}
	r.leaf++
	c.optional = true // by its levels
	c.Type = c.Type.WithNull(optional)
	return &shape{kind: c.Type.Kind, name: e.Name, typ: c.Type, def: def, leaf: c}, nil
}

func isList(e *format.SchemaElement) bool {
	_, is := e.LogicalType.Value.(*format.ListType)
	return is || e.ConvertedType.Valid && e.ConvertedType.V == deprecated.List
}

func isMap(e *format.SchemaElement) bool {
	_, is := e.LogicalType.Value.(*format.MapType)
	return is || e.ConvertedType.Valid && (e.ConvertedType.V == deprecated.Map || e.ConvertedType.V == deprecated.MapKeyValue)
}

// list reads what lies in a group marked LIST: a repeated group around the
// element or, in older files, the repeated element itself.
func (r *shapeReader) list(e *format.SchemaElement, def, rep int, optional bool) (*shape, error) {
	if r.at >= len(r.elements) || r.elements[r.at].RepetitionType.V != format.Repeated {
		return nil, fmt.Errorf("LIST %s is malformed", e.Name)
	}
	inside := &r.elements[r.at]
	var elem *shape
	var err error
	if inside.NumChildren.V == 1 && inside.Name != "array" && inside.Name != e.Name+"_tuple" {
		r.at++
		elem, err = r.part(def+1, rep+1)
	} else {
		elem, err = r.value(inside, def+1, rep+1, false)
	}
	if err != nil {
		return nil, err
	}
	t := types.ArrayType(elem.typ).WithNull(optional)
	return &shape{kind: types.Array, name: e.Name, typ: t, def: def, inner: def + 1, rep: rep + 1, kids: []*shape{elem}}, nil
}

func (r *shapeReader) mapping(e *format.SchemaElement, def, rep int, optional bool) (*shape, error) {
	if r.at >= len(r.elements) || r.elements[r.at].RepetitionType.V != format.Repeated || r.elements[r.at].NumChildren.V != 2 {
		return nil, fmt.Errorf("MAP %s is malformed", e.Name)
	}
	r.at++
	s := &shape{kind: types.Map, name: e.Name, def: def, inner: def + 1, rep: rep + 1}
	for range 2 {
		kid, err := r.part(def+1, rep+1)
		if err != nil {
			return nil, err
		}
		s.kids = append(s.kids, kid)
	}
	s.typ = types.MapType(s.kids[0].typ, s.kids[1].typ).WithNull(optional)
	return s, nil
}

// leaves lists the leaves of a part in the order of the schema.
func (s *shape) leaves(out []*Column) []*Column {
	if s.isLeaf() {
		return append(out, s.leaf)
	}
	for _, k := range s.kids {
		out = k.leaves(out)
	}
	return out
}
