package vector_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func TestBuilderCopiesStrings(t *testing.T) {
	src := vector.Strings("short", strings.Repeat("long", 10), "", "exactly12byt")
	b := vector.NewBuilder(types.StringType)
	b.AppendVector(&src, []uint32{3, 1, 0})
	b.AppendNull()
	got := b.Finish()
	for i := range src.Bufs[0] {
		src.Bufs[0][i] = 'X' // what was appended must not see this
	}
	want := []string{"exactly12byt", strings.Repeat("long", 10), "short"}
	for i, w := range want {
		if s := string(got.Bytes(i)); s != w {
			t.Errorf("row %d: got %q, want %q", i, s, w)
		}
	}
	if got.IsValid(3) || !got.IsValid(2) {
		t.Errorf("validity: row 2 %v, row 3 %v", got.IsValid(2), got.IsValid(3))
	}
}

func TestFormsAgree(t *testing.T) {
	dict := vector.Of(types.PhysInt64, []int64{10, 20, 30})
	v := vector.Vector{Phys: types.PhysInt64, Form: vector.Dict, Len: 4, Codes: []uint32{2, 0, 1, 2}, Dict: &dict, Valid: vector.Bitmap{0b1011}}
	flat := v.Flatten()
	b := vector.NewBuilder(types.BigIntType)
	b.AppendVector(&v, nil)
	built := b.Finish()
	for i := range 4 {
		want := fmt.Sprint(v.ValueAt(i))
		if got := fmt.Sprint(flat.ValueAt(i)); got != want {
			t.Errorf("Flatten row %d: %s, want %s", i, got, want)
		}
		if got := fmt.Sprint(built.ValueAt(i)); got != want {
			t.Errorf("Builder row %d: %s, want %s", i, got, want)
		}
	}
}

func TestNestedRoundTrip(t *testing.T) {
	typ := types.ArrayType(types.RowType(types.Field{Name: "a", Type: types.IntType}, types.Field{Name: "s", Type: types.StringType}))
	row := types.Value{Items: []types.Value{
		{Items: []types.Value{types.IntValue(1), types.StringValue("a rather long string")}},
		{Items: []types.Value{types.NullValue(), types.StringValue("x")}},
	}}
	b := vector.NewBuilder(typ)
	b.AppendNull()
	b.AppendValue(row)
	b.AppendValue(types.Value{})
	v := b.Finish()
	again := vector.NewBuilder(typ)
	again.AppendVector(&v, []uint32{1, 0, 2, 1})
	w := again.Finish()
	for i, r := range []int{1, 0, 2, 1} {
		if got, want := fmt.Sprint(w.ValueAt(i)), fmt.Sprint(v.ValueAt(r)); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
	part := w.Slice(1, 4)
	if got, want := fmt.Sprint(part.ValueAt(2)), fmt.Sprint(row); got != want {
		t.Errorf("slice: %s, want %s", got, want)
	}
}

func TestBitmapSliceAndCount(t *testing.T) {
	v := vector.NewFlat(types.PhysInt32, 20)
	v.Valid = vector.NewBitmapSet(20)
	v.Valid.Clear(9)
	s := v.Slice(3, 17)
	if s.IsValid(6) || !s.IsValid(5) || s.Valid.Count(14) != 13 {
		t.Errorf("slice validity wrong: %08b", s.Valid)
	}
}
