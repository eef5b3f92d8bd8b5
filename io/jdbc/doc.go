// Package jdbc is the connector of databases that speak SQL, under the options of
// Flink's: PostgreSQL for now.
//
//	reading:  splits by ranges of a column ─▶ SELECT … WHERE … ─▶ rows as text ─▶ batch
//	writing:  batch ─▶ last change of each key ─▶ INSERT … ON CONFLICT, DELETE: one statement for all rows
//	lookups:  keys ─▶ SELECT … JOIN unnest(keys): one query for many keys
//
// What is read and written crosses as text, which both sides define alike; the
// server casts it to its columns' types, which catalog.go asks for. Rows are written
// at least once: by key that makes no difference, without one a failure may repeat rows.
//
// A password stands in no error, log or plan text. Read config.go first, then source.go
// and writer.go.
package jdbc
