package aggregate

import (
	"errors"
	"unsafe"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// rule says which of a group's values is kept.
type rule uint8

const (
	keepMin rule = iota
	keepMax
	keepFirst
	keepLast
)

// errRetract is a broken plan: the operator must keep entries for these.
var errRetract = errors.New("aggregate: a retraction reached an accumulator that needs entries")

func refuseRetract(kinds []stream.RowKind) error {
	for _, k := range kinds {
		if k.IsRetract() {
			return errRetract
		}
	}
	return nil
}

type keptFixed[T vector.Elem] struct {
	value T
	has   uint64
}

// number is the fixed layouts whose order is Go's.
type number interface {
	int8 | int16 | int32 | int64 | uint8 | float32 | float64
}

// keepFixed is MIN, MAX, FIRST_VALUE and LAST_VALUE over numbers, times and BOOLEAN.
type keepFixed[T number] struct {
	rule    rule
	boolean bool
	operand operand[T]
	bytes   []uint8
}

func (a *keepFixed[T]) Layout() Layout { return Layout{Size: 16, Version: 1} }

func (a *keepFixed[T]) Init(s States) {
	for _, g := range s.Index {
		*(*keptFixed[T])(s.At(g)) = keptFixed[T]{}
	}
}

func (a *keepFixed[T]) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	v := args[0]
	if a.boolean && v.Phys == types.PhysBool {
		if !v.IsNullConst() {
			v = bitsAsBytes(&v, a.bytes)
		}
	}
	a.operand.take(&s, &v, &in)
	a.fold(unsafe.Add(s.Base, s.Offset), s.Stride, a.operand.values, a.operand.groups)
	return nil
}

func (a *keepFixed[T]) fold(base unsafe.Pointer, stride uintptr, values []T, groups []uint32) {
	groups = groups[:len(values)]
	switch a.rule {
	case keepMin:
		for i, x := range values {
			p := (*keptFixed[T])(unsafe.Add(base, uintptr(groups[i])*stride))
			if p.has == 0 || before(x, p.value) {
				p.value, p.has = x, 1
			}
		}
	case keepMax:
		for i, x := range values {
			p := (*keptFixed[T])(unsafe.Add(base, uintptr(groups[i])*stride))
			if p.has == 0 || before(p.value, x) {
				p.value, p.has = x, 1
			}
		}
	case keepFirst:
		for i, x := range values {
			p := (*keptFixed[T])(unsafe.Add(base, uintptr(groups[i])*stride))
			if p.has == 0 {
				p.value, p.has = x, 1
			}
		}
	case keepLast:
		for i, x := range values {
			p := (*keptFixed[T])(unsafe.Add(base, uintptr(groups[i])*stride))
			p.value, p.has = x, 1
		}
	}
}

// before orders values with NaN last, so that the answer does not depend on the order of rows.
func before[T number](a, b T) bool { return a < b || b != b && a == a }

func (a *keepFixed[T]) Merge(s, from States) error {
	for i, g := range s.Index {
		q := (*keptFixed[T])(from.At(from.Index[i]))
		if q.has != 0 {
			a.fold(s.At(g), 0, []T{q.value}, []uint32{0})
		}
	}
	return nil
}

func (a *keepFixed[T]) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		p := (*keptFixed[T])(s.At(g))
		switch {
		case p.has == 0:
			out.AppendNull()
		case a.boolean:
			out.AppendBool(p.value != 0)
		default:
			vector.Append(out, p.value)
		}
	}
	return nil
}

type kept128 struct {
	value types.Int128
	has   uint64
}

// keep128 is keepFixed for long decimals.
type keep128 struct {
	rule    rule
	operand operand[types.Int128]
}

func (a *keep128) Layout() Layout { return Layout{Size: 24, Version: 1} }

func (a *keep128) Init(s States) {
	for _, g := range s.Index {
		*(*kept128)(s.At(g)) = kept128{}
	}
}

func (a *keep128) Update(s States, args []vector.Vector, in Input) error {
	if err := refuseRetract(in.Kinds); err != nil {
		return err
	}
	a.operand.take(&s, &args[0], &in)
	base := unsafe.Add(s.Base, s.Offset)
	for i, x := range a.operand.values {
		a.fold((*kept128)(unsafe.Add(base, uintptr(a.operand.groups[i])*s.Stride)), x)
	}
	return nil
}

func (a *keep128) fold(p *kept128, x types.Int128) {
	if p.has == 0 || a.rule == keepLast ||
		a.rule == keepMin && less128(x, p.value) || a.rule == keepMax && less128(p.value, x) {
		p.value, p.has = x, 1
	}
}

func less128(a, b types.Int128) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

func (a *keep128) Merge(s, from States) error {
	for i, g := range s.Index {
		if q := (*kept128)(from.At(from.Index[i])); q.has != 0 {
			a.fold((*kept128)(s.At(g)), q.value)
		}
	}
	return nil
}

func (a *keep128) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		if p := (*kept128)(s.At(g)); p.has != 0 {
			vector.Append(out, p.value)
		} else {
			out.AppendNull()
		}
	}
	return nil
}

// single is SINGLE_VALUE: it counts all rows, NULLs too, around an accumulator that keeps the last value.
type single struct {
	last Accumulator
}

func (a *single) Layout() Layout {
	l := a.last.Layout()
	l.Size += 8
	return l
}

func (a *single) inner(s States) States { s.Offset += 8; return s }

func (a *single) Init(s States) {
	for _, g := range s.Index {
		*(*int64)(s.At(g)) = 0
	}
	a.last.Init(a.inner(s))
}

// Update goes row by row: a group has one row, so that there is nothing to gain
// from loops, and the order of changes decides.
func (a *single) Update(s States, args []vector.Vector, in Input) error {
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		if err := a.row(s, args, r, in); err != nil {
			return err
		}
	}
	return nil
}

func (a *single) row(s States, args []vector.Vector, r uint32, in Input) error {
	g := s.Index[r]
	rows := (*int64)(s.At(g))
	one := a.inner(s)
	if in.Kinds != nil && in.Kinds[r].IsRetract() {
		*rows--
		if *rows == 0 {
			one.Index = []uint32{g}
			a.last.Init(one)
		}
		return nil
	}
	*rows++
	if !args[0].IsValid(int(r)) {
		one.Index = []uint32{g}
		a.last.Init(one)
		return nil
	}
	return a.last.Update(one, args, Input{Rows: in.Rows, Sel: []uint32{r}})
}

func (a *single) Merge(s, from States) error {
	for i, g := range s.Index {
		*(*int64)(s.At(g)) += *(*int64)(from.At(from.Index[i]))
	}
	return a.last.Merge(a.inner(s), a.inner(from))
}

func (a *single) Result(s States, out *vector.Builder) error {
	for _, g := range s.Index {
		if *(*int64)(s.At(g)) > 1 {
			return sqlerr.Newf(sqlerr.Cardinality, "SINGLE_VALUE saw more than one row in a group").
				WithHint("a scalar subquery must give at most one row: add a condition, LIMIT 1, or an aggregate")
		}
	}
	return a.last.Result(a.inner(s), out)
}

func (a *single) Detach(s States, g uint32, dst []byte) []byte {
	if p, ok := a.last.(Portable); ok {
		return p.Detach(a.inner(s), g, dst)
	}
	return dst
}

func (a *single) Attach(s States, g uint32, src []byte) ([]byte, error) {
	if p, ok := a.last.(Portable); ok {
		return p.Attach(a.inner(s), g, src)
	}
	return src, nil
}
