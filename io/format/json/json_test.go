package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/json"
)

var schema = types.NewSchema(
	types.Field{Name: "id", Type: types.BigIntType},
	types.Field{Name: "name", Type: types.StringType},
	types.Field{Name: "price", Type: types.DecimalType(10, 2)},
	types.Field{Name: "ok", Type: types.BooleanType},
	types.Field{Name: "ts", Type: types.TimestampType(3)},
	types.Field{Name: "f", Type: types.DoubleType},
	types.Field{Name: "tags", Type: types.ArrayType(types.StringType)},
	types.Field{Name: "m", Type: types.MapType(types.StringType, types.IntType)},
	types.Field{Name: "r", Type: types.RowType(types.Field{Name: "x", Type: types.IntType}, types.Field{Name: "y", Type: types.BytesType})},
	types.Field{Name: "ms", Type: types.Type{Kind: types.Multiset, Elem: &types.Type{Kind: types.Varchar, Length: types.MaxLength}, Nullable: true}},
)

func roundTrip(t *testing.T, s json.Settings, records ...string) ([]string, error) {
	t.Helper()
	b := stream.NewBuilder(schema.Types())
	d := json.NewDecoder(schema, s, nil)
	var failed error
	for _, r := range records {
		rows := b.Rows()
		if err := d.Decode([]byte(r), b); err != nil {
			failed = err
			for i := range schema.Fields {
				if n := b.Column(i).Len(); n != rows || b.Rows() != rows {
					t.Fatalf("after %v column %d has %d rows of %d", err, i, n, rows)
				}
			}
		}
	}
	batch := b.Finish()
	e := json.NewEncoder(schema, s, nil)
	var out []string
	for i := range batch.Rows {
		line, err := e.Append(nil, batch, i)
		if err != nil {
			t.Fatal(err)
		}
		if !stdjson.Valid(line) {
			t.Fatalf("not JSON: %s", line)
		}
		out = append(out, string(line))
	}
	return out, failed
}

