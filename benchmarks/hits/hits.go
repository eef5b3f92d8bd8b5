// Package hits is the bundled benchmark of a wide table with strings: 25
// queries over one table of web analytics, shaped like ClickBench's.
// REGEXP_REPLACE of Flink SQL takes its replacement as plain text, so q29 takes
// the capture with REGEXP_EXTRACT; q29.duckdb.sql asks the same of DuckDB.
package hits

import (
	"embed"

	"github.com/weir-engine/weir/benchmarks/suite"
)

//go:embed queries/*.sql
var queries embed.FS

// Suite is the wide table.
var Suite = &suite.Suite{
	Name: "hits", Title: "Web hits", Example: "hits.parquet", Make: "make hits-data", Queries: queries, Tables: []string{"hits"},
}
