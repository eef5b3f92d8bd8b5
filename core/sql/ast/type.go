package ast

// DataType is a type as it was written, its synonyms resolved (INTEGER is INT,
// NUMERIC and DEC are DECIMAL, CHARACTER VARYING is VARCHAR, TIMESTAMP(3) WITH
// LOCAL TIME ZONE is TIMESTAMP_LTZ(3), INT ARRAY is ARRAY<INT>). STRING and BYTES
// stay what they are.
//
// Name is one of CHAR VARCHAR STRING BOOLEAN BINARY VARBINARY BYTES DECIMAL
// TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DATE TIME TIMESTAMP TIMESTAMP_LTZ
// INTERVAL ARRAY MAP MULTISET ROW VARIANT BITMAP NULL.
type DataType struct {
	At
	Name     string
	Params   []int              // length; precision; precision and scale; as many as were written
	Interval *IntervalQualifier // of INTERVAL
	Args     []*DataType        // of ARRAY and MULTISET one, of MAP two
	Fields   []*Field           // of ROW
	NotNull  bool
}

// Field is a field of a ROW type.
type Field struct {
	At
	Name    *Ident
	Type    *DataType
	Comment *StringLit // nil where not written
}
