package ast

// Insert is INSERT INTO|OVERWRITE t [PARTITION (…)] [(columns)] query.
type Insert struct {
	At
	Overwrite  bool
	Table      *Name
	Hints      []*Hint
	Partition  []*PartitionValue
	Columns    []*Ident
	Query      *Query
	OnConflict ConflictAction
}

// PartitionValue is k = v, or k alone for a dynamic partition.
type PartitionValue struct {
	At
	Column *Ident
	Value  Expr // a literal; nil: dynamic
}

// ConflictAction is what ON CONFLICT DO asks for.
type ConflictAction uint8

// The conflict actions.
const (
	ConflictUnspecified ConflictAction = iota
	ConflictNothing
	ConflictError
	ConflictDeduplicate
)

// StatementSet is EXECUTE STATEMENT SET BEGIN …; END or BEGIN STATEMENT SET; …; END:
// its inserts are one job.
type StatementSet struct {
	At
	Inserts []*Insert
}

// Set is SET 'key' = 'value'; a bare SET, which lists the options, has neither.
// SET key = value without quotes arrives as the same node.
type Set struct {
	At
	Key, Value *StringLit
}

// Reset is RESET 'key'; a bare RESET has no key.
type Reset struct {
	At
	Key *StringLit
}

// ExplainDetail is a word between EXPLAIN and the statement.
type ExplainDetail string

// The details that can be asked for.
const (
	EstimatedCost     ExplainDetail = "ESTIMATED_COST"
	ChangelogMode     ExplainDetail = "CHANGELOG_MODE"
	PlanAdvice        ExplainDetail = "PLAN_ADVICE"
	JSONExecutionPlan ExplainDetail = "JSON_EXECUTION_PLAN"
	AnalyzePlan       ExplainDetail = "ANALYZE" // run it, and show what each operator did
)

// Explain is EXPLAIN [PLAN FOR | details] statement.
type Explain struct {
	At
	Details   []ExplainDetail
	Statement Statement // *Query, *Insert or *StatementSet
}

// Describe is DESCRIBE|DESC [CATALOG|FUNCTION] [EXTENDED] name or DESCRIBE JOB 'id'.
type Describe struct {
	At
	Object   Object // Table, Catalog, Function or Job
	Extended bool
	Name     *Name      // nil for a Job
	ID       *StringLit // of a Job
}

// Show is SHOW …. Object is upper case: TABLES, VIEWS, DATABASES, CATALOGS,
// FUNCTIONS, USER FUNCTIONS, MODULES, FULL MODULES, JOBS, JARS, PROCEDURES,
// COLUMNS, PARTITIONS, CREATE TABLE, CREATE VIEW, CREATE CATALOG, CURRENT CATALOG,
// CURRENT DATABASE.
type Show struct {
	At
	Object  string
	From    *Name // of FROM|IN; the table of COLUMNS and PARTITIONS; what CREATE … shows
	Not     bool
	ILike   bool
	Pattern *StringLit // of [NOT] LIKE|ILIKE; nil where not written
}

// Use is USE [CATALOG] name.
type Use struct {
	At
	Catalog bool
	Name    *Name
}

// StopJob is STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
type StopJob struct {
	At
	ID               *StringLit
	Savepoint, Drain bool
}

// Analyze is ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS …].
type Analyze struct {
	At
	Table      *Name
	Partition  []*PartitionValue
	Columns    []*Ident
	AllColumns bool
}

func (*Insert) statement()       {}
func (*StatementSet) statement() {}
func (*Set) statement()          {}
func (*Reset) statement()        {}
func (*Explain) statement()      {}
func (*Describe) statement()     {}
func (*Show) statement()         {}
func (*Use) statement()          {}
func (*StopJob) statement()      {}
func (*Analyze) statement()      {}
