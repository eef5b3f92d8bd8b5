package stream

import "math"

// Watermark says that no row with an event time at or below it will follow, in
// milliseconds since the epoch.
type Watermark = int64

// The ends of event time.
const (
	MinWatermark Watermark = math.MinInt64
	MaxWatermark Watermark = math.MaxInt64 // sent when a bounded input ends
)

// Barrier cuts the stream between two checkpoints.
type Barrier struct {
	Checkpoint int64
	Savepoint  bool
	Drain      bool // the job ends behind this barrier
}

// Marker is when a source sent it, in microseconds since the epoch. It goes the
// way of rows, one channel of many, and operators do not hold it: what windows
// and joins wait for is no latency.
type Marker = int64

// ElementKind tells what an Element is.
type ElementKind uint8

// The kinds of elements. Their order is part of the wire format: append only.
const (
	ElemBatch ElementKind = iota
	ElemWatermark
	ElemBarrier
	ElemIdle       // no rows at present: do not wait for this input's watermark
	ElemActive     // ends ElemIdle
	ElemEndOfInput // nothing will follow
	ElemMarker     // measures how long rows take; keeps its place among them
)

// Element is one thing on an edge. Only the field of its kind is set.
type Element struct {
	Kind      ElementKind
	Batch     *Batch
	Watermark Watermark
	Barrier   Barrier
	Marker    Marker
}
