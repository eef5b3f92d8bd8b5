package file_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// partitioned is a table (d DATE, i INT, s STRING) by d and s.
func partitioned(dir, format string) *catalog.Table {
	t := table(dir, format, column("d", types.DateType), column("i", types.IntType), column("s", types.StringType))
	t.PartitionBy = []int{0, 2}
	return t
}

type row struct {
	day  int64
	i    int64
	text string
}

func (r row) String() string { return time.Unix(r.day*86400, 0).UTC().Format("01-02") + " " + r.text }

func rowsFor(rows ...row) *stream.Batch {
	b := stream.NewBuilder([]types.Type{types.DateType, types.IntType, types.StringType})
	for _, r := range rows {
		b.Column(0).AppendValue(types.IntValue(r.day))
		b.Column(1).AppendValue(types.IntValue(r.i))
		if r.text == "NULL" {
			b.Column(2).AppendNull()
		} else {
			b.Column(2).AppendValue(types.StringValue(r.text))
		}
		b.Advance(1, stream.Insert)
	}
	return b.Finish()
}

// readRows reads columns d, i and s where the filters leave files.
func readRows(t *testing.T, tab *catalog.Table, filters ...*expr.Expr) (out []row) {
	t.Helper()
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1, 2}, Filters: filters, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	err = drain(t, s, nil, func(f connector.Fetch) {
		for i := range rowsOf(f.Batch) {
			at := i
			if f.Batch.Sel != nil {
				at = int(f.Batch.Sel[i])
			}
			r := row{day: f.Batch.Cols[0].ValueAt(at).I, i: f.Batch.Cols[1].ValueAt(at).I, text: "NULL"}
			if v := f.Batch.Cols[2].ValueAt(at); !v.Null {
				r.text = string(v.B)
			}
			out = append(out, r)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(out, func(a, b int) bool { return out[a].i < out[b].i })
	return out
}

func write(t *testing.T, j *job, rows ...row) *job {
	t.Helper()
	if err := j.w.Write(context.Background(), rowsFor(rows...)); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestPartitions(t *testing.T) {
	want := []row{{18263, 1, "a/b=c%"}, {18263, 2, "NULL"}, {18264, 3, "é"}, {18263, 4, "a/b=c%"}, {-1, 5, "é"}}
	for _, format := range []string{"parquet", "csv", "json", "arrow"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			tab := partitioned(dir, format)
			j := write(t, openJob(t, tab, "job", false), want...)
			j.commit(j.prepare(), connector.Committed)
			if got := readRows(t, tab); !slices.Equal(got, want) {
				t.Errorf("read %v, want %v", got, want)
			}
			folders, err := file.NewFactory().Partitions(tab)
			// As Flink names them: what is special in paths is escaped, é is not.
			names := []string{"d=1969-12-31/s=é", "d=2020-01-02/s=__DEFAULT_PARTITION__", "d=2020-01-02/s=a%2Fb%3Dc%25", "d=2020-01-03/s=é"}
			if err != nil || !slices.Equal(folders, names) {
				t.Errorf("partitions %q, %v; want %q", folders, err, names)
			}
			for _, n := range names {
				files, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(n)))
				if err != nil || len(files) != 1 {
					t.Errorf("%s holds %v, %v; want one file", n, files, err)
				}
			}
		})
	}
}

