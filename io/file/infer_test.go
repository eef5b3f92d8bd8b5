package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// TestInferText compares names and types with those that DuckDB's read_csv and
// read_json find in the same text, and reads the rows by them.
func TestInferText(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{
			"a.csv", "id,name,price,day,ok,at\n1,x,1.5,2020-01-31,true,2020-01-31 10:00:00\n2,,2,2020-02-01,false,2020-01-31 11:00:00.5\n",
			"id BIGINT,name STRING,price DOUBLE,day DATE,ok BOOLEAN,at TIMESTAMP(6)",
		},
		{"b.csv", "1|a\n2|b\n", "column0 BIGINT,column1 STRING"},
		{"c.csv", "x;y\na;b\nc;d\n", "x STRING,y STRING"},
		{"d.csv", "n,n\n1,\"2,5\"\n,\n", "n BIGINT,n_1 STRING"},
		{
			"a.json", `{"id":1,"s":"x","f":1}` + "\n" + `{"s":null,"f":2.5,"r":{"a":[1,2],"b":"2020-01-31"},"t":true,"at":"2020-01-31 10:00:00"}` + "\n",
			"id BIGINT,s STRING,f DOUBLE,r ROW<`a` ARRAY<BIGINT>, `b` DATE>,t BOOLEAN,at TIMESTAMP(6)",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tc.name)
			if err := os.WriteFile(path, []byte(tc.text), 0o644); err != nil {
				t.Fatal(err)
			}
			f := file.NewFactory()
			tab := table(path, strings.TrimPrefix(filepath.Ext(path), "."))
			if err := f.Infer(tab); err != nil {
				t.Fatal(err)
			}
			var got []string
			var all []int
			for i, c := range tab.Columns {
				got = append(got, c.Name+" "+c.Type.String())
				all = append(all, i)
			}
			if strings.Join(got, ",") != tc.want {
				t.Errorf("got %s\nwant %s", strings.Join(got, ","), tc.want)
			}
			s, err := f.NewSource(tab, connector.ScanSpec{Columns: all, Limit: -1})
			if err != nil {
				t.Fatal(err)
			}
			rows := 0
			if err := drain(t, s, nil, func(fe connector.Fetch) { rows += rowsOf(fe.Batch) }); err != nil {
				t.Fatal(err)
			}
			want := strings.Count(tc.text, "\n")
			if tab.Options["csv.header"] == "true" {
				want--
			}
			if rows != want {
				t.Errorf("got %d rows, want %d", rows, want)
			}
		})
	}
}

func TestInferFromNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := file.NewFactory().Infer(table(path, "csv"))
	if e := sqlerr.As(err); e == nil || !strings.Contains(e.Message, "empty") {
		t.Errorf("got %v", err)
	}
}
