package parser

import (
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// simpleTypes are the types of one word, with the most parameters each may have.
var simpleTypes = map[string]struct {
	name   string
	params int
}{
	"CHAR": {"CHAR", 1}, "CHARACTER": {"CHAR", 1}, "VARCHAR": {"VARCHAR", 1}, "STRING": {"STRING", 0},
	"BOOLEAN": {"BOOLEAN", 0}, "BINARY": {"BINARY", 1}, "VARBINARY": {"VARBINARY", 1}, "BYTES": {"BYTES", 0},
	"DECIMAL": {"DECIMAL", 2}, "DEC": {"DECIMAL", 2}, "NUMERIC": {"DECIMAL", 2},
	"TINYINT": {"TINYINT", 0}, "SMALLINT": {"SMALLINT", 0}, "INT": {"INT", 0}, "INTEGER": {"INT", 0},
	"BIGINT": {"BIGINT", 0}, "FLOAT": {"FLOAT", 0}, "DOUBLE": {"DOUBLE", 0}, "DATE": {"DATE", 0},
	"TIME": {"TIME", 1}, "TIMESTAMP": {"TIMESTAMP", 1}, "TIMESTAMP_LTZ": {"TIMESTAMP_LTZ", 1},
	"VARIANT": {"VARIANT", 0}, "BITMAP": {"BITMAP", 0}, "NULL": {"NULL", 0},
}

// foreignTypes are types of other dialects, with what they are called here.
var foreignTypes = map[string]string{
	"TEXT": "STRING", "CLOB": "STRING", "NVARCHAR": "STRING", "JSON": "STRING", "UUID": "STRING",
	"BLOB": "BYTES", "BYTEA": "BYTES", "DATETIME": "TIMESTAMP(3)", "TIMESTAMPTZ": "TIMESTAMP_LTZ(3)",
	"BOOL": "BOOLEAN", "REAL": "FLOAT", "FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "FLOAT32": "FLOAT",
	"FLOAT64": "DOUBLE", "INT1": "TINYINT", "INT2": "SMALLINT", "INT4": "INT", "INT8": "BIGINT",
	"INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "LONG": "BIGINT", "NUMBER": "DECIMAL(p, s)",
	"STRUCT": "ROW<…>", "LIST": "ARRAY<…>",
}

// parseType parses a type with its nullability.
func (p *parser) parseType() *ast.DataType {
	p.enter()
	defer p.leave()
	typ := p.parseBaseType()
	p.nullability(typ)
	for n := 0; p.isAny("ARRAY", "MULTISET"); n++ { // INT ARRAY
		p.chain(n)
		typ = &ast.DataType{At: typ.At, Name: p.next().upper, Args: []*ast.DataType{typ}}
		p.nullability(typ)
	}
	return typ
}

// nullability parses NOT NULL, or NULL, which says nothing.
func (p *parser) nullability(typ *ast.DataType) {
	if p.accept("NOT", "NULL") {
		typ.NotNull = true
	} else if p.is("NULL") && !p.peek(1).isWord("ON") { // NULL ON EMPTY may follow RETURNING type
		p.next()
	}
}

func (p *parser) parseBaseType() *ast.DataType {
	t := p.tok()
	typ := &ast.DataType{At: p.at(), Name: t.upper}
	if t.kind != tokenWord {
		p.failExpected("a type")
	}
	switch t.upper {
	case "ARRAY", "MULTISET":
		p.next()
		typ.Args = p.typeArgs(1)
		return typ
	case "MAP":
		p.next()
		typ.Args = p.typeArgs(2)
		return typ
	case "ROW":
		p.next()
		typ.Fields = p.rowFields()
		return typ
	case "INTERVAL":
		p.next()
		q := p.intervalQualifier()
		typ.Interval = &q
		return typ
	case "RAW", "STRUCTURED":
		p.unsupported(t, "type "+t.upper)
	}
	simple, ok := simpleTypes[t.upper]
	if !ok {
		p.failType(t)
	}
	p.next()
	typ.Name = simple.name
	if (t.upper == "CHAR" || t.upper == "CHARACTER" || t.upper == "BINARY") && p.accept("VARYING") {
		typ.Name = "VAR" + simple.name
	}
	if t.upper == "DOUBLE" {
		p.accept("PRECISION")
	}
	p.typeParams(typ, simple.params)
	p.timeZone(typ)
	return typ
}

// typeParams parses (n) or (p, s).
func (p *parser) typeParams(typ *ast.DataType, most int) {
	if !p.isSymbol("(") {
		return
	}
	if most == 0 {
		p.fail(p.errAt(p.tok(), "type %s takes no parameters", typ.Name))
	}
	t := p.peek(1)
	typ.Params = parenList(p, func() int { return p.count("a number") })
	if len(typ.Params) > most {
		p.fail(p.errAt(t, "type %s takes at most %d parameters", typ.Name, most))
	}
}

// timeZone parses WITH LOCAL TIME ZONE and WITHOUT TIME ZONE.
func (p *parser) timeZone(typ *ast.DataType) {
	if typ.Name != "TIMESTAMP" && typ.Name != "TIME" {
		return
	}
	switch t := p.tok(); {
	case p.accept("WITHOUT"):
		p.expect("TIME", "ZONE")
	case typ.Name == "TIMESTAMP" && p.accept("WITH", "LOCAL"):
		p.expect("TIME", "ZONE")
		typ.Name = "TIMESTAMP_LTZ"
	case p.is("WITH", "TIME"), p.is("WITH", "LOCAL"):
		p.unsupported(t, typ.Name+" WITH TIME ZONE")
	}
}

func (p *parser) typeArgs(n int) []*ast.DataType {
	p.expectSymbol("<")
	args := []*ast.DataType{p.parseType()}
	for len(args) < n {
		p.expectSymbol(",")
		args = append(args, p.parseType())
	}
	p.expectSymbol(">")
	return args
}

// rowFields parses <f type, …> or (f type, …).
func (p *parser) rowFields() []*ast.Field {
	if p.acceptSymbol("<>") {
		return nil
	}
	end := ">"
	if p.acceptSymbol("(") {
		end = ")"
	} else {
		p.expectSymbol("<")
	}
	if p.acceptSymbol(end) {
		return nil
	}
	fields := commaList(p, p.rowField)
	p.expectSymbol(end)
	return fields
}

func (p *parser) rowField() *ast.Field {
	f := &ast.Field{At: p.at(), Name: p.ident("the name of a field"), Type: p.parseType()}
	if p.tok().kind == tokenString {
		f.Comment = p.stringLit("a comment")
	}
	return f
}

// failType fails at a word that is no type.
func (p *parser) failType(t *token) {
	e := sqlerr.New(sqlerr.UndefinedObject, t.pos, "unknown type %s", t.text)
	e.Width = t.width()
	var names []string
	for name := range simpleTypes {
		if nearestWord(t.upper, []string{name}) != "" {
			names = append(names, name)
		}
	}
	switch native := foreignTypes[t.upper]; {
	case native != "":
		e.WithHint("it is called %s here", native)
	case len(names) > 0:
		e.WithHint("did you mean %s?", orList(sorted(names)))
	case ast.IsReserved(t.upper):
		e = p.errAt(t, "expected a type, found %s", t.describe())
	default:
		e.WithHint("the types are %s", strings.Join([]string{
			"STRING", "CHAR(n)", "VARCHAR(n)", "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL(p, s)", "FLOAT",
			"DOUBLE", "DATE", "TIME", "TIMESTAMP(p)", "TIMESTAMP_LTZ(p)", "BYTES", "ARRAY<t>", "MAP<k, v>", "MULTISET<t>", "ROW<f t, …>",
		}, ", "))
	}
	p.fail(e)
}
