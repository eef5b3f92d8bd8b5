package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// BroadcastRows is the most rows of a build side that is sent to every process rather than hashed.
const BroadcastRows = 200_000

// sides is a join taken apart: equalities of columns, and the rest over both sides.
type sides struct {
	left, right         rel
	leftKeys, rightKeys []int
	residual            *expr.Expr
}

func (p *planner) join(n *logical.Join) (rel, error) {
	if n.Kind == logical.Mark && p.cfg.Streaming {
		return p.markJoin(n)
	}
	s, err := p.apart(n)
	if err != nil {
		return rel{}, err
	}
	switch {
	case p.cfg.Streaming:
		return p.streamJoin(n, s)
	case len(s.leftKeys) > 0:
		return p.equiJoin(n, s)
	case !p.enabled(NestedLoopJoin):
		return rel{}, noneLeft("a join without an equality", "NestedLoopJoin")
	}
	return p.nestedLoopJoin(n, s), nil
}

// apart implements the inputs and computes keys that are not columns below the join.
func (p *planner) apart(n *logical.Join) (sides, error) {
	var s sides
	var err error
	if s.left, err = p.visit(n.Left); err != nil {
		return s, err
	}
	if s.right, err = p.visit(n.Right); err != nil {
		return s, err
	}
	var leftKeys, rightKeys, rest []*expr.Expr
	for _, c := range conjuncts(n.On) {
		if l, r, ok := s.equality(c); ok {
			leftKeys, rightKeys = append(leftKeys, l...), append(rightKeys, r...)
		} else {
			rest = append(rest, c)
		}
	}
	if s.left, s.leftKeys, err = p.extend(s.left, leftKeys); err != nil {
		return s, err
	}
	if s.right, s.rightKeys, err = p.extend(s.right, rightKeys); err != nil {
		return s, err
	}
	if len(rest) > 0 {
		both := rel{cols: append(append([]logical.Column(nil), s.left.cols...), s.right.cols...)}
		s.residual, err = both.bind(expr.AndAll(rest))
	}
	return s, err
}

// equality recognises left expression = right expression. IS NOT DISTINCT FROM
// is two equalities: of being NULL, and of the values with NULL replaced.
func (s sides) equality(c *expr.Expr) (l, r []*expr.Expr, ok bool) {
	if c.Op != expr.Call || c.Func != expr.Eq && c.Func != expr.IsNotDistinct {
		return nil, nil, false
	}
	a, b := c.Args[0], c.Args[1]
	if s.left.covers(b) && s.right.covers(a) {
		a, b = b, a
	}
	if !s.left.covers(a) || !s.right.covers(b) || !sameLayout(a.Type, b.Type) {
		return nil, nil, false
	}
	if c.Func == expr.Eq || !a.Type.Nullable && !b.Type.Nullable {
		return []*expr.Expr{a}, []*expr.Expr{b}, true
	}
	l, okLeft := nullSafe(a)
	r, okRight := nullSafe(b)
	return l, r, okLeft && okRight
}

// sameLayout reports types whose equal values are equal bytes.
func sameLayout(a, b types.Type) bool {
	if a.Phys() != b.Phys() || a.IsString() != b.IsString() || a.IsNested() {
		return false
	}
	switch {
	case a.Kind == types.Decimal:
		return a.Scale == b.Scale
	case a.IsTimestamp():
		return a.TimeUnit() == b.TimeUnit()
	}
	return true
}

// covers reports an expression that uses some columns, all of r.
func (r rel) covers(e *expr.Expr) bool {
	some, all := false, true
	expr.Walk(e, func(e *expr.Expr) bool {
		if e.Op == expr.Column {
			some = true
			all = all && r.at(e.Col) >= 0
		}
		return true
	})
	return some && all
}

// hashJoin builds the smaller side and probes with the other; false: no form of it is enabled.
func (p *planner) hashJoin(n *logical.Join, s sides) (rel, bool) {
	op := &physical.HashJoin{Kind: n.Kind, LeftKeys: s.leftKeys, RightKeys: s.rightKeys, Residual: s.residual, NullAware: n.NullAware}
	op.BuildRight = buildRight(n, s.left.node.Traits, s.right.node.Traits)
	shuffles := p.enabled(ShuffleHashJoin)
	broadcasts := p.enabled(BroadcastHashJoin) && !keepsBuild(n.Kind, op.BuildRight)
	if !broadcasts && (!shuffles || n.NullAware && p.cfg.Network) {
		return rel{}, false
	}
	probe, build := &s.left, &s.right
	probeKeys, buildKeys := s.leftKeys, s.rightKeys
	if !op.BuildRight {
		probe, build = build, probe
		probeKeys, buildKeys = buildKeys, probeKeys
	}
	op.BuildRows = build.node.Traits.Rows
	*probe = p.spread(*probe)
	parallelism := probe.node.Traits.Parallelism
	switch {
	case parallelism == 1:
		*build = p.single(*build)
	case !p.cfg.Network:
		op.Shared = true
		*build = p.built(*build, parallelism)
	case broadcasts && (n.NullAware || !shuffles || op.BuildRows <= BroadcastRows):
		*build = p.broadcast(*build, parallelism)
	default:
		op.MayBroadcast = broadcasts
		*build, *probe = p.hashed(*build, buildKeys), p.hashed(*probe, probeKeys)
	}
	return p.joined(n, s, op, *probe), true
}

