package expr

// Canonical names of operators and special forms. Other functions go by their
// SQL name in capitals.
const (
	Eq = "="
	Ne = "<>"
	Lt = "<"
	Le = "<="
	Gt = ">"
	Ge = ">="

	Add    = "+"
	Sub    = "-"
	Mul    = "*"
	Div    = "/"
	Mod    = "%"
	Negate = "NEGATE"
	Concat = "||"

	// And, Or and the forms below evaluate their arguments only for the rows that
	// need them, so that a row that is not selected raises no error.
	And      = "AND" // any number of arguments ≥ 2
	Or       = "OR"  // any number of arguments ≥ 2
	Not      = "NOT"
	Case     = "CASE"     // cond1, value1, cond2, value2, …, else (always there)
	Coalesce = "COALESCE" // any number of arguments ≥ 1
	If       = "IF"       // cond, then, else
	In       = "IN"       // x, then literals of x's type

	Cast    = "CAST"     // one argument; the target is the node's Type
	TryCast = "TRY_CAST" // NULL instead of an error

	IsNull        = "IS NULL"
	IsNotNull     = "IS NOT NULL"
	IsTrue        = "IS TRUE"
	IsNotTrue     = "IS NOT TRUE"
	IsFalse       = "IS FALSE"
	IsNotFalse    = "IS NOT FALSE"
	IsDistinct    = "IS DISTINCT FROM"
	IsNotDistinct = "IS NOT DISTINCT FROM"
	Like          = "LIKE"          // x, pattern [, escape]
	SimilarTo     = "SIMILAR TO"    // x, pattern [, escape]
	Extract       = "EXTRACT"       // literal unit ('YEAR', …), temporal value
	FloorTo       = "FLOOR TO"      // temporal value, literal unit
	CeilTo        = "CEIL TO"       // temporal value, literal unit
	TimestampAdd  = "TIMESTAMPADD"  // literal unit, INT or BIGINT count, temporal value
	TimestampDiff = "TIMESTAMPDIFF" // literal unit, from, to
	// Field takes a ROW and a literal INT, the field's ordinal from 0; Item takes an ARRAY and a
	// 1-based INT, or a MAP and a key.
	Field = "FIELD"
	Item  = "ITEM"

	Proctime         = "PROCTIME"
	CurrentWatermark = "CURRENT_WATERMARK"
)
