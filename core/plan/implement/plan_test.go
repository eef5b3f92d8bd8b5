package implement_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	_ "github.com/weir-engine/weir/core/function/aggregate"
	_ "github.com/weir-engine/weir/core/function/ranking"
	_ "github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/plan/binder"
	"github.com/weir-engine/weir/core/plan/explain"
	"github.com/weir-engine/weir/core/plan/implement"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/plan/rule"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// TestPlans runs the files of testdata. Commands:
//
//	tables                            DDL
//	plan [streaming] [p=N] [network] [traits] [file=q01]
//	logical [streaming] [file=q01]    the rewritten logical plan
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &session{cat: catalog.New()}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			text := d.Input
			if d.HasArg("file") {
				var name string
				d.ScanArgs(t, "file", &name)
				b, err := os.ReadFile(filepath.Join("../../../testdata/tpch/queries", name+".sql"))
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			if d.Cmd == "tables" {
				return s.define(t, text)
			}
			return s.plan(t, d, text)
		})
	})
}

type session struct {
	cat       *catalog.Catalog
	streaming bool
}

func (s *session) binder() *binder.Binder {
	return binder.New(s.cat, world{}, binder.Options{Streaming: s.streaming, Zone: "UTC"})
}

func (s *session) define(t *testing.T, text string) string {
	stmts, err := parser.ParseScript(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range stmts {
		var o catalog.Object
		var name *ast.Name
		switch stmt := stmt.(type) {
		case *ast.CreateTable:
			name = stmt.Name
			o.Table, err = s.binder().CreateTable(stmt)
		case *ast.CreateView:
			name = stmt.Name
			o.View, err = s.binder().CreateView(stmt)
		}
		if err == nil {
			_, err = s.cat.Create(s.cat.Resolve(name.Strings()), o, catalog.Fail)
		}
		if e := sqlerr.As(err); e != nil && (e.Code == sqlerr.UndefinedFunction || e.Code == sqlerr.UndefinedTable) {
			t.Log(err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return "ok\n"
}

func (s *session) plan(t *testing.T, d *datadriven.TestData, text string) string {
	s.streaming = d.HasArg("streaming")
	stmt, err := parser.ParseStatement(text)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	var root logical.Node
	switch stmt := stmt.(type) {
	case *ast.Query:
		root, _, err = s.binder().Query(stmt)
	case *ast.Insert:
		root, err = s.binder().Insert(stmt)
	}
	if e := sqlerr.As(err); e != nil && (e.Code == sqlerr.UndefinedFunction || e.Code == sqlerr.UndefinedTable) {
		t.Logf("%s: %v", d.Pos, err)
		return d.Expected
	}
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	want := root.Columns()
	if root, err = rule.Optimize(root, rule.Config{Streaming: s.streaming}); err != nil {
		return "error: " + err.Error() + "\n"
	}
	if !reflect.DeepEqual(names(want), names(root.Columns())) {
		t.Errorf("%s: rewriting changed the columns from %v to %v", d.Pos, names(want), names(root.Columns()))
	}
	if d.Cmd == "logical" {
		return explain.Logical(root)
	}
	cfg := implement.Config{Streaming: s.streaming, Parallelism: 1, Network: d.HasArg("network")}
	d.MaybeScanArgs(t, "p", &cfg.Parallelism)
	n, err := implement.Plan(root, cfg)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	check(t, d.Pos, n)
	return explain.Physical(n, explain.Options{Rows: !s.streaming, Traits: d.HasArg("traits")})
}

func names(cols []logical.Column) []string {
	var out []string
	for _, c := range cols {
		out = append(out, c.Name)
	}
	return out
}

// check proves that a plan survives JSON and that every column it names is there, with the type it says.
func check(t *testing.T, pos string, n *physical.Node) {
	b, err := physical.Encode(n)
	if err != nil {
		t.Fatal(err)
	}
	again, err := physical.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := physical.Encode(again...); string(c) != string(b) {
		t.Errorf("%s: the plan is another after JSON", pos)
	}
	checkNode(t, pos, n)
}

func checkNode(t *testing.T, pos string, n *physical.Node) {
	var in []types.Field
	for _, x := range n.Inputs {
		checkNode(t, pos, x)
		in = append(in, x.Schema.Fields...)
	}
	fail := func(format string, args ...any) {
		t.Errorf("%s: %s: %s", pos, explain.Line(n, explain.Options{}), fmt.Sprintf(format, args...))
	}
	expression := func(e *expr.Expr) {
		if e == nil {
			return
		}
		expr.Walk(e, func(e *expr.Expr) bool {
			if e.Op == expr.Column && (e.Col < 0 || e.Col >= len(in) || in[e.Col].Type.Phys() != e.Type.Phys()) {
				fail("column %d (%s %s) is not in the input", e.Col, e.Name, e.Type)
			}
			return true
		})
	}
	column := func(cols ...int) {
		for _, c := range cols {
			if c < 0 || c >= len(in) {
				fail("there is no column %d", c)
			}
		}
	}
	sorted := func(keys []physical.SortKey) {
		for _, k := range keys {
			column(k.Col)
		}
	}
	width := -1
	aggs := func(keys []int, list []physical.Agg) {
		column(keys...)
		width = len(keys) + len(list)
		for _, a := range list {
			column(a.Args...)
			if a.Filter >= 0 {
				column(a.Filter)
			}
		}
	}
	joined := func(k logical.JoinKind, l, r []int, residual *expr.Expr) {
		expression(residual)
		left, right := n.Inputs[0].Schema.Fields, n.Inputs[1].Schema.Fields
		for i := range l {
			if l[i] < 0 || r[i] < 0 || l[i] >= len(left) || r[i] >= len(right) || left[l[i]].Type.Phys() != right[r[i]].Type.Phys() {
				fail("keys %v, %v do not match", l, r)
			}
		}
		switch k {
		case logical.Semi, logical.Anti:
			width = len(left)
		case logical.Mark:
			width = len(left) + 1
		default:
			width = len(left) + len(right)
		}
	}
	switch op := n.Op.(type) {
	case *physical.Scan:
		in = n.Schema.Fields
		width = len(op.Columns)
		for _, f := range op.Filters {
			expression(f)
		}
	case *physical.Calc:
		expression(op.Filter)
		for _, e := range op.Project {
			expression(e)
		}
		width = len(op.Project)
		if op.Project == nil {
			width = len(in)
		}
	case *physical.Exchange:
		column(op.Dist.Keys...)
		width = len(in)
		if op.Dist.Kind == physical.Forward && n.Traits.Parallelism != n.Inputs[0].Traits.Parallelism {
			fail("forward between %d and %d subtasks", n.Inputs[0].Traits.Parallelism, n.Traits.Parallelism)
		}
	case *physical.HashAggregate:
		aggs(op.Keys, op.Aggs)
		if op.Phase == physical.Partial {
			width = len(op.Keys) + 1
		}
	case *physical.GroupAggregate:
		aggs(op.Keys, op.Aggs)
	case *physical.WindowAggregate:
		aggs(op.Keys, op.Aggs)
		column(op.Time)
		width += len(op.Props)
	case *physical.HashJoin:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
	case *physical.NestedLoopJoin:
		joined(op.Kind, nil, nil, op.Cond)
	case *physical.Join:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
	case *physical.WindowJoin:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
	case *physical.Sort:
		sorted(op.Keys)
		width = len(in)
	case *physical.SortLimit:
		sorted(op.Keys)
		width = len(in)
	case *physical.Rank:
		sorted(op.OrderBy)
		column(op.PartitionBy...)
		width = len(in)
		if op.EmitNumber {
			width++
		}
	case *physical.OverAggregate:
		sorted(op.OrderBy)
		aggs(op.PartitionBy, op.Calls)
		width = len(in) + len(op.Calls)
	}
	if width >= 0 && n.Schema.Len() != width {
		fail("%d columns come out, the schema has %d", width, n.Schema.Len())
	}
	for _, k := range n.Traits.UniqueKeys {
		for _, c := range k {
			if c >= n.Schema.Len() {
				fail("unique key %v", k)
			}
		}
	}
}

// world says of a table what its options say: 'rows', 'bounded', 'sink'. The tables of TPC-H know their sizes at scale factor 1.
type world struct{}

var sf1 = map[string]float64{
	"region": 5, "nation": 25, "supplier": 10_000, "customer": 150_000, "part": 200_000,
	"partsupp": 800_000, "orders": 1_500_000, "lineitem": 6_001_215,
}

func (world) Source(t *catalog.Table) (*catalog.SourceInfo, error) {
	name := t.Name[strings.LastIndex(t.Name, ".")+1:]
	info := &catalog.SourceInfo{Bounded: t.Options["bounded"] != "false", Rows: -1, Bytes: -1, TakesFilter: comparesWithConstant}
	if r, ok := sf1[name]; ok {
		info.Rows = r
		for _, c := range t.Columns {
			info.Columns = append(info.Columns, statistics(c.Name, r))
		}
	}
	info.UpsertBy, info.Retracts = t.Options["changelog"] == "upsert", t.Options["changelog"] == "retract"
	return info, nil
}

func comparesWithConstant(e *expr.Expr) bool {
	return len(e.Args) == 2 && e.Args[0].Op == expr.Column && e.Args[1].Op == expr.Literal && e.Func != expr.Like
}

// statistics are what a Parquet file of TPC-H says: least and greatest value.
func statistics(column string, rows float64) catalog.ColumnStats {
	ends := func(lo, hi int64) catalog.ColumnStats {
		a, b := types.IntValue(lo), types.IntValue(hi)
		return catalog.ColumnStats{Min: &a, Max: &b}
	}
	switch suffix := column[strings.Index(column, "_")+1:]; suffix {
	case "orderkey":
		s := ends(1, 6_000_000)
		s.Distinct = 1_500_000
		return s
	case "custkey":
		return ends(1, 150_000)
	case "partkey":
		return ends(1, 200_000)
	case "suppkey":
		return ends(1, 10_000)
	case "nationkey":
		return ends(0, 24)
	case "regionkey":
		return ends(0, 4)
	case "orderdate", "shipdate", "commitdate", "receiptdate":
		return ends(8036, 10561)
	case "size":
		return ends(1, 50)
	case "quantity":
		return ends(100, 5000)
	case "name":
		if rows <= 25 {
			return catalog.ColumnStats{Distinct: rows}
		}
	case "returnflag", "orderstatus":
		return catalog.ColumnStats{Distinct: 3}
	case "mktsegment", "orderpriority":
		return catalog.ColumnStats{Distinct: 5}
	case "brand":
		return catalog.ColumnStats{Distinct: 25}
	case "container":
		return catalog.ColumnStats{Distinct: 40}
	case "type":
		return catalog.ColumnStats{Distinct: 150}
	}
	return catalog.ColumnStats{}
}

func (world) Sink(t *catalog.Table) (*catalog.SinkInfo, error) {
	return &catalog.SinkInfo{TakesUpdates: t.Options["updates"] == "true" || t.Connector() == "blackhole", NeedsBefore: t.Options["before"] == "true"}, nil
}
func (world) Infer(*catalog.Table) error { return nil }
func (world) Check(*catalog.Table) error { return nil }
func (world) MetadataColumns(*catalog.Table) (map[string]types.Type, error) {
	return nil, nil
}
