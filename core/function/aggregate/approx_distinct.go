package aggregate

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/vector"
)

// 4,096 registers: a standard error of 1.04/√4096 = 1.6 %.
const (
	registerBits = 12
	registers    = 1 << registerBits
)

type sketch struct {
	blob
}

// approxDistinct is HyperLogLog over the engine's one hash.
type approxDistinct struct {
	picked picked
	hashes []uint64
}

func (a *approxDistinct) Layout() Layout { return Layout{Size: 16, Version: 1, Heap: true} }

func (a *approxDistinct) Init(s States) {
	for _, g := range s.Index {
		*(*sketch)(s.At(g)) = sketch{}
	}
}

// registersOf makes the registers of a group on its first value.
func (p *sketch) registersOf(h *Heap) []byte {
	if p.len == 0 {
		p.reserve(h, registers, registers)
		p.len = registers
		clear(p.bytes(h))
	}
	return p.bytes(h)
}

func (a *approxDistinct) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	a.picked.pick(&args[0], s.Index, &in)
	if len(a.picked.plus) == 0 {
		return nil
	}
	if cap(a.hashes) < in.Rows {
		a.hashes = make([]uint64, in.Rows)
	}
	hashes := a.hashes[:in.Rows]
	kernel.HashColumns(args[:1], in.Rows, a.picked.plus, hashes)
	at := unsafe.Add(s.Base, s.Offset)
	for i, r := range a.picked.plus {
		p := (*sketch)(unsafe.Add(at, uintptr(a.picked.plusAt[i])*s.Stride))
		regs := p.registersOf(s.Heap)
		h := scramble(hashes[r])
		rank := uint8(bits.LeadingZeros64(h<<registerBits|1<<(registerBits-1)) + 1)
		if k := h >> (64 - registerBits); regs[k] < rank {
			regs[k] = rank
		}
	}
	return nil
}

// scramble spreads each bit of a hash over all: the one hash is good enough for
// tables, but runs of integers leave traces that bias the ranks by a few percent.
func scramble(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func (a *approxDistinct) Merge(s, from States) error {
	for i, g := range s.Index {
		q := (*sketch)(from.At(from.Index[i]))
		if q.len == 0 {
			continue
		}
		regs := (*sketch)(s.At(g)).registersOf(s.Heap)
		for k, rank := range q.bytes(from.Heap) {
			regs[k] = max(regs[k], rank)
		}
	}
	return nil
}

func (a *approxDistinct) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*sketch)(s.At(g))
		if p.len == 0 {
			vector.Append(out, int64(0))
			continue
		}
		vector.Append(out, estimate(p.bytes(s.Heap)))
	}
	return nil
}

// estimate is the raw estimate, by linear counting where it is small.
func estimate(regs []byte) int64 {
	const m = float64(registers)
	sum, zeros := 0.0, 0
	for _, rank := range regs {
		sum += math.Ldexp(1, -int(rank))
		if rank == 0 {
			zeros++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(m/float64(zeros))
	}
	return int64(math.Round(e))
}

func (a *approxDistinct) Detach(s States, g uint32, dst []byte) []byte {
	return (*sketch)(s.At(g)).detach(s.Heap, dst)
}

func (a *approxDistinct) Attach(s States, g uint32, src []byte) ([]byte, error) {
	return (*sketch)(s.At(g)).attach(s.Heap, src)
}
