// Package window holds the operators of windows in time: Table assigns windows
// to rows, Aggregate groups by key and window over an unbounded input.
//
// Windows are aligned: TUMBLE, HOP and CUMULATE cut time into slices, and a
// window is a run of slices. A row updates one state, that of its key and
// slice; a window is put together when the watermark passes its end:
//
//	TUMBLE    one slice is one window
//	CUMULATE  a slice, once fired, is merged into the next one of its window
//	HOP       a running total takes the slice that enters and gives back the one
//	          that leaves; where states cannot be taken back, slices are merged
//
// SESSION windows are not aligned: they have a list of open sessions a key, which
// merge (session.go); where rows themselves are asked for, they wait until their session has
// ended (session_rows.go). Over processing time the clock is what the watermark is over
// event time (proctime.go).
//
// State is by (time, key), so that firing is a scan of one time and forgetting
// is dropping it; running totals are by key alone (slide.go). Read spec.go first,
// then aggregate.go.
package window
