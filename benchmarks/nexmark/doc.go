// Package nexmark is the bundled Nexmark benchmark: queries of the public suite
// over its events, in streaming mode with checkpoints, into a blackhole.
//
//	events of io/nexmark, or files that Write has made → a query of queries/ → blackhole
//	job's status → Line: seconds, CPU seconds, latency, memory, state
//
// Every field of every event is made, whatever a query reads, and the blackhole
// reads every column: otherwise a comparison with other engines would not be fair.
// Read nexmark.go first.
package nexmark
