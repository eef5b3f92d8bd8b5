package jdbc

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// Factory makes sources and sinks of tables of a database.
type Factory struct{}

// Name is the connector's name.
func (Factory) Name() string { return "jdbc" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Reads: true, Writes: true,
		Text: "Tables of PostgreSQL. Filters, LIMIT and the columns that are read are the database's work; with 'scan.partition.column' ranges of that column are read in parallel. Where the table has a PRIMARY KEY rows are written by key (INSERT … ON CONFLICT, DELETE), else they are added and a failure may repeat some. What is kept is written at every checkpoint. Types are those of Flink's connector: numeric is DECIMAL, timestamptz TIMESTAMP_LTZ, bytea BYTES, arrays of one dimension ARRAY; any type can be read as STRING. In a lookup join (JOIN … FOR SYSTEM_TIME AS OF) one query asks for all keys of a batch. A job that resumes in the middle of a table counts on its rows being as they were.",
		Examples: []string{
			"CREATE TABLE users (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://localhost:5432/app', 'table-name' = 'users', 'username' = 'weir', 'password' = '…')",
			"CREATE TABLE events (id BIGINT, at TIMESTAMP(6)) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://localhost:5432/app', 'table-name' = 'public.events', 'scan.partition.column' = 'id', 'scan.partition.num' = '4', 'scan.partition.lower-bound' = '1', 'scan.partition.upper-bound' = '1000000')",
		},
	}
}

// Options are the keys.
func (Factory) Options(*catalog.Table) []*option.Definition { return options() }

// Info tells the planner which filters the database takes.
func (Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	if _, err := parse(t); err != nil {
		return nil, err
	}
	ranges, err := parseRanges(t)
	if err != nil {
		return nil, err
	}
	info := &catalog.SourceInfo{Bounded: true, Rows: -1, Bytes: -1, Parallelism: max(len(ranges), 1)}
	cache, err := parseCache(t)
	if err != nil {
		return nil, err
	}
	info.Lookup = &catalog.LookupInfo{Cache: cache}
	policy, err := t.Options.Enum(optFilter)
	if policy == "always" {
		info.TakesFilter = func(f *expr.Expr) bool {
			return condition(f, func(int) string { return "c" }) != ""
		}
	}
	return info, err
}

// NewSource makes a source.
func (Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	s := &source{config: c, spec: spec}
	produced := t.Produced()
	for _, o := range spec.Columns {
		s.columns = append(s.columns, produced[o])
		s.types = append(s.types, t.Columns[produced[o]].Type)
	}
	s.ranges, err = parseRanges(t)
	return s, err
}

// SinkInfo says that rows with a key may change.
func (Factory) SinkInfo(t *catalog.Table) (*catalog.SinkInfo, error) {
	s, err := newSink(t)
	if err != nil {
		return nil, err
	}
	return &catalog.SinkInfo{TakesUpdates: len(t.PrimaryKey) > 0, Parallelism: s.parallelism}, nil
}

// NewSink makes a sink.
func (Factory) NewSink(t *catalog.Table, spec connector.SinkSpec) (connector.Sink, error) {
	if spec.Overwrite {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "INSERT OVERWRITE is not supported by connector 'jdbc'")
	}
	return newSink(t)
}
