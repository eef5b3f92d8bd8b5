package implement

import (
	"github.com/weir-engine/weir/core/plan/estimate"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/plan/rule"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// Config is what a plan is made for.
type Config struct {
	Streaming      bool
	Parallelism    int // at least 1
	MaxParallelism int
	// Network: subtasks may run in several processes, so that none share a table.
	Network  bool
	StateTTL int64 // milliseconds; 0: for ever
	// Disabled algorithms are not chosen for inputs that end.
	Disabled Algorithms
}

// Plan implements one statement. The root is a Sink, or any node for a SELECT,
// whose rows are then collected.
func Plan(root logical.Node, cfg Config) (*physical.Node, error) {
	plans, err := Plans([]logical.Node{root}, cfg)
	if err != nil {
		return nil, err
	}
	return plans[0], nil
}

// Plans implements the statements of one job.
func Plans(roots []logical.Node, cfg Config) ([]*physical.Node, error) {
	cfg.Parallelism = max(cfg.Parallelism, 1)
	p := &planner{cfg: cfg, hidden: -1, made: map[logical.Node]rel{}, kept: map[*logical.Definition]rel{}}
	if cfg.Streaming {
		roots = rule.ShareSources(roots)
	}
	var out []*physical.Node
	for _, root := range roots {
		p.est = estimate.New(root)
		n, err := p.root(root)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	if cfg.Streaming {
		if err := share(out); err != nil {
			return nil, err
		}
		negotiate(out)
	} else if err := spool(out); err != nil {
		return nil, err
	}
	if err := physical.AssignIDs(out...); err != nil {
		return nil, err
	}
	readFields(out)
	seen := map[*physical.Node]bool{}
	for _, n := range out {
		runtimeFilters(n, seen)
	}
	return out, nil
}

type planner struct {
	cfg    Config
	est    *estimate.Estimator
	hidden int                  // the next id of a column that only this package knows; they are negative
	made   map[logical.Node]rel // sources that may have several readers
	kept   map[*logical.Definition]rel
}

// rel is a physical node and which logical column stands where in its output.
type rel struct {
	node *physical.Node
	cols []logical.Column
	win  *window // the output has window columns
}

// visit implements a subtree.
func (p *planner) visit(n logical.Node) (rel, error) {
	switch n := n.(type) {
	case *logical.Scan:
		return p.once(n, func() (rel, error) { return p.scan(n) })
	case *logical.Watermark:
		return p.once(n, func() (rel, error) { return p.watermark(n) })
	case *logical.Shared:
		return p.shared(n)
	case *logical.Values:
		return p.values(n)
	case *logical.Filter:
		return p.filter(n)
	case *logical.Project:
		return p.project(n)
	case *logical.Aggregate:
		return p.aggregate(n)
	case *logical.Join:
		return p.join(n)
	case *logical.Sort:
		return p.sort(n)
	case *logical.Over:
		return p.over(n)
	case *logical.WindowTable:
		return p.windowTable(n)
	case *logical.Correlate:
		return p.correlate(n)
	case *logical.SetOp:
		return p.setOp(n)
	case *logical.Apply:
		return rel{}, sqlerr.Unsupported(n.Pos, "this correlated subquery").
			WithHint("write it as a join; a subquery may use outer columns in its WHERE, SELECT and JOIN conditions")
	}
	return rel{}, sqlerr.Newf(sqlerr.Internal, "no plan for %s", logical.Describe(n))
}

// once implements a source for all that read it.
func (p *planner) once(n logical.Node, f func() (rel, error)) (rel, error) {
	if r, ok := p.made[n]; ok {
		return r, nil
	}
	r, err := f()
	if err == nil && !r.node.Traits.Bounded {
		p.made[n] = r
	}
	return r, err
}

// make builds a node over inputs. Boundedness and parallelism come from the first input.
func (p *planner) make(op physical.Op, cols []logical.Column, rows float64, ins ...*physical.Node) *physical.Node {
	t := physical.Traits{Bounded: true, Parallelism: p.cfg.Parallelism, Rows: rows}
	for i, in := range ins {
		if i == 0 {
			t.Parallelism, t.Dist = in.Traits.Parallelism, in.Traits.Dist
		}
		t.Bounded = t.Bounded && in.Traits.Bounded
	}
	t.Bytes = rows * width(cols)
	return &physical.Node{Op: op, Inputs: ins, Schema: schemaOf(cols), Traits: t}
}

// on builds a rel over one whose columns stay as they are, traits included.
func (p *planner) on(in rel, op physical.Op, rows float64) rel {
	n := p.make(op, in.cols, rows, in.node)
	t := in.node.Traits
	t.Rows, t.Bytes = rows, n.Traits.Bytes
	if _, moves := op.(*physical.Exchange); !moves || isExchange(in.node) {
		t.Ahead = nil
	}
	n.Traits = t
	return rel{node: n, cols: in.cols, win: in.win}
}

func isExchange(n *physical.Node) bool {
	_, ok := n.Op.(*physical.Exchange)
	return ok
}

func schemaOf(cols []logical.Column) *types.Schema {
	s := &types.Schema{}
	for _, c := range cols {
		s.Fields = append(s.Fields, types.Field{Name: c.Name, Type: c.Type, Time: c.Time})
	}
	return s
}

// at is the ordinal of a column; -1 where it is not there.
func (r rel) at(id int) int {
	for i, c := range r.cols {
		if c.ID == id {
			return i
		}
	}
	return -1
}

// width guesses the bytes of a row.
func width(cols []logical.Column) float64 {
	w := 0.0
	for _, c := range cols {
		switch b := c.Type.Phys().Width(); {
		case c.Type.Phys() == types.PhysBytes:
			w += 24
		case b == 0:
			w++
		default:
			w += float64(b)
		}
	}
	return w
}

func (r rel) ordinals(cols []logical.Column) []int {
	out := make([]int, len(cols))
	for i, c := range cols {
		out[i] = r.at(c.ID)
	}
	return out
}

func (p *planner) newHidden(t types.Type) logical.Column {
	p.hidden--
	return logical.Column{ID: p.hidden, Name: "$key", Type: t}
}
