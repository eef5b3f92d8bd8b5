package catalog

import "github.com/weir-engine/weir/core/sql/ast"

// View is a query under a name. It is bound anew wherever it is used.
type View struct {
	Name    string       // catalog.database.name
	Columns []ViewColumn // as DESCRIBE shows them
	Query   *ast.Query
	Text    string // of the query, for SHOW CREATE VIEW
	Comment string
	// Home is the namespace that was current when the view was made: the names in
	// Query are looked up there, wherever the view is used from.
	Home Namespace
}

// ViewColumn is a column of a view.
type ViewColumn struct {
	Name    string
	Comment string
}
