package kernel

import (
	"github.com/weir-engine/weir/core/vector"
)

// MapPart is the kernel of MAP_KEYS (0) and MAP_VALUES (1).
func MapPart(part int) Kernel {
	return Kernel{Eval: func(c *Call) error {
		m := c.Args[0]
		out := *m
		out.Kids = m.Kids[part : part+1 : part+1]
		*c.Out = out
		return nil
	}}
}

// MapEntries is the kernel of MAP_ENTRIES: an array of (key, value).
func MapEntries() Kernel {
	return Kernel{Eval: func(c *Call) error {
		m := c.Args[0]
		out := *m
		keys, values := m.Kids[0].Flatten(), m.Kids[1].Flatten()
		out.Kids = []vector.Vector{{Phys: c.Type.Elem.Phys(), Len: keys.Len, Kids: []vector.Vector{keys, values}}}
		*c.Out = out
		return nil
	}}
}

// MapFromArrays is the kernel of MAP_FROM_ARRAYS. Of equal keys the last counts.
func MapFromArrays() Kernel {
	return Kernel{Eval: func(c *Call) error {
		keys, values := c.Lists(0), c.Lists(1)
		out := c.MakeLists()
		entries := newEntries(&c.Args[0].Kids[0])
		var places []uint32 // of values
		for _, r := range c.Active() {
			from, to := keys.At(r)
			first, end := values.At(r)
			if to-from != end-first {
				return c.fail(r, errUnequalArrays(to-from, end-first))
			}
			entries.begin(to-from, len(out.Places))
			for p := from; p < to; p++ {
				at, known := entries.put(p)
				if known {
					out.Places[at], places[at] = p, first+p-from
					continue
				}
				out.Places, places = append(out.Places, p), append(places, first+p-from)
			}
			out.End(r)
		}
		out.Done(&c.Args[0].Kids[0])
		c.Out.Kids = append(c.Out.Kids, vector.Vector{})
		Gather(&c.Out.Kids[1], &c.Args[1].Kids[0], places)
		return nil
	}}
}

// MapUnion is the kernel of MAP_UNION. Of equal keys the last counts.
func MapUnion() Kernel {
	return Kernel{Eval: func(c *Call) error {
		keys := make([]*vector.Vector, len(c.Args))
		values := make([]*vector.Vector, len(c.Args))
		maps := make([]ListArg, len(c.Args))
		for i, v := range c.Args {
			keys[i], values[i], maps[i] = &v.Kids[0], &v.Kids[1], c.Lists(i)
		}
		allKeys, starts := pool(*c.Type.Key, keys...)
		allValues, _ := pool(*c.Type.Elem, values...)
		out := c.MakeLists()
		entries := newEntries(allKeys)
		for _, r := range c.Active() {
			n := uint32(0)
			for i := range maps {
				from, to := maps[i].At(r)
				n += to - from
			}
			entries.begin(n, len(out.Places))
			for i := range maps {
				from, to := maps[i].At(r)
				for p := starts[i] + from; p < starts[i]+to; p++ {
					if at, known := entries.put(p); known {
						out.Places[at] = p
						continue
					}
					out.Places = append(out.Places, p)
				}
			}
			out.End(r)
		}
		out.Done(allKeys, allValues)
		return nil
	}}
}

// entries finds the entry of an equal key among those of one map.
type entries struct {
	keys *members
	at   []uint32 // by slot: the entry
	next uint32
}

func newEntries(keys *vector.Vector) *entries { return &entries{keys: newMembers(keys)} }

// begin forgets the keys, makes room for n, and says which number the next entry has.
func (e *entries) begin(n uint32, next int) {
	e.keys.reset(n)
	if cap(e.at) < len(e.keys.table) {
		e.at = make([]uint32, len(e.keys.table))
	}
	e.at = e.at[:len(e.keys.table)]
	e.next = uint32(next)
}

// put gives the entry of a key: one that has an equal key, or the next.
func (e *entries) put(place uint32) (at uint32, known bool) {
	slot, found := e.keys.find(place)
	if found {
		return e.at[slot], true
	}
	e.keys.table[slot], e.at[slot] = place+1, e.next
	e.next++
	return e.at[slot], false
}

// LastOfEachKey drops the entries of a map's lists whose key comes again later:
// the later value takes the earlier place. A map without such keys is left as it is.
func (c *Call) LastOfEachKey() {
	m := *c.Out
	keys := newEntries(&m.Kids[0])
	offsets := m.Offsets()
	twice := false
	for r := 0; r < m.Len && !twice; r++ {
		from, to := uint32(offsets[r]), uint32(offsets[r+1])
		if to-from < 2 {
			continue
		}
		keys.begin(to-from, 0)
		for p := from; p < to && !twice; p++ {
			_, twice = keys.put(p)
		}
	}
	if !twice {
		return
	}
	out := c.MakeLists()
	var values []uint32
	for r := range m.Len {
		from, to := uint32(offsets[r]), uint32(offsets[r+1])
		keys.begin(to-from, len(out.Places))
		for p := from; p < to; p++ {
			if at, known := keys.put(p); known {
				values[at] = p
				continue
			}
			out.Places, values = append(out.Places, p), append(values, p)
		}
		out.End(uint32(r))
	}
	out.Done(&m.Kids[0])
	c.Out.Kids = append(c.Out.Kids, vector.Vector{})
	Gather(&c.Out.Kids[1], &m.Kids[1], values)
	c.Out.Valid = m.Valid
}
