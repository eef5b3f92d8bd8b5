package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/csv"
)

// Inference looks at the beginning of the first file.
const (
	sampleBytes   = 1 << 20
	sampleRecords = 20_480
)

// sample is the beginning of a file, unpacked; whole: that is all of it.
func sample(at place, e entry) (data []byte, whole bool, err error) {
	r := &textReader{text: &textSource{place: at, format: "json"}, source: &source{}}
	if err := r.open(position{File: e, Aligned: true}); err != nil {
		return nil, false, errors.Join(err, r.close())
	}
	data, err = io.ReadAll(io.LimitReader(r.in, sampleBytes))
	if err != nil {
		err = fmt.Errorf("filesystem: read %s: %w", e.Name, err)
	}
	return data, len(data) < sampleBytes, errors.Join(err, r.close())
}

// inferText finds the columns of a csv or json file, and sets the options by
// which it is then read.
func inferText(t *catalog.Table, format string, at place, e entry) error {
	data, whole, err := sample(at, e)
	if err != nil {
		return err
	}
	if format == "json" {
		return inferJSON(t, e, data, whole)
	}
	return inferCSV(t, e, data, whole)
}

// inferCSV tries the usual delimiters, and takes the first line for a header
// where it does not fit the types of the lines below, or all are strings.
func inferCSV(t *catalog.Table, e entry, data []byte, whole bool) error {
	if _, ok := t.Options["csv.null-literal"]; !ok {
		t.Options["csv.null-literal"] = "" // an empty field is NULL, a quoted one is empty
	}
	s, err := csv.Read(t.Options)
	if err != nil {
		return err
	}
	if !hasAny(t, "csv.field-delimiter", "csv.delimiter", "csv.delim", "csv.sep") {
		s.Delimiter = sniff(s, data, whole)
		t.Options["csv.field-delimiter"] = string(s.Delimiter)
	}
	records, quoted, err := records(s, data, whole)
	if err != nil {
		return sqlerr.Wrap(sqlerr.InvalidText, err, "%s, record %d", e.Name, len(records)+1)
	}
	if len(records) == 0 {
		return sqlerr.Newf(sqlerr.BadInput, "%s is empty: there are no columns to infer", e.Name)
	}
	ts := columnTypes(s, records[1:], quoted[1:], len(records[0]))
	if !csv.HeaderGiven(t.Options) {
		t.Options["csv.header"] = strconv.FormatBool(isHeader(s, records, ts))
	}
	if t.Options["csv.header"] == "false" {
		ts = columnTypes(s, records, quoted, len(records[0]))
	}
	for i, typ := range ts {
		name := "column" + strconv.Itoa(i)
		if t.Options["csv.header"] == "true" && records[0][i] != "" {
			name = records[0][i]
		}
		t.Columns = append(t.Columns, catalog.Column{Name: unused(t, name), Type: typ})
	}
	return nil
}

func hasAny(t *catalog.Table, keys ...string) bool {
	for _, k := range keys {
		if _, ok := t.Options[k]; ok {
			return true
		}
	}
	return false
}

// unused appends _1, _2 … to a name that is taken.
func unused(t *catalog.Table, name string) string {
	for n, try := 1, name; ; n++ {
		taken := false
		for _, c := range t.Columns {
			taken = taken || c.Name == try
		}
		if !taken {
			return try
		}
		try = name + "_" + strconv.Itoa(n)
	}
}

// sniff is the delimiter that cuts all records into the same number of fields, the most there are.
func sniff(s csv.Settings, data []byte, whole bool) byte {
	best, most := byte(','), 1
	for _, d := range []byte{',', '|', ';', '\t'} {
		s.Delimiter = d
		rs, _, err := records(s, data, whole)
		if err != nil || len(rs) == 0 || len(rs[0]) <= most {
			continue
		}
		same := true
		for _, r := range rs {
			same = same && len(r) == len(rs[0])
		}
		if same {
			best, most = d, len(rs[0])
		}
	}
	return best
}

func records(s csv.Settings, data []byte, whole bool) (out [][]string, quoted [][]bool, err error) {
	p := csv.NewSplitter(s)
	for len(data) > 0 && len(out) < sampleRecords {
		n, err := p.Next(data, whole)
		if err != nil || n == 0 {
			return out, quoted, err
		}
		data = data[n:]
		if len(p.Fields) == 0 {
			continue
		}
		row, marks := make([]string, len(p.Fields)), make([]bool, len(p.Fields))
		for i, f := range p.Fields {
			row[i], marks[i] = string(f.Text), f.Quoted
		}
		out, quoted = append(out, row), append(quoted, marks)
	}
	return out, quoted, nil
}

// candidates are the types that are tried, in this order; STRING holds all.
var candidates = []types.Type{types.BooleanType, types.BigIntType, types.DoubleType, types.TimeType, types.DateType, types.TimestampType(6)}

func fits(text string, t types.Type) bool {
	switch t.Kind {
	case types.Boolean:
		return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
	case types.BigInt:
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	case types.Time, types.Date:
		if len(text) < 8 || len(text) > 12 || strings.ContainsAny(text, " T") {
			return false
		}
	case types.Timestamp:
		if len(text) < 10 {
			return false
		}
	}
	_, err := kernel.ParseText([]byte(text), t, &kernel.Env{})
	return err == nil
}

func columnTypes(s csv.Settings, rows [][]string, quoted [][]bool, n int) []types.Type {
	out := make([]types.Type, n)
	for c := range out {
		out[c] = types.StringType
		for _, t := range candidates {
			if columnFits(s, rows, quoted, c, t) {
				out[c] = t
				break
			}
		}
	}
	return out
}

func columnFits(s csv.Settings, rows [][]string, quoted [][]bool, c int, t types.Type) bool {
	seen := false
	for i, r := range rows {
		if c >= len(r) || r[c] == s.Null && !quoted[i][c] {
			continue
		}
		if !fits(r[c], t) {
			return false
		}
		seen = true
	}
	return seen
}

func isHeader(s csv.Settings, rows [][]string, ts []types.Type) bool {
	strs := true
	for c, t := range ts {
		text := rows[0][c]
		if !t.IsString() {
			strs = false
			if text != s.Null && !fits(text, t) {
				return true
			}
		}
	}
	return strs && len(rows) > 1
}

// inferJSON merges the types of the values that records have under each name.
func inferJSON(t *catalog.Table, e entry, data []byte, whole bool) error {
	var s shape
	for n := 0; n < sampleRecords && len(data) > 0; {
		line, rest, found := bytes.Cut(data, []byte("\n"))
		if !found && !whole {
			break
		}
		data = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		n++
		if err := s.see(line); err != nil {
			return sqlerr.Wrap(sqlerr.InvalidText, err, "%s, record %d", e.Name, n).WithHint("a JSON file holds one object a line")
		}
	}
	row := s.result()
	if row.Kind != types.Row || len(row.Fields) == 0 {
		return sqlerr.Newf(sqlerr.BadInput, "%s holds no JSON objects: there are no columns to infer", e.Name)
	}
	for _, f := range row.Fields {
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type})
	}
	return nil
}

var _ connector.InferringFactory = (*Factory)(nil)