// TestFiltersLeaveFoldersUnread breaks the files of all partitions but one.
func TestFiltersLeaveFoldersUnread(t *testing.T) {
	dir := t.TempDir()
	tab := partitioned(dir, "json")
	j := write(t, openJob(t, tab, "job", false), row{18263, 1, "a"}, row{18264, 2, "a"}, row{18264, 3, "b"})
	j.commit(j.prepare(), connector.Committed)
	for _, n := range []string{"d=2020-01-02/s=a", "d=2020-01-03/s=a"} {
		if err := os.WriteFile(filepath.Join(dir, n, "broken.json"), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, s := expr.Col(0, "d", types.DateType), expr.Col(2, "s", types.StringType)
	got := readRows(t, tab,
		expr.NewCall(expr.Gt, types.BooleanType, d, expr.Lit(types.DateType, types.IntValue(18263))),
		expr.NewCall(expr.Eq, types.BooleanType, s, expr.Lit(types.StringType, types.StringValue("b"))))
	if want := []row{{18264, 3, "b"}}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestManyPartitionsTakeTurns(t *testing.T) {
	dir := t.TempDir()
	tab := partitioned(dir, "csv")
	j := openJob(t, tab, "job", false)
	var want []row
	for i := range int64(200) {
		want = append(want, row{i % 100, i, "x"})
	}
	for at := 0; at < len(want); at += 100 {
		write(t, j, want[at:min(at+100, len(want))]...)
	}
	c := j.prepare()
	if len(c) < 110 { // 100 partitions, of which 64 have an open file
		t.Errorf("%d files", len(c))
	}
	j.commit(c, connector.Committed)
	if got := readRows(t, tab); !slices.Equal(got, want) {
		t.Errorf("read %d rows, want %d", len(got), len(want))
	}
}

// TestOverwriteReplacesPartitions leaves those without new rows alone, and what
// an attempt that failed had written out.
func TestOverwriteReplacesPartitions(t *testing.T) {
	tab := partitioned(t.TempDir(), "csv")
	old := write(t, openJob(t, tab, "old", false), row{1, 1, "a"}, row{2, 2, "a"}, row{3, 3, "b"})
	old.commit(old.prepare(), connector.Committed)
	failed := write(t, openJob(t, tab, "new", true), row{2, 7, "a"}, row{3, 8, "b"})
	failed.end().prepare() // and the process dies before the checkpoint is complete
	j := write(t, openJob(t, tab, "new", true), row{2, 4, "a"}, row{4, 5, "c"})
	c := j.end().prepare()
	if got := readRows(t, tab); len(got) != 3 || got[0].i != 1 {
		t.Errorf("before the commit: %v", got)
	}
	j.commit(c, connector.Committed)
	j.commit(c, connector.AlreadyCommitted)
	want := []row{{1, 1, "a"}, {3, 3, "b"}, {2, 4, "a"}, {4, 5, "c"}}
	if got := readRows(t, tab); !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	left, _ := filepath.Glob(tab.Options["path"] + "/.*")
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestOverwriteSurvivesCrashes stops the commit behind each of its steps.
func TestOverwriteSurvivesCrashes(t *testing.T) {
	for _, format := range []string{"partitioned", "whole"} {
		for step := range 40 {
			tab := partitioned(filepath.Join(t.TempDir(), "t"), "csv")
			if format == "whole" {
				tab.PartitionBy = nil
			}
			old := write(t, openJob(t, tab, "old", false), row{1, 1, "a"}, row{2, 2, "b"})
			old.commit(old.prepare(), connector.Committed)
			j := write(t, openJob(t, tab, "new", true), row{1, 3, "a"}, row{2, 4, "b"})
			c := j.end().prepare()
			crashed := file.CommitUntil(j.s, step, c)
			again := openJob(t, tab, "new", true)
			if _, err := again.c.Commit(context.Background(), c); err != nil {
				t.Fatalf("%s, step %d: %v", format, step, err)
			}
			if got, want := readRows(t, tab), []row{{1, 3, "a"}, {2, 4, "b"}}; !slices.Equal(got, want) {
				t.Fatalf("%s, step %d: read %v, want %v", format, step, got, want)
			}
			if left, _ := filepath.Glob(filepath.Dir(tab.Options["path"]) + "/.*"); len(left) > 0 {
				t.Fatalf("%s, step %d: left behind: %v", format, step, left)
			}
			if !crashed {
				break
			}
			if step == 39 {
				t.Error("the commit has more steps than are tried")
			}
		}
	}
}

func success(t *testing.T, dir string) (out []string) {
	t.Helper()
	found, err := filepath.Glob(dir + "/*/*/_SUCCESS")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, dir+"/"), "/_SUCCESS"))
	}
	return out
}

func TestPartitionTimeCommits(t *testing.T) {
	dir := t.TempDir()
	tab := partitioned(dir, "csv")
	tab.Options["sink.partition-commit.policy.kind"] = "success-file"
	tab.Options["sink.partition-commit.trigger"] = "partition-time"
	tab.Options["sink.partition-commit.delay"] = "1 d"
	tab.Options["sink.partition-commit.watermark-time-zone"] = "Europe/Berlin"
	j := openStream(t, tab)
	write(t, j, row{0, 1, "a"}, row{1, 2, "a"})
	j.commit(j.prepare(), connector.Committed)
	const day = 86_400_000
	watermark := func(w stream.Watermark) { j.w.(connector.TimedWriter).Watermark(w) }
	watermark(day - 3_600_000) // 1970-01-02 00:00 in Berlin: not behind it
	j.commit(j.prepare(), connector.Committed)
	if got := success(t, dir); got != nil {
		t.Errorf("too early: %v", got)
	}
	watermark(day - 3_600_000 + 1)
	state, err := j.w.Snapshot(1)
	if err != nil {
		t.Fatal(err)
	}
	c := j.prepare()
	j.commit(c, connector.Committed)
	if got, want := success(t, dir), []string{"d=1970-01-01/s=a"}; !slices.Equal(got, want) {
		t.Errorf("complete are %v, want %v", got, want)
	}
	j = openStream(t, tab, state) // from a checkpoint before
	watermark(stream.MaxWatermark)
	j.commit(j.prepare(), connector.Committed)
	if got, want := success(t, dir), []string{"d=1970-01-01/s=a", "d=1970-01-02/s=a"}; !slices.Equal(got, want) {
		t.Errorf("at the end complete are %v, want %v", got, want)
	}
}

