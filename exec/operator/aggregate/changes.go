package aggregate

import (
	"bytes"
	"reflect"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// changes is what a batch did to the results of its keys, and the rows that say so.
type changes struct {
	keys         int // key columns
	updateBefore bool
	types        []types.Type
	out          *stream.Builder
	all          []*vector.Builder // by result: before, then after
	err          error

	was  []int32  // by key: its place in the results before; -1: not there
	old  []uint32 // the keys that were there
	same []bool   // by place in the results after: as before
	dead []uint32 // keys that are gone

	// The rows to emit: key, place among all results, kind.
	key   []uint32
	from  []uint32
	kinds []stream.RowKind
}

func (c *changes) open(ts []types.Type, keys int, updateBefore bool) {
	c.types, c.keys, c.updateBefore = ts, keys, updateBefore
	c.out = stream.NewBuilder(ts)
	for _, t := range ts[keys:] {
		c.all = append(c.all, vector.NewBuilder(t))
	}
}

func (c *changes) failed() error {
	err := c.err
	c.err = nil
	return err
}

// reset starts a batch whose keys are there or not.
func (c *changes) reset(has []bool) {
	c.was, c.old, c.dead = c.was[:0], c.old[:0], c.dead[:0]
	c.key, c.from, c.kinds = c.key[:0], c.from[:0], c.kinds[:0]
	for k, there := range has {
		if !there {
			c.was = append(c.was, -1)
			continue
		}
		c.was = append(c.was, int32(len(c.old)))
		c.old = append(c.old, uint32(k))
	}
}

// compare finds which of the touched keys have the results they had.
func (c *changes) compare(before, after []*vector.Builder, touched []uint32) {
	c.same = c.same[:0]
	for _, k := range touched {
		c.same = append(c.same, c.was[k] >= 0)
	}
	for i := range after {
		old, now := before[i].Finish(), after[i].Finish()
		c.all[i].Reset()
		c.all[i].AppendVector(&old, nil)
		c.all[i].AppendVector(&now, nil)
		for at, k := range touched {
			if c.same[at] && !sameValue(&old, int(c.was[k]), &now, at) {
				c.same[at] = false
			}
		}
	}
}

func sameValue(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	if va, vb := a.IsValid(i), b.IsValid(j); !va || !vb {
		return va == vb
	}
	switch a.Phys.Width() {
	case 1:
		return vector.Values[uint8](a)[i] == vector.Values[uint8](b)[j]
	case 2:
		return vector.Values[uint16](a)[i] == vector.Values[uint16](b)[j]
	case 4:
		return vector.Values[uint32](a)[i] == vector.Values[uint32](b)[j]
	case 8:
		return vector.Values[uint64](a)[i] == vector.Values[uint64](b)[j]
	case 16:
		if a.Phys == types.PhysBytes {
			return bytes.Equal(a.Bytes(i), b.Bytes(j))
		}
		return vector.Values[types.Int128](a)[i] == vector.Values[types.Int128](b)[j]
	}
	if a.Phys == types.PhysBool {
		return a.Bits().Get(i) == b.Bits().Get(j)
	}
	return reflect.DeepEqual(a.ValueAt(i), b.ValueAt(j)) // nested: rare, and never in a hot loop
}

// add says what becomes of key k, whose results lie at place at. Where state
// expires an unchanged result is sent all the same, to keep what lies downstream alive.
func (c *changes) add(k, at uint32, alive, always bool) {
	was := c.was[k]
	now := uint32(len(c.old)) + at
	switch {
	case alive && was < 0:
		c.row(k, now, stream.Insert)
	case alive && c.same[at] && !always:
	case alive:
		if c.updateBefore {
			c.row(k, uint32(was), stream.UpdateBefore)
		}
		c.row(k, now, stream.UpdateAfter)
	default:
		c.dead = append(c.dead, k)
		if was >= 0 {
			c.row(k, uint32(was), stream.Delete)
		}
	}
}

func (c *changes) row(k, from uint32, kind stream.RowKind) {
	c.key, c.from, c.kinds = append(c.key, k), append(c.from, from), append(c.kinds, kind)
}

// emit emits the rows; first is the row of the batch that holds each key's columns.
func (c *changes) emit(keys []vector.Vector, first []uint32, out operator.Output) error {
	for i, k := range c.key {
		c.key[i] = first[k]
	}
	for at := 0; at < len(c.key); {
		to := min(at+stream.BatchRows, len(c.key))
		if to < len(c.key) && c.kinds[to-1] == stream.UpdateBefore {
			to-- // a pair stays together
		}
		if err := c.emitRows(keys, at, to, out); err != nil {
			return err
		}
		at = to
	}
	return nil
}

func (c *changes) emitRows(keys []vector.Vector, at, to int, out operator.Output) error {
	if at == 0 {
		c.out.Reset()
	} else { // whoever took the batch before may still hold it
		c.out = stream.NewBuilder(c.types)
	}
	for i := range keys {
		c.out.Column(i).AppendVector(&keys[i], c.key[at:to])
	}
	for i := range c.all {
		v := c.all[i].Finish()
		c.out.Column(c.keys+i).AppendVector(&v, c.from[at:to])
	}
	for _, kind := range c.kinds[at:to] {
		c.out.Advance(1, kind)
	}
	return out.Emit(c.out.Finish())
}
