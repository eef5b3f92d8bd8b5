package arrow

import (
	apache "github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Inside, text and bytes are views. Many readers take views in but can do little
// with them, so what leaves the program has offsets, the layout that all know.

// Plain is a type without views.
func Plain(t apache.DataType) apache.DataType {
	switch t := t.(type) {
	case *apache.StringViewType:
		return apache.BinaryTypes.String
	case *apache.BinaryViewType:
		return apache.BinaryTypes.Binary
	case *apache.MapType: // before lists, which it is one of
		m := apache.MapOf(Plain(t.KeyType()), Plain(t.ItemType()))
		m.SetItemNullable(t.ItemField().Nullable)
		return m
	case *apache.ListType:
		return apache.ListOfField(plainField(t.ElemField()))
	case *apache.StructType:
		fields := make([]apache.Field, t.NumFields())
		for i := range fields {
			fields[i] = plainField(t.Field(i))
		}
		return apache.StructOf(fields...)
	}
	return t
}

func plainField(f apache.Field) apache.Field {
	f.Type = Plain(f.Type)
	return f
}

// PlainRecord is a record without views; the caller releases it.
func PlainRecord(schema *apache.Schema, rec apache.Record) apache.Record {
	cols := make([]apache.Array, rec.NumCols())
	for i := range cols {
		cols[i] = plainArray(rec.Column(i))
		defer cols[i].Release()
	}
	return array.NewRecord(schema, cols, rec.NumRows())
}

// plainArray is an array without views; the caller releases it.
func plainArray(a apache.Array) apache.Array {
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
		b := array.NewBinaryBuilder(memory.DefaultAllocator, apache.BinaryTypes.Binary)
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
func plainNested(a apache.Array) apache.Array {
	data := a.Data()
	t := Plain(data.DataType())
	if apache.TypeEqual(t, data.DataType()) {
		a.Retain()
		return a
	}
	var children []apache.ArrayData
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
