package aggregate

import (
	"encoding/binary"
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

type listed struct {
	blob
	count uint64
}

// arrayAgg is ARRAY_AGG, and COLLECT where multiset is set, which leaves NULLs out.
// It keeps values one behind another: a byte that says whether the value is there,
// then its bytes, with their length in front for strings and nested values.
type arrayAgg struct {
	elem     types.Type
	multiset bool
	picked   picked
	entry    []byte
	elements *vector.Builder
	places   []uint32
}

func (a *arrayAgg) Layout() Layout { return Layout{Size: 24, Version: 1, Heap: true} }

func (a *arrayAgg) Init(s States) {
	for _, g := range s.Index {
		*(*listed)(s.At(g)) = listed{}
	}
}

func (a *arrayAgg) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	if a.multiset {
		a.picked.pick(&args[0], s.Index, &in)
	} else {
		a.picked.pick(nil, s.Index, &in)
	}
	at := unsafe.Add(s.Base, s.Offset)
	for i, r := range a.picked.plus {
		p := (*listed)(unsafe.Add(at, uintptr(a.picked.plusAt[i])*s.Stride))
		a.entry = appendEntry(a.entry[:0], a.elem, &args[0], int(r))
		p.append(s.Heap, a.entry)
		p.count++
	}
	return nil
}

func appendEntry(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	base, at := v.Base(), v.Index(r)
	switch v.Phys {
	case types.PhysBytes:
		b := base.Views()[at].Bytes(base.Bufs)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
		return append(dst, b...)
	case types.PhysBool:
		if base.Bits().Get(at) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.PhysList, types.PhysStruct:
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		dst = vector.Encoder{}.AppendBody(dst, t, v, r)
		binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
		return dst
	}
	w := v.Phys.Width()
	return append(dst, base.Data[at*w:(at+1)*w]...)
}

func (a *arrayAgg) Merge(s, from States) error {
	for i, g := range s.Index {
		q := (*listed)(from.At(from.Index[i]))
		p := (*listed)(s.At(g))
		p.append(s.Heap, q.bytes(from.Heap))
		p.count += q.count
	}
	return nil
}

func (a *arrayAgg) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*listed)(s.At(g))
		if p.count == 0 && !a.multiset {
			out.AppendNull()
			continue
		}
		a.list(out, p.bytes(s.Heap))
	}
	return nil
}

// list appends the entries of b as one list; those of a multiset stand beside their equals.
func (a *arrayAgg) list(out *vector.Builder, b []byte) {
	if a.multiset {
		a.grouped(out, b)
		return
	}
	for len(b) > 0 {
		b = appendKept(out.Kid(0), a.elem.Phys(), b)
	}
	out.CloseList()
}

func (a *arrayAgg) grouped(out *vector.Builder, b []byte) {
	if a.elements == nil {
		a.elements = vector.NewBuilder(a.elem)
	}
	a.elements.Reset()
	for len(b) > 0 {
		b = appendKept(a.elements, a.elem.Phys(), b)
	}
	elements := a.elements.Finish()
	a.places = a.places[:0]
	for _, o := range kernel.Occurrences(&elements, 0, elements.Len) {
		for range o.Count {
			a.places = append(a.places, uint32(o.Place))
		}
	}
	out.Kid(0).AppendVector(&elements, a.places)
	out.CloseList()
}

// appendKept appends the value of the entry at the front of b, and returns what follows it.
func appendKept(out *vector.Builder, phys types.Phys, b []byte) []byte {
	if b[0] == 0 {
		out.AppendNull()
		return b[1:]
	}
	b = b[1:]
	switch phys {
	case types.PhysBytes:
		n := binary.LittleEndian.Uint32(b)
		out.AppendBytes(b[4 : 4+n])
		return b[4+n:]
	case types.PhysList, types.PhysStruct:
		n := binary.LittleEndian.Uint32(b)
		out.AppendEncodedBody(b[4 : 4+n])
		return b[4+n:]
	}
	return out.AppendEncodedBody(b)
}

func (a *arrayAgg) Detach(s States, g uint32, dst []byte) []byte {
	return (*listed)(s.At(g)).detach(s.Heap, dst)
}

func (a *arrayAgg) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*listed)(s.At(g)).attach(s.Heap, src)
}
