package binder

import (
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// CreateTable binds CREATE TABLE. It enters nothing into the catalog and moves no
// rows: of CREATE TABLE … AS it gives the table; InsertAs is what fills it.
func (b *Binder) CreateTable(s *ast.CreateTable) (t *catalog.Table, err error) {
	defer b.catch(&err)
	b.refuseTaken(s.Name, s.Temporary, s.Mode == ast.Create && !s.IfNotExists)
	if s.Distribution != nil {
		unsupported(s.Distribution, "DISTRIBUTED")
	}
	d := &definition{b: b, stmt: s, t: &catalog.Table{Name: b.cat.Resolve(s.Name.Strings()).String(), Options: option.Values{}}}
	if s.Comment != nil {
		d.t.Comment = s.Comment.Value
	}
	if s.Like != nil {
		d.like(s.Like)
	}
	if s.As != nil {
		d.as()
	}
	d.physical()
	d.options()
	d.metadata()
	d.computed()
	d.primaryKey()
	d.partitionBy()
	d.watermark()
	if len(d.t.Columns) == 0 {
		d.infer()
	}
	if err := b.res.Check(d.t); err != nil {
		failAt(s.Name.Pos(), err)
	}
	return d.t, nil
}

// refuseTaken tells of a name that is taken before anything else is looked at.
func (b *Binder) refuseTaken(n *ast.Name, temporary, refuse bool) {
	p := b.cat.Resolve(n.Strings())
	if _, taken := b.cat.Taken(p, temporary); taken && refuse {
		_, err := b.cat.Create(p, catalog.Object{Table: &catalog.Table{}, Temporary: temporary}, catalog.Fail)
		failTable(n, err)
	}
}

// definition is a table in the making.
type definition struct {
	b     *Binder
	stmt  *ast.CreateTable
	t     *catalog.Table
	own   map[*ast.ColumnDef]int // ordinals of the columns that the statement defines
	rules map[string]string      // of LIKE: strategy by feature
}

func (d *definition) find(name string) int {
	for i := range d.t.Columns {
		if d.t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// column finds a column that a clause names.
func (d *definition) column(id *ast.Ident, clause string) int {
	if i := d.find(id.Text); i >= 0 {
		return i
	}
	var names []string
	for _, c := range d.t.Columns {
		names = append(names, c.Name)
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, id.Pos(), "column `%s` of %s does not exist", id.Text, clause)
	err.Width = len([]rune(id.Text))
	err.Hint = suggest(id.Text, names)
	fail(err)
	return 0
}

// physical enters the columns in the order of the text; computed ones get their
// type later, when all columns that they may name are there.
func (d *definition) physical() {
	d.own = map[*ast.ColumnDef]int{}
	for _, c := range d.stmt.Columns {
		col := catalog.Column{Name: c.Name.Text, Kind: catalog.ColumnKind(c.Kind), Virtual: c.Virtual}
		if c.Comment != nil {
			col.Comment = c.Comment.Value
		}
		if c.Type != nil {
			col.Type = dataType(c.Type)
			refuseType(col.Type, c)
		}
		if i := d.find(col.Name); i >= 0 {
			d.overwrite(i, col, c)
			continue
		}
		d.own[c] = len(d.t.Columns)
		d.t.Columns = append(d.t.Columns, col)
	}
}

func refuseType(t types.Type, c *ast.ColumnDef) {
	if t.IsInterval() || t.Kind == types.Null {
		fail(sqlerr.New(sqlerr.InvalidDefinition, c.Type.Pos(), "a column cannot be of type %s", t.WithNull(true)))
	}
	if !t.HasOrder() {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, c.Type.Pos(), "a column of type %s is not supported: no connector stores it", t.WithNull(true)).
			WithHint("JSON_STRING and BITMAP_TO_BYTES make STRING and BYTES of it, PARSE_JSON and BITMAP_FROM_BYTES read them"))
	}
}

// overwrite puts a computed or metadata column in the place of one from LIKE, if the rules say so.
func (d *definition) overwrite(i int, col catalog.Column, c *ast.ColumnDef) {
	feature := map[catalog.ColumnKind]string{catalog.Computed: "GENERATED", catalog.Metadata: "METADATA"}[col.Kind]
	inherited := true
	for _, own := range d.own {
		inherited = inherited && own != i
	}
	if !inherited || feature == "" || d.rules[feature] != "OVERWRITING" {
		fail(sqlerr.New(sqlerr.DuplicateColumn, c.Pos(), "column `%s` is defined twice", col.Name))
	}
	d.own[c] = i
	d.t.Columns[i] = col
}

func (d *definition) options() {
	if _, err := OptionValues(d.stmt.Options); err != nil {
		fail(sqlerr.As(err))
	}
	for _, o := range d.stmt.Options {
		if _, ok := d.t.Options[o.Key.Value]; ok && d.rules["OPTIONS"] != "OVERWRITING" {
			fail(sqlerr.New(sqlerr.InvalidOption, o.Pos(), "option '%s' is set by the table of LIKE already", o.Key.Value).
				WithHint("LIKE … (OVERWRITING OPTIONS)"))
		}
		d.t.Options[o.Key.Value] = o.Value.Value
	}
	if d.t.Options["connector"] == "" {
		fail(sqlerr.New(sqlerr.InvalidOption, d.stmt.Name.Pos(), "table `%s` has no connector", d.stmt.Name.Last().Text).
			WithHint("WITH ('connector' = '…')"))
	}
}

// metadata checks the keys of METADATA columns against those the connector offers.
func (d *definition) metadata() {
	var offered map[string]types.Type
	for _, c := range d.stmt.Columns {
		if c.Kind != ast.Metadata {
			continue
		}
		col := &d.t.Columns[d.own[c]]
		col.MetadataKey = col.Name
		if c.MetadataKey != nil {
			col.MetadataKey = c.MetadataKey.Value
		}
		if offered == nil {
			var err error
			if offered, err = d.b.res.MetadataColumns(d.t); err != nil {
				failAt(c.Pos(), err)
			}
		}
		d.checkMetadata(c, col, offered)
	}
}

func (d *definition) checkMetadata(c *ast.ColumnDef, col *catalog.Column, offered map[string]types.Type) {
	t, ok := offered[col.MetadataKey]
	if !ok {
		var keys []string
		for k := range offered {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		err := sqlerr.New(sqlerr.UndefinedColumn, c.Pos(), "the connector '%s' has no metadata '%s'", d.t.Connector(), col.MetadataKey)
		if len(keys) > 0 {
			err = err.WithHint("it has %s", strings.Join(keys, ", "))
		}
		fail(err)
	}
	if !t.Same(col.Type) && (t.IsNested() || t.Phys() != col.Type.Phys() || t.TimeUnit() != col.Type.TimeUnit() || t.Kind == types.Decimal) {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, c.Type.Pos(), "the metadata '%s' is %s, not %s", col.MetadataKey, t.WithNull(true), col.Type.WithNull(true)).
			WithHint("declare it as %s and CAST it in a computed column", t.WithNull(true)))
	}
}

