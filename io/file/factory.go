package file

import (
	"regexp"
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/sqlerr"
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
		Text: "Files of the local disk in the formats parquet, csv, json and arrow. A table ends with the files that are there when it is read, unless its folder is monitored; PARTITIONED BY (p, q) reads and writes folders p=v/q=w; in streaming mode row groups of Parquet files come in the order of the watermark's column, where the footers tell. Written files appear when they are committed.",
		Examples: []string{
			"CREATE TABLE lineitem (l_orderkey BIGINT, l_comment STRING) WITH ('connector' = 'filesystem', 'path' = 'data/lineitem.parquet', 'format' = 'parquet')",
			"SELECT count(*) FROM 'data/*.parquet'",
		},
	}
}

// Info is what footers, or sizes of files, tell.
func (f *Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	l, err := layoutOf(t, t.Produced())
	if err != nil {
		return nil, err
	}
	format, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	find, err := newFinder(t, l)
	if err != nil {
		return nil, err
	}
	interval, err := t.Options.Duration(optMonitor)
	if err != nil {
		return nil, err
	}
	files, err := find.find()
	if err != nil {
		return nil, err
	}
	asked, err := t.Options.Enum(optStatistics)
	if err != nil {
		return nil, err
	}
	if format != "parquet" || interval > 0 || asked == "NONE" {
		info := &catalog.SourceInfo{Bounded: interval == 0, Rows: -1}
		for _, e := range files {
			info.Bytes += float64(e.Size)
		}
		info.TakesFilter = l.takesFilter()
		if format == "parquet" {
			info.TakesFilter = func(*expr.Expr) bool { return true }
		}
		return info, nil
	}
	info, err := f.footers.info(find.place, files, l.names, l.types)
	if err != nil {
		return nil, err
	}
	info.Columns = l.statistics(t, find, files, info.Columns)
	info.TakesFilter = func(*expr.Expr) bool { return true }
	return info, nil
}

// NewSource makes a source.
func (f *Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	format, err := formatOf(t)
	if err != nil {
		return nil, err
	}
	l, err := layoutOf(t, t.Produced())
	if err != nil {
		return nil, err
	}
	find, err := newFinder(t, l)
	if err != nil {
		return nil, err
	}
	s := &source{constants: newConstants(t, l, find, spec.Columns), filtered: len(spec.Filters) > 0, limit: spec.Limit}
	if s.interval, err = t.Options.Duration(optMonitor); err != nil {
		return nil, err
	}
	for i, c := range spec.Columns {
		if at := slices.Index(l.data, c); at >= 0 {
			s.data = append(s.data, i)
			s.columns = append(s.columns, at)
			s.names = append(s.names, l.names[at])
			s.types = append(s.types, l.types[at])
		}
	}
	for _, e := range spec.Filters {
		if err := s.addFilter(e); err != nil {
			return nil, err
		}
		if of := s.ofData(e); of != nil {
			s.filters = append(s.filters, of)
		}
	}
	if len(s.constants.filters) > 0 {
		find.enter = s.mayEnter
	}
	if format == "parquet" {
		p := &parquetSource{place: find.place, footers: f.footers}
		if spec.StreamingMode {
			p.time = eventTimeOf(t)
		}
		s.format = p
		return s, nil
	}
	if format == "arrow" {
		s.format = &arrowSource{find.place}
		return s, nil
	}
	s.format, err = newTextSource(t, format, find.place, l)
	return s, err
}

func newConstants(t *catalog.Table, l *layout, find *finder, columns []int) *constants {
	c := &constants{layout: l, finder: find, defaultName: t.Options.Text(optDefaultName)}
	produced := t.Produced()
	for _, o := range columns {
		c.types = append(c.types, t.Columns[produced[o]].Type)
	}
	for i := range l.parts {
		c.parts = append(c.parts, slices.Index(columns, l.parts[i].place))
	}
	for i := range l.facts {
		if at := slices.Index(columns, l.facts[i].place); at >= 0 {
			c.facts = append(c.facts, constantFact{fact: i, place: at})
		}
	}
	return c
}

// newFinder reads the options that say which files a table has.
func newFinder(t *catalog.Table, l *layout) (*finder, error) {
	at, err := placeOf(t)
	if err != nil {
		return nil, err
	}
	f := &finder{place: at, layout: l}
	if pattern := t.Options.Text(optPattern); pattern != "" {
		if f.match, err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s': %s", optPattern.Key, pattern, err)
		}
	}
	return f, nil
}

// Partitions lists the folders of partitions; one without files is there too.
func (*Factory) Partitions(t *catalog.Table) ([]string, error) {
	l, err := layoutOf(t, t.Persisted())
	if err != nil {
		return nil, err
	}
	f, err := newFinder(t, l)
	if err != nil {
		return nil, err
	}
	var out []string
	f.enter = func(texts []string) bool {
		if len(texts) == len(l.parts) {
			out = append(out, l.folder(texts))
		}
		return len(texts) < len(l.parts)
	}
	if !f.place.exists(f.place.path) {
		return nil, nil // nothing was written yet
	}
	_, err = f.find()
	return out, err
}

// Infer takes the columns of a table from its first file.
func (f *Factory) Infer(t *catalog.Table) error {
	format, err := formatOf(t)
	if err != nil {
		return err
	}
	find, err := newFinder(t, nil)
	if err != nil {
		return err
	}
	files, err := find.find()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return sqlerr.Newf(sqlerr.UndefinedFile, "folder '%s' holds no files to take columns from", t.Options.Text(optPath))
	}
	if format == "arrow" {
		return inferArrow(t, find.place, files[0])
	}
	if format != "parquet" {
		return inferText(t, format, find.place, files[0])
	}
	p, err := f.footers.open(find.place, files[0])
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
