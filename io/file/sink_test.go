package file_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

func sinkTable(dir, format string) *catalog.Table {
	return table(dir, format, column("s", types.StringType), column("i", types.IntType))
}

func batchOf(from, n int) *stream.Batch {
	b := stream.NewBuilder([]types.Type{types.StringType, types.IntType})
	for i := from; i < from+n; i++ {
		b.Column(0).AppendValue(types.StringValue(strings.Repeat("é,\"\n", i%5)))
		if i%3 == 0 {
			b.Column(1).AppendNull()
		} else {
			b.Column(1).AppendValue(types.IntValue(int64(i)))
		}
		b.Advance(1, stream.Insert)
	}
	return b.Finish()
}

type job struct {
	t *testing.T
	s connector.Sink
	w connector.Writer
	c connector.Committer
}

func openJob(t *testing.T, tab *catalog.Table, id string, overwrite bool) *job {
	t.Helper()
	s, err := file.NewFactory().NewSink(tab, connector.SinkSpec{Overwrite: overwrite})
	if err != nil {
		t.Fatal(err)
	}
	wc := connector.WriterContext{Job: id, Sink: "sink", Parallelism: 1}
	w, err := s.OpenWriter(context.Background(), wc, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenCommitter(context.Background(), wc)
	if err != nil {
		t.Fatal(err)
	}
	return &job{t, s, w, c}
}

func (j *job) write(from, n int) {
	j.t.Helper()
	if err := j.w.Write(context.Background(), batchOf(from, n)); err != nil {
		j.t.Fatal(err)
	}
}

// end says that no rows will follow.
func (j *job) end() *job {
	j.w.(connector.TimedWriter).Watermark(stream.MaxWatermark)
	return j
}

func (j *job) prepare() []connector.Committable {
	j.t.Helper()
	c, err := j.w.PrepareCommit(context.Background(), 1)
	if err != nil {
		j.t.Fatal(err)
	}
	return c
}

func (j *job) commit(c []connector.Committable, want connector.Outcome) {
	j.t.Helper()
	out, err := j.c.Commit(context.Background(), c)
	if err != nil {
		j.t.Fatal(err)
	}
	for _, o := range out {
		if o != want {
			j.t.Fatalf("outcome %d, want %d", o, want)
		}
	}
}

// countRows reads the folder back.
func countRows(t *testing.T, tab *catalog.Table) (rows int, sum int64) {
	t.Helper()
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	err = drain(t, s, nil, func(f connector.Fetch) {
		rows += rowsOf(f.Batch)
		for i := range rowsOf(f.Batch) {
			if v := f.Batch.Cols[1].ValueAt(i); !v.Null {
				sum += v.I * int64(1+len(f.Batch.Cols[0].Bytes(i)))
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, sum
}

func TestSinkCommits(t *testing.T) {
	want := int64(0)
	for i := range 300 {
		if i%3 != 0 {
			want += int64(i) * int64(1+5*(i%5))
		}
	}
	for _, format := range []string{"parquet", "csv", "json", "arrow"} {
		t.Run(format, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			tab := sinkTable(dir, format)
			j := openJob(t, tab, "job", false)
			if c := j.prepare(); c != nil {
				t.Error("nothing written must give nothing to commit")
			}
			j.write(0, 100)
			j.write(100, 100)
			first := j.prepare()
			if rows, _ := countRows(t, tab); rows != 0 {
				t.Fatalf("%d rows are visible before the commit", rows)
			}
			j.write(200, 100)
			second := j.prepare()
			j.write(0, 50) // never prepared
			j.commit(first, connector.Committed)
			if rows, _ := countRows(t, tab); rows != 200 {
				t.Fatalf("got %d rows, want 200", rows)
			}
			// The process dies here; another takes over.
			again := openJob(t, tab, "job", false)
			again.commit(first, connector.AlreadyCommitted)
			again.commit(second, connector.Committed)
			if err := again.c.AbortLeftovers(context.Background(), append(first, second...)); err != nil {
				t.Fatal(err)
			}
			if rows, sum := countRows(t, tab); rows != 300 || sum != want {
				t.Errorf("got %d rows with sum %d, want 300 with %d", rows, sum, want)
			}
			left, _ := filepath.Glob(filepath.Join(dir, ".*"))
			if len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if err := os.Remove(filepath.Join(dir, filepath.Base(committed(t, dir)))); err != nil {
				t.Fatal(err)
			}
			j.w.Close()
		})
	}
}

func committed(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	return files[0]
}

func TestLostFileIsTold(t *testing.T) {
	dir := t.TempDir()
	j := openJob(t, sinkTable(dir, "csv"), "job", false)
	j.write(0, 10)
	c := j.prepare()
	files, _ := filepath.Glob(filepath.Join(dir, ".part-*"))
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	j.commit(c, connector.Lost)
}

func TestOverwrite(t *testing.T) {
	dir := t.TempDir()
	tab := sinkTable(dir, "json")
	old := openJob(t, tab, "old", false)
	old.write(0, 10)
	old.commit(old.prepare(), connector.Committed)
	j := openJob(t, tab, "new", true)
	j.write(0, 3)
	c := j.end().prepare()
	j.commit(c, connector.Committed)
	j.commit(c, connector.AlreadyCommitted)
	if rows, _ := countRows(t, tab); rows != 3 {
		t.Errorf("got %d rows, want 3", rows)
	}
	empty := openJob(t, tab, "empty", true)
	empty.commit(empty.end().prepare(), connector.Committed)
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 0 {
		t.Errorf("INSERT OVERWRITE without rows left %v", files)
	}
}

func TestSinkRefuses(t *testing.T) {
	dir := t.TempDir()
	j := openJob(t, sinkTable(dir, "csv"), "job", false)
	b := batchOf(0, 1)
	b.Kinds = []stream.RowKind{stream.Delete}
	if err := j.w.Write(context.Background(), b); err == nil {
		t.Error("a deletion was taken")
	}
	nested := table(dir, "csv", column("a", types.ArrayType(types.ArrayType(types.IntType))))
	if _, err := file.NewFactory().NewSink(nested, connector.SinkSpec{}); err == nil || !strings.Contains(err.Error(), "column a") {
		t.Errorf("nested: %v", err)
	}
}
