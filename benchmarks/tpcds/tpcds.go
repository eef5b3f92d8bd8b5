// Package tpcds is the bundled TPC-DS benchmark: 99 queries over 24 tables.
//
// The texts are those that DuckDB's extension tpcds gives, which fixes the
// specification's parameters, in the dialect of Flink SQL: names stand between
// backticks, q72 adds an interval to a date, and q49 writes an alias as it is
// used, since names are case-sensitive. Integers are cast to DOUBLE where an
// average or a deviation of them would be an integer, and in q58 and q66 where
// a quotient rounded to DECIMAL is computed with further, so that a text means
// the same in both dialects.
package tpcds

import (
	"embed"

	"github.com/weir-engine/weir/benchmarks/suite"
)

//go:embed queries/*.sql
var queries embed.FS

// Suite is TPC-DS with the parameters of its qualification.
var Suite = &suite.Suite{
	Name: "tpcds", Title: "TPC-DS", Example: "store_sales.parquet", Make: "make tpcds-data SF=1", Queries: queries,
	Tables: []string{
		"call_center", "catalog_page", "catalog_returns", "catalog_sales", "customer", "customer_address", "customer_demographics",
		"date_dim", "household_demographics", "income_band", "inventory", "item", "promotion", "reason", "ship_mode", "store",
		"store_returns", "store_sales", "time_dim", "warehouse", "web_page", "web_returns", "web_sales", "web_site",
	},
}
