// Package command holds the verbs of the weir command, one file each.
//
// Result rows go to stdout and nothing else does; progress, timings and
// warnings go to stderr. Exit codes: 0 fine, 1 a statement or job failed, 2
// wrong usage, 130 interrupted. Every verb takes the flags of cli/profile; weir
// sql at a terminal is the shell (cli/shell). Read root.go first, then sql.go.
package command
