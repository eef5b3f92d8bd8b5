package ast

// Object is a kind of thing that lives in a catalog, or a catalog itself.
type Object uint8

// The kinds of objects.
const (
	Table Object = iota
	View
	Function
	Catalog
	Database
	Job
)

// CreateMode is how CREATE meets a table that exists.
type CreateMode uint8

// The create modes.
const (
	Create          CreateMode = iota // an existing one is an error, or left alone with IF NOT EXISTS
	CreateOrReplace                   // CREATE OR REPLACE
	Replace                           // REPLACE: one must exist
)

// CreateTable is CREATE TABLE, with LIKE or AS.
type CreateTable struct {
	At
	Mode         CreateMode
	Temporary    bool
	IfNotExists  bool
	Name         *Name
	Columns      []*ColumnDef
	ColumnNames  []*Ident // (a, b) without types, before AS only
	Watermarks   []*Watermark
	PrimaryKey   *PrimaryKey // nil where not declared, in the column list or behind a column
	Comment      *StringLit
	Distribution *Distribution
	PartitionBy  []*Ident
	Options      []*Option
	Like         *LikeTable
	As           *Query
}

// ColumnKind is the kind of a column of CREATE TABLE.
type ColumnKind uint8

// The kinds of columns.
const (
	Physical ColumnKind = iota
	Computed            // c AS expr
	Metadata            // c TYPE METADATA [FROM 'key'] [VIRTUAL]
)

// ColumnDef is one column of CREATE TABLE.
type ColumnDef struct {
	At
	Name        *Ident
	Kind        ColumnKind
	Type        *DataType  // nil in a Computed column
	Expr        Expr       // of a Computed column
	MetadataKey *StringLit // of FROM; nil: the column's name is the key
	Virtual     bool
	Comment     *StringLit // nil where not written
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	At
	Column *Name // a column, or a field of a row column
	Expr   Expr
}

// PrimaryKey is [CONSTRAINT name] PRIMARY KEY (columns) NOT ENFORCED.
type PrimaryKey struct {
	At
	Name    *Ident // nil where not written
	Columns []*Ident
}

// Distribution is DISTRIBUTED [BY [HASH|RANGE] (columns)] [INTO n BUCKETS].
type Distribution struct {
	At
	Kind    string // HASH, RANGE or empty
	Columns []*Ident
	Buckets int // 0 where not written
}

// LikeTable is LIKE t (INCLUDING ALL, OVERWRITING OPTIONS, …).
type LikeTable struct {
	At
	Table   *Name
	Options []*LikeOption
}

// LikeOption is one merging rule of LIKE.
type LikeOption struct {
	At
	Strategy string // INCLUDING, EXCLUDING, OVERWRITING
	Feature  string // ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, PARTITIONS, WATERMARKS
}

// Option is 'key' = 'value' of WITH and SET.
type Option struct {
	At
	Key, Value *StringLit
}

// CreateView is CREATE VIEW v [(columns)] AS query.
type CreateView struct {
	At
	Mode        CreateMode // Create or CreateOrReplace
	Temporary   bool
	IfNotExists bool
	Name        *Name
	Columns     []*ViewColumn
	Comment     *StringLit
	Query       *Query
}

// ViewColumn is a column's name with an optional comment.
type ViewColumn struct {
	At
	Name    *Ident
	Comment *StringLit
}

// CreateFunction is CREATE [TEMPORARY [SYSTEM]] FUNCTION f AS 'class' ….
type CreateFunction struct {
	At
	Temporary   bool
	System      bool
	IfNotExists bool
	Name        *Name
	Class       *StringLit
	Language    string // upper case; empty where not written
	Using       []*Resource
	Options     []*Option
}

// Resource is JAR 'uri', a file that a function's code lies in.
type Resource struct {
	At
	Kind string // upper case: JAR, ARTIFACT, FILE, ARCHIVE
	URI  *StringLit
}

// CreateCatalog is CREATE CATALOG c [WITH (…)].
type CreateCatalog struct {
	At
	IfNotExists bool
	Name        *Ident
	Comment     *StringLit
	Options     []*Option
}

// CreateDatabase is CREATE DATABASE [catalog.]db [WITH (…)].
type CreateDatabase struct {
	At
	IfNotExists bool
	Name        *Name
	Comment     *StringLit
	Options     []*Option
}

// Drop is DROP TABLE, VIEW, FUNCTION, CATALOG or DATABASE.
type Drop struct {
	At
	Object    Object
	Temporary bool
	System    bool // of TEMPORARY SYSTEM FUNCTION
	IfExists  bool
	Name      *Name
	Cascade   bool // of DATABASE … CASCADE
}

// Alter is ALTER TABLE, VIEW, CATALOG or DATABASE with one action.
type Alter struct {
	At
	Object   Object
	IfExists bool // of a table
	Name     *Name
	Action   AlterAction
}

// AlterAction is what ALTER does: *Rename, *RenameColumn, *ChangeColumns,
// *DropColumns, *DropClause, *SetQuery, *SetComment, *SetOptions, *ResetOptions.
type AlterAction interface {
	Node
	alterAction()
}

// Rename is RENAME TO t, of a table or view.
type Rename struct {
	At
	To *Name
}

// RenameColumn is RENAME old TO new.
type RenameColumn struct {
	At
	From, To *Ident
}

// ChangeColumns is ADD or MODIFY with columns and clauses, in parentheses or one alone.
type ChangeColumns struct {
	At
	Modify       bool
	Columns      []*PlacedColumn
	Watermarks   []*Watermark
	PrimaryKey   *PrimaryKey
	Distribution *Distribution
}

// PlacedColumn is a column and where it shall stand.
type PlacedColumn struct {
	At
	Def   *ColumnDef
	First bool
	After *Ident // nil where not written
}

// DropColumns is DROP column or DROP (columns).
type DropColumns struct {
	At
	Columns []*Ident
}

// DropClause is DROP PRIMARY KEY, CONSTRAINT name, WATERMARK or DISTRIBUTION.
type DropClause struct {
	At
	Clause     string // PRIMARY KEY, CONSTRAINT, WATERMARK, DISTRIBUTION
	Constraint *Ident // of CONSTRAINT
}

// SetQuery is AS query, of a view.
type SetQuery struct {
	At
	Query *Query
}

// SetComment is COMMENT 'text', of a catalog.
type SetComment struct {
	At
	Comment *StringLit
}

// SetOptions is SET ('key' = 'value', …).
type SetOptions struct {
	At
	Options []*Option
}

// ResetOptions is RESET ('key', …).
type ResetOptions struct {
	At
	Keys []*StringLit
}

func (*CreateTable) statement()    {}
func (*CreateView) statement()     {}
func (*CreateFunction) statement() {}
func (*CreateCatalog) statement()  {}
func (*CreateDatabase) statement() {}
func (*Drop) statement()           {}
func (*Alter) statement()          {}

func (*Rename) alterAction()        {}
func (*RenameColumn) alterAction()  {}
func (*ChangeColumns) alterAction() {}
func (*DropColumns) alterAction()   {}
func (*DropClause) alterAction()    {}
func (*SetQuery) alterAction()      {}
func (*SetComment) alterAction()    {}
func (*SetOptions) alterAction()    {}
func (*ResetOptions) alterAction()  {}
