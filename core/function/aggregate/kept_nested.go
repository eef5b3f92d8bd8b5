package aggregate

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// keepNested is FIRST_VALUE and LAST_VALUE over ARRAY, MAP, MULTISET and ROW: the
// value that is kept lies encoded in the heap.
type keepNested struct {
	last   bool
	elem   types.Type
	picked picked
	entry  []byte
}

func (a *keepNested) Layout() Layout { return Layout{Size: 24, Version: 1, Heap: true} }

func (a *keepNested) Init(s States) {
	for _, g := range s.Index {
		*(*listed)(s.At(g)) = listed{}
	}
}

func (a *keepNested) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	a.picked.pick(&args[0], s.Index, &in)
	at := unsafe.Add(s.Base, s.Offset)
	for i, r := range a.picked.plus {
		p := (*listed)(unsafe.Add(at, uintptr(a.picked.plusAt[i])*s.Stride))
		if p.count > 0 && !a.last {
			continue
		}
		a.entry = vector.Encoder{}.AppendBody(a.entry[:0], a.elem, &args[0], int(r))
		p.set(s.Heap, a.entry)
		p.count = 1
	}
	return nil
}

func (a *keepNested) Merge(s, from States) error {
	for i, g := range s.Index {
		p, q := (*listed)(s.At(g)), (*listed)(from.At(from.Index[i]))
		if q.count > 0 && (p.count == 0 || a.last) {
			p.set(s.Heap, q.bytes(from.Heap))
			p.count = 1
		}
	}
	return nil
}

func (a *keepNested) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*listed)(s.At(g))
		if p.count == 0 {
			out.AppendNull()
			continue
		}
		out.AppendEncodedBody(p.bytes(s.Heap))
	}
	return nil
}

func (a *keepNested) Detach(s States, g uint32, dst []byte) []byte {
	return (*listed)(s.At(g)).detach(s.Heap, dst)
}

func (a *keepNested) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*listed)(s.At(g)).attach(s.Heap, src)
}