// computed binds computed columns. One may build on those before it.
func (d *definition) computed() {
	var visible []catalog.Column
	ordinal := []int{}
	for i, c := range d.t.Columns {
		if c.Kind != catalog.Computed || c.Expr != nil {
			visible = append(visible, c)
			ordinal = append(ordinal, i)
		}
	}
	for _, c := range d.stmt.Columns {
		if c.Kind != ast.Computed {
			continue
		}
		i := d.own[c]
		col := &d.t.Columns[i]
		e := d.b.overColumns(c.Expr, visible, "a computed column")
		col.Expr = reordinal(e, ordinal)
		col.ExprText = ast.Quoted(c.Expr)
		col.Type = e.Type
		col.Time = timeOf(e)
		if e.Type.Kind == types.Null {
			fail(sqlerr.New(sqlerr.InvalidDefinition, c.Expr.Pos(), "the type of NULL is not known").WithHint("CAST(NULL AS …)"))
		}
		visible = append(visible, *col)
		ordinal = append(ordinal, i)
	}
}

func (d *definition) primaryKey() {
	pk := d.stmt.PrimaryKey
	if pk == nil {
		return
	}
	if d.t.PrimaryKey != nil {
		fail(sqlerr.New(sqlerr.InvalidDefinition, pk.Pos(), "the table of LIKE has a primary key already").WithHint("LIKE … (EXCLUDING CONSTRAINTS)"))
	}
	for _, c := range pk.Columns {
		i := d.column(c, "PRIMARY KEY")
		if d.t.Columns[i].Kind != catalog.Physical {
			fail(sqlerr.New(sqlerr.InvalidDefinition, c.Pos(), "column `%s` is not stored: it cannot be in the primary key", c.Text))
		}
		for _, k := range d.t.PrimaryKey {
			if k == i {
				fail(sqlerr.New(sqlerr.DuplicateColumn, c.Pos(), "column `%s` is in the primary key twice", c.Text))
			}
		}
		d.t.PrimaryKey = append(d.t.PrimaryKey, i)
		d.t.Columns[i].Type.Nullable = false
	}
	d.t.KeyName = keyName(pk)
}

