package spill_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/spill"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("SPILL_CLAIM"); dir != "" { // the process that TestStaleIsRemoved kills
		c, err := spill.NewClaim(dir)
		if err == nil {
			err = c.Make()
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("claimed")
		select {}
	}
	goleak.VerifyTestMain(m)
}

var columns = []types.Type{
	types.BigIntType, types.StringType, types.BooleanType, types.DoubleType, types.DecimalType(30, 2),
	types.ArrayType(types.StringType), types.MapType(types.IntType, types.StringType), types.SmallType,
	types.RowType(types.Field{Name: "x", Type: types.IntType}, types.Field{Name: "y", Type: types.ArrayType(types.IntType)}),
}

func randomValue(r *rand.Rand, t types.Type) types.Value {
	if r.IntN(6) == 0 {
		return types.NullValue()
	}
	switch t.Phys() {
	case types.PhysBytes:
		return types.StringValue(strings.Repeat(string(rune('a'+r.IntN(3))), r.IntN(20)))
	case types.PhysFloat64:
		return types.FloatValue(r.Float64())
	case types.PhysList, types.PhysStruct:
		v := types.Value{}
		if t.Kind == types.Row {
			return types.Value{Items: []types.Value{types.IntValue(int64(r.IntN(9))), randomValue(r, t.Fields[1].Type)}}
		}
		for range r.IntN(3) {
			if t.Key != nil {
				v.Items = append(v.Items, types.IntValue(int64(r.IntN(9))))
			}
			v.Items = append(v.Items, randomValue(r, *t.Elem))
		}
		return v
	}
	return types.IntValue(int64(r.IntN(50)))
}

func randomBatch(r *rand.Rand, ts []types.Type, n int) *stream.Batch {
	b := &stream.Batch{Rows: n}
	for _, t := range ts {
		vb := vector.NewBuilder(t)
		for range n {
			v := randomValue(r, t)
			if t.Kind == types.Boolean && !v.Null {
				v.I &= 1
			}
			vb.AppendValue(v)
		}
		b.Cols = append(b.Cols, vb.Finish())
	}
	return b
}

func lines(b *stream.Batch) (out []string) {
	for r := range b.Rows {
		if b.Sel != nil && !slices.Contains(b.Sel, uint32(r)) {
			continue
		}
		s := b.Kind(r).String()
		for c := range b.Cols {
			s += fmt.Sprintf("|%+v", b.Cols[c].ValueAt(r))
		}
		out = append(out, s)
	}
	return out
}

type nexter interface {
	Next() (*stream.Batch, error)
}

func drain(t *testing.T, r nexter) (out []string) {
	t.Helper()
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Rows == 0 || b.Sel != nil {
			t.Fatalf("a batch must be dense and not empty: %d rows", b.Rows)
		}
		out = append(out, lines(b)...)
	}
}

