package implement_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/implement"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/plan/plantest"
	"github.com/weir-engine/weir/core/plan/rule"
)

// TestSharing counts how often a program does the same work.
func TestSharing(t *testing.T) {
	for _, c := range []struct {
		name, query string
		bounded     bool
		scans, aggs int
	}{
		{"a stream", "SELECT a.k FROM (SELECT k, COUNT(*) AS n FROM s GROUP BY k) a JOIN (SELECT k, COUNT(*) AS n FROM s GROUP BY k) b ON a.n = b.n", false, 1, 1},
		{"a stream that ends", "SELECT a.k FROM (SELECT k, COUNT(*) AS n FROM s GROUP BY k) a JOIN (SELECT k, COUNT(*) AS n FROM s GROUP BY k) b ON a.n = b.n", true, 1, 1},
		{"other groups of a stream", "SELECT a.k FROM (SELECT k, COUNT(*) AS n FROM s GROUP BY k) a JOIN (SELECT v, COUNT(*) AS n FROM s GROUP BY v) b ON a.n = b.n", false, 1, 2},
		{"other groups of a stream that ends", "SELECT a.k FROM (SELECT k, COUNT(*) AS n FROM s GROUP BY k) a JOIN (SELECT v, COUNT(*) AS n FROM s GROUP BY v) b ON a.n = b.n", true, 2, 2},
		{"random keys", "WITH c AS (SELECT k, COUNT(*) AS n FROM (SELECT RAND_INTEGER(9) AS k FROM s) GROUP BY k) SELECT a.k FROM c AS a JOIN c AS b ON a.n = b.n", true, 2, 2},
		{"random pairs", "WITH c AS (SELECT k, COUNT(*) AS n FROM (SELECT x.k FROM s x LEFT JOIN s y ON x.k = y.v AND RAND() * x.v < y.k) GROUP BY k) SELECT a.k FROM c AS a JOIN c AS b ON a.n = b.n", false, 1, 2},
	} {
		s := plantest.New()
		s.Streaming = true
		bounded := map[bool]string{true: "true", false: "false"}[c.bounded]
		if err := s.Define("CREATE TABLE s (k BIGINT, v BIGINT) WITH ('connector' = 'kafka', 'bounded' = '" + bounded + "')"); err != nil {
			t.Fatal(err)
		}
		root, err := s.Bind(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if root, err = rule.Optimize(root, rule.Config{Streaming: true}); err != nil {
			t.Fatal(err)
		}
		plan, err := implement.Plan(root, implement.Config{Streaming: true, Parallelism: 2})
		if err != nil {
			t.Fatal(err)
		}
		scans, aggs := 0, 0
		for n := range nodesOf(plan, map[*physical.Node]bool{}) {
			switch n.Op.(type) {
			case *physical.Scan:
				scans++
			case *physical.GroupAggregate:
				aggs++
			}
		}
		if scans != c.scans || aggs != c.aggs {
			t.Errorf("%s: %d scans and %d aggregations, want %d and %d", c.name, scans, aggs, c.scans, c.aggs)
		}
	}
}

func nodesOf(n *physical.Node, seen map[*physical.Node]bool) map[*physical.Node]bool {
	seen[n] = true
	for _, in := range n.Inputs {
		nodesOf(in, seen)
	}
	return seen
}
