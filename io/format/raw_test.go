package format

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

func rawOf(t *testing.T, more option.Values) Records {
	t.Helper()
	v := option.Values{"format": raw}
	for k, x := range more {
		v[k] = x
	}
	f, err := Read(v, &option.Definition{Key: "format"}, "value.", true)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func one(typ types.Type) *types.Schema {
	return &types.Schema{Fields: []types.Field{{Name: "c", Type: typ}}}
}

// TestRawBytes writes values and reads them back; the bytes are two's complement
// and IEEE 754, the high ones first.
func TestRawBytes(t *testing.T) {
	little := option.Values{"raw.endianness": "LITTLE-endian"}
	of := func(name string) option.Values { return option.Values{"value.raw.charset": name} }
	for _, tc := range []struct {
		typ     types.Type
		options option.Values
		value   types.Value
		bytes   string
	}{
		{types.BooleanType, nil, types.BoolValue(true), "\x01"},
		{types.BooleanType, nil, types.BoolValue(false), "\x00"},
		{types.TinyIntType, nil, types.IntValue(-2), "\xfe"},
		{types.SmallType, nil, types.IntValue(258), "\x01\x02"},
		{types.SmallType, little, types.IntValue(258), "\x02\x01"},
		{types.IntType, nil, types.IntValue(-2), "\xff\xff\xff\xfe"},
		{types.IntType, little, types.IntValue(0x01020304), "\x04\x03\x02\x01"},
		{types.BigIntType, nil, types.IntValue(0x0102030405060708), "\x01\x02\x03\x04\x05\x06\x07\x08"},
		{types.BigIntType, little, types.IntValue(math.MinInt64), "\x00\x00\x00\x00\x00\x00\x00\x80"},
		{types.FloatType, nil, types.FloatValue(1.5), "\x3f\xc0\x00\x00"},
		{types.FloatType, little, types.FloatValue(-1.5), "\x00\x00\xc0\xbf"},
		{types.DoubleType, nil, types.FloatValue(-2), "\xc0\x00\x00\x00\x00\x00\x00\x00"},
		{types.DoubleType, little, types.FloatValue(1), "\x00\x00\x00\x00\x00\x00\xf0\x3f"},
		{types.StringType, nil, types.StringValue("hé€"), "h\xc3\xa9\xe2\x82\xac"},
		{types.StringType, nil, types.StringValue(""), ""},
		{types.VarcharType(9), of("latin1"), types.StringValue("hé"), "h\xe9"},
		{types.CharType(2), of("UTF-16LE"), types.StringValue("h€"), "h\x00\xac\x20"},
		{types.BytesType, of("UTF-16LE"), types.StringValue("\x00\xff"), "\x00\xff"},
		{types.Type{Kind: types.Binary, Length: 2, Nullable: true}, nil, types.StringValue("\xff\x00"), "\xff\x00"},
	} {
		f := rawOf(t, tc.options)
		e, err := f.Encoder(one(tc.typ))
		if err != nil {
			t.Fatal(err)
		}
		b := stream.NewBuilder([]types.Type{tc.typ})
		b.Column(0).AppendValue(tc.value)
		b.Advance(1, stream.Insert)
		got, err := e.Append([]byte("x"), b.Finish(), 0)
		if err != nil || string(got) != "x"+tc.bytes {
			t.Errorf("%s %v: wrote %x, %v, want %x", tc.typ, tc.value, got[1:], err, tc.bytes)
		}
		d, err := f.Decoder(one(tc.typ), []int{0})
		if err != nil {
			t.Fatal(err)
		}
		read := stream.NewBuilder([]types.Type{tc.typ})
		if err := d.Decode([]byte(tc.bytes), read); err != nil {
			t.Errorf("%s %x: %v", tc.typ, tc.bytes, err)
			continue
		}
		back := read.Finish()
		v := back.Cols[0].ValueAt(0)
		if back.Rows != 1 || v.Null || v.I != tc.value.I || !bytes.Equal(v.B, tc.value.B) {
			t.Errorf("%s %x: read %v, want %v", tc.typ, tc.bytes, v, tc.value)
		}
	}
}

func TestRawReadsAnyText(t *testing.T) {
	for _, tc := range []struct{ charset, bytes, want string }{
		{"utf8", "a\xff", "a\xff"},
		{"US-ASCII", "a\xff", "a\uFFFD"},
		{"UTF-16", "\xff\xfea\x00", "a"},
	} {
		d, err := rawOf(t, option.Values{"raw.charset": tc.charset}).Decoder(one(types.StringType), []int{0})
		if err != nil {
			t.Fatal(err)
		}
		b := stream.NewBuilder([]types.Type{types.StringType})
		if err := d.Decode([]byte(tc.bytes), b); err != nil {
			t.Fatal(err)
		}
		if got := string(b.Finish().Cols[0].Bytes(0)); got != tc.want {
			t.Errorf("%s %x: %q, want %q", tc.charset, tc.bytes, got, tc.want)
		}
	}
}

func TestRawNull(t *testing.T) {
	f := rawOf(t, nil)
	if !Absent(f) || Absent(csvRecords{}) {
		t.Error("NULL is no record in raw alone")
	}
	d, err := f.Decoder(one(types.IntType), []int{0})
	if err != nil {
		t.Fatal(err)
	}
	b := stream.NewBuilder([]types.Type{types.IntType})
	if err := d.Decode(nil, b); err != nil || b.Rows() != 1 || b.Finish().Cols[0].IsValid(0) {
		t.Errorf("NULL was read as %v rows, %v", b.Rows(), err)
	}
	e, err := f.Encoder(one(types.IntType))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Append(nil, b.Finish(), 0); err == nil {
		t.Error("NULL was written")
	}
	if d, err = f.Decoder(one(types.IntType.NotNull()), []int{0}); err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(nil, b); err == nil || !strings.Contains(err.Error(), "'c' is NOT NULL") || b.Rows() != 1 {
		t.Errorf("%v with %d rows", err, b.Rows())
	}
}

func TestRawRefuses(t *testing.T) {
	f := rawOf(t, nil)
	two := &types.Schema{Fields: []types.Field{{Name: "a", Type: types.IntType}, {Name: "b", Type: types.IntType}}}
	for want, schema := range map[string]*types.Schema{
		"one column, not 2: 'a', 'b'":           two,
		"one column, not 0":                     {},
		"'c' of type TIMESTAMP(3)":              one(types.TimestampType(3)),
		"'c' of type DECIMAL(10, 2)":            one(types.DecimalType(10, 2)),
		"'c' of type ARRAY<INT>":                one(types.ArrayType(types.IntType)),
		"does not hold column 'c' of type DATE": one(types.DateType),
	} {
		if _, err := f.Decoder(schema, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read: %v, want %q", err, want)
		}
		if _, err := f.Encoder(schema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("write: %v, want %q", err, want)
		}
	}
	for _, wanted := range [][]int{{0}, nil} { // a record that is only counted is checked too
		d, err := f.Decoder(one(types.IntType), wanted)
		if err != nil {
			t.Fatal(err)
		}
		b := stream.NewBuilder([]types.Type{types.IntType}[:len(wanted)])
		for _, record := range []string{"", "abc", "abcde"} {
			if err := d.Decode([]byte(record), b); err == nil || !strings.Contains(err.Error(), "'c' of type INT has 4 bytes") || b.Rows() != 0 {
				t.Errorf("%q: %v with %d rows", record, err, b.Rows())
			}
		}
		if err := d.Decode([]byte("abcd"), b); err != nil || b.Rows() != 1 {
			t.Errorf("%v with %d rows", err, b.Rows())
		}
	}
	for key, value := range map[string]string{"raw.charset": "EBCDIC", "raw.endianness": "middle"} {
		if _, err := Read(option.Values{"format": raw, key: value}, &option.Definition{Key: "format"}, "", true); err == nil || !strings.Contains(err.Error(), "'"+key+"' cannot be '"+value+"'") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
