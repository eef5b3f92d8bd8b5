package csv

import (
	"strings"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

var (
	optDelimiter    = &option.Definition{Key: "csv.field-delimiter", Aliases: []string{"csv.delimiter", "csv.delim", "csv.sep"}, Type: "string", Default: ",", Text: "stands between fields; one character"}
	optQuote        = &option.Definition{Key: "csv.quote-character", Aliases: []string{"csv.quote"}, Type: "string", Default: `"`, Text: "encloses fields that hold a delimiter, a quote or a line end"}
	optNoQuote      = &option.Definition{Key: "csv.disable-quote-character", Type: "boolean", Default: "false", Text: "quotes are characters like any other"}
	optEscape       = &option.Definition{Key: "csv.escape-character", Aliases: []string{"csv.escape"}, Type: "string", Text: "the character behind it stands for itself"}
	optComments     = &option.Definition{Key: "csv.allow-comments", Type: "boolean", Default: "false", Text: "lines that begin with # are left out"}
	optIgnoreErrors = &option.Definition{Key: "csv.ignore-parse-errors", Type: "boolean", Default: "false", Text: "fields that cannot be read are NULL and records that cannot be read are skipped"}
	optNull         = &option.Definition{Key: "csv.null-literal", Aliases: []string{"csv.nullstr"}, Type: "string", Text: "a field of this text is NULL, and NULL is written so"}
	optArray        = &option.Definition{Key: "csv.array-element-delimiter", Type: "string", Default: ";", Text: "stands between elements of arrays"}
	optTrim         = &option.Definition{Key: "csv.trim-spaces", Type: "boolean", Default: "false", Text: "spaces around fields, outside of quotes, are left out"}
	optEmptyNull    = &option.Definition{Key: "csv.empty-string-as-null", Type: "boolean", Default: "false", Text: "an empty field of text, quoted or not, is NULL"}
	optMissing      = &option.Definition{Key: "csv.fail-on-missing-columns", Type: "boolean", Default: "false", Text: "accepted; a record with fewer fields than columns is an error either way, as in Flink"}
	optTrailing     = &option.Definition{Key: "csv.ignore-trailing-unmappable", Type: "boolean", Default: "false", Text: "fields behind those of the columns are left out"}
	optComma        = &option.Definition{Key: "csv.allow-trailing-comma", Type: "boolean", Default: "true", Text: "a record may end in a delimiter behind its last field"}
	optHeader       = &option.Definition{Key: "csv.header", Type: "boolean", Default: "false", Text: "the first line of each file names its columns"}
)

// Options declares the keys of the format.
func Options() []*option.Definition {
	return []*option.Definition{optDelimiter, optQuote, optNoQuote, optEscape, optComments, optIgnoreErrors, optNull, optArray, optTrim, optEmptyNull, optMissing, optTrailing, optComma, optHeader}
}

// HeaderGiven reports whether the user said if there is a header.
func HeaderGiven(v option.Values) bool { return v.Has(optHeader) }

// Settings are the options, read.
type Settings struct {
	Delimiter         byte
	Quote             byte // 0: none
	Escape            byte // 0: none
	Comments          bool
	IgnoreParseErrors bool
	Null              string
	HasNull           bool
	ArrayDelimiter    string
	Header            bool
	Trim              bool
	EmptyIsNull       bool
	IgnoreTrailing    bool // fields behind those of the table
	TrailingDelimiter bool // may end a record
}

// Read reads the options of a table.
func Read(v option.Values) (s Settings, err error) {
	if s.Delimiter, err = character(v, optDelimiter); err != nil {
		return s, err
	}
	if s.Quote, err = character(v, optQuote); err != nil {
		return s, err
	}
	if s.Escape, err = character(v, optEscape); err != nil {
		return s, err
	}
	none, err := v.Bool(optNoQuote)
	if err != nil {
		return s, err
	}
	if none {
		s.Quote = 0
	}
	if s.Comments, err = v.Bool(optComments); err != nil {
		return s, err
	}
	if s.IgnoreParseErrors, err = v.Bool(optIgnoreErrors); err != nil {
		return s, err
	}
	s.Null, s.HasNull = v.Text(optNull), v.Has(optNull)
	s.ArrayDelimiter = v.Text(optArray)
	for d, to := range map[*option.Definition]*bool{optTrim: &s.Trim, optEmptyNull: &s.EmptyIsNull, optTrailing: &s.IgnoreTrailing, optComma: &s.TrailingDelimiter} {
		if *to, err = v.Bool(d); err != nil {
			return s, err
		}
	}
	if _, err = v.Bool(optMissing); err != nil {
		return s, err
	}
	s.Header, err = v.Bool(optHeader)
	return s, err
}

// character reads an option of one character; \t and the like may be written out.
func character(v option.Values, d *option.Definition) (byte, error) {
	text := v.Text(d)
	if r, ok := map[string]string{`\t`: "\t", `\\`: `\`, `\u0001`: "\x01"}[text]; ok {
		text = r
	}
	if text == "" {
		return 0, nil
	}
	if len(text) != 1 || strings.ContainsAny(text, "\r\n") {
		return 0, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).WithHint("it takes one ASCII character")
	}
	return text[0], nil
}
