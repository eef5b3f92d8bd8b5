package join

import (
	"bytes"
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
}

const fewValues = 16

// offerBounds tells the run-time filters. Where subtasks share a table each
// tells the whole of it to the scans of its own chain.
func (j *Hash) offerBounds() error {
	if j.offer == nil || j.kind.probeLone || j.kind.mark {
		return nil
	}
	for _, f := range j.spec.RuntimeFilters {
		if f.Key >= len(j.layout.keys) {
			continue
		}
		if b := j.table.boundsOf(f.Key); b != nil {
			j.offer(f, b)
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

// each visits the rows that have a key.
func (t *table) each(f func(p unsafe.Pointer)) {
	for _, s := range t.stores {
		keyless := s.keyless
		for i := 1; i < s.n; i++ {
			if len(keyless) > 0 && int(keyless[0]) == i {
				keyless = keyless[1:]
				continue
			}
			f(s.row(i))
		}
	}
}

func (t *table) intBounds(k *keyField, b *Bounds) {
	var few []int64
	many, first := false, true
	var lo, hi int64
	t.each(func(p unsafe.Pointer) {
		x := *(*int64)(unsafe.Add(p, k.off))
		if first {
			lo, hi, first = x, x, false
		}
		lo, hi = min(lo, x), max(hi, x)
		if many {
			return
		}
		for _, y := range few {
			if y == x {
				return
			}
		}
		few = append(few, x)
		many = len(few) > fewValues
	})
	b.Min, b.Max = types.IntValue(lo), types.IntValue(hi)
	if !many {
		for _, x := range few {
			b.In = append(b.In, types.IntValue(x))
		}
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
