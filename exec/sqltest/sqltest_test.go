package sqltest

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain leaves the clock alone that limits the time of regular expressions: it
// stops by itself some seconds later.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

// TestPrograms runs every program of testdata/sql in the whole matrix.
func TestPrograms(t *testing.T) {
	root := "../../testdata/sql"
	var total Stats
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".slt") {
			return err
		}
		p, err := Load(path)
		if err != nil {
			t.Error(err)
			return nil
		}
		name, _ := filepath.Rel(root, path)
		if testing.Short() && filepath.Dir(name) == "large" {
			return nil // minutes under the race detector
		}
		t.Run(strings.TrimSuffix(name, ".slt"), func(t *testing.T) { total.Add(runMatrix(t, p)) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d runs, %d queries, %d of %d restored, %d rows evicted, %d bytes spilled",
		total.Runs, total.Queries, total.Restored, total.RestoreTried, total.EvictedRows, total.Spilled)
	if total.RestoreTried > 0 && total.Restored*100 < total.RestoreTried*80 {
		t.Errorf("only %d of %d queries went on from a checkpoint: the matrix does not test what it says", total.Restored, total.RestoreTried)
	}
}

func runMatrix(t *testing.T, p *Program) Stats {
	var total Stats
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for _, c := range Configs() {
		st, err := Run(ctx, p, c)
		if err != nil {
			t.Error(err)
		}
		if c.Large && st.Runs > 0 {
			belowMemory(t, p, c, st)
		}
		total.Add(st)
	}
	return total
}

// belowMemory holds a run to what its configuration is for: programs of batch mode
// are those whose rows outgrow operators, the others those whose state does.
func belowMemory(t *testing.T, p *Program, c Config, st Stats) {
	t.Helper()
	if p.Mode == "batch" && st.Spilled == 0 {
		t.Errorf("[%s] nothing was spilled", c.Name)
	}
	if c.Streaming && st.EvictedRows == 0 {
		t.Errorf("[%s] no state was evicted", c.Name)
	}
}
