package file

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// Factory makes sources and sinks of files. Make one with NewFactory: it keeps
// footers that were read, so that planning and reading parse each once.
type Factory struct{ footers *footers }

// NewFactory makes a factory.
func NewFactory() *Factory { return &Factory{footers: &footers{}} }

// Name is the connector's name.
func (*Factory) Name() string { return "filesystem" }

// Doc is the connector's page.
func (*Factory) Doc() connector.Doc {
	return connector.Doc{
		Reads: true, Writes: true,
		Text: "Files of the local disk in the formats parquet, csv and json. A table ends with the files that are there when it is read; in streaming mode row groups of Parquet files come in the order of the watermark's column, where the footers tell. Written files appear when they are committed.",
		Examples: []string{
			"CREATE TABLE lineitem (l_orderkey BIGINT, l_comment STRING) WITH ('connector' = 'filesystem', 'path' = 'data/lineitem.parquet', 'format' = 'parquet')",
			"SELECT count(*) FROM 'data/*.parquet'",
		},
	}
}

// tableColumns names the columns that files hold.
func tableColumns(t *catalog.Table, ordinals []int) (names []string, ts []types.Type, err error) {
	if len(t.PartitionBy) > 0 {
		return nil, nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "PARTITIONED BY is not supported by connector 'filesystem'")
	}
	for _, o := range ordinals {
		c := &t.Columns[o]
		if c.Kind == catalog.Metadata {
			return nil, nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'filesystem' has no metadata column '%s'", c.Name)
		}
		names = append(names, c.Name)
		ts = append(ts, c.Type)
	}
	return names, ts, nil
}

// Info is what footers, or sizes of files, tell.
func (f *Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	names, ts, err := tableColumns(t, t.Produced())
	if err != nil {
		return nil, err
	}
	format, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	files, err := find(t.Options.Text(optPath))
	if err != nil {
		return nil, err
	}
	if format == "parquet" {
		info, err := f.footers.info(files, names, ts)
		if err != nil {
			return nil, err
		}
		info.TakesFilter = func(*expr.Expr) bool { return true }
		return info, nil
	}
	info := &catalog.SourceInfo{Bounded: true, Rows: -1}
	for _, e := range files {
		info.Bytes += float64(e.Size)
	}
	return info, nil
}

// NewSource makes a source.
func (f *Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	format, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	names, ts, err := tableColumns(t, t.Produced())
	if err != nil {
		return nil, err
	}
	s := &source{path: t.Options.Text(optPath), filters: spec.Filters, limit: spec.Limit, columns: spec.Columns}
	for _, c := range spec.Columns {
		s.names = append(s.names, names[c])
		s.types = append(s.types, ts[c])
	}
	if format == "parquet" {
		p := &parquetSource{footers: f.footers}
		if spec.StreamingMode {
			p.time = eventTimeOf(t)
		}
		s.format = p
		return s, nil
	}
	s.format, err = newTextSource(t, format, names, ts)
	return s, err
}

// Infer takes the columns of a table from its first file.
func (f *Factory) Infer(t *catalog.Table) error {
	format, err := formatOf(t)
	if err != nil {
		return err
	}
	files, err := find(t.Options.Text(optPath))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return sqlerr.Newf(sqlerr.UndefinedFile, "folder '%s' holds no files to take columns from", t.Options.Text(optPath))
	}
	if format != "parquet" {
		return inferText(t, format, files[0])
	}
	p, err := f.footers.open(files[0])
	if err != nil {
		return err
	}
	defer p.Close()
	for _, c := range p.Columns {
		if c.Err != nil {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "%s: column %s: %s", p.Name, c.Name, c.Err).
				WithHint("CREATE TABLE with the other columns reads them")
		}
		t.Columns = append(t.Columns, catalog.Column{Name: c.Name, Type: c.Type})
	}
	return nil
}

func joinNames(names []string) string { return strings.Join(names, ", ") }
