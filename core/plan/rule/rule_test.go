package rule_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/plantest"
	"github.com/weir-engine/weir/core/plan/rule"
)

// TestRules runs the files of testdata: `tables` takes DDL, `rewrite
// [streaming]` a query, whose plan after all rules is shown.
func TestRules(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := plantest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out, err := run(t, s, d)
			if errors.Is(err, plantest.ErrPending) {
				t.Logf("%s: %v", d.Pos, err)
				return d.Expected
			}
			if err != nil {
				return "error: " + err.Error() + "\n"
			}
			return out
		})
	})
}

func run(t *testing.T, s *plantest.Session, d *datadriven.TestData) (string, error) {
	if d.Cmd == "tables" {
		return "ok\n", s.Define(d.Input)
	}
	s.Streaming = d.HasArg("streaming")
	root, err := s.Bind(d.Input)
	if err != nil {
		return "", err
	}
	want := ids(root)
	if root, err = rule.Optimize(root, rule.Config{Streaming: s.Streaming}); err != nil {
		return "", err
	}
	if got := ids(root); !slices.Equal(got, want) {
		t.Errorf("%s: the columns were %v and are %v", d.Pos, want, got)
	}
	if free := logical.Outer(root); len(free) > 0 {
		t.Errorf("%s: column %s is used and not produced", d.Pos, free[0].Name)
	}
	if s.Streaming {
		root = rule.ShareSources([]logical.Node{root})[0]
	}
	return logical.Format(root), nil
}

func ids(n logical.Node) []int {
	var out []int
	for _, c := range n.Columns() {
		out = append(out, c.ID)
	}
	return out
}
