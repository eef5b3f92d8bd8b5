// Package client speaks to a cluster by REST: sessions, statements and rows over
// the SQL gateway's protocol (cli/gateway/protocol).
//
//	client.New ─▶ Open ─▶ Session ─ Execute ─▶ Result ─ Next ─▶ batches, as the embedded engine gives them
//
// Rows come in the protocol's row format ROWS, which loses nothing, so that what is
// printed of them is what an embedded run prints; errors come in parts and are put
// together again. One goroutine uses a session and its results.
//
// Read client.go first, then session.go and result.go.
package client
