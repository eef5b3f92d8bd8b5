package format

import (
	"strings"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/csv"
	"github.com/weir-engine/weir/io/format/json"
)

// Records is a format with its settings.
type Records interface {
	// Decoder reads records with the columns of schema; wanted are those of them, by
	// ordinal, that the columns of the batch are, in this order.
	Decoder(schema *types.Schema, wanted []int) (Decoder, error)
	// Encoder writes rows with the columns of schema.
	Encoder(schema *types.Schema) (Encoder, error)
}

// Decoder reads records. One goroutine uses it.
type Decoder interface {
	// Decode appends one record as a row to b, one of Changelog as one or two. Where it fails, b is as before; a record
	// that the settings leave out appends nothing. It is nil only in formats of Absent.
	Decode(record []byte, b *stream.Builder) error
}

// Encoder writes records. One goroutine uses it.
type Encoder interface {
	// Append appends row r of b as a record, without a line end.
	Append(dst []byte, b *stream.Batch, r int) ([]byte, error)
}

// kind is one format.
type kind struct {
	options func() []*option.Definition
	read    func(v option.Values) (Records, error)
}

var kinds = map[string]kind{
	"csv":           {recordOptions(csv.Options), readCSV},
	"json":          {recordOptions(json.Options), readJSON},
	raw:             {rawOptions, readRaw},
	"debezium-json": {debeziumOptions, readDebezium},
}

// Names lists the formats of records.
var Names = []string{"csv", "json", raw, debezium}

// onlyFiles are options of formats that say nothing of a single record.
var onlyFiles = map[string]bool{"csv.header": true}

// recordOptions are a format's options without those of files.
func recordOptions(all func() []*option.Definition) func() []*option.Definition {
	return func() []*option.Definition {
		var out []*option.Definition
		for _, d := range all() {
			if !onlyFiles[d.Key] {
				out = append(out, d)
			}
		}
		return out
	}
}

// Options declares the keys of all formats of records, behind a prefix: value.json.…;
// with bare they are also known without it.
func Options(prefix string, bare bool) []*option.Definition {
	var out []*option.Definition
	for _, name := range Names {
		for _, d := range kinds[name].options() {
			c := *d
			c.Aliases = nil
			for _, key := range append([]string{d.Key}, d.Aliases...) {
				if bare {
					c.Aliases = append(c.Aliases, key)
				}
				c.Aliases = append(c.Aliases, prefix+key)
			}
			c.Key, c.Aliases = c.Aliases[0], c.Aliases[1:]
			out = append(out, &c)
		}
	}
	return out
}

// Read reads the format named by a table's option and its settings, behind prefix
// or, with bare, without one.
func Read(v option.Values, by *option.Definition, prefix string, bare bool) (Records, error) {
	name := v.Text(by)
	k, ok := kinds[name]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "format '%s' is not supported for single records", name).
			WithHint("'%s' is one of %s", by.Key, strings.Join(Names, ", "))
	}
	plain := option.Values{}
	for key, x := range v {
		own, behind := strings.CutPrefix(key, prefix)
		if strings.HasPrefix(own, name+".") && (behind || bare) {
			plain[own] = x
		}
	}
	return k.read(plain)
}
