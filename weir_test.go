package weir_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir"
	"github.com/weir-engine/weir/core/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	db, err := weir.Open(weir.Config{Options: map[string]string{"execution.runtime-mode": "batch", "parallelism.default": "1"}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	err = db.Exec(ctx, `
		CREATE TABLE sales (item STRING, amount DECIMAL(8, 2)) WITH ('connector' = 'values', 'rows' = '
			pen, 1.50
			ink, 7.25
			pen, 2.00');`)
	if err != nil {
		log.Fatal(err)
	}
	rows, err := db.Query(ctx, "SELECT item, COUNT(*), SUM(amount) FROM sales GROUP BY item ORDER BY item")
	if err != nil {
		log.Fatal(err)
	}
	for rows.Next() {
		var item, sum string
		var n int64
		if err := rows.Scan(&item, &n, &sum); err != nil {
			log.Fatal(err)
		}
		fmt.Println(item, n, sum)
	}
	if rows.Err() != nil || rows.Close() != nil || db.Close() != nil {
		log.Fatal("the query did not end well")
	}
	// Output:
	// ink 1 7.25
	// pen 2 3.50
}

func ExampleRegisterFunction() {
	err := weir.RegisterFunction(weir.Function{
		Name: "vowels", Args: []types.Type{types.StringType}, Result: types.BigIntType.NotNull(),
		Text: "How many vowels a text has.",
		Eval: func(c *weir.Call) error { // for a batch of rows at once
			text := c.Strings(0)
			for _, row := range c.Active() {
				n := int64(0)
				for _, letter := range text.At(row) {
					if strings.IndexByte("aeiou", letter) >= 0 {
						n++
					}
				}
				c.PutInt(row, n)
			}
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db, err := weir.Open(weir.Config{})
	if err != nil {
		log.Fatal(err)
	}
	rows, err := db.Query(context.Background(), "SELECT VOWELS('streaming')")
	if err != nil {
		log.Fatal(err)
	}
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			log.Fatal(err)
		}
		fmt.Println(n)
	}
	if rows.Close() != nil || db.Close() != nil {
		log.Fatal("the query did not end well")
	}
	// Output: 3
}

func open(t *testing.T, mode string) *weir.DB {
	t.Helper()
	db, err := weir.Open(weir.Config{Options: map[string]string{"execution.runtime-mode": mode, "parallelism.default": "1", "weir.batch.rows": "1"}, Memory: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestScan(t *testing.T) {
	db := open(t, "batch")
	rows, err := db.Query(t.Context(), "SELECT 1, 2.5, CAST(0.5 AS DOUBLE), 'x', TRUE, CAST(NULL AS INT), DATE '2026-01-02', X'0a'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	all := make([]any, len(rows.Columns()))
	places := make([]any, len(all))
	for i := range all {
		places[i] = &all[i]
	}
	if err := rows.Scan(places...); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(all), "[1 2.5 0.5 x true <nil> 2026-01-02 [10]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var n int64
	var f float64
	var s, date string
	var b bool
	var bytes []byte
	for _, bad := range [][]any{
		{&n},
		{&n, &n, &f, &s, &b, &all[5], &date, &bytes}, // a DECIMAL is no int64
		{&n, &s, &f, &s, &b, &n, &date, &bytes},      // NULL
	} {
		if rows.Scan(bad...) == nil {
			t.Errorf("%T was taken", bad)
		}
	}
	if err := rows.Scan(&n, &s, &f, &s, &b, &all[5], &date, &bytes); err != nil || n != 1 || f != 0.5 || s != "x" || !b || date != "2026-01-02" || bytes[0] != 10 {
		t.Errorf("%v: %v %v %v %v %v %v", err, n, f, s, b, date, bytes)
	}
	if rows.Next() || rows.Err() != nil {
		t.Errorf("there is more: %v", rows.Err())
	}
}

func TestChangelog(t *testing.T) {
	db := open(t, "streaming")
	if err := db.Exec(t.Context(), "CREATE TABLE e (k STRING) WITH ('connector' = 'values', 'rows' = 'a; b; a');"); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), "SELECT k, COUNT(*) FROM e GROUP BY k")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for rows.Next() {
		var k, n string
		if err := rows.Scan(&k, &n); err != nil {
			t.Fatal(err)
		}
		got = append(got, rows.Kind().String()+" "+k+" "+n)
	}
	if err := rows.Close(); err != nil || fmt.Sprint(got) != "[+I a 1 +I b 1 -U a 1 +U a 2]" {
		t.Errorf("%v: %v", err, got)
	}
}

func TestErrors(t *testing.T) {
	db := open(t, "batch")
	if err := db.Exec(t.Context(), "SELECT 1; SELECT x FROM nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v", err)
	}
	if _, err := db.Query(t.Context(), "SELECT 1; SELECT 2"); err == nil {
		t.Error("two statements are no query")
	}
	rows, err := db.Query(t.Context(), "SELECT 1 / (x - x) FROM (VALUES (1), (2)) AS t (x)")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() == nil {
		t.Error("a division by zero gave rows")
	}
	_ = rows.Close()
	if _, err := weir.Open(weir.Config{Options: map[string]string{"no.such.option": "1"}}); err == nil {
		t.Error("an unknown option was taken")
	}
}
