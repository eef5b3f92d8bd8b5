package join

import (
	"bytes"
	"iter"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Bounds is what a finished build side knows of one key: probe rows outside
// have no match. It holds for joins that do not keep probe rows without one.
type Bounds struct {
	Type     types.Type
	Empty    bool // no build row has the key
	Min, Max types.Value
	In       []types.Value // all values, when they are few; else nil
	// Set has a bit for each integer from Min on that is a value; nil where they lie too far apart.
	Set []uint64
}

const (
	fewValues = 16
	// A set takes smallSet bytes at most, or bytesPerRow for each build row up to largeSet.
	smallSet    = 1 << 20
	largeSet    = 16 << 20
	bytesPerRow = 16
)

// findBounds makes what offerBounds tells, once for all subtasks that share the table.
func (j *Hash) findBounds(t *table) []*Bounds {
	if j.offer == nil || j.kind.probeLone || j.kind.mark {
		return nil
	}
	out := make([]*Bounds, len(j.spec.RuntimeFilters))
	for i, f := range j.spec.RuntimeFilters {
		if f.Key < len(j.layout.keys) {
			out[i] = t.boundsOf(f.Key)
		}
	}
	return out
}

// offerBounds tells the run-time filters. Where subtasks share a table each
// tells the whole of it to the scans of its own chain.
func (j *Hash) offerBounds() error {
	for i, b := range j.meeting.bounds {
		if b != nil {
			j.offer(j.spec.RuntimeFilters[i], b)
		}
	}
	return nil
}

// boundsOf scans one key of all rows; nil for layouts without an order here.
func (t *table) boundsOf(key int) *Bounds {
	k := &t.layout.keys[key]
	ty := t.layout.types[k.col]
	b := &Bounds{Type: ty, Empty: t.rows == t.keyless}
	if b.Empty {
		return b
	}
	switch ty.Phys() {
	case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
		t.intBounds(k, b)
	case types.PhysBytes:
		t.stringBounds(k, b)
	default:
		return nil
	}
	return b
}

// rowRun is rows [from, to) of a store.
type rowRun struct{ from, to int }

// keyed yields the rows that have a key, as runs.
func (s *rowStore) keyed() iter.Seq[rowRun] {
	return func(yield func(rowRun) bool) {
		from := 1
		for _, no := range s.keyless {
			if int(no) > from && !yield(rowRun{from, int(no)}) {
				return
			}
			from = int(no) + 1
		}
		if from < s.n {
			yield(rowRun{from, s.n})
		}
	}
}

// each visits the rows that have a key.
func (t *table) each(f func(p unsafe.Pointer)) {
	for _, s := range t.stores {
		for run := range s.keyed() {
			for i := run.from; i < run.to; i++ {
				f(s.row(i))
			}
		}
	}
}

func (t *table) intBounds(k *keyField, b *Bounds) {
	keys := t.keyRange()
	if !t.layout.oneInteger() {
		for _, s := range t.stores {
			for run := range s.keyed() {
				keys = keys.with(t.extremes(s, k.off, run))
			}
		}
	}
	lo, hi := keys.least, keys.most
	b.Min, b.Max = types.IntValue(lo), types.IntValue(hi)
	words := (uint64(hi)-uint64(lo))/64 + 1
	if words > uint64(max(smallSet, min(largeSet, t.rows*bytesPerRow)))/8 {
		t.fewInts(k, b)
		return
	}
	b.Set = make([]uint64, words)
	for _, s := range t.stores {
		for run := range s.keyed() {
			t.collect(s, k.off, run, lo, b.Set)
		}
	}
}

func (t *table) extremes(s *rowStore, off int, run rowRun) keyRange {
	p, stride := unsafe.Add(s.row(run.from), off), t.layout.stride
	x := emptyRange()
	for i := range run.to - run.from {
		v := *(*int64)(unsafe.Add(p, i*stride))
		x.least, x.most = min(x.least, v), max(x.most, v)
	}
	return x
}

func (t *table) collect(s *rowStore, off int, run rowRun, lo int64, set []uint64) {
	p, stride := unsafe.Add(s.row(run.from), off), t.layout.stride
	for i := range run.to - run.from {
		at := uint64(*(*int64)(unsafe.Add(p, i*stride))) - uint64(lo)
		set[at>>6] |= 1 << (at & 63)
	}
}

func (t *table) fewInts(k *keyField, b *Bounds) {
	var few []int64
	t.each(func(p unsafe.Pointer) {
		x := *(*int64)(unsafe.Add(p, k.off))
		if len(few) > fewValues || slices.Contains(few, x) {
			return
		}
		few = append(few, x)
	})
	if len(few) > fewValues {
		return
	}
	for _, x := range few {
		b.In = append(b.In, types.IntValue(x))
	}
}

func (t *table) stringBounds(k *keyField, b *Bounds) {
	var few [][]byte
	many, first := false, true
	var lo, hi []byte
	t.each(func(p unsafe.Pointer) {
		x := (*vector.View)(unsafe.Add(p, k.off)).Bytes(t.bufs)
		if first {
			lo, hi, first = x, x, false
		}
		if bytes.Compare(x, lo) < 0 {
			lo = x
		}
		if bytes.Compare(x, hi) > 0 {
			hi = x
		}
		if many {
			return
		}
		for _, y := range few {
			if bytes.Equal(x, y) {
				return
			}
		}
		few = append(few, x)
		many = len(few) > fewValues
	})
	b.Min, b.Max = types.BytesValue(bytes.Clone(lo)), types.BytesValue(bytes.Clone(hi))
	if !many {
		for _, x := range few {
			b.In = append(b.In, types.BytesValue(bytes.Clone(x)))
		}
	}
}
