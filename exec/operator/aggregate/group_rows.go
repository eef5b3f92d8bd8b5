package aggregate

import (
	"unsafe"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/state/keyed"
)

// stateRows is the rows of a batch's keys, loaded from keyed state: words of the
// operator's own (a count of rows, the time of the last change), then the states.
//
//	[ head… | states of the set ]      what states refer to in the heap follows in storage
//
// Rows without a heap are worked on where they were loaded.
type stateRows struct {
	set  *acc.Set
	head int // bytes
	rows keyed.Rows
	mem  []uint64 // unpacked rows, when states have a heap
	heap acc.Heap
	all  []uint32
	out  keyed.Rows
}

func newStateRows(set *acc.Set, head int) *stateRows {
	r := &stateRows{set: set, head: head}
	r.rows.Width = r.width()
	return r
}

// width is the fixed width of a stored row; 0: it varies.
func (r *stateRows) width() int {
	if r.set.Heap {
		return 0
	}
	return r.size()
}

func (r *stateRows) size() int { return max(8, r.head+r.set.Size) }

// loaded unpacks what was loaded into r.rows; absent rows become empty states.
func (r *stateRows) loaded() error {
	n := r.rows.N()
	for len(r.all) < n {
		r.all = append(r.all, uint32(len(r.all)))
	}
	if r.set.Heap {
		if words := n * r.size() / 8; cap(r.mem) < words {
			r.mem = make([]uint64, words)
		}
		r.mem = r.mem[:n*r.size()/8]
		r.heap.Bytes = r.heap.Bytes[:0]
	}
	var absent []uint32
	s := r.states(nil)
	for i := range n {
		if !r.rows.Has[i] {
			*r.word(uint32(i), 0) = 0
			absent = append(absent, uint32(i))
			continue
		}
		if !r.set.Heap {
			continue
		}
		stored := r.rows.At(i)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(r.word(uint32(i), 0))), r.head), stored)
		if err := r.set.Decode(s, uint32(i), stored[r.head:]); err != nil {
			return err
		}
	}
	if len(absent) > 0 {
		r.set.Init(r.states(absent))
	}
	return nil
}

func (r *stateRows) base() unsafe.Pointer {
	if r.set.Heap {
		return unsafe.Pointer(unsafe.SliceData(r.mem))
	}
	return unsafe.Pointer(unsafe.SliceData(r.rows.Bytes))
}

// word is word i of the head of row k. A row without head and states has one word all the same.
func (r *stateRows) word(k uint32, i int) *int64 {
	return (*int64)(unsafe.Add(r.base(), int(k)*r.size()+8*i))
}

// states addresses the states of rows.
func (r *stateRows) states(index []uint32) acc.States {
	return acc.States{Base: r.base(), Stride: uintptr(r.size()), Offset: uintptr(r.head), Index: index, Heap: &r.heap}
}

// stored is the rows to put back: those that which names are packed anew.
func (r *stateRows) stored(which []uint32) *keyed.Rows {
	if !r.set.Heap {
		return &r.rows
	}
	r.out.Reset()
	s := r.states(nil)
	next := 0
	for i := range r.rows.N() {
		if next == len(which) || which[next] != uint32(i) {
			r.out.AppendAbsent()
			continue
		}
		next++
		if !r.rows.Has[i] {
			r.out.AppendAbsent()
			continue
		}
		r.out.Bytes = append(r.out.Bytes, unsafe.Slice((*byte)(unsafe.Pointer(r.word(uint32(i), 0))), r.head)...)
		r.out.Bytes = r.set.Encode(s, uint32(i), r.out.Bytes)
		r.out.Close(true)
	}
	return &r.out
}
