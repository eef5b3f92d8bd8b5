// Package gateway serves Flink's SQL gateway protocol over an engine: Flink's SQL
// client, its JDBC driver and our own `weir sql --target` open sessions, run
// statements and fetch their rows by it.
//
//	POST /sessions ─▶ session ─ POST …/statements ─▶ operation ─ GET …/result/0, /1, … ─▶ pages of rows
//	                     │ engine.Session                │ engine.Result
//	                     └ statements run one            └ read only while a client fetches: a job whose
//	                       after the other                 rows nobody takes is held back, not buffered
//
// A statement is an operation that runs in a goroutine of its own; a fetch waits a
// little for it, or for rows. The page that was handed out last is kept, so that a
// fetch that got lost can be repeated. Closing a session ends its operations; an
// INSERT that was submitted without waiting for it (table.dml-sync = false, the
// default here as in Flink) is no operation any more and lives on.
//
// The package knows nothing of ports, TLS and tokens: who mounts Handler does. It
// never changes what a statement means; that is the engine's.
//
// Read gateway.go first, then session.go and operation.go; json.go and text.go
// write values, exactly as Flink does.
package gateway
