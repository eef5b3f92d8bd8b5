package aggregate

import (
	"bytes"
	"encoding/binary"
	"iter"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// collector is what a function does that needs all values of a group at once.
type collector interface {
	// header is what a group keeps once: constant arguments.
	header(args []vector.Vector, r int) []byte
	// entry appends what row r adds to the group; false for nothing.
	entry(dst []byte, args []vector.Vector, r int) ([]byte, bool, error)
	// result appends the value of a group of at least one entry, or of none where empty is asked for.
	result(header []byte, entries iter.Seq[[]byte], out *vector.Builder) error
	empty(out *vector.Builder)
}

// collected keeps the entries of a group in the order of arrival, each behind its
// length, and behind those of the header. A retraction takes away the earliest equal
// entry. It costs what the group has values.
type collected struct {
	of    collector
	bytes []byte
}

func (a *collected) Layout() Layout { return Layout{Size: 24, Version: 1, Heap: true} }

func (a *collected) Init(s States) {
	for _, g := range s.Index {
		*(*listed)(s.At(g)) = listed{}
	}
}

func (a *collected) Update(s States, args []vector.Vector, in Input) error {
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	at := unsafe.Add(s.Base, s.Offset)
	for i := range n {
		r := i
		if in.Sel != nil {
			r = int(in.Sel[i])
		}
		entry, ok, err := a.of.entry(append(a.bytes[:0], 0, 0, 0, 0), args, r)
		if a.bytes = entry; err != nil {
			return err
		}
		if !ok {
			continue
		}
		binary.LittleEndian.PutUint32(entry, uint32(len(entry)-4))
		p := (*listed)(unsafe.Add(at, uintptr(s.Index[r])*s.Stride))
		if in.Kinds != nil && in.Kinds[r].IsRetract() {
			a.remove(p, s.Heap, entry)
			continue
		}
		if p.len == 0 {
			header := a.of.header(args, r)
			p.append(s.Heap, binary.LittleEndian.AppendUint32(nil, uint32(len(header))))
			p.append(s.Heap, header)
		}
		p.append(s.Heap, entry)
		p.count++
	}
	return nil
}

// parts are a group's header and entries.
func parts(p *listed, h *Heap) (header, entries []byte) {
	b := p.bytes(h)
	if len(b) == 0 {
		return nil, nil
	}
	n := 4 + binary.LittleEndian.Uint32(b)
	return b[4:n], b[n:]
}

func (a *collected) remove(p *listed, h *Heap, entry []byte) {
	_, b := parts(p, h)
	for at := 0; at < len(b); {
		n := 4 + int(binary.LittleEndian.Uint32(b[at:]))
		if bytes.Equal(b[at:at+n], entry) {
			copy(b[at:], b[at+n:])
			p.len -= uint32(n)
			p.count--
			return
		}
		at += n
	}
}

func (a *collected) Merge(s, from States) error {
	for i, g := range s.Index {
		p, q := (*listed)(s.At(g)), (*listed)(from.At(from.Index[i]))
		if p.len == 0 {
			p.append(s.Heap, q.bytes(from.Heap))
		} else {
			_, entries := parts(q, from.Heap)
			p.append(s.Heap, entries)
		}
		p.count += q.count
	}
	return nil
}

func (a *collected) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*listed)(s.At(g))
		if p.count == 0 {
			a.of.empty(out)
			continue
		}
		header, b := parts(p, s.Heap)
		if err := a.of.result(header, entriesOf(b), out); err != nil {
			return err
		}
	}
	return nil
}

func entriesOf(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := 4 + binary.LittleEndian.Uint32(b)
			if !yield(b[4:n]) {
				return
			}
			b = b[n:]
		}
	}
}

func (a *collected) Detach(s States, g uint32, dst []byte) []byte {
	p := (*listed)(s.At(g))
	return p.detach(s.Heap, dst)
}

func (a *collected) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*listed)(s.At(g)).attach(s.Heap, src)
}

// newCollected makes the accumulator of a function that needs all values; nil for another name.
func newCollected(name string, args []types.Type) Accumulator {
	var c collector
	switch {
	case jsonArrays[name] != nil:
		c = &jsonArrayAgg{jsonAggregate: *jsonArrays[name], arg: args[0]}
	case jsonObjects[name] != nil:
		c = &jsonObjectAgg{jsonAggregate: *jsonObjects[name], arg: args[1]}
	case bitmapFolds[name] != nil:
		c = bitmapFolds[name]
	case name == "PERCENTILE":
		c = &percentile{list: args[1].Kind == types.Array}
	default:
		return nil
	}
	return &collected{of: c}
}
