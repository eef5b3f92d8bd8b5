package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func (p *planner) implement(n logical.Node) (*physical.Node, error) {
	switch n := n.(type) {
	case *logical.Scan:
		return p.scan(n), nil
	case *logical.Filter:
		return p.calc(n.Input, n.Cond, nil)
	case *logical.Project:
		if f, ok := n.Input.(*logical.Filter); ok {
			return p.calc(f.Input, f.Cond, n.Assigns)
		}
		return p.calc(n.Input, nil, n.Assigns)
	case *logical.Watermark:
		return p.implement(n.Input)
	case *logical.Aggregate:
		return p.aggregate(n)
	case *logical.Join:
		return p.join(n)
	case *logical.Sort:
		return p.sort(n)
	case *logical.Sink:
		in, err := p.implement(n.Input)
		if err != nil {
			return nil, err
		}
		return node(&physical.Sink{Table: n.Table, Overwrite: n.Overwrite}, in.Schema, in.Traits, in), nil
	}
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "no algorithm for %T", n)
}

func (p *planner) scan(n *logical.Scan) *physical.Node {
	op := &physical.Scan{Table: n.Table, Columns: n.Ordinals, Limit: n.Limit}
	at := places(n.Cols)
	for _, f := range n.Filters {
		op.Filters = append(op.Filters, at.bind(f))
	}
	t := physical.Traits{Bounded: n.Info.Bounded, Time: -1, Parallelism: p.cfg.Parallelism, Rows: n.Info.Rows}
	return node(op, schemaOf(n.Cols), t)
}

func (p *planner) calc(input logical.Node, cond *expr.Expr, assigns []logical.Assign) (*physical.Node, error) {
	in, err := p.implement(input)
	if err != nil {
		return nil, err
	}
	at := places(input.Columns())
	op := &physical.Calc{}
	if cond != nil {
		op.Filter = at.bind(cond)
	}
	s := in.Schema
	if assigns != nil {
		s = &types.Schema{}
		op.Project = []*expr.Expr{}
		for _, a := range assigns {
			op.Project = append(op.Project, at.bind(a.Expr))
			s.Fields = append(s.Fields, types.Field{Name: a.Col.Name, Type: a.Col.Type, Time: a.Col.Time})
		}
	}
	return node(op, s, in.Traits, in), nil
}

// columns extends an input by expressions that are not bare columns, and says where each lies.
func columns(in *physical.Node, at ordinals, es []*expr.Expr) (*physical.Node, []int) {
	var project []*expr.Expr
	s := &types.Schema{Fields: append([]types.Field(nil), in.Schema.Fields...)}
	for i, f := range in.Schema.Fields {
		project = append(project, expr.Col(i, f.Name, f.Type))
	}
	out := make([]int, len(es))
	for i, e := range es {
		if b := at.bind(e); b.Op == expr.Column {
			out[i] = b.Col
		} else {
			out[i] = len(project)
			project = append(project, b)
			s.Fields = append(s.Fields, types.Field{Name: "$f", Type: e.Type})
		}
	}
	if len(project) == in.Schema.Len() {
		return in, out
	}
	return node(&physical.Calc{Project: project}, s, in.Traits, in), out
}

func (p *planner) aggregate(n *logical.Aggregate) (*physical.Node, error) {
	in, err := p.implement(n.Input)
	if err != nil {
		return nil, err
	}
	var es []*expr.Expr
	for _, a := range n.Aggs {
		es = append(es, a.Args...)
		if a.Filter != nil {
			es = append(es, a.Filter)
		}
	}
	at := places(n.Input.Columns())
	in, where := columns(in, at, es)
	op := &physical.HashAggregate{Phase: physical.Complete}
	if p.cfg.Parallelism > 1 {
		op.Phase = physical.Shared
	}
	for _, k := range n.Keys {
		op.Keys = append(op.Keys, at[k.ID])
	}
	for _, a := range n.Aggs {
		agg := physical.Agg{Func: a.Func, Distinct: a.Distinct, Filter: -1, Type: a.Col.Type}
		for _, x := range a.Args {
			agg.Args, agg.ArgTypes = append(agg.Args, where[0]), append(agg.ArgTypes, x.Type)
			where = where[1:]
		}
		if a.Filter != nil {
			agg.Filter, where = where[0], where[1:]
		}
		op.Aggs = append(op.Aggs, agg)
	}
	t := in.Traits
	return node(op, schemaOf(n.Columns()), t, in), nil
}

func (p *planner) join(n *logical.Join) (*physical.Node, error) {
	l, err := p.implement(n.Left)
	if err != nil {
		return nil, err
	}
	r, err := p.implement(n.Right)
	if err != nil {
		return nil, err
	}
	la, ra := places(n.Left.Columns()), places(n.Right.Columns())
	op := &physical.HashJoin{Kind: n.Kind, BuildRight: true, Shared: p.cfg.Parallelism > 1, NullAware: n.NullAware}
	both := places(append(append([]logical.Column(nil), n.Left.Columns()...), n.Right.Columns()...))
	var rest []*expr.Expr
	for _, c := range expr.Conjuncts(n.On) {
		if c.Op == expr.Call && c.Func == expr.Eq && c.Args[0].Op == expr.Column && c.Args[1].Op == expr.Column {
			a, b := c.Args[0].Col, c.Args[1].Col
			if _, ok := la[a]; !ok {
				a, b = b, a
			}
			if i, ok := la[a]; ok {
				if j, ok := ra[b]; ok {
					op.LeftKeys, op.RightKeys = append(op.LeftKeys, i), append(op.RightKeys, j)
					continue
				}
			}
		}
		rest = append(rest, both.bind(c))
	}
	if len(rest) > 0 {
		op.Residual = expr.AndAll(rest)
	}
	build := p.exchange(r, physical.Distribution{Kind: physical.Forward}, r.Traits.Parallelism)
	return node(op, schemaOf(n.Columns()), l.Traits, l, build), nil
}

func (p *planner) sort(n *logical.Sort) (*physical.Node, error) {
	in, err := p.implement(n.Input)
	if err != nil {
		return nil, err
	}
	in = p.single(in)
	var es []*expr.Expr
	for _, k := range n.Keys {
		es = append(es, k.Expr)
	}
	in, where := columns(in, places(n.Input.Columns()), es)
	var keys []physical.SortKey
	for i, k := range n.Keys {
		keys = append(keys, physical.SortKey{Col: where[i], Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	var op physical.Op = &physical.Sort{Keys: keys}
	switch {
	case len(keys) == 0:
		op = &physical.Limit{Offset: n.Offset, Limit: n.Limit}
	case n.Limit >= 0:
		op = &physical.SortLimit{Keys: keys, Offset: n.Offset, Limit: n.Limit}
	}
	return node(op, in.Schema, in.Traits, in), nil
}
