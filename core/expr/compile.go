package expr

import (
	"fmt"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Program evaluates expressions over batches. One goroutine uses it. Equal
// subexpressions are one node, evaluated once a batch.
type Program struct {
	roots []*node
	batch uint64 // number of the batch, for what is remembered
	b     *stream.Batch
}

// node is one subexpression with its scratch memory.
type node struct {
	e      *Expr
	kids   []*node
	kernel kernel.Kernel
	call   kernel.Call
	form   form

	volatile bool // computed by row, never once for all
	out      vector.Vector
	value    *vector.Vector // of batch done, for the batch's own selection
	done     uint64

	spread []vector.Vector // dictionary arguments, one value a row: memory of the node's own
	views  []vector.Vector // arguments that share the memory of others: never written to
	args   []*vector.Vector
	valid  vector.Bitmap
	sels   [3][]uint32
	dict   dictionary
}

// form is how a node is evaluated.
type form uint8

const (
	isColumn form = iota
	isLiteral
	isKernel
	isSame // a cast that changes no value
	isAnd
	isOr
	isCase
	isCoalesce
	isField
)

// Compile prepares expressions over an input with columns of these types.
func Compile(exprs []*Expr, input []types.Type, env *kernel.Env) (*Program, error) {
	p, c := newCompiler(input, env)
	for _, e := range exprs {
		n, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		p.roots = append(p.roots, n)
	}
	return p, nil
}

func newCompiler(input []types.Type, env *kernel.Env) (*Program, *compiler) {
	if env == nil {
		env = &kernel.Env{}
	}
	return &Program{}, &compiler{input: input, env: env, known: map[string]*node{}}
}

type compiler struct {
	input []types.Type
	env   *kernel.Env
	known map[string]*node
}

func (c *compiler) compile(e *Expr) (*node, error) {
	key := Signature(e)
	if n := c.known[key]; n != nil && !HasVolatile(e) {
		return n, nil
	}
	n := &node{e: e, volatile: isVolatile(e)}
	for _, a := range e.Args {
		kid, err := c.compile(a)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
	}
	if err := c.prepare(n); err != nil {
		return nil, err
	}
	c.known[key] = n
	return n, nil
}

// ifNull is COALESCE of two values.
const ifNull = "IFNULL"

func isVolatile(e *Expr) bool {
	if e.Op != Call {
		return false
	}
	f, ok := function.Lookup(e.Func)
	return ok && f.Volatile
}

// HasVolatile reports whether two evaluations of e may differ.
func HasVolatile(e *Expr) bool {
	found := false
	Walk(e, func(x *Expr) bool {
		found = found || isVolatile(x)
		return !found
	})
	return found
}

func (c *compiler) prepare(n *node) error {
	e := n.e
	switch e.Op {
	case Column:
		if e.Col < 0 || e.Col >= len(c.input) {
			return fmt.Errorf("compile expression: column %d of %d", e.Col, len(c.input))
		}
		n.form = isColumn
		return nil
	case Literal:
		n.form = isLiteral
		n.out = vector.ConstOf(e.Type, *e.Lit, 1)
		return nil
	}
	switch e.Func {
	case And:
		n.form = isAnd
	case Or:
		n.form = isOr
	case Case, If:
		n.form = isCase
	case Coalesce, ifNull:
		n.form = isCoalesce
	case Field:
		n.form = isField
	default:
		return c.kernelOf(n)
	}
	return nil
}

func (c *compiler) kernelOf(n *node) error {
	e := n.e
	n.form = isKernel
	n.args = make([]*vector.Vector, len(e.Args))
	n.spread, n.views = make([]vector.Vector, len(e.Args)), make([]vector.Vector, len(e.Args))
	n.call = kernel.Call{Type: e.Type, Env: c.env}
	site := scalar.Site{Type: e.Type, Env: c.env}
	for _, a := range e.Args {
		arg := function.Arg{Type: a.Type}
		if a.Op == Literal {
			arg.Literal = a.Lit
		}
		site.Args = append(site.Args, arg)
		n.call.ArgTypes = append(n.call.ArgTypes, a.Type)
	}
	if e.Func == Cast || e.Func == TryCast {
		return c.castOf(n)
	}
	k, ok, err := scalar.Kernel(e.Func, site)
	if err != nil {
		return placed(err, e.Pos)
	}
	if !ok || k.Eval == nil {
		return sqlerr.New(sqlerr.FeatureNotSupported, e.Pos, "function %s cannot be evaluated", e.Func)
	}
	n.kernel = k
	return nil
}

func (c *compiler) castOf(n *node) error {
	from, to := n.e.Args[0].Type, n.e.Type
	if kernel.IsSameLayout(from, to) {
		n.form = isSame
		return nil
	}
	k, ok := kernel.Cast(from, to, n.e.Func == TryCast)
	if !ok {
		return sqlerr.New(sqlerr.CannotCoerce, n.e.Pos, "%s cannot be cast to %s", from, to)
	}
	n.kernel = k
	return nil
}

// placed gives a user's error the place of the expression.
func placed(err error, pos sqlerr.Pos) error {
	if e := sqlerr.As(err); e != nil && !e.Pos.IsValid() {
		c := *e
		c.Pos = pos
		return &c
	}
	return err
}

// Signature is equal for expressions that give the same values by their form.
func Signature(e *Expr) string {
	switch e.Op {
	case Column:
		return fmt.Sprintf("#%d", e.Col)
	case Literal:
		return fmt.Sprintf("%s:%v", e.Type, *e.Lit)
	}
	s := e.Func + ":" + e.Type.String() + "("
	for _, a := range e.Args {
		s += Signature(a) + ","
	}
	return s + ")"
}