func newSpace(t *testing.T) *spill.Space {
	t.Helper()
	s := spill.NewSpace(fs.Local{}, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newRand(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestRunComesBack(t *testing.T) {
	r, s := newRand(t), newSpace(t)
	w := must(s.Writer(columns))(t)
	var want []string
	for i := range 40 {
		b := randomBatch(r, columns, 1+r.IntN(900))
		if i%3 == 1 {
			b.Sel = []uint32{0}
			if b.Rows > 7 {
				b.Sel = []uint32{0, 3, 7}
			}
		}
		if i%4 == 2 {
			b.Kinds = make([]stream.RowKind, b.Rows)
			b.Kinds[b.Rows-1] = stream.Delete
		}
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		want = append(want, lines(b)...)
	}
	run := must(w.Close())(t)
	if run.Rows != int64(len(want)) || s.Rows() != run.Rows || s.Bytes() != run.Bytes {
		t.Errorf("counted %d rows, %d bytes; wrote %d", s.Rows(), s.Bytes(), len(want))
	}
	for range 2 {
		reader := must(run.Open())(t)
		if got := drain(t, reader); !slices.Equal(got, want) {
			t.Fatalf("%d rows came back, wrote %d, or they differ", len(got), len(want))
		}
		reader.Close()
	}
}

func TestMergeSorts(t *testing.T) {
	r := newRand(t)
	for _, runs := range []int{0, 1, 2, 3, 7, 130} {
		s := newSpace(t)
		type keyed struct {
			null bool
			key  string
			num  int64
			line string
		}
		var all []keyed
		var list []*spill.Run
		for range runs {
			var part []keyed
			b := randomBatch(r, columns, r.IntN(300)+1)
			perm := make([]uint32, b.Rows)
			for i, line := range lines(b) {
				k := b.Cols[1].ValueAt(i)
				part = append(part, keyed{k.Null, k.Str(), b.Cols[0].ValueAt(i).I, line})
				perm[i] = uint32(i)
			}
			// by string descending, NULL first; then by number ascending, NULL last
			order := func(x, y keyed) int {
				if x.null != y.null {
					if x.null {
						return -1
					}
					return 1
				}
				return strings.Compare(y.key, x.key)
			}
			slices.SortStableFunc(perm, func(i, j uint32) int {
				if c := order(part[i], part[j]); c != 0 {
					return c
				}
				a, b := b.Cols[0].ValueAt(int(i)), b.Cols[0].ValueAt(int(j))
				if a.Null != b.Null {
					if a.Null {
						return 1
					}
					return -1
				}
				return int(a.I - b.I)
			})
			w := must(s.Writer(columns))(t)
			if err := w.WriteRows(b, perm); err != nil {
				t.Fatal(err)
			}
			list = append(list, must(w.Close())(t))
			for _, i := range perm {
				all = append(all, part[i])
			}
		}
		m := must(s.Merge(list, []spill.SortKey{{Col: 1, Desc: true, NullsFirst: true}, {Col: 0}}))(t)
		got := drain(t, m)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		slices.SortStableFunc(all, func(x, y keyed) int {
			if x.null != y.null {
				if x.null {
					return -1
				}
				return 1
			}
			if c := strings.Compare(y.key, x.key); c != 0 {
				return c
			}
			xn, yn := strings.HasPrefix(x.line, "+I|{Null:true"), strings.HasPrefix(y.line, "+I|{Null:true")
			if xn != yn {
				if xn {
					return 1
				}
				return -1
			}
			return int(x.num - y.num)
		})
		for i := range all {
			if len(got) != len(all) || got[i] != all[i].line {
				t.Fatalf("%d runs: row %d of %d (want %d): %s", runs, i, len(got), len(all), all[i].line)
			}
		}
	}
}

func TestPartitionsPartByHash(t *testing.T) {
	r, s := newRand(t), newSpace(t)
	p := must(s.Partitions(columns, 1, 3))(t)
	var want []string
	for range 10 {
		b := randomBatch(r, columns, 500)
		hashes := make([]uint64, b.Rows)
		kernel.HashColumns(b.Cols[:2], b.Rows, nil, hashes)
		if err := p.Write(b, hashes); err != nil {
			t.Fatal(err)
		}
		want = append(want, lines(b)...)
	}
	runs := must(p.Close())(t)
	var got []string
	for i, run := range runs {
		reader := must(run.Open())(t)
		for {
			b, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			hashes := make([]uint64, b.Rows)
			kernel.HashColumns(b.Cols[:2], b.Rows, nil, hashes)
			for _, h := range hashes {
				if spill.PartitionOf(h, 1, 3) != i {
					t.Fatalf("hash %x lies in partition %d", h, i)
				}
			}
			got = append(got, lines(b)...)
		}
		reader.Close()
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatal("rows were lost or changed")
	}
}

func TestPartitionBitsDiffer(t *testing.T) {
	h := uint64(0x1234_abcd_0000_0000)
	if a, b := spill.PartitionOf(h, 0, 4), spill.PartitionOf(h, 1, 4); a != 0xa || b != 0xb {
		t.Errorf("levels take bits %x and %x, want a and b", a, b)
	}
}

func TestFullDisk(t *testing.T) {
	m := fs.NewMemory()
	if err := m.MkdirAll("/s"); err != nil {
		t.Fatal(err)
	}
	m.SetCapacity(20_000)
	s := spill.NewSpace(m, "/s")
	w := must(s.Writer([]types.Type{types.BigIntType}))(t)
	r := newRand(t)
	ids := make([]int64, 8192)
	for i := range ids {
		ids[i] = r.Int64()
	}
	err := w.Write(&stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, ids)}, Rows: len(ids)})
	if e := sqlerr.As(err); e == nil || e.Code != sqlerr.DiskFull {
		t.Fatalf("want DiskFull, got %v", err)
	}
	w.Abort()
	if list, _ := m.List("/s"); len(list) != 0 {
		t.Errorf("an aborted run stays: %v", list)
	}
}

func TestCorruptionIsSeen(t *testing.T) {
	dir := t.TempDir()
	s := spill.NewSpace(fs.Local{}, dir)
	w := must(s.Writer([]types.Type{types.BigIntType}))(t)
	if err := w.Write(&stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, []int64{1, 2, 3})}, Rows: 3}); err != nil {
		t.Fatal(err)
	}
	run := must(w.Close())(t)
	name := filepath.Join(dir, "000001.run")
	data := must(os.ReadFile(name))(t)
	for at := range data {
		damaged := bytes.Clone(data)
		damaged[at] ^= 1
		if err := os.WriteFile(name, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		reader := must(run.Open())(t)
		if _, err := reader.Next(); err == nil {
			t.Errorf("a flipped bit of byte %d is not seen", at)
		}
		reader.Close()
		var b spill.Block
		if _, err := b.Decode(damaged, run.Types()); err == nil {
			t.Errorf("a flipped bit of byte %d of a block is not seen", at)
		}
	}
}

