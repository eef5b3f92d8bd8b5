package binder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/weir-engine/weir/core/catalog"
	_ "github.com/weir-engine/weir/core/function/aggregate"
	_ "github.com/weir-engine/weir/core/function/ranking"
	_ "github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// world answers the binder's questions: every table is there, and files have two columns.
type world struct{}

func (world) Source(*catalog.Table) (*catalog.SourceInfo, error) {
	return &catalog.SourceInfo{Bounded: true, Rows: -1}, nil
}

func (world) Sink(t *catalog.Table) (*catalog.SinkInfo, error) {
	if t.Connector() == "datagen" {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "the connector 'datagen' cannot be written")
	}
	return &catalog.SinkInfo{}, nil
}

func (world) Infer(t *catalog.Table) error {
	if strings.Contains(t.Options["path"], "missing") {
		return sqlerr.Newf(sqlerr.UndefinedFile, "no file matches '%s'", t.Options["path"])
	}
	t.Columns = []catalog.Column{{Name: "id", Type: types.BigIntType}, {Name: "name", Type: types.StringType}}
	return nil
}

func (world) Check(t *catalog.Table) error {
	if t.Options["bad"] != "" {
		return sqlerr.Newf(sqlerr.InvalidOption, "unknown option 'bad' for the connector '%s'", t.Connector())
	}
	return nil
}

func (world) MetadataColumns(*catalog.Table) (map[string]types.Type, error) {
	return map[string]types.Type{"offset": types.BigIntType.NotNull(), "timestamp": types.TimestampLTZType(3).NotNull()}, nil
}

// session runs statements as an engine would: DDL goes into the catalog, all else is bound.
type session struct {
	cat       *catalog.Catalog
	streaming bool
}

func (s *session) binder() *Binder {
	return New(s.cat, world{}, Options{Streaming: s.streaming, Zone: "UTC"})
}

// run gives what a test shows: plans, or the error.
func (s *session) run(text string) string {
	stmts, err := parser.ParseScript(text)
	if err != nil {
		return describeError(err)
	}
	var out strings.Builder
	for _, stmt := range stmts {
		shown, err := s.statement(stmt)
		if err != nil {
			return out.String() + describeError(err)
		}
		out.WriteString(shown)
	}
	if out.Len() == 0 {
		return "ok\n"
	}
	return out.String()
}

func (s *session) statement(stmt ast.Statement) (string, error) {
	b := s.binder()
	switch stmt := stmt.(type) {
	case *ast.Query:
		n, names, err := b.Query(stmt)
		if err != nil {
			return "", err
		}
		return columnList(n, names) + logical.Format(n), nil
	case *ast.Insert:
		n, err := b.Insert(stmt)
		if err != nil {
			return "", err
		}
		return logical.Format(n), nil
	case *ast.StatementSet:
		sinks, err := b.StatementSet(stmt)
		out := ""
		for _, n := range sinks {
			out += logical.Format(n)
		}
		return out, err
	case *ast.CreateTable:
		t, err := b.CreateTable(stmt)
		if err != nil {
			return "", err
		}
		_, err = s.cat.Create(s.cat.Resolve(stmt.Name.Strings()), catalog.Object{Table: t, Temporary: stmt.Temporary}, catalog.Fail)
		if err != nil || stmt.As == nil {
			return "", err
		}
		fill, err := b.InsertAs(stmt)
		if err != nil {
			return "", err
		}
		n, err := b.Insert(fill)
		if err != nil {
			return "", err
		}
		return logical.Format(n), nil
	case *ast.CreateView:
		v, err := b.CreateView(stmt)
		if err != nil {
			return "", err
		}
		_, err = s.cat.Create(s.cat.Resolve(stmt.Name.Strings()), catalog.Object{View: v}, catalog.Fail)
		return "", err
	case *ast.Describe:
		return s.describe(stmt)
	case *ast.Show:
		p := s.cat.Resolve(stmt.From.Strings())
		o, err := s.cat.Lookup(p)
		if err != nil {
			return "", err
		}
		if o.View != nil {
			return o.View.DDL(p, o.Temporary), nil
		}
		return o.Table.DDL(p, o.Temporary), nil
	case *ast.CreateDatabase:
		return "", s.cat.CreateDatabase(stmt.Name.Strings(), nil, "", false)
	case *ast.Use:
		return "", s.cat.UseDatabase(stmt.Name.Strings())
	}
	return "", fmt.Errorf("the test cannot run %T", stmt)
}