func openStream(t *testing.T, tab *catalog.Table, states ...[]byte) *job {
	t.Helper()
	s, err := file.NewFactory().NewSink(tab, connector.SinkSpec{StreamingMode: true})
	if err != nil {
		t.Fatal(err)
	}
	wc := connector.WriterContext{Job: "stream", Sink: "sink", Parallelism: 1, CheckpointInterval: 1000}
	w, err := s.OpenWriter(context.Background(), wc, states)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenCommitter(context.Background(), wc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return &job{t, s, w, c}
}

func TestRolling(t *testing.T) {
	dir := t.TempDir()
	tab := sinkTable(dir, "json")
	tab.Options["sink.rolling-policy.file-size"] = "64 kb"
	j := openStream(t, tab)
	for i := range 10 {
		j.write(i*1000, 1000)
	}
	c := j.prepare()
	if len(c) < 3 {
		t.Errorf("%d files of about 350 kB", len(c))
	}
	j.commit(c, connector.Committed)
	if rows, _ := countRows(t, tab); rows != 10_000 {
		t.Errorf("%d rows", rows)
	}
}

func TestMetadata(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.json")
	if err := os.WriteFile(name, []byte("{\"i\":1}\n{\"i\":2}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "y.txt"), []byte("no JSON"), 0o644); err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_600_000_000_123)
	if err := os.Chtimes(name, at, at); err != nil {
		t.Fatal(err)
	}
	meta := func(name, key string, typ types.Type) catalog.Column {
		return catalog.Column{Name: name, Type: typ, Kind: catalog.Metadata, MetadataKey: key, Virtual: true}
	}
	tab := table(dir, "json", meta("p", "file.path", types.StringType), column("i", types.IntType), meta("n", "file.name", types.StringType),
		meta("s", "file.size", types.BigIntType), meta("m", "file.modification-time", types.TimestampLTZType(3)))
	tab.Options["source.path.regex-pattern"] = `/.*\.json`
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{4, 3, 2, 1, 0}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = drain(t, s, nil, func(f connector.Fetch) {
		for i := range rowsOf(f.Batch) {
			rows++
			c := f.Batch.Cols
			if c[0].ValueAt(i).I != at.UnixMilli() || c[1].ValueAt(i).I != 16 || string(c[2].Bytes(i)) != "x.json" || c[3].ValueAt(i).I != int64(rows) || string(c[4].Bytes(i)) != name {
				t.Errorf("row %d is wrong", rows)
			}
		}
	})
	if err != nil || rows != 2 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// TestTimestampPartitions names folders as Java writes LocalDateTime.
func TestTimestampPartitions(t *testing.T) {
	dir := t.TempDir()
	millis := types.TimestampType(3)
	tab := table(dir, "json", column("ts", millis), column("i", types.IntType))
	tab.PartitionBy = []int{0}
	j := openJob(t, tab, "job", false)
	b := stream.NewBuilder([]types.Type{millis, types.IntType})
	want := map[string]int64{"1970-01-01T00%3A00": 0, "1970-01-01T00%3A00%3A01": 1000, "1970-01-01T00%3A01%3A00.120": 60_120}
	for _, at := range want {
		b.Column(0).AppendValue(types.IntValue(at))
		b.Column(1).AppendValue(types.IntValue(at))
		b.Advance(1, stream.Insert)
	}
	if err := j.w.Write(context.Background(), b.Finish()); err != nil {
		t.Fatal(err)
	}
	j.commit(j.prepare(), connector.Committed)
	for name := range want {
		if _, err := os.Stat(filepath.Join(dir, "ts="+name)); err != nil {
			t.Error(err)
		}
	}
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = drain(t, s, nil, func(f connector.Fetch) {
		for i := range rowsOf(f.Batch) {
			rows++
			if a, b := f.Batch.Cols[0].ValueAt(i).I, f.Batch.Cols[1].ValueAt(i).I; a != b {
				t.Errorf("the folder says %d, the row %d", a, b)
			}
		}
	})
	if err != nil || rows != len(want) {
		t.Errorf("%d rows, %v", rows, err)
	}
}
