package expr

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Filter finds the rows for which a condition IS TRUE. One goroutine uses it.
type Filter struct {
	prog *Program
	root *test
}

// test is a condition that selects rows, without a column of booleans in between.
type test struct {
	how    how
	want   bool // isValue: the boolean looked for; isNullness: whether it is NULL
	op     string
	n      *node // isValue, isNullness, isRange: what is looked at
	a, b   *node // isComparison
	lo, hi int64 // isRange
	kids   []*test

	sels  [3][]uint32 // scratch of allOf and anyOf
	match []uint8     // by dictionary entry
	of    *vector.Vector
	flat  [2]vector.Vector
}

// how is the way a test selects.
type how uint8

const (
	isValue      how = iota // a BOOLEAN expression
	isNullness              // IS [NOT] NULL
	isComparison            // a op b
	isRange                 // lo <= a <= hi over integer layouts
	allOf                   // AND
	anyOf                   // OR
)

// CompileFilter prepares a condition over an input with columns of these types.
func CompileFilter(e *Expr, input []types.Type, env *kernel.Env) (*Filter, error) {
	p, c := newCompiler(input, env)
	f := &Filter{prog: p}
	root, err := c.test(e, true)
	f.root = root
	return f, err
}

// Select appends to dst, ascending, the rows of b that count and for which the
// condition IS TRUE. Conjuncts see only the rows that the earlier ones have left.
func (f *Filter) Select(b *stream.Batch, dst []uint32) ([]uint32, error) {
	f.prog.start(b)
	return f.run(f.root, b.Sel, dst)
}

// run appends the rows of sel that pass one test.
func (f *Filter) run(t *test, sel, dst []uint32) ([]uint32, error) {
	switch t.how {
	case allOf:
		return f.all(t, sel, dst)
	case anyOf:
		return f.any(t, sel, dst)
	case isComparison:
		return f.compare(t, sel, dst)
	}
	v, err := f.prog.eval(t.n, sel)
	if err != nil {
		return nil, err
	}
	switch t.how {
	case isNullness:
		return f.nullness(t.want, v, sel, dst), nil
	case isRange:
		return f.between(t, v, sel, dst), nil
	}
	return f.truths(t, v, sel, dst), nil
}

func (f *Filter) all(t *test, sel, dst []uint32) ([]uint32, error) {
	last := len(t.kids) - 1
	for i, k := range t.kids[:last] {
		out, err := f.run(k, sel, t.sels[i&1][:0])
		if err != nil {
			return nil, err
		}
		t.sels[i&1] = out
		if len(out) == 0 {
			return dst, nil
		}
		sel = out
	}
	return f.run(t.kids[last], sel, dst)
}

// any tries each alternative on the rows that none before it took.
func (f *Filter) any(t *test, sel, dst []uint32) ([]uint32, error) {
	if sel == nil {
		sel = kernel.Iota(f.prog.b.Rows)
	}
	var taken []uint32
	open := sel
	for i, k := range t.kids {
		hits, err := f.run(k, open, t.sels[2][:0])
		if err != nil {
			return nil, err
		}
		t.sels[2] = hits
		if i == 0 {
			taken = append([]uint32(nil), hits...)
		} else {
			taken = kernel.Union(nil, taken, hits)
		}
		if i < len(t.kids)-1 {
			t.sels[i&1] = kernel.Subtract(t.sels[i&1][:0], open, hits)
			if open = t.sels[i&1]; len(open) == 0 {
				break
			}
		}
	}
	return append(dst, taken...), nil
}

func (f *Filter) compare(t *test, sel, dst []uint32) ([]uint32, error) {
	a, err := f.prog.eval(t.a, sel)
	if err != nil {
		return nil, err
	}
	b, err := f.prog.eval(t.b, sel)
	if err != nil {
		return nil, err
	}
	rows := f.prog.b.Rows
	switch {
	case a.IsNullConst() || b.IsNullConst():
		return dst, nil
	case a.Form == vector.Const && b.Form == vector.Const:
		one := *a // not in t.flat, whose memory is written to
		one.Form, one.Len = vector.Flat, 1
		if len(kernel.SelectCompare(nil, t.op, &one, b, 1, nil)) == 0 {
			return dst, nil
		}
		return f.every(sel, dst), nil
	case a.Form == vector.Dict && b.Form == vector.Const && a.Dict.Len <= rows:
		t.matches(a.Dict, func() []uint32 {
			return kernel.SelectCompare(nil, t.op, a.Dict, b, a.Dict.Len, nil)
		})
		return t.byCode(a, sel, dst), nil
	}
	return kernel.SelectCompare(dst, t.op, t.spread(0, a), t.spread(1, b), rows, sel), nil
}

