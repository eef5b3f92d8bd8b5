package aggregate

import (
	"unsafe"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/state/keyed"
)

// Rows is the rows of a batch's keys, loaded from keyed state: words of the
// operator's own (a count of rows, the time of the last change), then the states.
// Group and the windows work on them.
//
//	[ head… | states of the set ]      what states refer to in the heap follows in storage
//
// Rows without a heap are worked on where they were loaded.
type Rows struct {
	set  *acc.Set
	head int        // bytes
	Rows keyed.Rows // as loaded; Has says which keys are there
	mem  []uint64   // unpacked rows, when states have a heap
	heap acc.Heap
	all  []uint32
	out  keyed.Rows
}

// NewRows lays out rows of the states of a set behind a head of some bytes, a multiple of 8.
func NewRows(set *acc.Set, head int) *Rows {
	r := &Rows{set: set, head: head}
	r.Rows.Width = r.Width()
	return r
}

// Width is the fixed width of a stored row; 0: it varies.
func (r *Rows) Width() int {
	if r.set.Heap {
		return 0
	}
	return r.size()
}

func (r *Rows) size() int { return max(8, r.head+r.set.Size) }

// Loaded unpacks what was loaded into r.Rows; absent rows become empty states.
func (r *Rows) Loaded() error {
	n := r.Rows.N()
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
	s := r.States(nil)
	for i := range n {
		if !r.Rows.Has[i] {
			*r.Word(uint32(i), 0) = 0
			absent = append(absent, uint32(i))
			continue
		}
		if !r.set.Heap {
			continue
		}
		stored := r.Rows.At(i)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(r.Word(uint32(i), 0))), r.head), stored)
		if err := r.set.Decode(s, uint32(i), stored[r.head:]); err != nil {
			return err
		}
	}
	if len(absent) > 0 {
		r.set.Init(r.States(absent))
	}
	return nil
}

func (r *Rows) base() unsafe.Pointer {
	if r.set.Heap {
		return unsafe.Pointer(unsafe.SliceData(r.mem))
	}
	return unsafe.Pointer(unsafe.SliceData(r.Rows.Bytes))
}

// Word is word i of the head of row k. A row without head and states has one word all the same.
func (r *Rows) Word(k uint32, i int) *int64 {
	return (*int64)(unsafe.Add(r.base(), int(k)*r.size()+8*i))
}

// States addresses the states of rows.
func (r *Rows) States(index []uint32) acc.States {
	return acc.States{Base: r.base(), Stride: uintptr(r.size()), Offset: uintptr(r.head), Index: index, Heap: &r.heap}
}

// Stored is the rows to put back: those that which names (all when nil) are packed anew.
func (r *Rows) Stored(which []uint32) *keyed.Rows {
	if !r.set.Heap {
		return &r.Rows
	}
	r.out.Reset()
	s := r.States(nil)
	next := 0
	for i := range r.Rows.N() {
		if which != nil {
			if next == len(which) || which[next] != uint32(i) {
				r.out.AppendAbsent()
				continue
			}
			next++
		}
		if !r.Rows.Has[i] {
			r.out.AppendAbsent()
			continue
		}
		r.out.Bytes = append(r.out.Bytes, unsafe.Slice((*byte)(unsafe.Pointer(r.Word(uint32(i), 0))), r.head)...)
		r.out.Bytes = r.set.Encode(s, uint32(i), r.out.Bytes)
		r.out.Close(true)
	}
	return &r.out
}
