package protocol

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/types"
)

// TestTypesComeBack writes and reads types of every kind.
func TestTypesComeBack(t *testing.T) {
	key, elem := types.CharType(3).NotNull(), types.ArrayType(types.DateType)
	all := []types.Type{
		types.NullType, types.BooleanType, types.TinyIntType, types.SmallType, types.IntType, types.BigIntType.NotNull(), types.FloatType,
		types.DoubleType, types.StringType, types.BytesType, types.DateType, types.YearMonth, types.DaySecond.NotNull(), types.VariantType, types.BitmapType.NotNull(), types.CharType(0),
		{Kind: types.Decimal, Precision: 38, Scale: 18},
		{Kind: types.Time, Nullable: true},
		{Kind: types.Time, Precision: 3},
		{Kind: types.Timestamp, Precision: 9},
		{Kind: types.TimestampLTZ, Precision: 3, Nullable: true},
		{Kind: types.Binary, Length: 2},
		{Kind: types.Map, Key: &key, Elem: &elem},
		{Kind: types.Multiset, Elem: &key, Nullable: true},
		{Kind: types.Row, Nullable: true, Fields: []types.Field{{Name: "a", Type: key}, {Name: "b", Type: elem}}},
	}
	for _, want := range all {
		l, err := TypeOf(want)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var read LogicalType
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if got, err := read.SQL(); err != nil || !got.Equal(want) {
			t.Errorf("%s comes back as %s by %s: %v", want, got, text, err)
		}
	}
}

func TestTypesThatAreNone(t *testing.T) {
	for _, text := range []string{`{}`, `{"type":"RAW","nullable":true}`, `{"type":"ARRAY"}`, `{"type":"MAP","keyType":{"type":"INTEGER"}}`, `{"type":"ROW","fields":[{"name":"a"}]}`} {
		var l LogicalType
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if _, err := l.SQL(); err == nil || !strings.Contains(err.Error(), "type") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
