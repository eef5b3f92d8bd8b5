package format

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

func debeziumOf(t *testing.T, more option.Values) (Decoder, Encoder, *types.Schema) {
	t.Helper()
	by := &option.Definition{Key: "format"}
	v := option.Values{"format": debezium}
	for k, x := range more {
		v[k] = x
	}
	f, err := Read(v, by, "value.", true)
	if err != nil {
		t.Fatal(err)
	}
	schema := &types.Schema{Fields: []types.Field{{Name: "id", Type: types.IntType}, {Name: "name", Type: types.StringType}}}
	d, err := f.Decoder(schema, []int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := f.Encoder(schema)
	if err != nil {
		t.Fatal(err)
	}
	return d, e, schema
}

const (
	created = `{"before":null,"after":{"id":1,"name":"a","more":[1]},"op":"c","ts_ms":7,"source":{"db":"x"}}`
	changed = `{"op":"u","before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"}}`
	deleted = `{"before":{"name":"b","id":1},"after":null,"op":"d"}`
)

func TestDebeziumRoundTrip(t *testing.T) {
	d, e, schema := debeziumOf(t, nil)
	b := stream.NewBuilder(schema.Types())
	for _, r := range []string{created, changed, deleted} {
		if err := d.Decode([]byte(r), b); err != nil {
			t.Fatal(err)
		}
	}
	batch := b.Finish()
	var got []string
	for r := range batch.Rows {
		text, err := e.Append(nil, batch, r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, batch.Kind(r).String()+" "+string(text))
	}
	want := `+I {"before":null,"after":{"id":1,"name":"a"},"op":"c"}
-U {"before":{"id":1,"name":"a"},"after":null,"op":"d"}
+U {"before":null,"after":{"id":1,"name":"b"},"op":"c"}
-D {"before":{"id":1,"name":"b"},"after":null,"op":"d"}`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestDebeziumBadRecords(t *testing.T) {
	bad := map[string]string{
		`{"op":"u","after":{"id":1}}`:                     "has no row 'before'",
		`{"op":"u","before":{"id":1},"after":{"id":"x"}}`: "JSON record",
		`{"op":"x"}`:                       "none of c, r, u and d",
		`{"after":{"id":1}}`:               "none of c, r, u and d",
		`{"op":"c","after":{"id":1}`:       "ends early",
		`{"op":"c","after":{"id":1}} more`: "malformed",
		`[]`:                               "malformed",
	}
	strict, _, schema := debeziumOf(t, nil)
	lenient, _, _ := debeziumOf(t, option.Values{"debezium-json.ignore-parse-errors": "true"})
	for record, want := range bad {
		b := stream.NewBuilder(schema.Types())
		if err := strict.Decode([]byte(record), b); err == nil || !strings.Contains(err.Error(), want) || b.Rows() != 0 {
			t.Errorf("%s: %v with %d rows, want %q", record, err, b.Rows(), want)
		}
		if err := lenient.Decode([]byte(record), b); err != nil || b.Rows() != 0 {
			t.Errorf("left out: %s: %v with %d rows", record, err, b.Rows())
		}
	}
}

func TestDebeziumWithSchema(t *testing.T) {
	d, _, schema := debeziumOf(t, option.Values{"debezium-json.schema-include": "true"})
	b := stream.NewBuilder(schema.Types())
	if err := d.Decode([]byte(`{"schema":{"type":"struct"},"payload":`+created+`}`), b); err != nil || b.Rows() != 1 {
		t.Errorf("%v with %d rows", err, b.Rows())
	}
	if err := d.Decode([]byte(created), b); err == nil || !strings.Contains(err.Error(), "no payload") {
		t.Error(err)
	}
}
