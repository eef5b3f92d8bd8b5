package catalog

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/types"
)

// ColumnKind says where a column's values come from.
type ColumnKind uint8

// The kinds of columns.
const (
	Physical ColumnKind = iota // stored by the connector
	Computed                   // an expression over the others
	Metadata                   // from the connector, beside the payload
)

// Column is one column of a table.
type Column struct {
	Name        string         `json:"name"`
	Type        types.Type     `json:"type"`
	Kind        ColumnKind     `json:"kind,omitempty"`
	Expr        *expr.Expr     `json:"expr,omitempty"`     // Computed: columns are ordinals of Table.Columns
	ExprText    string         `json:"exprText,omitempty"` // as written, for SHOW CREATE TABLE
	MetadataKey string         `json:"metadataKey,omitempty"`
	Virtual     bool           `json:"virtual,omitempty"` // Metadata that cannot be written
	Time        types.TimeAttr `json:"time,omitempty"`
	Comment     string         `json:"comment,omitempty"`
}

// Watermark is a table's WATERMARK FOR column AS expr.
type Watermark struct {
	Column   int        `json:"column"` // ordinal of Table.Columns
	Expr     *expr.Expr `json:"expr"`   // of the column's type; columns are ordinals of Table.Columns
	ExprText string     `json:"exprText"`
}

// Table is a table as CREATE TABLE bound it.
type Table struct {
	Name        string        `json:"name"` // catalog.database.name
	Columns     []Column      `json:"columns"`
	PrimaryKey  []int         `json:"primaryKey,omitempty"`
	KeyName     string        `json:"keyName,omitempty"` // of the primary key's constraint
	PartitionBy []int         `json:"partitionBy,omitempty"`
	Watermark   *Watermark    `json:"watermark,omitempty"`
	Options     option.Values `json:"options"`
	Comment     string        `json:"comment,omitempty"`
	// Statistics is what ANALYZE TABLE has counted; nil: it did not.
	Statistics *Statistics `json:"-"`
}

// Statistics is what ANALYZE TABLE has counted in a table.
type Statistics struct {
	Rows    float64
	Columns map[string]ColumnStats // by name; of some columns
}

// Apply puts what was counted in the place of what a connector tells of a table.
func (s *Statistics) Apply(t *Table, info *SourceInfo) {
	info.Rows = s.Rows
	produced := t.Produced()
	columns := make([]ColumnStats, len(produced))
	copy(columns, info.Columns)
	for i, c := range produced {
		if counted, ok := s.Columns[t.Columns[c].Name]; ok {
			columns[i] = counted
		} else if i >= len(info.Columns) {
			columns[i].Nulls = -1
		}
	}
	info.Columns = columns
}

// Schema lists all columns, as a query sees them.
func (t *Table) Schema() *types.Schema {
	s := &types.Schema{}
	for _, c := range t.Columns {
		s.Fields = append(s.Fields, types.Field{Name: c.Name, Type: c.Type, Time: c.Time})
	}
	return s
}

// Produced lists the ordinals of the columns a connector produces: physical
// and metadata ones. Sources emit these, in this order, or a projection of them.
func (t *Table) Produced() []int {
	var out []int
	for i, c := range t.Columns {
		if c.Kind != Computed {
			out = append(out, i)
		}
	}
	return out
}

// Persisted lists the ordinals of the columns that an INSERT writes: physical
// ones and metadata that is not virtual.
func (t *Table) Persisted() []int {
	var out []int
	for i, c := range t.Columns {
		if c.Kind == Physical || c.Kind == Metadata && !c.Virtual {
			out = append(out, i)
		}
	}
	return out
}

// Connector is the table's 'connector' option.
func (t *Table) Connector() string { return t.Options["connector"] }
