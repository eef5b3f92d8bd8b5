package expr

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// logic evaluates AND and OR in SQL's three values. Each argument is evaluated
// only for the rows that the earlier ones have not decided.
func (p *Program) logic(n *node, sel []uint32) (*vector.Vector, error) {
	decides := n.form == isOr // the value that ends it: FALSE for AND, TRUE for OR
	rows := p.b.Rows
	kernel.Reuse(n.bits(), types.PhysBool, rows)
	out := n.out.Bits()
	clear(out)
	open := sel
	if open == nil {
		open = kernel.Iota(rows)
	}
	var unknown []uint32
	for i, k := range n.kids {
		v, err := p.eval(k, open)
		if err != nil {
			return nil, err
		}
		next := n.sels[i&1][:0]
		for _, r := range open {
			switch {
			case !v.IsValid(int(r)):
				unknown = append(unknown, r)
				next = append(next, r)
			case v.Base().Bits().Get(v.Index(int(r))) == decides:
				out.SetTo(int(r), decides)
			default:
				next = append(next, r)
			}
		}
		n.sels[i&1] = next
		open = next
	}
	for _, r := range open {
		out.SetTo(int(r), !decides)
	}
	if len(unknown) > 0 {
		n.markUnknown(unknown, open)
	}
	return &n.out, nil
}

func (n *node) bits() *vector.Vector {
	if n.out.Phys != types.PhysBool || n.out.Form != vector.Flat {
		n.out = vector.Vector{}
	}
	return &n.out
}

// markUnknown makes the rows NULL that had an unknown argument and were never decided.
func (n *node) markUnknown(unknown, open []uint32) {
	n.out.Valid = vector.NewBitmapSet(n.out.Len)
	undecided := vector.NewBitmap(n.out.Len)
	for _, r := range open {
		undecided.Set(int(r))
	}
	for _, r := range unknown {
		if undecided.Get(int(r)) {
			n.out.Valid.Clear(int(r))
		}
	}
}

// cases evaluates CASE and IF: each value only for the rows whose condition came first.
func (p *Program) cases(n *node, sel []uint32) (*vector.Vector, error) {
	open := sel
	if open == nil {
		open = kernel.Iota(p.b.Rows)
	}
	m := merger{node: n, rows: p.b.Rows}
	m.start()
	last := len(n.kids) - 1
	for i := 0; i < last; i += 2 {
		cond, err := p.eval(n.kids[i], open)
		if err != nil {
			return nil, err
		}
		hit, miss := partition(cond, open)
		if len(hit) > 0 {
			v, err := p.eval(n.kids[i+1], hit)
			if err != nil {
				return nil, err
			}
			m.take(v, hit)
		}
		open = miss
	}
	if len(open) > 0 {
		v, err := p.eval(n.kids[last], open)
		if err != nil {
			return nil, err
		}
		m.take(v, open)
	}
	return m.finish(), nil
}

// partition parts rows into those for which a condition is TRUE and the others.
func partition(cond *vector.Vector, rows []uint32) (hit, miss []uint32) {
	bits := cond.Base().Bits()
	for _, r := range rows {
		if cond.IsValid(int(r)) && bits.Get(cond.Index(int(r))) {
			hit = append(hit, r)
		} else {
			miss = append(miss, r)
		}
	}
	return hit, miss
}

// coalesce evaluates each argument for the rows that are still NULL.
func (p *Program) coalesce(n *node, sel []uint32) (*vector.Vector, error) {
	open := sel
	if open == nil {
		open = kernel.Iota(p.b.Rows)
	}
	m := merger{node: n, rows: p.b.Rows}
	m.start()
	for i, k := range n.kids {
		v, err := p.eval(k, open)
		if err != nil {
			return nil, err
		}
		if i == len(n.kids)-1 {
			m.take(v, open)
			break
		}
		var have, miss []uint32
		for _, r := range open {
			if v.IsValid(int(r)) {
				have = append(have, r)
			} else {
				miss = append(miss, r)
			}
		}
		m.take(v, have)
		if open = miss; len(open) == 0 {
			break
		}
	}
	return m.finish(), nil
}

