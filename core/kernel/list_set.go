package kernel

import (
	"math/bits"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// members is a set of elements of one pool, emptied for each row. Elements are
// told apart by hash first; NULL equals NULL, as EqualAt has it.
type members struct {
	pool   *vector.Vector
	hashes []uint64
	table  []uint32 // open addressing: place + 1; 0: free
	mask   uint64
}

func newMembers(pool *vector.Vector) *members {
	m := &members{pool: pool, hashes: make([]uint64, pool.Len)}
	HashColumns([]vector.Vector{*pool}, pool.Len, nil, m.hashes)
	return m
}

// reset empties the set and makes room for n elements.
func (m *members) reset(n uint32) {
	size := 1 << bits.Len32(2*n)
	if cap(m.table) < size {
		m.table = make([]uint32, size)
	}
	m.table = m.table[:size]
	clear(m.table)
	m.mask = uint64(size - 1)
}

// add reports whether an element was not there.
func (m *members) add(place uint32) bool {
	slot, found := m.find(place)
	if !found {
		m.table[slot] = place + 1
	}
	return !found
}

func (m *members) has(place uint32) bool {
	_, found := m.find(place)
	return found
}

// find is where an element stands, or would.
func (m *members) find(place uint32) (slot uint64, found bool) {
	h := m.hashes[place]
	for slot = h & m.mask; m.table[slot] != 0; slot = (slot + 1) & m.mask {
		at := m.table[slot] - 1
		if m.hashes[at] == h && EqualAt(m.pool, int(at), m.pool, int(place)) {
			return slot, true
		}
	}
	return slot, false
}

// SetOperation is a function of arrays as sets: of the first array with the others.
type SetOperation uint8

// The set operations; each gives every element once, in the order in which it comes first.
const (
	ListDistinct SetOperation = iota
	ListUnion
	ListIntersect
	ListExcept
)

// SetOf is the kernel of ARRAY_DISTINCT, ARRAY_UNION, ARRAY_INTERSECT and ARRAY_EXCEPT.
func SetOf(op SetOperation) Kernel {
	return Kernel{Eval: func(c *Call) error {
		elements, starts, lists := c.pooled()
		seen, out := newMembers(elements), c.MakeLists()
		var other *members
		if op == ListIntersect || op == ListExcept {
			other = &members{pool: elements, hashes: seen.hashes}
		}
		for _, r := range c.Active() {
			n := uint32(0)
			for i := range lists {
				from, to := lists[i].At(r)
				n += to - from
			}
			seen.reset(n)
			if other != nil {
				from, to := lists[1].At(r)
				other.reset(to - from)
				for p := from; p < to; p++ {
					other.add(starts[1] + p)
				}
			}
			for i := range lists {
				if i > 0 && other != nil {
					break
				}
				from, to := lists[i].At(r)
				for p := starts[i] + from; p < starts[i]+to; p++ {
					if (other == nil || other.has(p) == (op == ListIntersect)) && seen.add(p) {
						out.Places = append(out.Places, p)
					}
				}
			}
			out.End(r)
		}
		out.Done(elements)
		return nil
	}}
}

// Remove is the kernel of ARRAY_REMOVE: the elements that do not equal the value; a NULL takes out NULLs.
func Remove() Kernel {
	return Kernel{Nulls: NullAware, Eval: func(c *Call) error {
		if c.Args[0].IsNullConst() {
			c.allNullList()
			return nil
		}
		list, x, out := c.Lists(0), c.Args[1], c.MakeLists()
		elements := &c.Args[0].Kids[0]
		for _, r := range c.Selected() {
			if !list.IsValid(r) {
				c.SetNull(int(r))
				out.End(r)
				continue
			}
			from, to := list.At(r)
			for p := from; p < to; p++ {
				if !EqualAt(elements, int(p), x, int(r)) {
					out.Places = append(out.Places, p)
				}
			}
			out.End(r)
		}
		out.Done(elements)
		return nil
	}}
}

// JoinLists is the kernel of ARRAY_JOIN: NULL elements are left out, or written as
// the third argument.
func JoinLists() Kernel {
	return Kernel{Eval: func(c *Call) error {
		list, between := c.Lists(0), c.Strings(1)
		elements := c.Args[0].Kids[0].Flatten()
		out := c.MakeBytes()
		if elements.Phys == types.PhysNull {
			elements = nullsLike(types.StringType, elements.Len)
		}
		views := elements.Views()
		for _, r := range c.Active() {
			start, any := len(out.Buf), false
			from, to := list.At(r)
			for p := from; p < to; p++ {
				var s []byte
				switch {
				case elements.Valid.Get(int(p)):
					s = views[p].Bytes(elements.Bufs)
				case len(c.Args) > 2:
					null := c.Strings(2)
					s = null.At(r)
				default:
					continue
				}
				if any {
					out.Buf = append(out.Buf, between.At(r)...)
				}
				out.Buf, any = append(out.Buf, s...), true
			}
			out.End(r, start)
		}
		out.Done()
		return nil
	}}
}
