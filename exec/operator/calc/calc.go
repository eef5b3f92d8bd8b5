package calc

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Calc filters by selection and projects by evaluating whole columns. What it
// emits shares its input's columns where an expression is a bare column, and
// otherwise its own scratch columns, which the next batch overwrites.
type Calc struct {
	stateless
	spec   *physical.Calc
	filter *expr.Filter
	prog   *expr.Program
	sel    []uint32
	out    stream.Batch
}

// New makes a Calc of its plan node.
func New(spec *physical.Calc) *Calc { return &Calc{spec: spec} }

// Open compiles the expressions.
func (c *Calc) Open(ctx *operator.Context) (err error) {
	in := ctx.Inputs[0].Types()
	if c.spec.Filter != nil {
		if c.filter, err = expr.CompileFilter(c.spec.Filter, in, ctx.Env); err != nil {
			return err
		}
	}
	if c.spec.Project != nil {
		if c.prog, err = expr.Compile(c.spec.Project, in, ctx.Env); err != nil {
			return err
		}
		c.out.Cols = make([]vector.Vector, len(c.spec.Project))
	}
	return nil
}

// Process filters and projects one batch.
func (c *Calc) Process(_ int, b *stream.Batch, out operator.Output) (err error) {
	sel, kinds := b.Sel, b.Kinds
	if c.filter != nil {
		if c.sel, err = c.filter.Select(b, c.sel[:0]); err != nil {
			return err
		}
		if len(c.sel) == 0 {
			return nil
		}
		if len(c.sel) < b.Len() {
			sel, kinds = c.sel, c.splitPairs(b, kinds)
		}
	}
	view := stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: sel, Kinds: kinds}
	if c.prog == nil {
		c.out = view
		return out.Emit(&c.out)
	}
	if err := c.prog.Eval(&view, c.out.Cols); err != nil {
		return err
	}
	c.out.Rows, c.out.Sel, c.out.Kinds = b.Rows, sel, kinds
	return out.Emit(&c.out)
}

// splitPairs turns the half of a -U/+U pair whose other half the filter dropped
// into -D or +I.
func (c *Calc) splitPairs(b *stream.Batch, kinds []stream.RowKind) []stream.RowKind {
	if kinds == nil {
		return nil
	}
	var split []stream.RowKind // a copy, made when the first pair is parted
	for i, r := range c.sel {
		k := kinds[r]
		switch k {
		case stream.UpdateBefore:
			if i+1 < len(c.sel) && kinds[c.sel[i+1]] == stream.UpdateAfter && follows(b, r, c.sel[i+1]) {
				continue
			}
			k = stream.Delete
		case stream.UpdateAfter:
			// Without its -U in the same batch it stays +U: its edge carries an upsert
			// changelog, or the -U passed and stands before it.
			p, ok := before(b, r)
			if !ok || kinds[p] != stream.UpdateBefore || i > 0 && c.sel[i-1] == p {
				continue
			}
			k = stream.Insert
		default:
			continue
		}
		if split == nil {
			split = append(split, kinds...)
		}
		split[r] = k
	}
	if split == nil {
		return kinds
	}
	return split
}

// follows reports whether row s directly follows row r among the rows of b that count.
func follows(b *stream.Batch, r, s uint32) bool {
	p, ok := before(b, s)
	return ok && p == r
}

// before is the row that directly precedes r among the rows of b that count.
func before(b *stream.Batch, r uint32) (uint32, bool) {
	if b.Sel == nil {
		return r - 1, r > 0
	}
	lo, hi := 0, len(b.Sel)
	for lo < hi {
		mid := (lo + hi) / 2
		if b.Sel[mid] < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return 0, false
	}
	return b.Sel[lo-1], true
}

// stateless has the calls of an operator that passes watermarks and ends with its input.
type stateless struct{}

func (stateless) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}
func (stateless) EndInput(int, operator.Output) error { return nil }
func (stateless) Close() error                        { return nil }

// Union passes all its inputs on.
type Union struct{ stateless }

// Open has nothing to prepare.
func (*Union) Open(*operator.Context) error { return nil }

// Process passes a batch on.
func (*Union) Process(_ int, b *stream.Batch, out operator.Output) error { return out.Emit(b) }

// Expand emits each batch once for each grouping set.
type Expand struct {
	stateless
	spec  *physical.Expand
	progs []*expr.Program
	out   stream.Batch
	in    *stream.Batch // lent while sets of it are still to be emitted
	next  int
}

// NewExpand makes an Expand of its plan node.
func NewExpand(spec *physical.Expand) *Expand { return &Expand{spec: spec} }

// Open compiles the projections.
func (e *Expand) Open(ctx *operator.Context) error {
	in := ctx.Inputs[0].Types()
	for _, p := range e.spec.Projects {
		prog, err := expr.Compile(p, in, ctx.Env)
		if err != nil {
			return err
		}
		e.progs = append(e.progs, prog)
	}
	e.out.Cols = make([]vector.Vector, len(e.spec.Projects[0]))
	return nil
}

// Process starts a batch.
func (e *Expand) Process(_ int, b *stream.Batch, out operator.Output) error {
	e.in, e.next = b, 0
	_, err := e.Resume(out)
	return err
}

// Resume emits the sets that are left.
func (e *Expand) Resume(out operator.Output) (bool, error) {
	for e.in != nil && !out.Full() {
		if err := e.progs[e.next].Eval(e.in, e.out.Cols); err != nil {
			return false, err
		}
		e.out.Rows, e.out.Sel, e.out.Kinds = e.in.Rows, e.in.Sel, e.in.Kinds
		if e.next++; e.next == len(e.progs) {
			e.in = nil
		}
		if err := out.Emit(&e.out); err != nil {
			return false, err
		}
	}
	return e.in != nil, nil
}

// ensure the promise of the interfaces.
var (
	_ operator.Operator = (*Calc)(nil)
	_ operator.Operator = (*Union)(nil)
	_ operator.Resumer  = (*Expand)(nil)
)
