// Package weir is the engine as a library: Flink SQL over files and streams in
// this process.
//
//	db, err := weir.Open(weir.Config{Options: map[string]string{"execution.runtime-mode": "batch"}})
//	rows, err := db.Query(ctx, "SELECT k, COUNT(*) FROM 'events.parquet' GROUP BY k")
//	for rows.Next() {
//		err := rows.Scan(&k, &n)
//	}
//
// It is a thin front over exec/engine, with no logic of its own. Programs extend
// the engine by functions (RegisterFunction) and connectors (Config.Connectors).
// Read weir.go first.
package weir
