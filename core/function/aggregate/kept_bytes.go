package aggregate

import (
	"bytes"
	"unsafe"

	"github.com/weir-engine/weir/core/vector"
)

type keptString struct {
	blob
	prefix uint64 // the first bytes, big-endian: most comparisons end here
	has    uint64
}

// keepBytes is MIN, MAX, FIRST_VALUE and LAST_VALUE over strings and bytes.
type keepBytes struct {
	rule   rule
	picked picked
}

func (a *keepBytes) Layout() Layout { return Layout{Size: 32, Version: 1, Heap: true} }

func (a *keepBytes) Init(s States) {
	for _, g := range s.Index {
		*(*keptString)(s.At(g)) = keptString{}
	}
}

func (a *keepBytes) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	v := &args[0]
	a.picked.pick(v, s.Index, &in)
	if len(a.picked.plus) == 0 {
		return nil
	}
	base := v.Base()
	views := base.Views()
	at := unsafe.Add(s.Base, s.Offset)
	for i, r := range a.picked.plus {
		p := (*keptString)(unsafe.Add(at, uintptr(a.picked.plusAt[i])*s.Stride))
		a.fold(p, s.Heap, views[v.Index(int(r))].Bytes(base.Bufs))
	}
	return nil
}

func (a *keepBytes) fold(p *keptString, h *Heap, x []byte) {
	prefix := prefixOf(x)
	if p.has != 0 && !a.wins(p, h, x, prefix) {
		return
	}
	p.set(h, x)
	p.prefix, p.has = prefix, 1
}

func (a *keepBytes) wins(p *keptString, h *Heap, x []byte, prefix uint64) bool {
	switch a.rule {
	case keepFirst:
		return false
	case keepLast:
		return true
	case keepMin:
		return prefix < p.prefix || prefix == p.prefix && bytes.Compare(x, p.bytes(h)) < 0
	}
	return prefix > p.prefix || prefix == p.prefix && bytes.Compare(x, p.bytes(h)) > 0
}

func prefixOf(x []byte) uint64 {
	var p uint64
	for i := range min(len(x), 8) {
		p |= uint64(x[i]) << (56 - 8*i)
	}
	return p
}

func (a *keepBytes) Merge(s, from States) error {
	for i, g := range s.Index {
		if q := (*keptString)(from.At(from.Index[i])); q.has != 0 {
			a.fold((*keptString)(s.At(g)), s.Heap, q.bytes(from.Heap))
		}
	}
	return nil
}

func (a *keepBytes) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		if p := (*keptString)(s.At(g)); p.has != 0 {
			out.AppendBytes(p.bytes(s.Heap))
		} else {
			out.AppendNull()
		}
	}
	return nil
}

func (a *keepBytes) Detach(s States, g uint32, dst []byte) []byte {
	return (*keptString)(s.At(g)).detach(s.Heap, dst)
}

func (a *keepBytes) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*keptString)(s.At(g)).attach(s.Heap, src)
}
