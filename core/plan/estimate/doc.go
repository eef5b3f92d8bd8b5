// Package estimate guesses how many rows a logical plan gives, from what
// sources know of their tables. The guesses order joins and choose the side
// that is built; nothing that must be right depends on them.
//
// The rules are the textbook's (Selinger and others, "Access path selection in
// a relational database management system", 1979): independence of predicates,
// containment of join keys. Read rows.go first.
package estimate
