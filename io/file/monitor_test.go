package file_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// watched reads a monitored folder as a job does.
type watched struct {
	t    *testing.T
	s    connector.Source
	e    connector.Enumerator
	r    connector.Reader
	seen []int64
}

func watch(t *testing.T, s connector.Source, restored []byte) *watched {
	t.Helper()
	w := &watched{t: t, s: s}
	var err error
	if w.e, err = s.Enumerate(context.Background(), restored); err != nil {
		t.Fatal(err)
	}
	if w.r, err = s.Open(context.Background(), connector.ReaderContext{Parallelism: 1, BatchRows: 2}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *watched) close() {
	if err := errors.Join(w.r.Close(), w.e.Close()); err != nil {
		w.t.Error(err)
	}
}

// read reads until so many values have been seen.
func (w *watched) read(n int) {
	w.t.Helper()
	for len(w.seen) < n {
		f, err := w.r.Next(context.Background())
		if errors.Is(err, connector.ErrNeedSplits) {
			splits, done, err := w.e.Assign(context.Background(), 0, 1)
			if err != nil || done {
				w.t.Fatalf("done %v, %v", done, err)
			}
			if len(splits) == 0 {
				<-w.e.Wake()
			}
			if err := w.r.Assign(splits); err != nil {
				w.t.Fatal(err)
			}
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		for i := range rowsOf(f.Batch) {
			w.seen = append(w.seen, f.Batch.Cols[0].ValueAt(i).I)
		}
	}
}

func put(t *testing.T, dir string, i int) {
	t.Helper()
	hidden := filepath.Join(dir, fmt.Sprintf(".%d", i))
	if err := os.WriteFile(hidden, fmt.Appendf(nil, "{\"i\":%d}\n", i), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(hidden, filepath.Join(dir, fmt.Sprintf("%d.json", i))); err != nil {
		t.Fatal(err)
	}
}

func TestMonitoredFolder(t *testing.T) {
	dir := t.TempDir()
	tab := table(dir, "json", column("i", types.IntType))
	tab.Options["source.monitor-interval"] = "1 ms"
	info, err := file.NewFactory().Info(tab)
	if err != nil || info.Bounded {
		t.Fatalf("bounded: %+v, %v", info, err)
	}
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, 0)
	put(t, dir, 1)
	w := watch(t, s, nil)
	w.read(2)
	put(t, dir, 2)
	put(t, dir, 3)
	w.read(3)
	state, err := w.e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	w.read(4)
	put(t, dir, 4)
	w.read(5)
	if slices.Sort(w.seen); !slices.Equal(w.seen, []int64{0, 1, 2, 3, 4}) {
		t.Errorf("read %v", w.seen)
	}
	w.close()
	put(t, dir, 5)
	again := watch(t, s, state) // 0, 1 and one of 2 and 3 were dealt before the checkpoint
	again.read(3)
	if slices.Sort(again.seen); again.seen[0] < 2 || !slices.Equal(again.seen[1:], []int64{4, 5}) {
		t.Errorf("after the restore read %v", again.seen)
	}
	again.close()
}

func TestMonitorForgetsWhatIsGone(t *testing.T) {
	dir := t.TempDir()
	tab := table(dir, "json", column("i", types.IntType))
	tab.Options["source.monitor-interval"] = "1 ms"
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	w := watch(t, s, nil)
	defer w.close()
	var before []byte
	for i := range 100 {
		put(t, dir, i)
		w.read(i + 1)
		if i == 0 {
			if before, err = w.e.Snapshot(); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf("%d.json", i))); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, 100)
	w.read(101)
	if after, err := w.e.Snapshot(); err != nil || len(after) > 2*len(before) {
		t.Errorf("the state grew from %d to %d bytes, %v", len(before), len(after), err)
	}
}
