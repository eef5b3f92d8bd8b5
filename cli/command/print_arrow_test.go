package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// readArrow reads one Arrow stream as text: the schema's fields, then each column of each batch.
func readArrow(t *testing.T, r *strings.Reader) string {
	t.Helper()
	in, err := ipc.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Release()
	var b strings.Builder
	for _, f := range in.Schema().Fields() {
		null := ""
		if f.Nullable {
			null = "?"
		}
		fmt.Fprintf(&b, "%s %s%s\n", f.Name, f.Type, null)
	}
	for in.Next() {
		for i, c := range in.Record().Columns() {
			fmt.Fprintf(&b, "%s=%s\n", in.Schema().Field(i).Name, c)
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArrow(t *testing.T) {
	code, out, stderr := weir("", "sql", "--quiet", "--format", "arrow", "-D", "table.local-time-zone=UTC", "-e",
		`SELECT 7 AS i, CAST(NULL AS STRING) AS n, 'é and more than twelve bytes' AS s, TRUE AS b, CAST(1.5 AS DECIMAL(5, 2)) AS d, x'00ff' AS bs,
  DATE '1970-01-03' AS dt, TIMESTAMP '1970-01-01 00:00:01.500' AS ts, ARRAY['a', 'longer than twelve bytes'] AS a, ROW(1, 'x') AS r, MAP['k', 2] AS m`, "-e", "SELECT 1 AS x WHERE FALSE")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	r := strings.NewReader(out)
	want := `i int32
n utf8?
s utf8
b bool
d decimal(5, 2)
bs binary
dt date32
ts timestamp[ms]
a list<item: utf8, nullable>
r struct<EXPR$0: int32, EXPR$1: utf8>
m map<utf8, int32, items_nullable>
i=[7]
n=[(null)]
s=["é and more than twelve bytes"]
b=[true]
d=[{150 0}]
bs=["\x00\xff"]
dt=[2]
ts=[1500]
a=[["a" "longer than twelve bytes"]]
r={[1] ["x"]}
m=[{["k"] [2]}]
`
	if got := readArrow(t, r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := readArrow(t, r); got != "x int32\n" { // the next result is the next stream
		t.Errorf("second result: %q", got)
	}
	if r.Len() > 0 {
		t.Errorf("%d bytes behind the streams", r.Len())
	}
}

func TestArrowChangelog(t *testing.T) {
	code, out, stderr := weir("", "sql", "--quiet", "--format", "arrow", "--mode", "streaming", "-p", "1", "-D", "weir.batch.rows=1", "-e",
		"CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'values', 'rows' = 'a,1; a,2'); SELECT k, SUM(v) AS s FROM t GROUP BY k")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	got := readArrow(t, strings.NewReader(out))
	ops := ""
	for _, line := range strings.Split(got, "\n") {
		if op, ok := strings.CutPrefix(line, "op=["); ok {
			ops += strings.NewReplacer(`"`, "", " ", "").Replace(strings.TrimSuffix(op, "]"))
		}
	}
	if !strings.HasPrefix(got, "op utf8\nk utf8?\ns int32?\n") || ops != "+I-U+U" {
		t.Errorf("kinds %q in\n%s", ops, got)
	}
}
