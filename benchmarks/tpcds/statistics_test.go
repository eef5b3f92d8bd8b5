package tpcds

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/plantest"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/file"
)

var statistics = flag.String("statistics", "", "folder of TPC-DS at scale factor 1: writes what its files tell a planner, for plan tests")

// TestStatistics writes core/plan/plantest/tpcds.json.
func TestStatistics(t *testing.T) {
	if *statistics == "" {
		t.Skip("-statistics names no folder")
	}
	var out bytes.Buffer
	for i, name := range Suite.Tables {
		facts, err := json.Marshal(factsOf(t, name))
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString(map[bool]string{true: "[\n", false: ",\n"}[i == 0])
		out.Write(bytes.ReplaceAll(facts, []byte(`{"name":`), []byte("\n"+`{"name":`)))
	}
	out.WriteString("\n]\n")
	if err := os.WriteFile("../../core/plan/plantest/tpcds.json", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func factsOf(t *testing.T, name string) plantest.TableFacts {
	path := filepath.Join(*statistics, name+".parquet")
	table := &catalog.Table{Name: name, Options: option.Values{"connector": "filesystem", "path": path, "format": "parquet"}}
	files := file.NewFactory()
	if err := files.Infer(table); err != nil {
		t.Fatal(err)
	}
	info, err := files.Info(table)
	if err != nil {
		t.Fatal(err)
	}
	facts := plantest.TableFacts{Name: name, Rows: info.Rows, Bytes: info.Bytes}
	for i, c := range table.Columns {
		s := info.Columns[i]
		facts.Columns = append(facts.Columns, plantest.ColumnFacts{
			Name: c.Name, Type: c.Type.String(), Min: plain(c.Type, s.Min), Max: plain(c.Type, s.Max),
			Nulls: s.Nulls, Distinct: s.Distinct, AvgBytes: s.AvgBytes,
		})
	}
	return facts
}

// plain is a value as JSON has it.
func plain(t types.Type, v *types.Value) any {
	switch {
	case v == nil:
		return nil
	case t.IsString():
		return v.Str()
	}
	return v.I
}
