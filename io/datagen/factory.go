package datagen

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

var (
	optRate = &option.Definition{Key: "rows-per-second", Type: "int", Default: "10000", Text: "rows a second, of all subtasks together; 0: as fast as possible"}
	optRows = &option.Definition{Key: "number-of-rows", Type: "int", Text: "rows in all; without it and without a sequence the source has no end"}
	optSeed = &option.Definition{Key: "seed", Type: "int", Default: "0", Text: "what the random values start from"}
	optPar  = &option.Definition{Key: "scan.parallelism", Type: "int", Text: "accepted; the job's parallelism is used"}
)

// Factory makes datagen sources.
type Factory struct{}

// Name is the connector's name.
func (Factory) Name() string { return "datagen" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Reads: true, Text: "Makes up rows: each column random within bounds, or a sequence.",
		Examples: []string{"CREATE TABLE g (id BIGINT, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '10', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '10')"},
	}
}

// Options are the keys, those of each column included.
func (Factory) Options(t *catalog.Table) []*option.Definition {
	out := []*option.Definition{optRate, optRows, optSeed, optPar}
	for _, c := range t.Columns {
		if c.Kind == catalog.Physical {
			out = append(out, columnOptions(c.Name).list()...)
		}
	}
	return out
}

type columnDefs map[string]*option.Definition

// list is the definitions in an order that is always the same.
func (d columnDefs) list() []*option.Definition {
	return slices.SortedFunc(maps.Values(d), func(x, y *option.Definition) int { return cmp.Compare(x.Key, y.Key) })
}

func columnOptions(name string) columnDefs {
	def := func(suffix, typ, dflt, text string) *option.Definition {
		return &option.Definition{Key: "fields." + name + "." + suffix, Type: typ, Default: dflt, Text: text}
	}
	kind := def("kind", "enum", "random", "random or sequence")
	kind.Choices = []string{"random", "sequence"}
	return columnDefs{
		"kind": kind, "min": def("min", "string", "", "least value"), "max": def("max", "string", "", "greatest value"),
		"length": def("length", "int", "100", "code points of a random string, bytes of random BYTES"),
		"null":   def("null-rate", "double", "0", "share of NULLs"),
		"past":   def("max-past", "duration", "0", "how far random timestamps lie in the past"),
		"varlen": def("var-len", "boolean", "false", "random strings have any length from 1 to length"),
		"start":  def("start", "string", "", "first value of the sequence"),
		"end":    def("end", "string", "", "last value of the sequence"),
	}
}

// Info tells the planner how many rows there are.
func (Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	g, err := parse(t)
	if err != nil {
		return nil, err
	}
	if g.rows < 0 {
		return &catalog.SourceInfo{Rows: -1, Bytes: -1}, nil
	}
	return &catalog.SourceInfo{Bounded: true, Rows: float64(g.rows), Bytes: float64(g.rows) * 50}, nil
}

// NewSource makes a source.
func (Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	g, err := parse(t)
	if err != nil {
		return nil, err
	}
	g.want = spec.Columns
	return &source{g}, nil
}

// parse reads all options of a table.
func parse(t *catalog.Table) (*generator, error) {
	g := &generator{rows: -1}
	var err error
	if g.rate, err = t.Options.Int(optRate); err != nil {
		return nil, err
	}
	if t.Options.Has(optRows) {
		if g.rows, err = t.Options.Int(optRows); err != nil {
			return nil, err
		}
	}
	seed, err := t.Options.Int(optSeed)
	if err != nil {
		return nil, err
	}
	for _, i := range t.Produced() {
		c := &t.Columns[i]
		col, err := parseColumn(t.Options, c, uint64(seed)+uint64(i)<<32)
		if err != nil {
			return nil, err
		}
		if col.sequence {
			n := col.end - col.start + 1
			if g.rows < 0 || n < g.rows {
				g.rows = n
			}
		}
		g.cols = append(g.cols, col)
	}
	return g, nil
}

func parseColumn(v option.Values, c *catalog.Column, seed uint64) (*column, error) {
	d := columnOptions(c.Name)
	col := &column{typ: c.Type, seed: seed}
	kind, err := v.Enum(d["kind"])
	if err != nil {
		return nil, err
	}
	if col.nulls, err = v.Double(d["null"]); err != nil {
		return nil, err
	}
	length, err := v.Int(d["length"])
	if err != nil {
		return nil, err
	}
	col.length = int(length)
	if c.Type.Kind == types.Char || c.Type.Kind == types.Binary || c.Type.Length < col.length {
		col.length = max(1, c.Type.Length)
	}
	if col.variable, err = v.Bool(d["varlen"]); err != nil {
		return nil, err
	}
	if col.past, err = v.Duration(d["past"]); err != nil {
		return nil, err
	}
	if kind == "sequence" {
		return col, col.parseSequence(v, c, d)
	}
	return col, col.parseBounds(v, c, d)
}

func (col *column) parseSequence(v option.Values, c *catalog.Column, d columnDefs) error {
	if !c.Type.IsInteger() && !c.Type.IsString() && !c.Type.IsApproximate() && c.Type.Kind != types.Decimal {
		return sqlerr.Newf(sqlerr.InvalidOption, "column `%s` of type %s cannot be a sequence", c.Name, c.Type)
	}
	col.sequence = true
	for _, end := range []struct {
		def  *option.Definition
		into *int64
	}{{d["start"], &col.start}, {d["end"], &col.end}} {
		if !v.Has(end.def) {
			return sqlerr.Newf(sqlerr.InvalidOption, "a sequence needs the option '%s'", end.def.Key)
		}
		n, err := v.Int(end.def)
		if err != nil {
			return err
		}
		*end.into = n
	}
	if col.end < col.start {
		return sqlerr.Newf(sqlerr.InvalidOption, "option '%s' lies before '%s'", d["end"].Key, d["start"].Key)
	}
	return nil
}

func (col *column) parseBounds(v option.Values, c *catalog.Column, d columnDefs) error {
	col.min, col.max = bounds(c.Type)
	for _, b := range []struct {
		def  *option.Definition
		into *float64
	}{{d["min"], &col.min}, {d["max"], &col.max}} {
		if !v.Has(b.def) {
			continue
		}
		f, err := strconv.ParseFloat(v.Text(b.def), 64)
		if err != nil {
			return sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", b.def.Key, v.Text(b.def)).WithHint("it takes a number")
		}
		*b.into = f
	}
	if col.max < col.min {
		return sqlerr.Newf(sqlerr.InvalidOption, "option '%s' is greater than '%s'", d["min"].Key, d["max"].Key)
	}
	return nil
}

// bounds are the default bounds of random numbers, as in Flink: all there are.
func bounds(t types.Type) (lo, hi float64) {
	switch t.Kind {
	case types.TinyInt:
		return math.MinInt8, math.MaxInt8
	case types.SmallInt:
		return math.MinInt16, math.MaxInt16
	case types.Integer:
		return math.MinInt32, math.MaxInt32
	case types.BigInt:
		return math.MinInt64, math.MaxInt64
	case types.Decimal:
		return 0, math.Pow10(t.Precision-t.Scale) - 1
	}
	return 0, 1
}

// refuse names a column whose type cannot be made up.
func refuse(t types.Type) error {
	return fmt.Errorf("datagen: values of type %s cannot be generated", t)
}
