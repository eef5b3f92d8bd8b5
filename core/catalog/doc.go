// Package catalog holds databases, tables and views by name, and the interface
// by which core asks the rooms on its right about a table.
//
//	catalog ──▶ database ──▶ table or view
//	                  temporary tables and views lie before them and hide them
//
// Table is what CREATE TABLE said, bound; it is plain data and travels inside
// plans. Catalog is a session's own: one goroutine uses it at a time. Its errors
// are *sqlerr.Error without a place, since it sees names and no text; the caller
// adds it. Resolver is implemented where connectors are known, and nothing here
// may open a file or ask a broker. Read table.go first, then catalog.go.
package catalog
