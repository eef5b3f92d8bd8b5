package expr

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Eval evaluates all expressions for the rows of b that count. Results have
// b.Rows rows, of which only those are defined; they are lent until the next Eval.
func (p *Program) Eval(b *stream.Batch, out []vector.Vector) error {
	p.start(b)
	for i, n := range p.roots {
		v, err := p.eval(n, b.Sel)
		if err != nil {
			return err
		}
		out[i] = *v
		if out[i].Form == vector.Const {
			out[i].Len = b.Rows
		}
	}
	return nil
}

func (p *Program) start(b *stream.Batch) {
	p.batch++
	p.b = b
}

// eval evaluates one node for some rows. What is evaluated for all rows of the
// batch is remembered.
func (p *Program) eval(n *node, sel []uint32) (*vector.Vector, error) {
	switch n.form {
	case isColumn:
		return &p.b.Cols[n.e.Col], nil
	case isLiteral:
		n.out.Len = p.b.Rows
		return &n.out, nil
	}
	if n.done == p.batch {
		return n.value, nil
	}
	v, err := p.compute(n, sel)
	if err != nil {
		return nil, err
	}
	if sameRows(sel, p.b.Sel) {
		n.done, n.value = p.batch, v
	}
	return v, nil
}

// sameRows reports whether two selections are one and the same slice.
func sameRows(a, b []uint32) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (p *Program) compute(n *node, sel []uint32) (*vector.Vector, error) {
	switch n.form {
	case isSame:
		return p.eval(n.kids[0], sel)
	case isAnd, isOr:
		return p.logic(n, sel)
	case isCase:
		return p.cases(n, sel)
	case isCoalesce:
		return p.coalesce(n, sel)
	case isField:
		return p.field(n, sel)
	}
	return p.apply(n, sel)
}

// apply runs a kernel over the values of its arguments.
func (p *Program) apply(n *node, sel []uint32) (*vector.Vector, error) {
	dicts := -1
	constant := true
	for i, k := range n.kids {
		v, err := p.eval(k, sel)
		if err != nil {
			return nil, err
		}
		n.args[i] = v
		switch v.Form {
		case vector.Dict:
			constant, dicts = false, dictArg(dicts, i)
		case vector.Flat:
			constant, dicts = false, many
		}
		if n.kernel.Nulls == kernel.NullPropagates && v.IsNullConst() {
			n.out = kernel.NullVector(n.e.Type.Phys(), p.b.Rows, nil)
			return &n.out, nil
		}
	}
	if dicts >= 0 && p.worthDict(n, dicts) {
		return p.applyDict(n, dicts, sel)
	}
	rows := p.b.Rows
	if constant && !n.volatile {
		return p.applyConst(n)
	}
	p.flatten(n)
	return p.run(n, rows, sel)
}

const many = -2

// dictArg keeps the one dictionary argument, many when there is more than one.
func dictArg(have, i int) int {
	if have == -1 {
		return i
	}
	return many
}

func (p *Program) flatten(n *node) {
	for i, v := range n.args {
		if v.Form == vector.Dict {
			flattenInto(&n.spread[i], v)
			n.args[i] = &n.spread[i]
		}
	}
}

// flattenInto writes the values of a dictionary column, one a row, into dst's memory.
func flattenInto(dst, v *vector.Vector) {
	if !v.Phys.IsFixed() && v.Phys != types.PhysBytes {
		*dst = v.Flatten()
		return
	}
	valid := v.Valid
	kernel.Gather(dst, v.Dict, v.Codes)
	dst.Valid = valid
}

// run calls the kernel with n.args, which are Flat or Const.
func (p *Program) run(n *node, rows int, sel []uint32) (*vector.Vector, error) {
	c := &n.call
	c.Args, c.Rows, c.Sel, c.Valid = n.args, rows, sel, nil
	if n.kernel.Nulls == kernel.NullPropagates {
		c.Valid = n.validity(rows)
	}
	if !n.out.Phys.IsFixed() || n.out.Form != vector.Flat {
		n.out = vector.Vector{Data: flatData(&n.out)}
	}
	kernel.Reuse(&n.out, n.e.Type.Phys(), rows)
	c.Out = &n.out
	if err := n.kernel.Eval(c); err != nil {
		return nil, placed(err, n.e.Pos)
	}
	if n.kernel.Nulls == kernel.NullPropagates && c.Valid != nil {
		n.out.Valid = vector.And(nil, n.out.Valid, c.Valid, rows)
	}
	return &n.out, nil
}

