package aggregate

import (
	"math/bits"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// decimalSum is a 192-bit sum: no number of 38-digit values that fits in memory
// overflows it, so that only the result decides on overflow, whatever the order
// of the rows and whatever is retracted later.
type decimalSum struct {
	lo, mid uint64
	hi      int64
	count   int64
}

func (p *decimalSum) add(lo, mid, hi uint64) {
	var c uint64
	p.lo, c = bits.Add64(p.lo, lo, 0)
	p.mid, c = bits.Add64(p.mid, mid, c)
	p.hi += int64(hi + c)
}

func (p *decimalSum) sub(lo, mid, hi uint64) {
	var c uint64
	p.lo, c = bits.Sub64(p.lo, lo, 0)
	p.mid, c = bits.Sub64(p.mid, mid, c)
	p.hi -= int64(hi + c)
}

// sumDecimal is SUM and AVG over DECIMAL. The argument has scale; the result has resultScale.
type sumDecimal struct {
	as      finish
	long    bool // the argument is 128 bits wide
	result  types.Type
	scale   int
	narrow  operand[int64]
	operand operand[types.Int128]
}

func (a *sumDecimal) Layout() Layout { return Layout{Size: 32, Version: 1} }
func (a *sumDecimal) state() string  { return "sum of decimals" }

func (a *sumDecimal) Init(s States) {
	for _, g := range s.Index {
		*(*decimalSum)(s.At(g)) = decimalSum{}
	}
}

func (a *sumDecimal) Update(s States, args []vector.Vector, in Input) error {
	base := unsafe.Add(s.Base, s.Offset)
	if !a.long {
		o := &a.narrow
		o.take(&s, &args[0], &in)
		addShort(base, s.Stride, o.values, o.groups)
		subShort(base, s.Stride, o.minusValues, o.minusGroups)
		return nil
	}
	o := &a.operand
	o.take(&s, &args[0], &in)
	addLong(base, s.Stride, o.values, o.groups)
	for i, x := range o.minusValues {
		p := (*decimalSum)(unsafe.Add(base, uintptr(o.minusGroups[i])*s.Stride))
		p.sub(x.Lo, uint64(x.Hi), uint64(x.Hi>>63))
		p.count--
	}
	return nil
}

// addShort touches the upper words only when the low one carries or borrows:
// a branch that is nearly always taken the same way costs less than the chain.
func addShort(base unsafe.Pointer, stride uintptr, values []int64, groups []uint32) {
	groups = groups[:len(values)]
	for i, x := range values {
		p := (*decimalSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		lo, c := bits.Add64(p.lo, uint64(x), 0)
		p.lo = lo
		p.count++
		if up := int64(c) + x>>63; up != 0 {
			p.carry(up)
		}
	}
}

func subShort(base unsafe.Pointer, stride uintptr, values []int64, groups []uint32) {
	groups = groups[:len(values)]
	for i, x := range values {
		p := (*decimalSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		p.sub(uint64(x), uint64(x>>63), uint64(x>>63))
		p.count--
	}
}

// carry adds up, 1 or -1, to the words above the lowest.
func (p *decimalSum) carry(up int64) {
	var c uint64
	p.mid, c = bits.Add64(p.mid, uint64(up), 0)
	p.hi += int64(c) + up>>63
}

func addLong(base unsafe.Pointer, stride uintptr, values []types.Int128, groups []uint32) {
	groups = groups[:len(values)]
	for i := range values {
		x := &values[i]
		p := (*decimalSum)(unsafe.Add(base, uintptr(groups[i])*stride))
		lo, c := bits.Add64(p.lo, x.Lo, 0)
		mid, c := bits.Add64(p.mid, uint64(x.Hi), c)
		p.lo, p.mid = lo, mid
		p.count++
		if up := int64(c) + x.Hi>>63; up != 0 {
			p.hi += up
		}
	}
}

func (a *sumDecimal) Merge(s, from States) error {
	for i, g := range s.Index {
		p, q := (*decimalSum)(s.At(g)), (*decimalSum)(from.At(from.Index[i]))
		p.add(q.lo, q.mid, uint64(q.hi))
		p.count += q.count
	}
	return nil
}

func (a *sumDecimal) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*decimalSum)(s.At(g))
		if p.count == 0 && a.as != asSum0 {
			out.AppendNull()
			continue
		}
		neg, w := p.magnitude()
		ok := fits38(w)
		if ok && a.as == asAvg {
			w = divRound(mul(w, pow10(a.result.Scale-a.scale)), uint64(p.count))
			ok = fits38(w)
		}
		if !ok {
			out.AppendNull()
			continue
		}
		appendDecimal(out, a.result, neg, w)
	}
	return nil
}

func (p *decimalSum) magnitude() (neg bool, w words) {
	if p.hi >= 0 {
		return false, words{p.lo, p.mid, uint64(p.hi), 0}
	}
	var n decimalSum
	n.sub(p.lo, p.mid, uint64(p.hi))
	return true, words{n.lo, n.mid, uint64(n.hi), 0}
}

// words is an unsigned 256-bit integer, low word first.
type words [4]uint64

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

func mul(w words, by uint64) (out words) {
	var carry uint64
	for i := range w {
		hi, lo := bits.Mul64(w[i], by)
		var c uint64
		out[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return out
}

// divRound divides, half up.
func divRound(w words, by uint64) (out words) {
	var rem uint64
	for i := len(w) - 1; i >= 0; i-- {
		out[i], rem = bits.Div64(rem, w[i], by)
	}
	if rem >= by-rem {
		c := uint64(1)
		for i := range out {
			out[i], c = bits.Add64(out[i], 0, c)
		}
	}
	return out
}

// 10^38, which no DECIMAL reaches.
const (
	limitLo = 0x098a224000000000
	limitHi = 0x4b3b4ca85a86c47a
)

func fits38(w words) bool {
	return w[3] == 0 && w[2] == 0 && (w[1] < limitHi || w[1] == limitHi && w[0] < limitLo)
}

// appendDecimal appends a value of at most 38 digits in the layout of t.
func appendDecimal(out *vector.Builder, t types.Type, neg bool, w words) {
	lo, hi := w[0], int64(w[1])
	if neg {
		var c uint64
		lo, c = bits.Sub64(0, lo, 0)
		hi = -hi - int64(c)
	}
	if t.Phys() == types.PhysInt64 {
		vector.Append(out, int64(lo))
		return
	}
	vector.Append(out, types.Int128{Lo: lo, Hi: hi})
}