func TestRoundTrip(t *testing.T) {
	full := `{"id":1,"name":"a \"b\" é\n","price":12.50,"ok":true,"ts":"2020-12-30 12:13:14.123","f":1.5,"tags":["x",null,"y"],"m":{"k":1,"l":null},"r":{"x":7,"y":"AAH/"},"ms":{"a":2,"b":1}}`
	nulls := `{"id":null,"name":null,"price":null,"ok":null,"ts":null,"f":null,"tags":null,"m":null,"r":null,"ms":null}`
	got, err := roundTrip(t, json.Settings{}, full, nulls, full)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{full, nulls, full} {
		if got[i] != want {
			t.Errorf("row %d:\n got %s\nwant %s", i, got[i], want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, tc := range []struct{ name, record, want string }{
		{"any order, unknown fields", ` { "zz" : {"a":[1,{"b":"\\"}]} , "name" : "n" , "id" : -5 } `, `{"id":-5,"name":"n"}`},
		{"the last of a name counts", `{"id":1,"id":2}`, `{"id":2}`},
		{"escapes", `{"name":"\u00e9\ud83d\ude00\/\\"}`, `{"name":"é😀/\\"}`},
		{"numbers as text", `{"id":"17","price":"3.455","name":12}`, `{"id":17,"name":"12","price":3.46}`},
		{"nested as text", `{"name":{"a": [1, 2]}}`, `{"name":"{\"a\": [1, 2]}"}`},
		{"fields of a row", `{"r":{"y":"AA==","q":1}}`, `{"r":{"x":null,"y":"AA=="}}`},
		{"occurrences", `{"ms":{"a":1,"b":0,"a":2}}`, `{"ms":{"a":3}}`},
		{"empty", `{}`, `{}`},
	} {
		got, err := roundTrip(t, json.Settings{IgnoreNullFields: true}, tc.record)
		if err != nil || len(got) != 1 || got[0] != tc.want {
			t.Errorf("%s: got %v, %v, want %s", tc.name, got, err, tc.want)
		}
	}
}

func TestErrors(t *testing.T) {
	good := `{"id":1}`
	for _, tc := range []struct {
		record, says string
		lenient      string // with ignore-parse-errors; empty: skipped
	}{
		{`{"id":"x"}`, "field 'id'", `{}`},
		{`{"id":99999999999999999999}`, "field 'id'", `{}`},
		{`{"name":"abc`, "ends early", ""},
		{`{"id":1,}`, "malformed", ""},
		{`{"id":01}`, "malformed", ""},
		{`{"id":1} x`, "malformed", ""},
		{`[1]`, "malformed", ""},
		{``, "ends early", ""},
		{`{"ts":"2020-12-30T12:13:14"}`, "'2020-12-30T12:13:14'", `{}`},
		{`{"tags":["a",{"b":1}],"r":{"x":"no"}}`, "field 'r'", `{"tags":["a","{\"b\":1}"]}`},
		{`{"ms":{"a":2000000000}}`, "too many", `{}`},
		{`{"zz":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`, "too deeply", ""},
	} {
		if _, err := roundTrip(t, json.Settings{}, good, tc.record, good); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%.60s: got error %v, want one that says %q", tc.record, err, tc.says)
		}
		got, err := roundTrip(t, json.Settings{IgnoreParseErrors: true, IgnoreNullFields: true}, good, tc.record, good)
		want := good + "|" + tc.lenient + "|" + good
		if tc.lenient == "" {
			want = good + "|" + good
		}
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%.60s: lenient got %v, %v, want %s", tc.record, got, err, want)
		}
	}
	if _, err := roundTrip(t, json.Settings{FailOnMissingField: true}, good); err == nil || !strings.Contains(err.Error(), "'name' is missing") {
		t.Errorf("missing field: %v", err)
	}
}

func TestISO(t *testing.T) {
	rec := `{"ts":"2020-12-30T12:13:14.120"}`
	got, err := roundTrip(t, json.Settings{ISOTimestamps: true, IgnoreNullFields: true}, rec)
	if err != nil || got[0] != rec {
		t.Errorf("got %v, %v", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":1,"name":"a\u00e9","tags":["x",null],"m":{"k":1},"r":{"x":1}}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		b := stream.NewBuilder(schema.Types())
		err := json.NewDecoder(schema, json.Settings{}, nil).Decode(record, b)
		if err == nil && !stdjson.Valid(bytes.ToValidUTF8(record, []byte("?"))) {
			t.Errorf("accepted what is not JSON: %q", record)
		}
	})
}

var bid = []byte(`{"auction":1007,"bidder":2001,"price":14372,"channel":"channel-4291","url":"https://www.nexmark.com/xjd/fkwo/tyo/item.htm?query=1&channel_id=1234567","dateTime":"2026-01-01 00:00:12.345","extra":"dfgklweoirutwoeirutfgkjhsdfgkjhwertoiuwertkjhsdfgkjhsdfgkljwehrtiouwe"}`)

func BenchmarkBids(b *testing.B) {
	s := types.NewSchema(
		types.Field{Name: "auction", Type: types.BigIntType}, types.Field{Name: "bidder", Type: types.BigIntType},
		types.Field{Name: "price", Type: types.BigIntType}, types.Field{Name: "channel", Type: types.StringType},
		types.Field{Name: "url", Type: types.StringType}, types.Field{Name: "dateTime", Type: types.TimestampType(3)},
		types.Field{Name: "extra", Type: types.StringType})
	d := json.NewDecoder(s, json.Settings{}, nil)
	out := stream.NewBuilder(s.Types())
	b.SetBytes(int64(len(bid)))
	b.ReportAllocs()
	for b.Loop() {
		if out.Rows() == stream.BatchRows {
			out.Reset()
		}
		if err := d.Decode(bid, out); err != nil {
			b.Fatal(err)
		}
	}
}

// TestRepeatedKeys: of a key that an object has twice the last counts, among few and among many.
func TestRepeatedKeys(t *testing.T) {
	var many strings.Builder
	for i := range 100 {
		many.WriteString(`"k` + strings.Repeat("x", i) + `":` + "1,")
	}
	for object, want := range map[string]string{
		`{"a":1,"b":2,"a":3}`:          `"m":{"b":2,"a":3}`,
		`{"a":1, "\u0061" : 2}`:        `"m":{"a":2}`,
		`{"a":1,"a":1,"a":null,"c":4}`: `"m":{"a":null,"c":4}`,
		"{" + many.String() + `"k":7}`: `,"k":7}`,
	} {
		out, err := roundTrip(t, json.Settings{NullKeyMode: "FAIL"}, `{"id":1,"m":`+object+`}`, `{"id":2,"m":{"a":1,"b":2}}`)
		if err != nil || len(out) != 2 || !strings.Contains(out[0], want) || strings.Contains(out[0], `"k":1`) || !strings.Contains(out[1], `"m":{"a":1,"b":2}`) {
			t.Errorf("%.80s: %.300q, %v", object, out, err)
		}
	}
}
