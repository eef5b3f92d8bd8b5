package command

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Inside, text and bytes are views. Many readers take views in but can do little
// with them, so what leaves the program has offsets, the layout that all know.

// plainType is a type without views.
func plainType(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.StringViewType:
		return arrow.BinaryTypes.String
	case *arrow.BinaryViewType:
		return arrow.BinaryTypes.Binary
	case *arrow.MapType: // before lists, which it is one of
		m := arrow.MapOf(plainType(t.KeyType()), plainType(t.ItemType()))
		m.SetItemNullable(t.ItemField().Nullable)
		return m
	case *arrow.ListType:
		return arrow.ListOfField(plainField(t.ElemField()))
	case *arrow.StructType:
		fields := make([]arrow.Field, t.NumFields())
		for i := range fields {
			fields[i] = plainField(t.Field(i))
		}
		return arrow.StructOf(fields...)
	}
	return t
}

func plainField(f arrow.Field) arrow.Field {
	f.Type = plainType(f.Type)
	return f
}

// plainRecord is a record without views; the caller releases it.
func plainRecord(schema *arrow.Schema, rec arrow.Record) arrow.Record {
	cols := make([]arrow.Array, rec.NumCols())
	for i := range cols {
		cols[i] = plainArray(rec.Column(i))
		defer cols[i].Release()
	}
	return array.NewRecord(schema, cols, rec.NumRows())
}

// plainArray is an array without views; the caller releases it.
func plainArray(a arrow.Array) arrow.Array {
	switch a := a.(type) {
	case *array.StringView:
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		b.Reserve(a.Len())
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
			} else {
				b.Append(a.Value(i))
			}
		}
		return b.NewArray()
	case *array.BinaryView:
		b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
		defer b.Release()
		b.Reserve(a.Len())
		for i := range a.Len() {
			if a.IsNull(i) {
				b.AppendNull()
			} else {
				b.Append(a.Value(i))
			}
		}
		return b.NewArray()
	}
	return plainNested(a)
}

// plainNested keeps an array's own buffers and makes its children plain.
func plainNested(a arrow.Array) arrow.Array {
	data := a.Data()
	t := plainType(data.DataType())
	if arrow.TypeEqual(t, data.DataType()) {
		a.Retain()
		return a
	}
	var children []arrow.ArrayData
	for _, c := range data.Children() {
		inner := array.MakeFromData(c)
		plain := plainArray(inner)
		inner.Release()
		defer plain.Release()
		children = append(children, plain.Data())
	}
	out := array.NewData(t, data.Len(), data.Buffers(), children, data.NullN(), data.Offset())
	defer out.Release()
	return array.MakeFromData(out)
}