// merger puts a column together from the values of several, by row.
type merger struct {
	*node
	rows   int
	parts  []vector.Vector // nested layouts: gathered at the end
	picked [][]uint32
}

func (m *merger) start() {
	m.out = vector.Vector{Data: flatData(&m.out)}
	if ph := m.e.Type.Phys(); ph != types.PhysList && ph != types.PhysStruct {
		kernel.Reuse(&m.out, ph, m.rows)
		clear(m.out.Data)
	}
}

// take makes v's values those of some rows.
func (m *merger) take(v *vector.Vector, rows []uint32) {
	if m.out.Phys == types.PhysNull {
		m.parts, m.picked = append(m.parts, *v), append(m.picked, rows)
		return
	}
	if v.Phys == types.PhysNull || v.IsNullConst() {
		m.nulls(rows)
		return
	}
	base := v.Base()
	switch m.out.Phys {
	case types.PhysBool:
		dst, src := m.out.Bits(), base.Bits()
		for _, r := range rows {
			dst.SetTo(int(r), src.Get(v.Index(int(r))))
		}
	case types.PhysInt8:
		put[uint8](&m.out, base, v, rows)
	case types.PhysInt16:
		put[uint16](&m.out, base, v, rows)
	case types.PhysInt32, types.PhysFloat32:
		put[uint32](&m.out, base, v, rows)
	case types.PhysInt64, types.PhysFloat64:
		put[uint64](&m.out, base, v, rows)
	case types.PhysInt128:
		put[types.Int128](&m.out, base, v, rows)
	case types.PhysBytes:
		m.strings(base, v, rows)
	}
	if v.Form != vector.Const && v.Valid != nil {
		for _, r := range rows {
			if !v.Valid.Get(int(r)) {
				m.null(r)
			}
		}
	}
}

func put[T vector.Elem](out, base, v *vector.Vector, rows []uint32) {
	dst, src := vector.Values[T](out), vector.Values[T](base)
	if v.Form == vector.Flat {
		for _, r := range rows {
			dst[r] = src[r]
		}
		return
	}
	for _, r := range rows {
		dst[r] = src[v.Index(int(r))]
	}
}

// strings keeps the views and adds the buffers they point into.
func (m *merger) strings(base, v *vector.Vector, rows []uint32) {
	shift := uint32(len(m.out.Bufs))
	m.out.Bufs = append(m.out.Bufs, base.Bufs...)
	dst, src := m.out.Views(), base.Views()
	for _, r := range rows {
		x := src[v.Index(int(r))]
		if x.Len > vector.InlineLen {
			x.Buf += shift
		}
		dst[r] = x
	}
}

func (m *merger) nulls(rows []uint32) {
	for _, r := range rows {
		m.null(r)
	}
}

func (m *merger) null(r uint32) {
	if m.out.Valid == nil {
		m.out.Valid = vector.NewBitmapSet(m.rows)
	}
	m.out.Valid.Clear(int(r))
}

func (m *merger) finish() *vector.Vector {
	if m.out.Phys == types.PhysNull && m.e.Type.Kind != types.Null {
		m.out = m.nested()
	}
	return &m.out
}

// nested builds a column of a nested layout row by row.
func (m *merger) nested() vector.Vector {
	from := make([]int, m.rows)
	for i := range from {
		from[i] = -1
	}
	for k, rows := range m.picked {
		for _, r := range rows {
			from[r] = k
		}
	}
	b := vector.NewBuilder(m.e.Type)
	for r, k := range from {
		if k < 0 {
			b.AppendNull()
			continue
		}
		b.AppendVector(&m.parts[k], []uint32{uint32(r)})
	}
	return b.Finish()
}
