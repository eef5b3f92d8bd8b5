package expr

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Filter finds the rows for which a condition IS TRUE. One goroutine uses it.
type Filter struct {
	prog  *Program
	tests []*node // conjuncts
	sels  [2][]uint32
	match []uint8 // by dictionary entry
}

// CompileFilter prepares a condition over an input with columns of these types.
func CompileFilter(e *Expr, input []types.Type, env *kernel.Env) (*Filter, error) {
	p, err := Compile(Conjuncts(e), input, env)
	if err != nil {
		return nil, err
	}
	return &Filter{prog: p, tests: p.roots}, nil
}

// Select appends to dst, ascending, the rows of b that count and for which the
// condition IS TRUE. Conjuncts see only the rows that the earlier ones have left.
func (f *Filter) Select(b *stream.Batch, dst []uint32) ([]uint32, error) {
	f.prog.start(b)
	sel := b.Sel
	for i, t := range f.tests {
		into := f.sels[i&1][:0]
		if i == len(f.tests)-1 {
			into = dst
		}
		out, err := f.test(t, sel, into)
		if err != nil {
			return nil, err
		}
		if i == len(f.tests)-1 {
			return out, nil
		}
		f.sels[i&1], sel = out, out
		if len(sel) == 0 {
			return dst, nil
		}
		if sel == nil {
			sel = []uint32{}
		}
	}
	return append(dst, sel...), nil
}

// test appends the rows of sel for which one condition IS TRUE.
func (f *Filter) test(n *node, sel, dst []uint32) ([]uint32, error) {
	if n.form == isKernel && isComparison(n.e.Func) && n.done != f.prog.batch {
		return f.compare(n, sel, dst)
	}
	v, err := f.prog.eval(n, sel)
	if err != nil {
		return nil, err
	}
	return f.truths(v, sel, dst), nil
}

func isComparison(name string) bool {
	switch name {
	case Eq, Ne, Lt, Le, Gt, Ge:
		return true
	}
	return false
}

// compare selects without making a column of booleans.
func (f *Filter) compare(n *node, sel, dst []uint32) ([]uint32, error) {
	a, err := f.prog.eval(n.kids[0], sel)
	if err != nil {
		return nil, err
	}
	b, err := f.prog.eval(n.kids[1], sel)
	if err != nil {
		return nil, err
	}
	if a.Form == vector.Const && b.Form == vector.Const {
		v, err := f.prog.apply(n, sel)
		if err != nil {
			return nil, err
		}
		return f.truths(v, sel, dst), nil
	}
	if a.Form == vector.Dict && b.Form == vector.Const && a.Dict.Len <= f.prog.b.Rows {
		return f.compareDict(n.e.Func, a, b, sel, dst), nil
	}
	af, bf := a, b
	if a.Form == vector.Dict {
		n.spread[0] = a.Flatten()
		af = &n.spread[0]
	}
	if b.Form == vector.Dict {
		n.spread[1] = b.Flatten()
		bf = &n.spread[1]
	}
	return kernel.SelectCompare(dst, n.e.Func, af, bf, f.prog.b.Rows, sel), nil
}

// compareDict compares each dictionary entry once.
func (f *Filter) compareDict(op string, a, b *vector.Vector, sel, dst []uint32) []uint32 {
	hits := kernel.SelectCompare(nil, op, a.Dict, b, a.Dict.Len, nil)
	f.match = append(f.match[:0], make([]uint8, a.Dict.Len)...)
	for _, h := range hits {
		f.match[h] = 1
	}
	return f.byCode(a, sel, dst)
}

func (f *Filter) byCode(v *vector.Vector, sel, dst []uint32) []uint32 {
	from := len(dst)
	dst = kernel.SelectCodes(dst, sel, v.Codes, f.match)
	if v.Valid == nil {
		return dst
	}
	kept := dst[:from]
	for _, r := range dst[from:] {
		if v.Valid.Get(int(r)) {
			kept = append(kept, r)
		}
	}
	return kept
}

// truths appends the rows of sel whose BOOLEAN is TRUE.
func (f *Filter) truths(v *vector.Vector, sel, dst []uint32) []uint32 {
	if v.IsNullConst() {
		return dst
	}
	if sel == nil {
		sel = kernel.Iota(f.prog.b.Rows)
	}
	switch v.Form {
	case vector.Const:
		if v.Bits().Get(0) {
			return append(dst, sel...)
		}
		return dst
	case vector.Dict:
		f.match = f.match[:0]
		for i := range v.Dict.Len {
			m := uint8(0)
			if v.Dict.Bits().Get(i) {
				m = 1
			}
			f.match = append(f.match, m)
		}
		return f.byCode(v, sel, dst)
	}
	bits := v.Bits()
	if v.Valid == nil {
		return kernel.KeepValid(dst, sel, f.prog.b.Rows, bits)
	}
	for _, r := range sel {
		if bits.Get(int(r)) && v.Valid.Get(int(r)) {
			dst = append(dst, r)
		}
	}
	return dst
}