func (d *definition) partitionBy() {
	if len(d.stmt.PartitionBy) == 0 {
		return
	}
	if d.t.PartitionBy != nil {
		fail(sqlerr.New(sqlerr.InvalidDefinition, d.stmt.PartitionBy[0].Pos(), "the table of LIKE is partitioned already").WithHint("LIKE … (EXCLUDING PARTITIONS)"))
	}
	for _, c := range d.stmt.PartitionBy {
		i := d.column(c, "PARTITIONED BY")
		if d.t.Columns[i].Kind != catalog.Physical {
			fail(sqlerr.New(sqlerr.InvalidDefinition, c.Pos(), "column `%s` is not stored: the table cannot be partitioned by it", c.Text))
		}
		d.t.PartitionBy = append(d.t.PartitionBy, i)
	}
}

// watermark binds WATERMARK FOR; its column becomes the table's event time.
func (d *definition) watermark() {
	if len(d.stmt.Watermarks) == 0 {
		return
	}
	w := d.stmt.Watermarks[0]
	if len(d.stmt.Watermarks) > 1 {
		fail(sqlerr.New(sqlerr.InvalidDefinition, d.stmt.Watermarks[1].Pos(), "a table has at most one WATERMARK"))
	}
	if d.t.Watermark != nil && d.rules["WATERMARKS"] != "OVERWRITING" {
		fail(sqlerr.New(sqlerr.InvalidDefinition, w.Pos(), "the table of LIKE has a WATERMARK already").WithHint("LIKE … (OVERWRITING WATERMARKS)"))
	}
	if len(w.Column.Parts) > 1 {
		unsupported(w.Column, "a WATERMARK for a field of a row")
	}
	if d.t.Watermark != nil {
		d.t.Columns[d.t.Watermark.Column].Time = types.NoTime
	}
	i := d.column(w.Column.Last(), "WATERMARK")
	col := &d.t.Columns[i]
	if !col.Type.IsTimestamp() || col.Type.Precision > 3 {
		fail(sqlerr.New(sqlerr.InvalidDefinition, w.Column.Pos(), "a WATERMARK needs a TIMESTAMP(3) or TIMESTAMP_LTZ(3) column, and `%s` is %s", col.Name, col.Type.WithNull(true)).
			WithHint("a computed column can CAST it: ts AS CAST(`%s` AS TIMESTAMP(3))", col.Name))
	}
	e := d.b.overColumns(w.Expr, d.t.Columns, "WATERMARK")
	if e.Type.Kind != col.Type.Kind {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, w.Expr.Pos(), "the WATERMARK for `%s` must be %s, not %s", col.Name, col.Type.WithNull(true), e.Type.WithNull(true)))
	}
	d.t.Watermark = &catalog.Watermark{Column: i, Expr: coerce(e, col.Type), ExprText: ast.Quoted(w.Expr)}
	col.Time = types.Rowtime
}

// infer takes the columns of a table that declares none from its files.
func (d *definition) infer() {
	if err := d.b.res.Infer(d.t); err != nil {
		failAt(d.stmt.Name.Pos(), err)
	}
}
