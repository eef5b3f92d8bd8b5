package jdbc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// database is the server that the environment names.
type database struct {
	url  string
	conn *pgconn.PgConn
}

func server(t *testing.T) *database {
	t.Helper()
	at := os.Getenv("WEIR_POSTGRES_URL")
	if at == "" {
		t.Skip("WEIR_POSTGRES_URL is not set; benchmarks/peers/postgres/start.sh starts a server")
	}
	conn, err := pgconn.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &database{at, conn}
}

func (d *database) exec(t *testing.T, sql string) []string {
	t.Helper()
	results, err := d.conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range results[len(results)-1].Rows {
		out = append(out, string(slices.Concat(join(row)...)))
	}
	return out
}

func join(row [][]byte) (out [][]byte) {
	for i, v := range row {
		if i > 0 {
			out = append(out, []byte("|"))
		}
		if v == nil {
			v = []byte("NULL")
		}
		out = append(out, v)
	}
	return out
}

// create makes a table in the database, that ends with the test.
func (d *database) create(t *testing.T, columns string) string {
	t.Helper()
	name := fmt.Sprintf("weir_%d", time.Now().UnixNano())
	d.exec(t, "CREATE TABLE "+name+" ("+columns+")")
	t.Cleanup(func() { _, _ = d.conn.Exec(context.Background(), "DROP TABLE "+name).ReadAll() })
	return name
}

func (d *database) table(t *testing.T, name string, columns []catalog.Column, options ...string) *catalog.Table {
	t.Helper()
	u, err := url.Parse(d.url)
	if err != nil {
		t.Fatal(err)
	}
	out := &catalog.Table{Name: "t", Columns: columns, Options: option.Values{
		"connector": "jdbc", "url": "jdbc:postgresql://" + u.Host + u.Path + "?sslmode=disable", "username": u.User.Username(), "table-name": name,
	}}
	for i := 0; i < len(options); i += 2 {
		out.Options[options[i]] = options[i+1]
	}
	return out
}

func col(name string, t types.Type) catalog.Column { return catalog.Column{Name: name, Type: t} }

var idName = []catalog.Column{col("id", types.IntType.WithNull(false)), col("name", types.StringType)}

func readAll(t *testing.T, table *catalog.Table, spec connector.ScanSpec, batch int) ([]string, error) {
	t.Helper()
	if spec.Columns == nil {
		for i := range table.Produced() {
			spec.Columns = append(spec.Columns, i)
		}
	}
	s, err := Factory{}.NewSource(table, spec)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Enumerate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), connector.ReaderContext{Parallelism: 1, BatchRows: batch})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []string
	for {
		f, err := r.Next(t.Context())
		if errors.Is(err, connector.ErrNeedSplits) {
			splits, done, err := e.Assign(t.Context(), 0, 1)
			if done || err != nil {
				return out, err
			}
			if err := r.Assign(splits); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil {
			return out, err
		}
		if f.Batch != nil {
			out = append(out, texts(f.Batch, table, spec.Columns)...)
		}
	}
}

func texts(b *stream.Batch, table *catalog.Table, columns []int) (out []string) {
	for r := range b.Rows {
		var row []string
		for c, o := range columns {
			if b.Cols[c].IsValid(r) {
				row = append(row, string(kernel.AppendText(nil, table.Columns[o].Type, &b.Cols[c], r, utc)))
			} else {
				row = append(row, "NULL")
			}
		}
		out = append(out, strings.Join(row, "|"))
	}
	return out
}

var everything = []catalog.Column{
	col("b", types.BooleanType), col("s", types.Type{Kind: types.SmallInt, Nullable: true}), col("i", types.IntType), col("l", types.BigIntType),
	col("f", types.FloatType), col("d", types.DoubleType), col("n", types.DecimalType(20, 3)), col("v", types.StringType),
	col("x", types.BytesType), col("day", types.DateType), col("clock", types.TimeType), col("ts", types.TimestampType(6)),
	col("tz", types.TimestampLTZType(6)), col("ai", types.ArrayType(types.IntType)), col("at", types.ArrayType(types.StringType)),
}

const everyColumn = "b bool, s int2, i int4, l int8, f float4, d float8, n numeric(20,3), v varchar(50), x bytea, day date, clock time, ts timestamp, tz timestamptz, ai int[], at text[]"

