package jdbc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

func TestLookup(t *testing.T) {
	d := server(t)
	name := d.create(t, "id int, name text, kind uuid")
	d.exec(t, "INSERT INTO "+name+" SELECT i % 5, 'n' || i, NULL FROM generate_series(1, 10) i")
	table := d.table(t, name, append(slices.Clone(idName), col("kind", types.StringType)))
	l, err := Factory{}.NewLookup(table, connector.LookupSpec{Keys: []int{0}, Columns: []int{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i, keys := range [][]int64{{3, 77, 0}, {4}} {
		if i == 1 {
			d.exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d)", r.(*lookupReader).conn.PID()))
		}
		b := stream.NewBuilder([]types.Type{types.IntType})
		for _, k := range keys {
			b.Column(0).AppendValue(types.IntValue(k))
			b.Advance(1, stream.Insert)
		}
		rows, of, err := r.Lookup(t.Context(), b.Finish())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, line := range texts(rows, table, []int{1, 2}) {
			got = append(got, fmt.Sprint(of[i], ":", line))
		}
		slices.Sort(got)
		want := [][]string{{"0:n3|NULL", "0:n8|NULL", "2:n10|NULL", "2:n5|NULL"}, {"0:n4|NULL", "0:n9|NULL"}}[i]
		if !slices.Equal(got, want) || !slices.IsSorted(of) {
			t.Errorf("got %v of %v, want %v", got, of, want)
		}
	}
}

func TestLookupQuery(t *testing.T) {
	keys := []column{{name: `"a"`, typ: "pg_catalog.int4"}, {name: `"b"`, typ: "pg_catalog.text"}}
	cols := []column{{name: `"kind"`, typ: "pg_catalog.uuid"}}
	const want = `SELECT u.n, t."kind"::text FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(c0, c1, n) JOIN "t" AS t ON t."a" = u.c0::pg_catalog.int4 AND t."b" = u.c1::pg_catalog.text ORDER BY u.n`
	if got := lookupQuery(`"t"`, keys, cols, []types.Type{types.StringType}); got != want {
		t.Errorf("%s", got)
	}
}

func TestCacheOptions(t *testing.T) {
	for _, tc := range []struct {
		options []string
		want    catalog.LookupCache
		fails   string
	}{
		{nil, catalog.LookupCache{}, ""},
		{[]string{"lookup.cache", "PARTIAL", "lookup.partial-cache.max-rows", "7", "lookup.partial-cache.expire-after-write", "1 s"}, catalog.LookupCache{Rows: 7, AfterWrite: 1000, Missing: true}, ""},
		{[]string{"lookup.cache", "PARTIAL", "lookup.partial-cache.expire-after-access", "1 s", "lookup.partial-cache.cache-missing-key", "false"}, catalog.LookupCache{Rows: 1 << 62, AfterAccess: 1000}, ""},
		{[]string{"lookup.cache", "PARTIAL"}, catalog.LookupCache{}, "needs one of"},
		{[]string{"lookup.cache", "FULL"}, catalog.LookupCache{}, "lookup.cache"},
	} {
		table := (&database{url: "postgres://u@h:1/d"}).table(t, "x", idName, tc.options...)
		info, err := Factory{}.Info(table)
		if tc.fails != "" {
			if e := sqlerr.As(err); e == nil || !strings.Contains(e.Message, tc.fails) {
				t.Errorf("%v: %v", tc.options, err)
			}
		} else if err != nil || info.Lookup.Cache != tc.want {
			t.Errorf("%v: %v, %v", tc.options, info, err)
		}
	}
}
