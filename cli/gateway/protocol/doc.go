// Package protocol is what crosses the wire between the SQL gateway and its
// clients: the bodies of requests and answers, SQL types and errors as JSON.
//
// It is Flink's SQL gateway protocol, so names and shapes are Flink's. Two things
// are ours and stand where Flink's clients pass them over: an error's Detail, and
// the row format ROWS, which loses nothing of a value and which only our own
// client asks for.
//
// Read body.go first; type.go writes and reads SQL types.
package protocol