// flatData is memory that a Flat result may be written to again.
func flatData(v *vector.Vector) []byte {
	if v.Form == vector.Flat {
		return v.Data
	}
	return nil
}

// validity is the rows that are NULL in no argument; nil for all.
func (n *node) validity(rows int) vector.Bitmap {
	var valid vector.Bitmap
	for _, v := range n.args {
		if v.Form == vector.Flat && v.Valid != nil {
			if valid == nil {
				valid = v.Valid
				continue
			}
			n.valid = vector.And(n.valid, valid, v.Valid, rows)
			valid = n.valid
		}
	}
	return valid
}

// applyConst evaluates a call whose arguments are all constant, for one row.
func (p *Program) applyConst(n *node) (*vector.Vector, error) {
	for i, v := range n.args {
		n.views[i] = *v
		n.views[i].Form, n.views[i].Len = vector.Flat, 1
		n.args[i] = &n.views[i]
	}
	v, err := p.run(n, 1, nil)
	if err != nil {
		return nil, err
	}
	v.Form, v.Len = vector.Const, p.b.Rows
	return v, nil
}

// field reads a field of a ROW: NULL where the row is.
func (p *Program) field(n *node, sel []uint32) (*vector.Vector, error) {
	row, err := p.eval(n.kids[0], sel)
	if err != nil {
		return nil, err
	}
	if row.IsNullConst() {
		n.out = kernel.NullVector(n.e.Type.Phys(), p.b.Rows, nil)
		return &n.out, nil
	}
	flat := row
	if row.Form != vector.Flat {
		n.spread = append(n.spread[:0], row.Flatten())
		flat = &n.spread[0]
	}
	n.out = flat.Kids[n.e.Args[1].Lit.I]
	if flat.Valid != nil {
		if n.out.Form == vector.Const {
			n.out = n.out.Flatten()
		}
		n.valid = vector.And(n.valid, flat.Valid, n.out.Valid, flat.Len)
		n.out.Valid = n.valid
	}
	return &n.out, nil
}

// dictionary is what a call gave for the entries of a dictionary.
type dictionary struct {
	of  *vector.Vector
	out *vector.Vector // a new one for each dictionary: its address stands for its contents
}

// worthDict reports whether evaluating the entries once is less work than evaluating the rows.
func (p *Program) worthDict(n *node, at int) bool {
	v := n.args[at]
	if n.kernel.Nulls != kernel.NullPropagates || n.volatile {
		return false
	}
	return n.dict.of == v.Dict || v.Dict.Len <= p.b.Rows
}

// applyDict evaluates a call over the entries of its dictionary argument, and
// keeps the result for as long as batches bring the same dictionary.
func (p *Program) applyDict(n *node, at int, sel []uint32) (*vector.Vector, error) {
	v := n.args[at]
	if n.dict.of != v.Dict {
		n.views[at] = *v.Dict
		n.args[at] = &n.views[at]
		out, err := p.run(n, v.Dict.Len, nil)
		if err != nil || out.Valid != nil {
			// An entry that fails may belong to no row; one that gives NULL does not fit a dictionary.
			n.args[at] = v
			p.flatten(n)
			n.dict.of = nil
			return p.run(n, p.b.Rows, sel)
		}
		own := ownCopy(n.e.Type, out)
		n.dict = dictionary{of: v.Dict, out: &own}
	}
	n.out = vector.Vector{Phys: n.dict.out.Phys, Form: vector.Dict, Len: v.Len, Valid: v.Valid, Codes: v.Codes, Dict: n.dict.out}
	return &n.out, nil
}

func ownCopy(t types.Type, v *vector.Vector) vector.Vector {
	b := vector.NewBuilder(t)
	b.AppendVector(v, nil)
	return b.Finish()
}
