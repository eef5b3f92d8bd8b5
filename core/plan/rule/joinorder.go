package rule

import (
	"math"
	"math/bits"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/estimate"
	"github.com/weir-engine/weir/core/plan/logical"
)

// exhaustive is the most relations of a cluster whose every join tree is weighed.
const exhaustive = 11

// orderJoins puts the inner joins of each cluster into the order of least
// estimated cost: the rows of all intermediate results. Up to exhaustive
// relations by dynamic programming over connected subsets, bushy trees
// included; above that greedily.
func orderJoins(root logical.Node) logical.Node {
	e := estimate.New(root)
	var visit func(n logical.Node) logical.Node
	visit = func(n logical.Node) logical.Node {
		if j, ok := n.(*logical.Join); ok && movable(j) {
			c := &cluster{estimator: e}
			c.gather(j, visit)
			if len(c.relations) > 2 {
				return keepOrder(c.best(), n)
			}
		}
		in := n.Inputs()
		out := make([]logical.Node, len(in))
		for i := range in {
			out[i] = visit(in[i])
		}
		if len(in) == 0 {
			return n
		}
		return n.WithInputs(out)
	}
	return visit(root)
}

// crosses reports an inner join without a condition: in streaming mode joins
// stay as they are written, unless that would pair all rows.
func crosses(n logical.Node) bool {
	if j, ok := n.(*logical.Join); ok && j.Kind == logical.Inner && j.On == nil {
		return true
	}
	for _, in := range n.Inputs() {
		if crosses(in) {
			return true
		}
	}
	return false
}

// keepOrder restores the columns of the node that was replaced.
func keepOrder(n, like logical.Node) logical.Node {
	return &logical.Project{Input: n, Assigns: passing(like.Columns())}
}

// cluster is relations that inner joins connect.
type cluster struct {
	estimator *estimate.Estimator
	relations []logical.Node
	columns   []idSet
	preds     []*expr.Expr
	touches   []uint64 // of each predicate: the relations it uses
}

func (c *cluster) gather(n logical.Node, visit func(logical.Node) logical.Node) {
	switch x := n.(type) {
	case *logical.Join:
		if movable(x) {
			c.gather(x.Left, visit)
			c.gather(x.Right, visit)
			c.preds = append(c.preds, conjunctsOf(x.On)...)
			return
		}
	case *logical.Filter:
		if j, ok := x.Input.(*logical.Join); ok && movable(j) {
			c.gather(j, visit)
			c.preds = append(c.preds, expr.Conjuncts(x.Cond)...)
			return
		}
	case *logical.Project:
		// A projection that only drops columns stands in no join's way.
		if j, ok := x.Input.(*logical.Join); ok && movable(j) && onlyPasses(x) {
			c.gather(j, visit)
			return
		}
	}
	n = visit(n)
	c.relations = append(c.relations, n)
	c.columns = append(c.columns, idsOf(n.Columns()))
}

func onlyPasses(p *logical.Project) bool {
	for _, a := range p.Assigns {
		if a.Expr.Op != expr.Column || a.Expr.Col != a.Col.ID {
			return false
		}
	}
	return true
}

// movable reports joins that may change their order: inner ones, of whose sides no hint speaks.
func movable(j *logical.Join) bool {
	return j.Kind == logical.Inner && j.LeftTTL == 0 && j.RightTTL == 0
}

// tree is the best plan found for a set of relations.
type tree struct {
	node logical.Node
	rows float64
	cost float64
}

func (c *cluster) best() logical.Node {
	for _, p := range c.preds {
		var t uint64
		for id := range uses(p) {
			for i, cols := range c.columns {
				if cols[id] {
					t |= 1 << i
				}
			}
		}
		c.touches = append(c.touches, t)
	}
	if len(c.relations) <= exhaustive {
		return c.dynamic()
	}
	return c.greedy()
}

func (c *cluster) leaf(i int) *tree {
	return &tree{node: c.relations[i], rows: c.estimator.Rows(c.relations[i])}
}

// dynamic weighs all trees, smallest sets first; sets that no predicate connects are joined only when nothing else is left.
func (c *cluster) dynamic() logical.Node {
	n := len(c.relations)
	plans := make([]*tree, 1<<n)
	for i := range n {
		plans[1<<i] = c.leaf(i)
	}
	full := uint64(1)<<n - 1
	for _, cross := range []bool{false, true} {
		for set := uint64(1); set <= full; set++ {
			if bits.OnesCount64(set) < 2 || cross && plans[set] != nil {
				continue
			}
			for left := (set - 1) & set; left > 0; left = (left - 1) & set {
				right := set &^ left
				if left < right || plans[left] == nil || plans[right] == nil {
					continue
				}
				if t := c.join(plans[left], plans[right], left, right, cross); t != nil && (plans[set] == nil || t.cost < plans[set].cost) {
					plans[set] = t
				}
			}
		}
		if plans[full] != nil {
			break
		}
	}
	return plans[full].node
}

// join joins two sets; nil where no predicate connects them, unless cross.
func (c *cluster) join(l, r *tree, left, right uint64, cross bool) *tree {
	var on []*expr.Expr
	connected := false
	for i, p := range c.preds {
		t := c.touches[i]
		if t&^(left|right) != 0 || t&left == 0 || t&right == 0 {
			continue
		}
		on = append(on, p)
		connected = true
	}
	if !connected && !cross {
		return nil
	}
	rows := math.Max(1, l.rows*r.rows*c.estimator.Selectivities(on, l.rows, r.rows))
	// Building costs more than probing: the smaller side is built.
	cost := l.cost + r.cost + rows + math.Min(l.rows, r.rows)*2 + math.Max(l.rows, r.rows)*0.2
	j := &logical.Join{Kind: logical.Inner, Left: l.node, Right: r.node}
	if l.rows < r.rows {
		j.Left, j.Right = r.node, l.node
	}
	if len(on) > 0 {
		j.On = expr.AndAll(on)
	}
	return &tree{node: j, rows: rows, cost: cost}
}

// greedy joins the pair that gives the fewest rows, again and again.
func (c *cluster) greedy() logical.Node {
	type part struct {
		*tree
		set uint64
	}
	var parts []part
	for i := range c.relations {
		parts = append(parts, part{c.leaf(i), 1 << i})
	}
	for len(parts) > 1 {
		var best *tree
		bi, bj := 0, 1
		for _, cross := range []bool{false, true} {
			for i := range parts {
				for j := i + 1; j < len(parts); j++ {
					if t := c.join(parts[i].tree, parts[j].tree, parts[i].set, parts[j].set, cross); t != nil && (best == nil || t.rows < best.rows) {
						best, bi, bj = t, i, j
					}
				}
			}
			if best != nil {
				break
			}
		}
		parts[bi] = part{best, parts[bi].set | parts[bj].set}
		parts = append(parts[:bj], parts[bj+1:]...)
	}
	return parts[0].node
}
