package aggregate

import (
	"unsafe"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
)

// Layout is the room an accumulator needs in each group's row.
type Layout struct {
	Size    int    // bytes, a multiple of 8
	Version uint16 // of the state's meaning; stored beside it
	// Heap: the state refers to bytes in States.Heap (MIN and MAX of strings,
	// LISTAGG …). Such states are moved between heaps by Detach and Attach.
	Heap bool
}

// States addresses the states of one accumulator in rows of equal width.
//
//	state of batch row r = Base + Index[r]*Stride + Offset
//
// Base may point outside the Go heap (memory.Arena) or into a Go slice; it is
// valid during the call only.
type States struct {
	Base   unsafe.Pointer
	Stride uintptr
	Offset uintptr
	Index  []uint32 // group of each row of the batch; for calls without a batch: the groups to visit
	Heap   *Heap    // nil unless Layout.Heap
}

// At is the state of group g.
func (s *States) At(g uint32) unsafe.Pointer {
	return unsafe.Add(s.Base, uintptr(g)*s.Stride+s.Offset)
}

// Input is what an update sees of its batch besides the arguments.
type Input struct {
	Rows  int
	Sel   []uint32         // the rows to take, FILTER applied; nil: all. Order within a group is kept
	Kinds []stream.RowKind // nil: all +I; -U and -D retract
}

// Accumulator folds rows into states. It holds no data of its own: one value
// serves all groups. One goroutine calls it.
//
// Retraction is exact for COUNT, SUM, AVG and the like; accumulators that
// cannot retract from their state alone (MIN, MAX, FIRST_VALUE …) say so in
// Function.NeedsEntries, and the operator keeps a multiset of values for them.
type Accumulator interface {
	Layout() Layout
	// Init sets the states of s.Index to "no rows yet". All-zero bytes need not be a valid state.
	Init(s States)
	// Update folds the rows of the batch into the states; args as the signature has them.
	Update(s States, args []vector.Vector, in Input) error
	// Merge folds from's states into s's, pairwise by Index.
	Merge(s, from States) error
	// Result appends one value for each group of s.Index, in order.
	Result(s States, out *vector.Builder) error
}

// Heap holds bytes that states refer to by offset: an append-only buffer that
// its owner compacts or drops with the states. It has no pointers.
type Heap struct {
	Bytes []byte
}

// Put appends b and returns where it lies.
func (h *Heap) Put(b []byte) (off uint64) {
	off = uint64(len(h.Bytes))
	h.Bytes = append(h.Bytes, b...)
	return off
}

// Get reads n bytes at off.
func (h *Heap) Get(off uint64, n int) []byte { return h.Bytes[off : off+uint64(n)] }

// Portable is implemented by accumulators whose Layout has Heap: Detach appends
// the bytes that the state of group g refers to, to dst; Attach takes them from
// the front of src, puts them into s.Heap, points the state at them, and
// returns the rest. Together they store a state in keyed state or on a wire.
type Portable interface {
	Detach(s States, g uint32, dst []byte) []byte
	Attach(s States, g uint32, src []byte) (rest []byte, err error)
}
