// Package metric holds counters, gauges and histograms. They are updated once
// per batch or less often, by one goroutine or several, and read from anywhere.
package metric
