// Package rest is the JobManager's REST: the paths, names and units of Flink's,
// so that what was made for Flink works on weir.
//
//	request ─▶ server.go: address, token, limits ─▶ route.go: one table ─▶ a handler ─▶ JSON
//	                                                     └─▶ openapi.go: the same table as a document
//
// A handler reads a view of a job (view.go): its graph, its status and its
// history at one moment. It never waits for a job: what takes long (a savepoint,
// a rescale) is an operation that the client asks for again (operation.go).
// What weir does not have is answered by an error that says so (absent.go).
// GET /metrics has the same numbers for Prometheus (prometheus.go).
//
// Read routes.go first: it lists everything.
package rest