// columnList is the names and types of a query's columns.
func columnList(n logical.Node, names []string) string {
	for i, c := range n.Columns() {
		names[i] += " " + c.Type.String() + []string{"", " *ROWTIME*", " *PROCTIME*"}[c.Time]
	}
	return strings.Join(names, ", ") + "\n"
}

func (s *session) describe(stmt *ast.Describe) (string, error) {
	o, err := s.cat.Lookup(s.cat.Resolve(stmt.Name.Strings()))
	if err != nil {
		return "", err
	}
	out := ""
	for i, c := range o.Table.Columns {
		out += fmt.Sprintf("%d %s %s%s", i, c.Name, c.Type, []string{"", " *ROWTIME*", " *PROCTIME*"}[c.Time])
		if c.Expr != nil {
			out += " AS " + logical.FormatExpr(c.Expr) + " written " + c.ExprText
		}
		if c.Kind == catalog.Metadata {
			out += fmt.Sprintf(" METADATA '%s' virtual=%v", c.MetadataKey, c.Virtual)
		}
		out += "\n"
	}
	if w := o.Table.Watermark; w != nil {
		out += fmt.Sprintf("watermark %d AS %s written %s\n", w.Column, logical.FormatExpr(w.Expr), w.ExprText)
	}
	return out + fmt.Sprintf("key %v partitioned by %v options %v\n", o.Table.PrimaryKey, o.Table.PartitionBy, o.Table.Options), nil
}

func describeError(err error) string {
	e := sqlerr.As(err)
	if e == nil {
		return "not a user's error: " + err.Error() + "\n"
	}
	out := fmt.Sprintf("error[%s] %d:%d %s\n", e.Code, e.Pos.Line, e.Pos.Column, e.Message)
	if e.Hint != "" {
		out += "hint: " + e.Hint + "\n"
	}
	return out
}

// TestBinder runs the files of testdata. The commands are
//
//	bind [streaming]   statements; the answer is the plans, or the error
//	tpch q=NN          a query of benchmarks/tpch/queries
func TestBinder(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &session{cat: catalog.New()}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "bind":
				s.streaming = d.HasArg("streaming")
				return s.run(d.Input)
			case "tpch":
				var q string
				d.ScanArgs(t, "q", &q)
				text, err := os.ReadFile(filepath.Join("../../../benchmarks/tpch/queries", "q"+q+".sql"))
				if err != nil {
					t.Fatal(err)
				}
				return s.run(string(text))
			}
			t.Fatalf("unknown command %s", d.Cmd)
			return ""
		})
	})
}

// TestPlansAreClosed checks that each expression of a plan refers to columns that
// its inputs give, or that an Apply above gives, with the type they have there.
func TestPlansAreClosed(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &session{cat: catalog.New()}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.streaming = d.HasArg("streaming")
			text := d.Input
			if d.Cmd == "tpch" {
				var q string
				d.ScanArgs(t, "q", &q)
				b, err := os.ReadFile(filepath.Join("../../../benchmarks/tpch/queries", "q"+q+".sql"))
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			s.check(t, d.Pos, text)
			return d.Expected
		})
	})
}

func (s *session) check(t *testing.T, where, text string) {
	stmts, _ := parser.ParseScript(text)
	for _, stmt := range stmts {
		var n logical.Node
		switch stmt := stmt.(type) {
		case *ast.Query:
			n, _, _ = s.binder().Query(stmt)
		case *ast.Insert:
			if sink, err := s.binder().Insert(stmt); err == nil {
				n = sink
			}
		default:
			_, _ = s.statement(stmt)
		}
		if n != nil {
			for _, problem := range problems(n, nil) {
				t.Errorf("%s: %s\n%s", where, problem, logical.Format(n))
			}
		}
	}
}
