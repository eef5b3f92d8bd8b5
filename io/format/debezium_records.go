package format

import (
	"bytes"
	"strings"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/json"
)

const debezium = "debezium-json"

var optSchemaInclude = &option.Definition{
	Key: debezium + ".schema-include", Type: "boolean", Default: "false",
	Text: "records hold their schema too: {\"schema\": …, \"payload\": …}",
}

// debeziumRecords are the changes of a database's rows as Debezium tells them: an
// object with the row before, the row after and what was done to it.
type debeziumRecords struct {
	settings json.Settings
	schema   bool // the change is the member payload
}

// debeziumOptions are those of JSON that a change knows too, under its name.
func debeziumOptions() []*option.Definition {
	out := []*option.Definition{optSchemaInclude}
	for _, d := range json.Options() {
		if own := *d; d.Key != "json.fail-on-missing-field" {
			own.Key = debezium + strings.TrimPrefix(d.Key, "json")
			out = append(out, &own)
		}
	}
	return out
}

func readDebezium(v option.Values) (Records, error) {
	plain := option.Values{}
	for key, x := range v {
		plain["json"+strings.TrimPrefix(key, debezium)] = x
	}
	schema, err := v.Bool(optSchemaInclude)
	if err != nil {
		return nil, err
	}
	s, err := json.Read(plain)
	return debeziumRecords{s, schema}, err
}

// Changelog reports a format whose records are changes of any kind.
func Changelog(r Records) bool {
	_, ok := r.(debeziumRecords)
	return ok
}

func (f debeziumRecords) Decoder(schema *types.Schema, wanted []int) (Decoder, error) {
	some := &types.Schema{}
	for _, w := range wanted {
		some.Fields = append(some.Fields, schema.Fields[w])
	}
	strict := f.settings
	strict.IgnoreParseErrors = false // a change is left out as a whole
	return &debeziumDecoder{rows: json.NewDecoder(some, strict, nil), schema: f.schema, lenient: f.settings.IgnoreParseErrors}, nil
}

type debeziumDecoder struct {
	rows            *json.Decoder
	schema, lenient bool
	before, after   []byte
	op              []byte
}

// Decode appends one row for a row that came or went, and two for one that changed.
func (d *debeziumDecoder) Decode(record []byte, b *stream.Builder) error {
	n := b.Rows()
	err := d.decode(record, b)
	if err != nil {
		b.Truncate(n)
		if d.lenient {
			return nil
		}
	}
	return err
}

func (d *debeziumDecoder) decode(record []byte, b *stream.Builder) error {
	if d.schema {
		var payload []byte
		if err := json.Members(record, func(name, value []byte) error {
			if string(name) == "payload" {
				payload = value
			}
			return nil
		}); err != nil {
			return err
		}
		if payload == nil {
			return badChange(record, "has no payload, which '%s' says it has", optSchemaInclude.Key)
		}
		record = payload
	}
	d.before, d.after, d.op = nil, nil, nil
	if err := json.Members(record, d.member); err != nil {
		return err
	}
	switch string(d.op) {
	case `"c"`, `"r"`:
		return d.row(record, "after", d.after, b, stream.Insert)
	case `"d"`:
		return d.row(record, "before", d.before, b, stream.Delete)
	case `"u"`:
		if err := d.row(record, "before", d.before, b, stream.UpdateBefore); err != nil {
			return err
		}
		return d.row(record, "after", d.after, b, stream.UpdateAfter)
	}
	return badChange(record, "has the op %s, which is none of c, r, u and d", d.op)
}

func (d *debeziumDecoder) member(name, value []byte) error {
	switch string(name) {
	case "before":
		d.before = value
	case "after":
		d.after = value
	case "op":
		d.op = value
	}
	return nil
}

func (d *debeziumDecoder) row(record []byte, member string, image []byte, b *stream.Builder, kind stream.RowKind) error {
	if image == nil || bytes.Equal(image, []byte("null")) {
		err := badChange(record, "has no row '%s'", member)
		if member == "before" {
			err = err.WithHint("a PostgreSQL table tells it with REPLICA IDENTITY FULL; or read the topic by 'connector' = 'upsert-kafka'")
		}
		return err
	}
	return d.rows.DecodeAs(image, b, kind)
}

func badChange(record []byte, what string, args ...any) *sqlerr.Error {
	err := sqlerr.Newf(sqlerr.InvalidText, "debezium-json record "+what, args...)
	err.Message += ": " + string(record[:min(len(record), 100)])
	return err
}

func (f debeziumRecords) Encoder(schema *types.Schema) (Encoder, error) {
	return debeziumEncoder{json.NewEncoder(schema, f.settings, nil), f.schema}, nil
}

type debeziumEncoder struct {
	rows   *json.Encoder
	schema bool
}

// Append writes a row that comes as created, and one that goes as deleted, as Flink does.
func (e debeziumEncoder) Append(dst []byte, b *stream.Batch, r int) ([]byte, error) {
	if e.schema {
		return dst, sqlerr.Newf(sqlerr.FeatureNotSupported, "a table with '%s' cannot be written", optSchemaInclude.Key)
	}
	var err error
	if kind := b.Kind(r); kind == stream.Delete || kind == stream.UpdateBefore {
		if dst, err = e.rows.Append(append(dst, `{"before":`...), b, r); err != nil {
			return dst, err
		}
		return append(dst, `,"after":null,"op":"d"}`...), nil
	}
	if dst, err = e.rows.Append(append(dst, `{"before":null,"after":`...), b, r); err != nil {
		return dst, err
	}
	return append(dst, `,"op":"c"}`...), nil
}
