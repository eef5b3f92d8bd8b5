// Package catalog holds databases, tables, views and functions by name, and
// the interface by which core asks the rooms on its right about a table.
//
// Table is what CREATE TABLE said, bound; it is plain data and travels inside
// plans. Resolver is implemented where connectors are known. Read table.go first.
package catalog
