package ast

import "github.com/weir-engine/weir/core/sqlerr"

// Node is anything in the tree.
type Node interface {
	Pos() sqlerr.Pos
}

// Statement is what a script is made of. A *Query is one too.
type Statement interface {
	Node
	statement()
}

// QueryExpr is what has rows: *Select, *SetOp, *Values, *TableQuery, or a *Query
// where an operand has its own WITH, ORDER BY, LIMIT or OFFSET.
type QueryExpr interface {
	Node
	queryExpr()
}

// TableExpr is an item of FROM: *TableRef, *FileRef, *TableFunc, *Unnest,
// *Derived, *Join.
type TableExpr interface {
	Node
	tableExpr()
}

// Expr is what has a value, and what may stand among the arguments of a function.
type Expr interface {
	Node
	expr()
}

// At is the position of a node; every node embeds it.
type At sqlerr.Pos

// Pos is the place in the text.
func (a At) Pos() sqlerr.Pos { return sqlerr.Pos(a) }

// Ident is one identifier, without its back-ticks, in the case it was written.
type Ident struct {
	At
	Text string
}

// Name is a possibly qualified name: table, db.table, catalog.db.table.
type Name struct {
	At
	Parts []*Ident // at least one
}

// Last is the unqualified part of the name.
func (n *Name) Last() *Ident { return n.Parts[len(n.Parts)-1] }

// Strings are the parts as plain strings.
func (n *Name) Strings() []string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = p.Text
	}
	return parts
}
