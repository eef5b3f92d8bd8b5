package json

import (
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

var (
	optFailOnMissing = &option.Definition{Key: "json.fail-on-missing-field", Type: "boolean", Default: "false", Text: "a record without one of the fields is an error"}
	optIgnoreErrors  = &option.Definition{Key: "json.ignore-parse-errors", Type: "boolean", Default: "false", Text: "fields that cannot be read are NULL and records that cannot be read are skipped"}
	optTimestamp     = &option.Definition{
		Key: "json.timestamp-format.standard", Type: "enum", Default: "SQL", Choices: []string{"SQL", "ISO-8601"},
		Text: "how timestamps are written: 2020-12-30 12:13:14.123 or 2020-12-30T12:13:14.123",
	}
	optNullKey = &option.Definition{
		Key: "json.map-null-key.mode", Type: "enum", Default: "FAIL", Choices: []string{"FAIL", "DROP", "LITERAL"},
		Text: "what becomes of NULL keys of maps that are written",
	}
	optNullKeyLiteral = &option.Definition{Key: "json.map-null-key.literal", Type: "string", Default: "null", Text: "the key written for NULL with mode LITERAL"}
	optPlainDecimal   = &option.Definition{Key: "json.encode.decimal-as-plain-number", Type: "boolean", Default: "false", Text: "accepted; decimals are always written in plain digits"}
	optIgnoreNulls    = &option.Definition{Key: "json.encode.ignore-null-fields", Type: "boolean", Default: "false", Text: "leave NULL fields out of records"}
)

// Options declares the keys of the format.
func Options() []*option.Definition {
	return []*option.Definition{optFailOnMissing, optIgnoreErrors, optTimestamp, optNullKey, optNullKeyLiteral, optPlainDecimal, optIgnoreNulls}
}

// Settings are the options, read.
type Settings struct {
	FailOnMissingField bool
	IgnoreParseErrors  bool
	ISOTimestamps      bool
	NullKeyMode        string
	NullKeyLiteral     string
	IgnoreNullFields   bool
}

// Read reads the options of a table.
func Read(v option.Values) (s Settings, err error) {
	if s.FailOnMissingField, err = v.Bool(optFailOnMissing); err != nil {
		return s, err
	}
	if s.IgnoreParseErrors, err = v.Bool(optIgnoreErrors); err != nil {
		return s, err
	}
	if s.FailOnMissingField && s.IgnoreParseErrors {
		return s, sqlerr.Newf(sqlerr.InvalidOption, "json.fail-on-missing-field and json.ignore-parse-errors exclude each other")
	}
	if s.IgnoreNullFields, err = v.Bool(optIgnoreNulls); err != nil {
		return s, err
	}
	if s.NullKeyMode, err = v.Enum(optNullKey); err != nil {
		return s, err
	}
	s.NullKeyLiteral = v.Text(optNullKeyLiteral)
	standard, err := v.Enum(optTimestamp)
	s.ISOTimestamps = standard == "ISO-8601"
	return s, err
}