// rowBytes is what a row of a hash table takes beside its columns: hash, link, slots.
const rowBytes = 48

// buildRight chooses the side that is built, by what its table will take. Joins
// that keep unmatched rows of the built side pay for a second pass over the table.
func buildRight(n *logical.Join, left, right physical.Traits) bool {
	l, r := left.Bytes+left.Rows*rowBytes, right.Bytes+right.Rows*rowBytes
	switch n.Kind {
	case logical.Mark, logical.Single:
		return true
	case logical.Inner, logical.Full:
		return r <= l
	case logical.Right:
		return r*2 < l
	}
	return n.NullAware || r <= l*2
}

// keepsBuild reports joins whose answer depends on which built rows found no match.
func keepsBuild(k logical.JoinKind, buildRight bool) bool {
	switch k {
	case logical.Full:
		return true
	case logical.Right:
		return buildRight
	case logical.Left, logical.Semi, logical.Anti:
		return !buildRight
	}
	return false
}

// nestedLoopJoin holds the side whole that needs no padding.
func (p *planner) nestedLoopJoin(n *logical.Join, s sides) rel {
	op := &physical.NestedLoopJoin{Kind: n.Kind, Cond: s.residual, BuildRight: n.Kind != logical.Right}
	if n.Kind == logical.Inner {
		op.BuildRight = s.right.node.Traits.Bytes <= s.left.node.Traits.Bytes
	}
	probe, build := &s.left, &s.right
	if !op.BuildRight {
		probe, build = build, probe
	}
	if keepsBuild(n.Kind, op.BuildRight) {
		*probe = p.single(*probe)
	}
	*build = p.broadcast(*build, probe.node.Traits.Parallelism)
	return p.joined(n, s, op, *probe)
}

// joined is the output of a join: all columns of both sides, computed keys included.
func (p *planner) joined(n *logical.Join, s sides, op physical.Op, probe rel) rel {
	cols := joinColumns(n, s)
	node := p.make(op, cols, p.est.Rows(n), s.left.node, s.right.node)
	t := &node.Traits
	t.Parallelism = probe.node.Traits.Parallelism
	t.Dist = physical.Distribution{}
	if t.Parallelism == 1 {
		t.Dist.Kind = physical.Single
	}
	t.UniqueKeys = s.uniqueKeys(n.Kind)
	return rel{node: node, cols: cols}
}

func joinColumns(n *logical.Join, s sides) []logical.Column {
	l, r := s.left.cols, s.right.cols
	switch n.Kind {
	case logical.Semi, logical.Anti:
		return l
	case logical.Mark:
		return append(append([]logical.Column(nil), l...), n.MarkCol)
	case logical.Left, logical.Single:
		r = nullable(r)
	case logical.Right:
		l = nullable(l)
	case logical.Full:
		l, r = nullable(l), nullable(r)
	}
	return append(append([]logical.Column(nil), l...), r...)
}

func nullable(cols []logical.Column) []logical.Column {
	out := append([]logical.Column(nil), cols...)
	for i := range out {
		out[i].Type.Nullable = true
	}
	return out
}

// uniqueKeys of a join: those of a side whose rows find at most one match, and a pair of both.
func (s sides) uniqueKeys(k logical.JoinKind) [][]int {
	l, r := s.left.node.Traits.UniqueKeys, s.right.node.Traits.UniqueKeys
	switch k {
	case logical.Semi, logical.Anti, logical.Mark, logical.Single:
		return l
	}
	var out [][]int
	if (k == logical.Inner || k == logical.Left) && within(r, s.rightKeys) != nil {
		out = append(out, l...)
	}
	width := len(s.left.cols)
	if (k == logical.Inner || k == logical.Right) && within(l, s.leftKeys) != nil {
		for _, key := range r {
			out = append(out, shifted(key, width))
		}
	}
	if len(out) == 0 && len(l) > 0 && len(r) > 0 {
		out = append(out, append(append([]int(nil), l[0]...), shifted(r[0], width)...))
	}
	return out
}

func shifted(key []int, by int) []int {
	out := make([]int, len(key))
	for i, k := range key {
		out[i] = k + by
	}
	return out
}

// within is the first of the unique keys whose columns are all among cols; nil where there is none.
func within(keys [][]int, cols []int) []int {
	for _, key := range keys {
		if subset(key, cols) {
			return key
		}
	}
	return nil
}

func subset(a, b []int) bool {
	for _, x := range a {
		found := false
		for _, y := range b {
			found = found || x == y
		}
		if !found {
			return false
		}
	}
	return true
}
