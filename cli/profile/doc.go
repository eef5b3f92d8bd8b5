// Package profile lets people look into a running weir: a CPU profile into a
// file, Go's profiles over HTTP, and profiles pushed to a Pyroscope server. All
// are off unless asked for. Tasks carry the labels job and task, so that every
// profile can be split by them.
package profile
