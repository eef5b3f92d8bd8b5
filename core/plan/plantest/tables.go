package plantest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/types"
)

// TableFacts are what a source tells planning of a table.
type TableFacts struct {
	Name    string        `json:"name"`
	Rows    float64       `json:"rows"`
	Bytes   float64       `json:"bytes"`
	Columns []ColumnFacts `json:"columns"`
}

// ColumnFacts are the same of a column: min and max are strings, or integers as
// the engine has them (a DECIMAL without its point, a DATE in days).
type ColumnFacts struct {
	Name     string  `json:"name"`
	Type     string  `json:"type"`
	Min      any     `json:"min,omitempty"`
	Max      any     `json:"max,omitempty"`
	Nulls    int64   `json:"nulls,omitempty"`
	Distinct float64 `json:"distinct,omitempty"`
	AvgBytes float64 `json:"avg_bytes,omitempty"`
}

// tpcds has what the Parquet files of TPC-DS at scale factor 1 say. It is
// written by: go test ./benchmarks/tpcds -statistics DIR.
//
//go:embed tpcds.json
var tpcds []byte

// DefineTPCDS makes the tables of TPC-DS.
func (s *Session) DefineTPCDS() error {
	var tables []TableFacts
	if err := json.Unmarshal(tpcds, &tables); err != nil {
		return fmt.Errorf("read the statistics of TPC-DS: %w", err)
	}
	for _, t := range tables {
		s.world[t.Name] = t.info()
		if err := s.Define(t.ddl()); err != nil {
			return err
		}
	}
	return nil
}

func (t *TableFacts) ddl() string {
	var cols []string
	for _, c := range t.Columns {
		cols = append(cols, "`"+c.Name+"` "+c.Type)
	}
	return fmt.Sprintf("CREATE TABLE %s (%s) WITH ('connector' = 'filesystem');", t.Name, strings.Join(cols, ", "))
}

func (t *TableFacts) info() *catalog.SourceInfo {
	info := &catalog.SourceInfo{Rows: t.Rows, Bytes: t.Bytes}
	for _, c := range t.Columns {
		info.Columns = append(info.Columns, catalog.ColumnStats{
			Min: valueOf(c.Min), Max: valueOf(c.Max), Nulls: c.Nulls, Distinct: c.Distinct, AvgBytes: c.AvgBytes,
		})
	}
	return info
}

func valueOf(x any) *types.Value {
	var v types.Value
	switch x := x.(type) {
	case string:
		v = types.StringValue(x)
	case float64: // of JSON; what stands there is an integer
		v = types.IntValue(int64(x))
	default:
		return nil
	}
	return &v
}