// TestTypesCrossBothWays reads a row of every type, writes it to another table and
// compares there.
func TestTypesCrossBothWays(t *testing.T) {
	d := server(t)
	from, to := d.create(t, everyColumn), d.create(t, everyColumn)
	d.exec(t, "INSERT INTO "+from+` VALUES (true, -7, 42, 9223372036854775807, 1.5, 1e100, 12345678901234567.125, 'a"b\c,{}', '\x00ff5c22', '1999-12-31', '23:59:59', '2020-02-29 12:34:56.123456', '2020-02-29 12:34:56.5+02', '{1,NULL,-3}', '{"",NULL,"q\"b\\s","NULL",x}'),
(false, NULL, NULL, -9223372036854775808, 'NaN', '-Infinity', -0.001, '', '', '0001-01-01', '00:00:00', '9999-12-31 23:59:59', '1970-01-01 00:00:00+00', '{}', NULL)`)
	source := d.table(t, from, everything)
	rows, err := readAll(t, source, connector.ScanSpec{Limit: -1}, 100)
	want := []string{
		`true|-7|42|9223372036854775807|1.5|1.0E100|12345678901234567.125|a"b\c,{}|\x00ff5c22|1999-12-31|23:59:59|2020-02-29 12:34:56.123456|2020-02-29 10:34:56.500000|[1,null,-3]|["",null,"q\"b\\s","NULL","x"]`,
		`false|NULL|NULL|-9223372036854775808|NaN|-Infinity|-0.001||\x|0001-01-01|00:00:00|9999-12-31 23:59:59.000000|1970-01-01 00:00:00.000000|[]|NULL`,
	}
	if err != nil || !slices.Equal(rows, want) {
		t.Fatalf("read %v\n%s", err, strings.Join(rows, "\n"))
	}
	b := batchOf(t, source)
	writeAll(t, d.table(t, to, everything), b)
	if diff := d.exec(t, fmt.Sprintf("SELECT * FROM %s EXCEPT ALL SELECT * FROM %s", from, to)); len(diff) > 0 {
		t.Errorf("not written: %v", diff)
	}
}

