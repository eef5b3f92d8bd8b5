// Package metric holds counters and gauges. They are updated once per batch, by
// one goroutine or several, and read from anywhere.
package metric
