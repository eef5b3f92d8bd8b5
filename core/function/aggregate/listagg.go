package aggregate

import (
	"unsafe"

	"github.com/weir-engine/weir/core/vector"
)

type joined struct {
	blob
	separator uint64 // its length
}

// listAgg joins strings. Each string is kept behind its separator, so that
// states merge by appending and the result leaves out the first separator only.
type listAgg struct {
	picked picked
}

func (a *listAgg) Layout() Layout { return Layout{Size: 24, Version: 1, Heap: true} }

func (a *listAgg) Init(s States) {
	for _, g := range s.Index {
		*(*joined)(s.At(g)) = joined{}
	}
}

func (a *listAgg) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	v := &args[0]
	separator := []byte{','}
	if len(args) > 1 && in.Rows > 0 {
		separator = args[1].Bytes(0)
	}
	a.picked.pick(v, s.Index, &in)
	if len(a.picked.plus) == 0 {
		return nil
	}
	base := v.Base()
	views := base.Views()
	at := unsafe.Add(s.Base, s.Offset)
	for i, r := range a.picked.plus {
		p := (*joined)(unsafe.Add(at, uintptr(a.picked.plusAt[i])*s.Stride))
		p.separator = uint64(len(separator)) | hasJoined
		p.append(s.Heap, separator)
		p.append(s.Heap, views[v.Index(int(r))].Bytes(base.Bufs))
	}
	return nil
}

// hasJoined marks a state that has seen a string, which may have been empty.
const hasJoined = 1 << 63

func (a *listAgg) Merge(s, from States) error {
	for i, g := range s.Index {
		q := (*joined)(from.At(from.Index[i]))
		if q.separator == 0 {
			continue
		}
		p := (*joined)(s.At(g))
		p.separator = q.separator
		p.append(s.Heap, q.bytes(from.Heap))
	}
	return nil
}

func (a *listAgg) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		if p := (*joined)(s.At(g)); p.separator != 0 {
			out.AppendBytes(p.bytes(s.Heap)[p.separator&^hasJoined:])
		} else {
			out.AppendNull()
		}
	}
	return nil
}

func (a *listAgg) Detach(s States, g uint32, dst []byte) []byte {
	return (*joined)(s.At(g)).detach(s.Heap, dst)
}

func (a *listAgg) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*joined)(s.At(g)).attach(s.Heap, src)
}
