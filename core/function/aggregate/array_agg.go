package aggregate

import (
	"encoding/binary"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

type listed struct {
	blob
	count uint64
}

// arrayAgg keeps values one behind another: a byte that says whether the value
// is there, then its bytes, with their length in front for strings.
type arrayAgg struct {
	elem   types.Type
	picked picked
	entry  []byte
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
	a.picked.pick(nil, s.Index, &in)
	at := unsafe.Add(s.Base, s.Offset)
	for i, r := range a.picked.plus {
		p := (*listed)(unsafe.Add(at, uintptr(a.picked.plusAt[i])*s.Stride))
		a.entry = appendEntry(a.entry[:0], &args[0], int(r))
		p.append(s.Heap, a.entry)
		p.count++
	}
	return nil
}

func appendEntry(dst []byte, v *vector.Vector, r int) []byte {
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
		if p.count == 0 {
			out.AppendNull()
			continue
		}
		items := make([]types.Value, 0, p.count)
		for b := p.bytes(s.Heap); len(b) > 0; {
			var v types.Value
			if v, b = a.next(b); len(items) < cap(items) {
				items = append(items, v)
			}
		}
		out.AppendValue(types.Value{Items: items})
	}
	return nil
}

// next reads the entry at the front of b.
func (a *arrayAgg) next(b []byte) (types.Value, []byte) {
	if b[0] == 0 {
		return types.NullValue(), b[1:]
	}
	b = b[1:]
	phys := a.elem.Phys()
	switch phys {
	case types.PhysBytes:
		n := binary.LittleEndian.Uint32(b)
		return types.BytesValue(b[4 : 4+n]), b[4+n:]
	case types.PhysBool:
		return types.BoolValue(b[0] != 0), b[1:]
	}
	w := phys.Width()
	words := make([]uint64, 2) // aligned
	data := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 16)
	copy(data, b[:w])
	v := vector.Vector{Phys: phys, Len: 1, Data: data[:w]}
	return v.ValueAt(0), b[w:]
}

func (a *arrayAgg) Detach(s States, g uint32, dst []byte) []byte {
	return (*listed)(s.At(g)).detach(s.Heap, dst)
}

func (a *arrayAgg) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*listed)(s.At(g)).attach(s.Heap, src)
}
