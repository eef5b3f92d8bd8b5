package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/format/csv"
	"github.com/weir-engine/weir/io/format/json"
)

var (
	optPath   = &option.Definition{Key: "path", Type: "string", Required: true, Text: "a file, a folder or a pattern such as dir/*.parquet"}
	optFormat = &option.Definition{Key: "format", Type: "enum", Required: true, Choices: []string{"parquet", "csv", "json"}, Text: "how the files are written"}

	optCompression = &option.Definition{
		Key: "parquet.compression", Type: "enum", Default: "SNAPPY",
		Choices: []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"}, Text: "codec of the pages of files that are written",
	}
	optRowGroup = &option.Definition{Key: "parquet.row-group-rows", Type: "int", Default: "122880", Text: "rows of a row group in files that are written"}
	// Timestamps are stored as they are in memory: neither option would change a value.
	optUTC = &option.Definition{Key: "parquet.utc-timezone", Type: "boolean", Default: "true", Text: "timestamps are in UTC; only true is supported"}
)

// Options are the keys, those of the table's format included.
func (*Factory) Options(t *catalog.Table) []*option.Definition {
	out := []*option.Definition{optPath, optFormat}
	switch t.Options["format"] {
	case "parquet":
		out = append(out, optCompression, optRowGroup, optUTC)
	case "csv":
		out = append(out, csv.Options()...)
	case "json":
		out = append(out, json.Options()...)
	}
	return out
}

func formatOf(t *catalog.Table) (string, error) {
	if !t.Options.Has(optFormat) {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "connector 'filesystem' needs the option 'format'").WithHint("one of parquet, csv, json")
	}
	if t.Options.Text(optPath) == "" {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "connector 'filesystem' needs the option 'path'").WithHint("%s", optPath.Text)
	}
	if utc, err := t.Options.Bool(optUTC); err != nil || !utc {
		return "", sqlerr.Newf(sqlerr.FeatureNotSupported, "'parquet.utc-timezone' = 'false' is not supported")
	}
	return t.Options.Enum(optFormat)
}
