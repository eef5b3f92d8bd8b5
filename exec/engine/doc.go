// Package engine is the embedded engine: sessions, statements, results, jobs.
//
// It is where everything meets. A Session parses a statement, binds it against
// its catalog, plans it, cuts the plan into a job and hands the job's bytes to
// the JobManager; the built-in connectors and state backends are wired in
// builtin.go, and operators.go is the one switch from plan node to operator.
//
//	text → ast → logical → physical → graph.Job → bytes → JobManager → rows
//
// Read session.go first, then query.go and insert.go; option.go has the options.
package engine