func TestPartsComeBack(t *testing.T) {
	dir := t.TempDir()
	s := spill.NewSpace(fs.Local{}, dir)
	ts := []types.Type{types.BigIntType, types.StringType}
	w := must(s.Parted(ts, 4))(t)
	build := stream.NewBuilder(ts)
	want := make([][]string, 4)
	r := newRand(t)
	for i := range 50 {
		build.Reset()
		part := []int{0, 1, 3}[r.IntN(3)] // the third part has no rows
		texts := vector.NewBuilder(types.StringType)
		ids := make([]int64, 1+r.IntN(20))
		for k := range ids {
			ids[k] = int64(i*100 + k)
			texts.AppendBytes(fmt.Appendf(nil, "a text that is no inline one: %d", k))
		}
		build.Append(&stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, ids), texts.Finish()}, Rows: len(ids)}, nil)
		b := build.Finish()
		want[part] = append(want[part], lines(b)...)
		if err := w.Write(part, b); err != nil {
			t.Fatal(err)
		}
	}
	run := must(w.Close())(t)
	read := func(from, to int) (out []string) {
		reader := must(run.Open(from, to))(t)
		defer reader.Close()
		var block spill.Block
		for reader.Size() > 0 {
			stored := make([]byte, reader.Size())
			if err := reader.Read(stored); err != nil {
				t.Fatal(err)
			}
			out = append(out, lines(must(block.Decode(stored, ts))(t))...)
		}
		return out
	}
	for part := range want {
		if got := read(part, part+1); !slices.Equal(got, want[part]) || run.Rows[part] != int64(len(got)) {
			t.Errorf("part %d: %d rows of %d, said to be %d", part, len(got), len(want[part]), run.Rows[part])
		}
	}
	if got, all := read(1, 4), slices.Concat(want[1:]...); !slices.Equal(got, all) {
		t.Errorf("parts 1 to 3: %d rows of %d", len(got), len(all))
	}
	if _, err := run.Open(3, 5); err == nil {
		t.Error("a part that is not there is opened")
	}
	if err := os.Truncate(filepath.Join(dir, "000001.run"), 100); err != nil {
		t.Fatal(err)
	}
	reader := must(run.Open(0, 4))(t)
	defer reader.Close()
	for err := error(nil); err == nil; err = reader.Read(make([]byte, reader.Size())) {
		if reader.Size() == 0 {
			t.Fatal("a truncated file is read to its end")
		}
	}
	if err := run.Remove(); err != nil {
		t.Fatal(err)
	}
	if list := must(os.ReadDir(dir))(t); len(list) != 0 {
		t.Errorf("it stays: %v", list)
	}
}

func TestCloseRemovesEverything(t *testing.T) {
	root := t.TempDir()
	s := spill.NewSpace(fs.Local{}, root)
	w := must(s.Writer(columns))(t)
	if err := w.Write(randomBatch(newRand(t), columns, 10)); err != nil {
		t.Fatal(err)
	}
	run := must(w.Close())(t)
	must(s.Writer(columns))(t) // still open
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := run.Remove(); err != nil {
		t.Errorf("Remove after Close: %v", err)
	}
	if left := must(os.ReadDir(root))(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStaleIsRemoved(t *testing.T) {
	root := t.TempDir()
	claim := func() *spill.Claim {
		c := must(spill.NewClaim(root))(t)
		if err := c.Make(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	alive := claim()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SPILL_CLAIM="+root)
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 8)
	if _, err := io.ReadFull(out, said); err != nil || string(said) != "claimed\n" {
		t.Fatalf("the other process said %q, %v", said, err)
	}
	if n := len(must(os.ReadDir(root))(t)); n != 4 {
		t.Fatalf("two claims make 4 names, there are %d", n)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	next := claim()
	if n := len(must(os.ReadDir(root))(t)); n != 4 {
		t.Errorf("the killed process's directory must go, the living one's stay: %d names", n)
	}
	for _, c := range []*spill.Claim{alive, next} {
		if _, err := os.Stat(c.Path()); err != nil {
			t.Error(err)
		}
		if err := c.Release(); err != nil {
			t.Error(err)
		}
	}
	if left := must(os.ReadDir(root))(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func BenchmarkRun(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	ts := []types.Type{types.BigIntType, types.StringType, types.DoubleType, types.IntType}
	batch := randomBatch(r, ts, 8192)
	s := spill.NewSpace(fs.Local{}, b.TempDir())
	defer s.Close()
	size := int64(8192 * (8 + 16 + 8 + 4 + 8))
	b.Run("write", func(b *testing.B) {
		b.SetBytes(size)
		w, _ := s.Writer(ts)
		for b.Loop() {
			if err := w.Write(batch); err != nil {
				b.Fatal(err)
			}
		}
		w.Abort()
	})
	w, _ := s.Writer(ts)
	for range 100 {
		w.Write(batch)
	}
	run, _ := w.Close()
	b.Run("read", func(b *testing.B) {
		b.SetBytes(size * 100)
		for b.Loop() {
			reader, _ := run.Open()
			for {
				if _, err := reader.Next(); err != nil {
					break
				}
			}
			reader.Close()
		}
	})
	b.Run("merge8", func(b *testing.B) {
		runs := []*spill.Run{run, run, run, run, run, run, run, run}
		rows := 0
		for b.Loop() {
			m, _ := spill.NewMerger(runs, []spill.SortKey{{Col: 0}, {Col: 3}})
			for {
				out, err := m.Next()
				if err != nil {
					break
				}
				rows += out.Rows
			}
			m.Close()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
	})
}
