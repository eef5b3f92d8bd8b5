package binder

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/catalog"
)

// TestLargeStatements binds statements that programs write: the work must stay
// about linear in their length.
func TestLargeStatements(t *testing.T) {
	s := &session{cat: catalog.New()}
	s.run("CREATE TABLE t (a INT, b INT, s STRING) WITH ('connector' = 'datagen')")
	repeat := func(n int, sep, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(parts, sep)
	}
	for name, text := range map[string]string{
		"AND":         "SELECT a FROM t WHERE " + repeat(10000, " AND ", "a <> %d"),
		"sum":         "SELECT " + repeat(5000, " + ", "a * %d") + " FROM t",
		"grouped sum": "SELECT " + repeat(3000, " + ", "SUM(a * %d)") + " FROM t GROUP BY b + 1, a + b",
		"IN":          "SELECT a FROM t WHERE a IN (" + repeat(50000, ", ", "%d") + ")",
		"CASE":        "SELECT CASE " + repeat(5000, " ", "WHEN a = %d THEN 'x'") + " END FROM t",
		"VALUES":      "VALUES " + repeat(20000, ", ", "(%d, 'x', 1.5)"),
		"UNION ALL":   repeat(1000, " UNION ALL ", "SELECT a + %d FROM t"),
		"columns":     "SELECT " + repeat(2000, ", ", "a + %d AS c%[1]d") + " FROM t ORDER BY c7",
		"joins":       "SELECT t0.a FROM t AS t0 " + repeat(100, " ", "JOIN t AS j%d ON t0.a = j%[1]d.b"),
	} {
		began := time.Now()
		out := s.run(text)
		if strings.Contains(out, "error[") {
			t.Errorf("%s: %s", name, out[:min(len(out), 200)])
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s took %v", name, took)
		}
	}
}
