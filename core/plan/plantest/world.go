package plantest

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// world answers the binder from the options of tables, and what it knows of them by name.
type world map[string]*catalog.SourceInfo

var sf1 = map[string]float64{
	"region": 5, "nation": 25, "supplier": 10_000, "customer": 150_000, "part": 200_000,
	"partsupp": 800_000, "orders": 1_500_000, "lineitem": 6_001_215,
}

func (w world) Source(t *catalog.Table) (*catalog.SourceInfo, error) {
	name := t.Name[strings.LastIndex(t.Name, ".")+1:]
	info := &catalog.SourceInfo{Bounded: t.Options["bounded"] != "false", Rows: -1, Bytes: -1, TakesFilter: comparesWithConstant}
	if known := w[name]; known != nil {
		info.Rows, info.Bytes, info.Columns = known.Rows, known.Bytes, known.Columns
	} else if r, ok := sf1[name]; ok {
		info.Rows = r
		for _, c := range t.Columns {
			info.Columns = append(info.Columns, statistics(c.Name, r))
		}
	}
	info.UpsertBy, info.Retracts = t.Options["changelog"] == "upsert", t.Options["changelog"] == "retract"
	if t.Connector() == "jdbc" {
		info.Lookup = &catalog.LookupInfo{}
	}
	return info, nil
}

func comparesWithConstant(e *expr.Expr) bool {
	return len(e.Args) == 2 && e.Args[0].Op == expr.Column && e.Args[1].Op == expr.Literal && e.Func != expr.Like
}

// statistics are what a Parquet file of TPC-H says: least and greatest value.
func statistics(column string, rows float64) catalog.ColumnStats {
	ends := func(lo, hi int64) catalog.ColumnStats {
		a, b := types.IntValue(lo), types.IntValue(hi)
		return catalog.ColumnStats{Min: &a, Max: &b}
	}
	switch suffix := column[strings.Index(column, "_")+1:]; suffix {
	case "orderkey":
		s := ends(1, 6_000_000)
		s.Distinct = 1_500_000
		return s
	case "custkey":
		return ends(1, 150_000)
	case "partkey":
		return ends(1, 200_000)
	case "suppkey":
		return ends(1, 10_000)
	case "nationkey":
		return ends(0, 24)
	case "regionkey":
		return ends(0, 4)
	case "orderdate", "shipdate", "commitdate", "receiptdate":
		return ends(8036, 10561)
	case "size":
		return ends(1, 50)
	case "quantity":
		return ends(100, 5000)
	case "name":
		if rows <= 25 {
			return catalog.ColumnStats{Distinct: rows}
		}
	case "returnflag", "orderstatus":
		return catalog.ColumnStats{Distinct: 3}
	case "mktsegment", "orderpriority":
		return catalog.ColumnStats{Distinct: 5}
	case "brand":
		return catalog.ColumnStats{Distinct: 25}
	case "container":
		return catalog.ColumnStats{Distinct: 40}
	case "type":
		return catalog.ColumnStats{Distinct: 150}
	}
	return catalog.ColumnStats{}
}

func (world) Sink(t *catalog.Table) (*catalog.SinkInfo, error) {
	return &catalog.SinkInfo{TakesUpdates: t.Options["updates"] == "true" || t.Connector() == "blackhole", NeedsBefore: t.Options["before"] == "true"}, nil
}
func (world) Infer(*catalog.Table) error { return nil }
func (world) Check(*catalog.Table) error { return nil }
func (world) MetadataColumns(*catalog.Table) (map[string]types.Type, error) {
	return nil, nil
}
