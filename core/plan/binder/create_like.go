package binder

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// likeDefaults say what LIKE does with each feature unless told otherwise.
var likeDefaults = map[string]string{
	"CONSTRAINTS": "INCLUDING", "DISTRIBUTION": "INCLUDING", "GENERATED": "INCLUDING", "METADATA": "INCLUDING",
	"OPTIONS": "OVERWRITING", "PARTITIONS": "INCLUDING", "WATERMARKS": "INCLUDING",
}

// like begins with the columns and clauses of another table.
func (d *definition) like(l *ast.LikeTable) {
	o, err := d.b.cat.Lookup(d.b.cat.Resolve(l.Table.Strings()))
	if err != nil {
		failTable(l.Table, err)
	}
	if o.Table == nil {
		fail(sqlerr.New(sqlerr.InvalidDefinition, l.Table.Pos(), "`%s` is a view: LIKE takes a table", l.Table.Last().Text))
	}
	d.rules = likeRules(l)
	kept := d.inheritColumns(o.Table)
	if d.includes("OPTIONS") {
		d.t.Options = o.Table.Options.Clone()
	}
	if d.includes("CONSTRAINTS") {
		d.t.PrimaryKey, d.t.KeyName = keptOrdinals(o.Table.PrimaryKey, kept), o.Table.KeyName
	}
	if d.includes("PARTITIONS") {
		d.t.PartitionBy = keptOrdinals(o.Table.PartitionBy, kept)
	}
	if w := o.Table.Watermark; w != nil && d.includes("WATERMARKS") && kept[w.Column] >= 0 {
		d.t.Watermark = &catalog.Watermark{Column: kept[w.Column], Expr: reordinal(w.Expr, kept), ExprText: w.ExprText}
		d.t.Columns[kept[w.Column]].Time = types.Rowtime
	}
}

func (d *definition) includes(feature string) bool { return d.rules[feature] != "EXCLUDING" }

func likeRules(l *ast.LikeTable) map[string]string {
	rules := map[string]string{}
	for f, s := range likeDefaults {
		rules[f] = s
	}
	for _, o := range l.Options {
		if o.Feature != "ALL" {
			continue
		}
		for f := range rules {
			rules[f] = o.Strategy
		}
	}
	for _, o := range l.Options {
		if o.Feature == "ALL" {
			continue
		}
		if o.Strategy == "OVERWRITING" && (o.Feature == "CONSTRAINTS" || o.Feature == "PARTITIONS" || o.Feature == "DISTRIBUTION") {
			fail(sqlerr.New(sqlerr.InvalidDefinition, o.Pos(), "%s cannot be overwritten", o.Feature).WithHint("EXCLUDING %s", o.Feature))
		}
		rules[o.Feature] = o.Strategy
	}
	return rules
}

// inheritColumns copies columns; kept maps old ordinals to new ones, -1 for those left out.
func (d *definition) inheritColumns(from *catalog.Table) (kept []int) {
	for _, c := range from.Columns {
		feature := map[catalog.ColumnKind]string{catalog.Computed: "GENERATED", catalog.Metadata: "METADATA"}[c.Kind]
		if feature != "" && !d.includes(feature) {
			kept = append(kept, -1)
			continue
		}
		kept = append(kept, len(d.t.Columns))
		if c.Time == types.Rowtime {
			c.Time = types.NoTime
		}
		d.t.Columns = append(d.t.Columns, c)
	}
	for i := range d.t.Columns {
		if e := d.t.Columns[i].Expr; e != nil {
			d.t.Columns[i].Expr = reordinal(e, kept)
		}
	}
	return kept
}

// reordinal moves an expression to other ordinals.
func reordinal(e *expr.Expr, to []int) *expr.Expr {
	return expr.Transform(e, func(e *expr.Expr) *expr.Expr {
		if e.Op != expr.Column {
			return e
		}
		c := *e
		c.Col = to[e.Col]
		return &c
	})
}

func keptOrdinals(list, kept []int) []int {
	var out []int
	for _, i := range list {
		if kept[i] >= 0 {
			out = append(out, kept[i])
		}
	}
	return out
}

// as takes the columns of CREATE TABLE … AS from the query.
func (d *definition) as() {
	r := d.b.query(d.stmt.As, d.b.top())
	names := uniqueNames(r.names())
	for i, v := range r.cols {
		if v.col.Type.Kind == types.Null || v.col.Type.IsInterval() {
			fail(sqlerr.New(sqlerr.InvalidDefinition, d.stmt.As.Pos(), "column `%s` of the query is %s, which no table can store", names[i], v.col.Type.WithNull(true)))
		}
		d.t.Columns = append(d.t.Columns, catalog.Column{Name: names[i], Type: v.col.Type})
	}
	if len(d.stmt.ColumnNames) > 0 {
		d.reorder()
	}
}

// reorder puts the columns of AS in the order of CREATE TABLE t (b, a) AS ….
func (d *definition) reorder() {
	if len(d.stmt.ColumnNames) != len(d.t.Columns) {
		fail(sqlerr.New(sqlerr.InvalidDefinition, d.stmt.ColumnNames[0].Pos(), "%d columns are named, the query has %d", len(d.stmt.ColumnNames), len(d.t.Columns)))
	}
	var out []catalog.Column
	for _, n := range d.stmt.ColumnNames {
		out = append(out, d.t.Columns[d.column(n, "the query")])
	}
	d.t.Columns = out
}

// OptionValues reads WITH (…) as texts; a key given twice is an error.
func OptionValues(list []*ast.Option) (option.Values, error) {
	out := option.Values{}
	for _, o := range list {
		if _, ok := out[o.Key.Value]; ok {
			return nil, sqlerr.New(sqlerr.InvalidOption, o.Pos(), "option '%s' is given twice", o.Key.Value)
		}
		out[o.Key.Value] = o.Value.Value
	}
	return out, nil
}
