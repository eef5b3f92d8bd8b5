package parquet

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// written is a column, or a part of one, as it is written.
type written struct {
	typ    types.Type
	stored *stored // of a leaf; nil for groups
	kids   []*written
	rep    int // of Array and Map: the repetition level of their elements
}

// writtenAs lays out a column: the schema elements of its subtree, and the levels of its leaves.
func writtenAs(f types.Field, def, rep int, path []string) (*written, []format.SchemaElement, error) {
	path = append(path[:len(path):len(path)], f.Name)
	if f.Type.Nullable {
		def++
	}
	w := &written{typ: f.Type}
	switch t := f.Type; t.Kind {
	case types.Row:
		elements := []format.SchemaElement{group(f, len(t.Fields))}
		for _, field := range t.Fields {
			if err := w.add(field, def, rep, path, &elements); err != nil {
				return nil, nil, err
			}
		}
		return w, elements, nil
	case types.Array:
		w.rep = rep + 1
		head := group(f, 1)
		head.LogicalType.Value, head.ConvertedType = &format.ListType{}, thrift.New(deprecated.List)
		elements := []format.SchemaElement{head, repeated("list", 1)}
		err := w.add(types.Field{Name: "element", Type: *t.Elem}, def+1, rep+1, append(path, "list"), &elements)
		return w, elements, err
	case types.Map:
		w.rep = rep + 1
		head := group(f, 1)
		head.LogicalType.Value, head.ConvertedType = &format.MapType{}, thrift.New(deprecated.Map)
		elements := []format.SchemaElement{head, repeated("key_value", 2)}
		path = append(path, "key_value")
		if err := w.add(types.Field{Name: "key", Type: t.Key.NotNull()}, def+1, rep+1, path, &elements); err != nil {
			return nil, nil, err
		}
		err := w.add(types.Field{Name: "value", Type: *t.Elem}, def+1, rep+1, path, &elements)
		return w, elements, err
	}
	s, err := storedAs(f)
	if err != nil {
		return nil, nil, err
	}
	s.path, s.maxDef, s.maxRep = path, def, rep
	w.stored = &s
	return w, []format.SchemaElement{s.element}, nil
}

// add lays out a part of w.
func (w *written) add(f types.Field, def, rep int, path []string, elements *[]format.SchemaElement) error {
	kid, more, err := writtenAs(f, def, rep, path)
	if err != nil {
		return err
	}
	w.kids, *elements = append(w.kids, kid), append(*elements, more...)
	return nil
}

func group(f types.Field, kids int) format.SchemaElement {
	e := format.SchemaElement{Name: f.Name, NumChildren: thrift.New(int32(kids)), RepetitionType: thrift.New(format.Required)}
	if f.Type.Nullable {
		e.RepetitionType = thrift.New(format.Optional)
	}
	return e
}

func repeated(name string, kids int) format.SchemaElement {
	return format.SchemaElement{Name: name, NumChildren: thrift.New(int32(kids)), RepetitionType: thrift.New(format.Repeated)}
}

// leaves lists the leaves of a part in the order of the schema.
func (w *written) leaves(out []*stored) []*stored {
	if w.stored != nil {
		return append(out, w.stored)
	}
	for _, k := range w.kids {
		out = k.leaves(out)
	}
	return out
}

var errNullKey = sqlerr.Newf(sqlerr.BadInput, "parquet: a MAP with a NULL key cannot be written").WithHint("keys of maps are required there")
