package implement_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/weir-engine/weir/core/plan/explain"
	"github.com/weir-engine/weir/core/plan/implement"
	"github.com/weir-engine/weir/core/plan/plantest"
	"github.com/weir-engine/weir/core/plan/rule"
)

// TestPlans runs the files of testdata. Commands:
//
//	tables                                             DDL
//	tpcds                                              the tables of TPC-DS
//	plan [streaming] [p=N] [network] [traits] [disabled=(HashAgg,…)] [file=tpch/q01]
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := plantest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out, err := run(t, s, d)
			if errors.Is(err, plantest.ErrPending) {
				t.Logf("%s: %v", d.Pos, err)
				return d.Expected
			}
			if err != nil {
				t.Fatalf("%s: %v", d.Pos, err)
			}
			return out
		})
	})
}

func run(t *testing.T, s *plantest.Session, d *datadriven.TestData) (string, error) {
	if d.Cmd == "tables" {
		return "ok\n", s.Define(d.Input)
	}
	if d.Cmd == "tpcds" {
		return "ok\n", s.DefineTPCDS()
	}
	text := d.Input
	if d.HasArg("file") {
		var name string
		d.ScanArgs(t, "file", &name)
		b, err := os.ReadFile(filepath.Join("../../../benchmarks", filepath.Dir(name), "queries", filepath.Base(name)+".sql"))
		if err != nil {
			return "", err
		}
		text = string(b)
	}
	s.Streaming = d.HasArg("streaming")
	root, err := s.Bind(text)
	if err != nil {
		return "", err
	}
	if root, err = rule.Optimize(root, rule.Config{Streaming: s.Streaming}); err != nil {
		return "error: " + err.Error() + "\n", nil
	}
	cfg := implement.Config{Streaming: s.Streaming, Parallelism: 1, Network: d.HasArg("network")}
	d.MaybeScanArgs(t, "p", &cfg.Parallelism)
	var disabled []string
	for _, a := range d.CmdArgs {
		if a.Key == "disabled" {
			disabled = append(disabled, a.Vals...)
		}
	}
	if cfg.Disabled, err = implement.ParseAlgorithms(strings.Join(disabled, ",")); err != nil {
		return "error: " + err.Error() + "\n", nil
	}
	n, err := implement.Plan(root, cfg)
	if err != nil {
		return "error: " + err.Error() + "\n", nil
	}
	check(t, d.Pos, n)
	return explain.Physical(n, explain.Options{Rows: !s.Streaming, Traits: d.HasArg("traits")}), nil
}
