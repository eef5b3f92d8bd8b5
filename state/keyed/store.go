package keyed

import (
	"context"

	"github.com/weir-engine/weir/core/stream"
)

// Backend makes the stores of one subtask; all its stores share one database.
type Backend interface {
	// Store opens the state of one operator. Names are unique in a subtask and
	// semantic: the same name finds the same state after a restart.
	Store(operator string) (Store, error)
	// Snapshot freezes all stores: milliseconds, no I/O. The Upload then finishes
	// in the background.
	Snapshot(checkpoint int64) (Upload, error)
	// Completed and Aborted tell what became of a checkpoint.
	Completed(checkpoint int64)
	Aborted(checkpoint int64)
	Stats() Stats
	Close() error
}

// Stats is what a backend has done so far.
type Stats struct {
	Rows, Bytes     int64 // live, in memory
	EvictedRows     int64 // moved below memory
	EvictedBytes    int64
	LoadedRows      int64 // read from below memory
	CheckpointBytes int64 // stored for checkpoints
}

// Upload is a frozen snapshot on its way to durable storage.
type Upload interface {
	// Run stores what the storage does not have yet and returns the handle that
	// restores it. It runs on a goroutine of its own, beside further changes.
	Run(ctx context.Context) (Handle, error)
	// Discard releases the snapshot without storing it.
	Discard()
}

// Handle names stored state: plain data for a manifest.
type Handle struct {
	Groups GroupRange `json:"groups"`
	Format string     `json:"format"` // "hashmap/1", "pebble/1"
	Files  []File     `json:"files"`
	Meta   []byte     `json:"meta,omitempty"`
	Bytes  int64      `json:"bytes"` // newly stored for this checkpoint
}

// File is one stored file; several handles may name the same one.
type File struct {
	Path   string     `json:"path"` // relative to the checkpoint directory
	Bytes  int64      `json:"bytes"`
	Groups GroupRange `json:"groups"`
}

// GroupRange is key groups [From, To).
type GroupRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// GroupOf is the key group of a hash.
func GroupOf(hash uint64, maxParallelism int) int {
	return int((hash >> 48) * uint64(maxParallelism) >> 16)
}

// RangeOf is the key groups of a subtask.
func RangeOf(subtask, parallelism, maxParallelism int) GroupRange {
	return GroupRange{From: (subtask*maxParallelism + parallelism - 1) / parallelism, To: ((subtask+1)*maxParallelism + parallelism - 1) / parallelism}
}

// SubtaskOf is the subtask that owns a key group.
func SubtaskOf(group, parallelism, maxParallelism int) int {
	return group * parallelism / maxParallelism
}

// Store is one operator's state. The name of a state is declared once, at Open.
type Store interface {
	// Value is one row a key. width > 0: rows have exactly that many bytes.
	Value(name string, width int) (ValueState, error)
	// Map is rows by sub-key below each key, ordered by the sub-key's bytes.
	Map(name string) (MapState, error)
	// Timed is rows by (time, key), ordered by time: window slices, timers.
	Timed(name string, width int) (TimedState, error)
}

// ValueState is one row a key.
type ValueState interface {
	// Get loads the row of each key; into.Has says which exist. Absent rows of a
	// fixed width are zeroes.
	Get(keys *Keys, into *Rows) error
	// Put stores rows for the keys that which names (all when nil); a row whose
	// Has bit is clear is deleted.
	Put(keys *Keys, which []uint32, rows *Rows) error
	// Scan appends the keys and their rows, in no order, going on from c, about max
	// in a call; it returns whether there is more.
	Scan(c *Cursor, into *Entries, max int) (more bool, err error)
}

// MapState is rows by sub-key below each key.
type MapState interface {
	// Get loads row (keys[owner[i]], subs[i]) for each i.
	Get(keys *Keys, owner []uint32, subs *Rows, into *Rows) error
	// Put stores row i at (keys[owner[i]], subs[i]); a row whose Has bit is clear is
	// deleted. Repeated places: the last one wins.
	Put(keys *Keys, owner []uint32, subs, rows *Rows) error
	// ScanKeys appends to into the entries of the keys that which names (all when
	// nil), in that order, each ordered by sub-key (descending when desc), at most
	// limit a key (0: all). It goes on from c and stops when this call has appended
	// about max entries, returning whether there is more.
	ScanKeys(keys *Keys, which []uint32, desc bool, limit int, c *Cursor, into *Entries, max int) (more bool, err error)
	// Clear deletes all entries of the keys that which names (all when nil).
	Clear(keys *Keys, which []uint32) error
}

// TimedState is rows by (time, key).
type TimedState interface {
	// Get loads row (times[i], key i).
	Get(times []int64, keys *Keys, into *Rows) error
	// Put stores row (times[i], key i) for the i that which names (all when nil); a row
	// whose Has bit is clear is deleted. A width of 0 stores the bare place: a timer.
	Put(times []int64, keys *Keys, which []uint32, rows *Rows) error
	// Times appends the distinct times in [from, to), ascending.
	Times(from, to int64, dst []int64) ([]int64, error)
	// Scan appends the entries of one time, in no order, going on from c, about max
	// in a call; it returns whether there is more.
	Scan(time int64, c *Cursor, into *Entries, max int) (more bool, err error)
	// Drop deletes all entries with times below to.
	Drop(to int64) error
	// Delete deletes all entries of one time.
	Delete(time int64) error
}

// Cursor remembers where a scan stands; its zero value is the start. A change
// of the scanned state between two calls is allowed: entries put since may or may not show.
type Cursor struct {
	Key    int
	Pos    uint64
	Last   []byte
	Opaque any
}

// Entries is what scans return: parallel lists.
type Entries struct {
	Keys  Keys     // ValueState, TimedState: the key of each entry (not distinct by rule, but here they are)
	Owner []uint32 // MapState: index into the Keys that were scanned
	Subs  Rows     // MapState
	Rows  Rows
}

// Reset empties e and keeps its memory.
func (e *Entries) Reset() {
	e.Keys.Reset()
	e.Owner = e.Owner[:0]
	e.Subs.Reset()
	e.Rows.Reset()
}

// Proctime is the clock of processing-time timers, in milliseconds.
type Proctime = stream.Watermark
