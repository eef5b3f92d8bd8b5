package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	promisedRows = 200_000
	numbers      = `CREATE TABLE n (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '200000',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '200000')`
	padded = `(SELECT id, MOD(id * 7919, 300007) AS k, CAST(MOD(id * 7919, 300007) AS STRING) || ' and some text behind it, so that a row is long' AS s FROM n)`
)

// ask gives the one row of a query as text.
func ask(t *testing.T, e *engine.Engine, options option.Values, script string) (string, error) {
	s, err := e.NewSession(options)
	if err != nil {
		return "", err
	}
	statements, err := parser.ParseScript(script)
	if err != nil {
		t.Error(err)
		return "", err
	}
	answer := ""
	for _, stmt := range statements {
		r, err := s.Execute(t.Context(), stmt)
		if err != nil {
			return "", err
		}
		text, err := textOf(t.Context(), r)
		if err = errors.Join(err, r.Close()); err != nil {
			return "", err
		}
		answer += text
	}
	return answer, nil
}

func textOf(ctx context.Context, r *engine.Result) (string, error) {
	var cells []string
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return strings.Join(cells, " "), nil
		}
		if err != nil {
			return "", err
		}
		for row := range b.Rows {
			for c := range b.Cols {
				cells = append(cells, fmt.Sprint(b.Cols[c].ValueAt(row).I))
			}
		}
	}
}

// TestFourJobsShareOnePromise runs what needs more memory than there is, four times
// at once: all give the right answer, what is granted stays within the limit but
// for the batches that were under way, and nothing is left on disk.
func TestFourJobsShareOnePromise(t *testing.T) {
	dir := t.TempDir()
	e, err := engine.Open(engine.Config{Memory: 128 << 20, SpillDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	sum, most := int64(0), int64(0)
	for id := int64(1); id <= promisedRows; id++ {
		k := id * 7919 % 300007
		sum, most = sum+k, max(most, k)
	}
	jobs := map[string]string{
		`SELECT COUNT(*), MAX(n), SUM(k) FROM (SELECT k, ROW_NUMBER() OVER (ORDER BY s, id) AS n FROM ` + padded + `)`:                  fmt.Sprint(promisedRows, promisedRows, sum),
		`SELECT COUNT(*), MAX(n), SUM(k) FROM (SELECT k, COUNT(s) OVER (PARTITION BY MOD(id, 2) ORDER BY id) AS n FROM ` + padded + `)`: fmt.Sprint(promisedRows, promisedRows/2, sum),
		`SELECT COUNT(*), MAX(c), SUM(k) FROM (SELECT COUNT(*) AS c, MAX(k) AS k FROM ` + padded + ` GROUP BY s, id)`:                   fmt.Sprint(promisedRows, 1, sum),
		`SELECT COUNT(*), MAX(k), SUM(k) FROM (SELECT a.k FROM ` + padded + ` a JOIN ` + padded + ` b ON a.s = b.s AND a.id = b.id)`:    fmt.Sprint(promisedRows, most, sum),
	}
	var wg sync.WaitGroup
	for query, want := range jobs {
		wg.Go(func() {
			got, err := ask(t, e, option.Values{"execution.runtime-mode": "batch", "parallelism.default": "2"}, numbers+";"+query)
			if err != nil || got != want {
				t.Errorf("%s\n got %q, %v\nwant %q", query, got, err, want)
			}
		})
	}
	wg.Wait()
	m := e.Memory()
	if m.Peak() < m.Limit()*3/4 || m.Peak() > m.Limit()+16<<20 {
		t.Errorf("%d MiB were granted at most, of %d", m.Peak()>>20, m.Limit()>>20)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if m.Used() != 0 {
		t.Errorf("%d bytes are still granted", m.Used())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left on disk: %v, %v", left, err)
	}
}

// TestAJobIsRefusedWithTheNumberItNeeds: and a process of that number takes it.
func TestAJobIsRefusedWithTheNumberItNeeds(t *testing.T) {
	if _, err := engine.Open(engine.Config{Memory: 40 << 20}); err == nil || !strings.Contains(sqlerr.As(err).Hint, "128 MiB: --memory, or 'weir.memory.size'") {
		t.Fatalf("want the least memory and how to set it, got %v", err)
	}
	query := numbers + "; SELECT COUNT(*) FROM (SELECT id FROM n WHERE id < 3) AS a"
	for i := range 12 {
		query += fmt.Sprintf(" JOIN (SELECT id FROM n WHERE id < 9) AS b%d ON a.id = b%d.id", i, i)
	}
	options := option.Values{"execution.runtime-mode": "batch", "parallelism.default": "8"}
	run := func(bytes int64) (string, error) {
		e, err := engine.Open(engine.Config{Memory: bytes, SpillDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}()
		return ask(t, e, options, query)
	}
	_, err := run(128 << 20)
	refused := sqlerr.As(err)
	if refused == nil || refused.Code != sqlerr.InsufficientMemory {
		t.Fatalf("twelve joins of eight subtasks in little memory gave %v", err)
	}
	var need int64
	if _, err := fmt.Sscanf(refused.Hint, "give the process %d MiB: --memory, or 'weir.memory.size'", &need); err != nil {
		t.Fatalf("the hint is %q", refused.Hint)
	}
	if got, err := run(need << 20); err != nil || got != "2" {
		t.Errorf("with the %d MiB that it asked for: %q, %v", need, got, err)
	}
}