// spread is v with one value a row, or one for all.
func (t *test) spread(i int, v *vector.Vector) *vector.Vector {
	if v.Form != vector.Dict {
		return v
	}
	flattenInto(&t.flat[i], v)
	return &t.flat[i]
}

func (f *Filter) between(t *test, v *vector.Vector, sel, dst []uint32) []uint32 {
	switch {
	case v.IsNullConst() || t.lo > t.hi:
		return dst
	case v.Form == vector.Const:
		one := *v
		one.Form, one.Len = vector.Flat, 1
		if len(kernel.SelectBetween(nil, &one, t.lo, t.hi, 1, nil)) == 0 {
			return dst
		}
		return f.every(sel, dst)
	case v.Form == vector.Dict && v.Dict.Len <= f.prog.b.Rows:
		t.matches(v.Dict, func() []uint32 {
			return kernel.SelectBetween(nil, v.Dict, t.lo, t.hi, v.Dict.Len, nil)
		})
		return t.byCode(v, sel, dst)
	}
	return kernel.SelectBetween(dst, t.spread(0, v), t.lo, t.hi, f.prog.b.Rows, sel)
}

// matches notes which entries of a dictionary pass, once a dictionary: its
// descriptor stands for its contents, which never change.
func (t *test) matches(dict *vector.Vector, hits func() []uint32) {
	if t.of == dict {
		return
	}
	t.of = dict
	t.match = append(t.match[:0], make([]uint8, dict.Len)...)
	for _, h := range hits() {
		t.match[h] = 1
	}
}

func (t *test) byCode(v *vector.Vector, sel, dst []uint32) []uint32 {
	from := len(dst)
	dst = kernel.SelectCodes(dst, sel, v.Codes, t.match)
	if v.Valid == nil {
		return dst
	}
	kept := kernel.KeepValid(dst[:from], dst[from:], 0, v.Valid)
	return dst[:len(kept)]
}

func (f *Filter) every(sel, dst []uint32) []uint32 {
	if sel == nil {
		sel = kernel.Iota(f.prog.b.Rows)
	}
	return append(dst, sel...)
}

func (f *Filter) nullness(null bool, v *vector.Vector, sel, dst []uint32) []uint32 {
	rows := f.prog.b.Rows
	constant := v.Form == vector.Const || v.Phys == types.PhysNull || v.Valid == nil
	switch {
	case constant && v.IsNullConst() == null:
		return f.every(sel, dst)
	case constant:
		return dst
	case null:
		return kernel.KeepClear(dst, sel, rows, v.Valid)
	}
	return kernel.KeepValid(dst, sel, rows, v.Valid)
}

// truths appends the rows of sel whose BOOLEAN is the one wanted.
func (f *Filter) truths(t *test, v *vector.Vector, sel, dst []uint32) []uint32 {
	rows := f.prog.b.Rows
	switch {
	case v.IsNullConst():
		return dst
	case v.Form == vector.Const:
		if v.Bits().Get(0) == t.want {
			return f.every(sel, dst)
		}
		return dst
	case v.Form == vector.Dict:
		t.match = t.match[:0]
		for i := range v.Dict.Len {
			m := uint8(0)
			if v.Dict.Bits().Get(i) == t.want {
				m = 1
			}
			t.match = append(t.match, m)
		}
		return t.byCode(v, sel, dst)
	}
	from := len(dst)
	if t.want {
		dst = kernel.KeepValid(dst, sel, rows, v.Bits())
	} else {
		dst = kernel.KeepClear(dst, sel, rows, v.Bits())
	}
	if v.Valid != nil {
		kept := kernel.KeepValid(dst[:from], dst[from:], 0, v.Valid)
		dst = dst[:len(kept)]
	}
	return dst
}
