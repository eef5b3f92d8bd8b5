package values

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

var (
	optRows    = &option.Definition{Key: "rows", Type: "string", Required: true, Text: "the rows: fields separated by field-delimiter, rows by row-delimiter or a new line; NULL is NULL, and a field in double quotes is taken as it is"}
	optField   = &option.Definition{Key: "field-delimiter", Type: "string", Default: ",", Text: "between two fields"}
	optRow     = &option.Definition{Key: "row-delimiter", Type: "string", Default: ";", Text: "between two rows, besides new lines"}
	optMode    = &option.Definition{Key: "changelog-mode", Type: "enum", Default: "I", Choices: []string{"I", "I,UA,D", "I,UB,UA,D"}, Text: "which changes the rows carry; with other than I the first field of a row is +I, -U, +U or -D"}
	optBounded = &option.Definition{Key: "bounded", Type: "boolean", Default: "true", Text: "whether the table ends behind its last row"}
	options    = []*option.Definition{optRows, optField, optRow, optMode, optBounded}
)

// Factory makes values sources.
type Factory struct{}

// Name is the connector's name.
func (Factory) Name() string { return "values" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Reads: true, Text: "Rows that stand in the table's options, with or without changes.",
		Examples: []string{"CREATE TABLE t (id INT, name STRING) WITH ('connector' = 'values', 'rows' = '1, one; 2, two; 3, NULL')"},
	}
}

// Options are the keys.
func (Factory) Options(*catalog.Table) []*option.Definition { return options }

// Info tells the planner what the rows are.
func (Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	rows, err := parse(t)
	if err != nil {
		return nil, err
	}
	mode, err := t.Options.Enum(optMode)
	if err != nil {
		return nil, err
	}
	bounded, err := t.Options.Bool(optBounded)
	if err != nil {
		return nil, err
	}
	if mode == "I,UA,D" && len(t.PrimaryKey) == 0 {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'changelog-mode' = 'I,UA,D' needs a PRIMARY KEY")
	}
	return &catalog.SourceInfo{Bounded: bounded, Rows: float64(len(rows)), Bytes: -1, UpsertBy: mode == "I,UA,D", Retracts: mode == "I,UB,UA,D", Parallelism: 1, Lookup: lookedUp(mode)}, nil
}

// lookedUp: rows that carry no changes can be asked for by key.
func lookedUp(mode string) *catalog.LookupInfo {
	if mode != "I" {
		return nil
	}
	return &catalog.LookupInfo{}
}

// NewSource makes a source.
func (Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	rows, err := parse(t)
	if err != nil {
		return nil, err
	}
	s := &source{rows: rows, columns: spec.Columns}
	if s.bounded, err = t.Options.Bool(optBounded); err != nil {
		return nil, err
	}
	produced := t.Produced()
	for _, c := range spec.Columns {
		s.types = append(s.types, t.Columns[produced[c]].Type)
	}
	return s, nil
}

// row is one parsed row, with the values of all produced columns.
type row struct {
	kind   stream.RowKind
	values []types.Value
}

var kinds = map[string]stream.RowKind{"+I": stream.Insert, "-U": stream.UpdateBefore, "+U": stream.UpdateAfter, "-D": stream.Delete}

func parse(t *catalog.Table) ([]row, error) {
	text := strings.ReplaceAll(t.Options.Text(optRows), t.Options.Text(optRow), "\n")
	changes := t.Options.Text(optMode) != "I"
	var out []row
	for n, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		r, err := parseRow(t, line, changes)
		if err != nil {
			return nil, sqlerr.Wrap(sqlerr.BadInput, err, "row %d of table %s", n+1, t.Name)
		}
		out = append(out, r)
	}
	return out, nil
}

func parseRow(t *catalog.Table, line string, changes bool) (row, error) {
	fields := fieldsOf(line, t.Options.Text(optField))
	var r row
	if changes {
		kind, ok := kinds[fields[0]]
		if !ok {
			return r, sqlerr.Newf(sqlerr.BadInput, "it begins with %q, not with +I, -U, +U or -D", fields[0])
		}
		r.kind, fields = kind, fields[1:]
	}
	produced := t.Produced()
	if len(fields) != len(produced) {
		return r, sqlerr.Newf(sqlerr.BadInput, "it has %d fields, the table %d columns", len(fields), len(produced))
	}
	for i, f := range fields {
		v, err := parseField(f, t.Columns[produced[i]])
		if err != nil {
			return r, err
		}
		r.values = append(r.values, v)
	}
	return r, nil
}

func parseField(f string, c catalog.Column) (types.Value, error) {
	if f == "NULL" {
		if !c.Type.Nullable {
			return types.Value{}, sqlerr.Newf(sqlerr.NotNullViolation, "column `%s` is NOT NULL", c.Name)
		}
		return types.NullValue(), nil
	}
	return kernel.ParseText([]byte(strings.Trim(f, `"`)), c.Type, &kernel.Env{})
}

// fieldsOf splits a row; delimiters within double quotes do not count.
func fieldsOf(line, delimiter string) []string {
	var out []string
	quoted, from := false, 0
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(line[i:], delimiter):
			out = append(out, strings.TrimSpace(line[from:i]))
			i += len(delimiter) - 1
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(line[from:]))
}
