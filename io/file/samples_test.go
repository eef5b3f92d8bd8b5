package file_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// TestSamples reads files of another writer: one table in many encodings, codecs and
// versions of Parquet, as Arrow files and streams, and with the types that only Arrow
// has. benchmarks/peers/parquet_check.py wrote them and the answers.
func TestSamples(t *testing.T) {
	const samples = "../../testdata/"
	for pattern, answers := range map[string]string{
		"parquet/*.parquet": "parquet/answers.txt", "arrow/plain.arrow": "parquet/answers.txt", "arrow/lz4.arrows": "parquet/answers.txt",
		"arrow/zstd.arrow": "parquet/answers.txt", "arrow/types.arrow": "arrow/types.txt",
	} {
		names, err := filepath.Glob(samples + pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		text, err := os.ReadFile(samples + answers)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		format, _, _ := strings.Cut(pattern, "/")
		for _, name := range names {
			t.Run(filepath.Base(name), func(t *testing.T) { compareSample(t, name, format, want) })
		}
	}
}

func compareSample(t *testing.T, name, format string, want []string) {
	f := file.NewFactory()
	tab := &catalog.Table{Name: "t", Options: option.Values{"connector": "filesystem", "path": name, "format": format}}
	if err := f.Infer(tab); err != nil {
		t.Fatal(err)
	}
	var names []string
	spec := connector.ScanSpec{Limit: -1}
	for i, c := range tab.Columns {
		names = append(names, c.Name)
		spec.Columns = append(spec.Columns, i)
	}
	if got := strings.Join(names, "\t"); got != want[0] {
		t.Fatalf("columns %s, want %s", got, want[0])
	}
	src, err := f.NewSource(tab, spec)
	if err != nil {
		t.Fatal(err)
	}
	row := 0
	if err := drain(t, src, nil, func(fetch connector.Fetch) {
		if fetch.Batch == nil {
			return
		}
		for r := range fetch.Batch.Rows {
			row++
			fields := strings.Split(want[row], "\t")
			for i, c := range tab.Columns {
				if got := sampleText(&fetch.Batch.Cols[i], c.Type, r); got != fields[i] && !sameFloat(got, fields[i]) {
					t.Fatalf("row %d, column %s: got %s, want %s", row, c.Name, got, fields[i])
				}
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if row != len(want)-1 {
		t.Errorf("%d rows, want %d", row, len(want)-1)
	}
}

func sampleText(v *vector.Vector, t types.Type, r int) string {
	if !v.IsValid(r) {
		return "NULL"
	}
	if v.Phys >= types.PhysList {
		return string(kernel.AppendJSON(nil, t, v, r, nil))
	}
	switch x := v.ValueAt(r); {
	case t.Kind == types.Boolean:
		return strconv.FormatBool(x.Bool())
	case t.IsApproximate():
		return strconv.FormatFloat(x.Float(), 'g', -1, 64)
	case t.IsString():
		return x.Str()
	case t.IsBinary():
		return hex.EncodeToString(x.B)
	case t.Phys() == types.PhysInt128:
		return types.FormatDecimal(x.Int128(), 0)
	default:
		return strconv.FormatInt(x.I, 10)
	}
}

// sameFloat compares with Python's hexadecimal floats.
func sameFloat(got, want string) bool {
	a, err := strconv.ParseFloat(got, 64)
	if err != nil || !strings.Contains(want, "0x") {
		return false
	}
	b, err := strconv.ParseFloat(want, 64)
	return err == nil && a == b
}