// batchOf is all of a small table.
func batchOf(t *testing.T, table *catalog.Table) *stream.Batch {
	t.Helper()
	var spec connector.ScanSpec
	spec.Limit = -1
	for i := range table.Produced() {
		spec.Columns = append(spec.Columns, i)
	}
	s, err := Factory{}.NewSource(table, spec)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), connector.ReaderContext{BatchRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Assign([]connector.Split{{ID: "all", Data: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	f, err := r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f.Batch
}

func writeAll(t *testing.T, table *catalog.Table, batches ...*stream.Batch) {
	t.Helper()
	s, err := Factory{}.NewSink(table, connector.SinkSpec{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.OpenWriter(t.Context(), connector.WriterContext{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, b := range batches {
		if err := w.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func people(kinds string, rows ...string) *stream.Batch {
	b := stream.NewBuilder([]types.Type{types.IntType.WithNull(false), types.StringType})
	for i, r := range rows {
		var id int64
		name, _, _ := strings.Cut(r, "=")
		_, _ = fmt.Sscan(name, &id)
		b.Column(0).AppendValue(types.IntValue(id))
		b.Column(1).AppendBytes([]byte(r[strings.Index(r, "=")+1:]))
		kind := stream.Insert
		if kinds != "" {
			kind = map[byte]stream.RowKind{'I': stream.Insert, 'B': stream.UpdateBefore, 'A': stream.UpdateAfter, 'D': stream.Delete}[kinds[i]]
		}
		b.Advance(1, kind)
	}
	return b.Finish()
}

func TestUpsertAndDelete(t *testing.T) {
	d := server(t)
	name := d.create(t, "id int PRIMARY KEY, name text, untouched text DEFAULT 'kept'")
	table := d.table(t, name, idName, "sink.buffer-flush.max-rows", "1000000")
	table.PrimaryKey = []int{0}
	writeAll(t, table, people("", "1=a", "2=b", "3=c"))
	d.exec(t, "UPDATE "+name+" SET untouched = 'mine' WHERE id = 1")
	writeAll(t, table, people("BAIDDI", "1=a", "1=A", "4=d", "2=b", "3=c", "3=again"), people("A", "4=D"))
	want := []string{"1|A|mine", "3|again|kept", "4|D|kept"}
	if got := d.exec(t, "SELECT * FROM "+name+" ORDER BY id"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAppend(t *testing.T) {
	d := server(t)
	name := d.create(t, "id int, name varchar(3)")
	table := d.table(t, name, idName)
	writeAll(t, table, people("", "1=a", "1=a"))
	if got := d.exec(t, "SELECT count(*) FROM "+name); got[0] != "2" {
		t.Errorf("%v rows", got)
	}
	s, err := Factory{}.NewSink(table, connector.SinkSpec{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.OpenWriter(t.Context(), connector.WriterContext{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	err = errors.Join(w.Write(t.Context(), people("", "2=toolong")), w.Flush(t.Context()))
	if err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a text that does not fit: %v", err)
	}
}

// TestWriteSurvivesLostConnection: the server ends the connection between two writes.
func TestWriteSurvivesLostConnection(t *testing.T) {
	d := server(t)
	name := d.create(t, "id int PRIMARY KEY, name text")
	table := d.table(t, name, idName)
	table.PrimaryKey = []int{0}
	s, err := Factory{}.NewSink(table, connector.SinkSpec{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.OpenWriter(t.Context(), connector.WriterContext{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i, r := range []string{"1=a", "2=b"} {
		if i == 1 {
			d.exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d)", w.(*writer).conn.PID()))
		}
		if err := errors.Join(w.Write(t.Context(), people("", r)), w.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.exec(t, "SELECT count(*) FROM "+name); got[0] != "2" {
		t.Errorf("%v rows", got)
	}
}

func TestScanTakesWork(t *testing.T) {
	d := server(t)
	name := d.create(t, "id int PRIMARY KEY, name text, kind uuid")
	d.exec(t, "INSERT INTO "+name+" SELECT i, 'n' || i, ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid FROM generate_series(1, 100) i")
	columns := append(slices.Clone(idName), col("kind", types.StringType))
	id, uuid := expr.Col(0, "id", types.IntType), expr.Col(1, "kind", types.StringType)
	filter := expr.NewCall(expr.Or, types.BooleanType,
		expr.NewCall(expr.Ge, types.BooleanType, id, expr.Lit(types.IntType, types.IntValue(99))),
		expr.NewCall(expr.Eq, types.BooleanType, uuid, expr.Lit(types.StringType, types.Value{B: []byte("00000000-0000-0000-0000-000000000007")})))
	for what, tc := range map[string]struct {
		spec connector.ScanSpec
		opts []string
		want int
	}{
		"all":     {connector.ScanSpec{Limit: -1}, nil, 100},
		"limit":   {connector.ScanSpec{Limit: 3}, nil, 3},
		"filter":  {connector.ScanSpec{Columns: []int{0, 2}, Filters: []*expr.Expr{filter}, Limit: -1}, nil, 3},
		"ranges":  {connector.ScanSpec{Limit: -1}, []string{"scan.partition.column", "id", "scan.partition.num", "7", "scan.partition.lower-bound", "1", "scan.partition.upper-bound", "100"}, 100},
		"a range": {connector.ScanSpec{Limit: -1}, []string{"scan.partition.column", "id", "scan.partition.num", "2", "scan.partition.lower-bound", "11", "scan.partition.upper-bound", "13"}, 3},
	} {
		rows, err := readAll(t, d.table(t, name, columns, tc.opts...), tc.spec, 9)
		slices.Sort(rows)
		if err != nil || len(rows) != tc.want || len(slices.Compact(rows)) != tc.want {
			t.Errorf("%s: %d rows, want %d, %v", what, len(rows), tc.want, err)
		}
	}
}

// TestScanResumes: a restored range goes on behind the rows that the job has.
func TestScanResumes(t *testing.T) {
	d := server(t)
	name := d.create(t, "id int PRIMARY KEY, name text")
	d.exec(t, "INSERT INTO "+name+" SELECT i, 'n' FROM generate_series(1, 50) i")
	table := d.table(t, name, idName)
	table.PrimaryKey = []int{0}
	s, err := Factory{}.NewSource(table, connector.ScanSpec{Columns: []int{0}, Limit: -1, StreamingMode: true})
	if err != nil {
		t.Fatal(err)
	}
	at, n := []byte("{}"), 0
	for range 3 {
		r, err := s.Open(t.Context(), connector.ReaderContext{BatchRows: 20})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Assign([]connector.Split{{ID: "all", Data: at}}); err != nil {
			t.Fatal(err)
		}
		f, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += f.Spans[0].To
		at = f.Spans[0].After
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n != 50 {
		t.Errorf("%d rows in three starts, want 50", n)
	}
}

func TestMismatches(t *testing.T) {
	d := server(t)
	name := d.create(t, "id numeric, name timestamptz")
	for want, columns := range map[string][]catalog.Column{
		"'id' is numeric in the database and cannot be INT":       {col("id", types.IntType)},
		"'name' is timestamptz in the database and cannot be":     {col("name", types.TimestampType(3))},
		"table \"" + name + "\" has no column 'absent'":           {col("absent", types.IntType)},
		"table \"absent\" of 127.0.0.1":                           nil,
		"password authentication failed|role \"nobody\" does not": nil,
	} {
		options := []string{}
		target := name
		if columns == nil {
			columns = idName
			if target = "absent"; strings.Contains(want, "role") {
				target, options = name, []string{"username", "nobody", "password", "hunter2"}
			}
		}
		_, err := readAll(t, d.table(t, target, columns, options...), connector.ScanSpec{Limit: -1}, 10)
		told := false
		for _, w := range strings.Split(want, "|") {
			told = told || err != nil && strings.Contains(err.Error(), w)
		}
		if !told || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct{ parts, low, high int64 }{{1, 0, 0}, {3, 1, 10}, {10, 1, 3}, {7, -100, 100}, {4, math.MinInt64, math.MaxInt64}} {
		out := cut(`"c"`, tc.parts, tc.low, tc.high)
		if int64(len(out)) > tc.parts || out[0].From != tc.low || out[len(out)-1].To != tc.high || !out[len(out)-1].Last {
			t.Errorf("%v: %v", tc, out)
		}
		for i := 1; i < len(out); i++ {
			if out[i].From != out[i-1].To || out[i].From <= out[i-1].From {
				t.Errorf("%v: range %d begins at %d, the one before ends at %d", tc, i, out[i].From, out[i-1].To)
			}
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := option.Values{"connector": "jdbc", "url": "jdbc:postgresql://localhost:1/db", "table-name": "s.t"}
	for _, tc := range []struct{ key, value, want string }{
		{"url", "jdbc:mysql://h/d", "does not know the database 'mysql'"},
		{"url", "jdbc:postgresql://h/d?foo=hunter2", "parameter 'foo'"},
		{"driver", "com.mysql.jdbc.Driver", "not supported"},
		{"password", "hunter2", "needs the option 'username'"},
		{"scan.partition.column", "id", "go together"},
	} {
		v := good.Clone()
		v[tc.key] = tc.value
		_, err := Factory{}.Info(&catalog.Table{Name: "t", Columns: idName, Options: v})
		if e := sqlerr.As(err); e == nil || !strings.Contains(e.Message, tc.want) || strings.Contains(e.Error()+e.Hint, "hunter2") {
			t.Errorf("%v: %v", tc, err)
		}
	}
	tiny := &catalog.Table{Name: "t", Columns: []catalog.Column{col("x", types.TinyIntType)}, Options: good}
	if _, err := (Factory{}).Info(tiny); err == nil || !strings.Contains(err.Error(), "TINYINT") {
		t.Errorf("TINYINT: %v", err)
	}
}

func TestStatements(t *testing.T) {
	cols := []column{{name: `"k"`, typ: "pg_catalog.int4"}, {name: `"v"`, typ: "pg_catalog.text"}}
	s := newStatements(`"t"`, cols, []int{0})
	const write = `INSERT INTO "t" ("k", "v") SELECT u.c0::pg_catalog.int4, u.c1::pg_catalog.text FROM unnest($1::text[], $2::text[]) AS u(c0, c1) ON CONFLICT ("k") DO UPDATE SET "v" = EXCLUDED."v"`
	const remove = `DELETE FROM "t" AS t USING unnest($1::text[]) AS u(c0) WHERE t."k" = u.c0::pg_catalog.int4`
	if s.write != write || s.remove != remove {
		t.Errorf("%s\n%s", s.write, s.remove)
	}
}

func TestConditions(t *testing.T) {
	a, s := expr.Col(0, "a", types.IntType), expr.Col(1, "s", types.StringType)
	one, x := expr.Lit(types.IntType, types.IntValue(-1)), expr.Lit(types.StringType, types.Value{B: []byte("o'x")})
	cmp := func(op string, l, r *expr.Expr) *expr.Expr { return expr.NewCall(op, types.BooleanType, l, r) }
	for _, tc := range []struct {
		e    *expr.Expr
		want string
	}{
		{cmp(expr.Lt, a, one), "c0 < (-1)"},
		{cmp(expr.Eq, x, s), "'o''x' = c1"},
		{cmp(expr.Lt, s, x), ""}, // a collation may order in another way
		{expr.NewCall(expr.And, types.BooleanType, cmp(expr.Ne, a, one), expr.NewCall(expr.IsNull, types.BooleanType, s)), "(c0 <> (-1) AND c1 IS NULL)"},
		{expr.NewCall(expr.Or, types.BooleanType, cmp(expr.Ne, a, one), cmp(expr.Lt, s, x)), ""},
		{expr.NewCall(expr.In, types.BooleanType, a, one, one), "c0 IN ((-1), (-1))"},
		{expr.NewCall(expr.Not, types.BooleanType, cmp(expr.Eq, s, x)), ""},
	} {
		if got := condition(tc.e, func(i int) string { return fmt.Sprintf("c%d", i) }); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}
