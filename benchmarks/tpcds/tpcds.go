// Package tpcds is the bundled TPC-DS benchmark: 99 queries over 24 tables.
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
