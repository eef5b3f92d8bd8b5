package aggregate

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// keepAll is FIRST_VALUE, LAST_VALUE, LISTAGG, ARRAY_AGG and COLLECT over a changelog: it
// keeps every value, in the order of arrival, so that any of them can leave
// again. A retraction takes away the earliest equal value. It costs what the
// group has values; append-only inputs use the lighter accumulators.
type keepAll struct {
	name  string
	elem  types.Type
	list  arrayAgg // reads and writes entries
	entry []byte
}

func (a *keepAll) Layout() Layout { return Layout{Size: 24, Version: 1, Heap: true} }

func (a *keepAll) Init(s States) { a.list.Init(s) }

func (a *keepAll) Update(s States, args []vector.Vector, in Input) error {
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
		if a.name != "ARRAY_AGG" && !args[0].IsValid(r) {
			continue
		}
		p := (*listed)(unsafe.Add(at, uintptr(s.Index[r])*s.Stride))
		a.entry = appendEntry(a.entry[:0], a.elem, &args[0], r)
		if in.Kinds != nil && in.Kinds[r].IsRetract() {
			a.remove(p, s.Heap)
			continue
		}
		if a.name == "LISTAGG" && p.len == 0 {
			p.append(s.Heap, separatorEntry(args))
		}
		p.append(s.Heap, a.entry)
		p.count++
	}
	return nil
}

// separatorEntry is the first entry of a LISTAGG: what stands between the others.
func separatorEntry(args []vector.Vector) []byte {
	sep := []byte{','}
	if len(args) > 1 {
		sep = args[1].Bytes(0)
	}
	out := binary.LittleEndian.AppendUint32([]byte{1}, uint32(len(sep)))
	return append(out, sep...)
}

// entries is the values' bytes, behind the separator.
func (a *keepAll) entries(p *listed, h *Heap) []byte {
	b := p.bytes(h)
	if a.name == "LISTAGG" && len(b) > 0 {
		return b[5+binary.LittleEndian.Uint32(b[1:]):]
	}
	return b
}

// remove takes away the first entry equal to a.entry, if there is one; of a
// multiset the last, so that its elements stay in the order of their first.
func (a *keepAll) remove(p *listed, h *Heap) {
	b := a.entries(p, h)
	found := -1
	for at := 0; at < len(b); {
		n := a.entryLen(b[at:])
		if bytes.Equal(b[at:at+n], a.entry) {
			if found = at; a.name != "COLLECT" {
				break
			}
		}
		at += n
	}
	if found < 0 {
		return
	}
	n := a.entryLen(b[found:])
	copy(b[found:], b[found+n:])
	p.len -= uint32(n)
	p.count--
}

func (a *keepAll) entryLen(b []byte) int {
	switch phys := a.elem.Phys(); {
	case b[0] == 0:
		return 1
	case phys == types.PhysBytes, phys == types.PhysList, phys == types.PhysStruct:
		return 5 + int(binary.LittleEndian.Uint32(b[1:]))
	case phys == types.PhysBool:
		return 2
	default:
		return 1 + phys.Width()
	}
}

func (a *keepAll) Merge(s, from States) error {
	for i, g := range s.Index {
		p, q := (*listed)(s.At(g)), (*listed)(from.At(from.Index[i]))
		if p.len == 0 {
			p.append(s.Heap, q.bytes(from.Heap))
		} else {
			p.append(s.Heap, a.entries(q, from.Heap))
		}
		p.count += q.count
	}
	return nil
}

func (a *keepAll) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*listed)(s.At(g))
		b := a.entries(p, s.Heap)
		switch {
		case p.count == 0 && a.name != "COLLECT":
			out.AppendNull()
		case a.name == "LISTAGG":
			out.AppendBytes(a.join(p, s.Heap, b))
		case a.name == "ARRAY_AGG", a.name == "COLLECT":
			a.list.list(out, b)
		case a.name == "LAST_VALUE":
			for n := a.entryLen(b); n < len(b); n = a.entryLen(b) {
				b = b[n:]
			}
			fallthrough
		default:
			appendKept(out, a.elem.Phys(), b)
		}
	}
	return nil
}

func (a *keepAll) join(p *listed, h *Heap, b []byte) []byte {
	all := p.bytes(h)
	sep := all[5 : len(all)-len(b)]
	out := a.entry[:0]
	for first := true; len(b) > 0; first = false {
		n := a.entryLen(b)
		if !first {
			out = append(out, sep...)
		}
		out = append(out, b[5:n]...)
		b = b[n:]
	}
	a.entry = out
	return out
}

func (a *keepAll) Detach(s States, g uint32, dst []byte) []byte { return a.list.Detach(s, g, dst) }

func (a *keepAll) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return a.list.Attach(s, g, src)
}
