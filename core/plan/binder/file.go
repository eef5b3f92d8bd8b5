package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// fileFormats are the formats of files that are read without a table, by the end
// of their names.
var fileFormats = []string{"parquet", "csv", "json", "arrow"}

// otherNames are further ends of names.
var otherNames = map[string]string{".ndjson": "json", ".jsonl": "json", ".feather": "arrow", ".arrows": "arrow", ".ipc": "arrow"}

// file is FROM 'dir/*.parquet'.
func (b *Binder) file(f *ast.FileRef) relation {
	path := f.Path.Value
	name := strings.ToLower(path)
	for _, packed := range []string{".gz", ".zst", ".snappy"} {
		name = strings.TrimSuffix(name, packed)
	}
	for _, format := range fileFormats {
		if strings.HasSuffix(name, "."+format) {
			return b.inferred(path, format, nil, f.Path)
		}
	}
	for end, format := range otherNames {
		if strings.HasSuffix(name, end) {
			return b.inferred(path, format, nil, f.Path)
		}
	}
	fail(sqlerr.New(sqlerr.BadInput, f.Path.Pos(), "the format of '%s' is not known from its name", path).
		WithHint("names end in .parquet, .csv, .json or .arrow; or write read_csv('…')"))
	return relation{}
}

// readFile is read_csv('path', header => TRUE, …): further arguments are options of the format.
func (b *Binder) readFile(c *ast.Call, format string) relation {
	options := option.Values{}
	path := ""
	for i, a := range c.Args {
		if n, ok := a.(*ast.NamedArg); ok {
			key := format + "." + strings.ReplaceAll(strings.ToLower(n.Name.Text), "_", "-")
			options[key] = b.optionText(n.Value)
			continue
		}
		s, ok := a.(*ast.StringLit)
		if !ok || i > 0 {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, a.Pos(), "read_%s takes a path and named options", format).
				WithHint("read_%s('dir/*.%s', option => value)", format, format))
		}
		path = s.Value
	}
	if path == "" {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, c.Pos(), "read_%s needs a path", format))
	}
	return b.inferred(path, format, options, c)
}

func (b *Binder) optionText(e ast.Expr) string {
	lit := b.literal(e)
	if lit == nil || lit.Lit.Null {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "the value of an option must be a constant"))
	}
	if lit.Type.IsString() {
		return lit.Lit.Str()
	}
	return strings.ToLower(logical.FormatValue(lit.Type, *lit.Lit))
}

func (b *Binder) inferred(path, format string, options option.Values, at ast.Node) relation {
	t := &catalog.Table{Name: path, Options: option.Values{"connector": "filesystem", "path": path, "format": format}}
	for k, v := range options {
		t.Options[k] = v
	}
	if err := b.res.Infer(t); err != nil {
		failAt(at.Pos(), err)
	}
	return b.scan(t, at, nil)
}

// interval is a constant length of time in milliseconds.
func (x *exprBinder) interval(e ast.Expr, what string) int64 {
	lit := x.bind(e)
	if lit.Op != expr.Literal || lit.Type.Kind != types.IntervalDaySecond || lit.Lit.Null {
		err := sqlerr.New(sqlerr.Windowing, e.Pos(), "%s must be a constant interval of days or less, not %s", what, lit.Type.WithNull(true))
		fail(err.WithHint("INTERVAL '10' MINUTE"))
	}
	return lit.Lit.I
}
