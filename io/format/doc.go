// Package format reads and writes single records, as connectors of messages have
// them: a Kafka key or value, one row each.
//
//	'format' = 'json', 'json.…'  ─ Read ─▶  Records ─▶ Decoder   record ─▶ row
//	'key.format', 'key.json.…'                       ─▶ Encoder   row ─▶ record
//
// The packages below it know one format each, and files besides records. It must
// not know any connector. Read records.go first.
package format
