package implement

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func (p *planner) scan(n *logical.Scan) (rel, error) {
	r, err := p.read(n)
	if err != nil || !upserts(n) {
		return r, err
	}
	return p.normalized(n, r)
}

func upserts(n *logical.Scan) bool { return n.Info != nil && n.Info.UpsertBy }

// read is a table as its connector has it.
func (p *planner) read(n *logical.Scan) (rel, error) {
	info := n.Info
	if info == nil {
		info = &catalog.SourceInfo{Bounded: true, Rows: -1, Bytes: -1}
	}
	if !info.Bounded && !p.cfg.Streaming {
		return rel{}, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "table %s has no end and cannot be read in batch mode", n.Table.Name).
			WithHint("SET 'execution.runtime-mode' = 'streaming', or bound the source")
	}
	if !p.cfg.Streaming && (info.Retracts || info.UpsertBy) {
		return rel{}, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "table %s is a changelog and cannot be read in batch mode", n.Table.Name).
			WithHint("SET 'execution.runtime-mode' = 'streaming'")
	}
	out := rel{cols: n.Cols}
	filters, err := out.bindAll(n.Filters)
	if err != nil {
		return rel{}, err
	}
	op := &physical.Scan{Table: n.Table, Columns: n.Ordinals, Filters: filters, Limit: n.Limit}
	out.node = p.make(op, n.Cols, p.est.Rows(n))
	t := &out.node.Traits
	t.Bounded = info.Bounded
	if info.Parallelism > 0 {
		t.Parallelism = min(t.Parallelism, info.Parallelism)
	}
	if info.Readers > 0 {
		t.Parallelism = info.Readers
	}
	if key, ok := primaryKey(n); ok {
		t.UniqueKeys = [][]int{key}
	}
	switch key, ok := primaryKey(n); {
	case info.UpsertBy && ok:
		t.Changelog, t.UpsertKey = physical.Upsert, key
	case info.Retracts:
		t.Changelog = physical.Retract
		if len(t.UniqueKeys) > 0 {
			t.UpsertKey = t.UniqueKeys[0]
		}
	}
	return out, nil
}

// normalized completes an upsert changelog: its -D has the key alone, and it has no -U.
func (p *planner) normalized(n *logical.Scan, r rel) (rel, error) {
	key, ok := primaryKey(n)
	if !ok {
		return rel{}, sqlerr.New(sqlerr.Internal, n.Pos, "the primary key of upsert table %s is not read", n.Table.Name)
	}
	r = p.hashed(r, key)
	r = p.on(r, &physical.ChangelogNormalize{Keys: key, StateTTL: p.cfg.StateTTL}, r.node.Traits.Rows)
	r.node.Traits.Changelog = physical.Retract
	return r, nil
}

// primaryKey is a scan's primary key as ordinals of its columns, if all of it is read.
func primaryKey(n *logical.Scan) ([]int, bool) {
	if len(n.Table.PrimaryKey) == 0 {
		return nil, false
	}
	produced := n.Table.Produced()
	var key []int
	for _, k := range n.Table.PrimaryKey {
		at := -1
		for i, o := range n.Ordinals {
			if produced[o] == k {
				at = i
			}
		}
		if at < 0 {
			return nil, false
		}
		key = append(key, at)
	}
	return key, true
}

// watermark is dropped from bounded plans: time ends with the input. That of an
// upsert table is told where it is read, before its changes are completed.
func (p *planner) watermark(n *logical.Watermark) (rel, error) {
	if s, ok := n.Input.(*logical.Scan); ok && upserts(s) && p.cfg.Streaming {
		r, err := p.read(s)
		if err == nil {
			r, err = p.assigned(n, r)
		}
		if err != nil {
			return rel{}, err
		}
		return p.normalized(s, r)
	}
	in, err := p.visit(n.Input)
	if err != nil || !p.cfg.Streaming {
		return in, err
	}
	return p.assigned(n, in)
}

func (p *planner) assigned(n *logical.Watermark, in rel) (rel, error) {
	e, err := in.bind(n.Expr)
	if err != nil {
		return rel{}, err
	}
	out := p.on(in, &physical.WatermarkAssigner{Column: in.at(n.Col.ID), Expr: e}, in.node.Traits.Rows)
	out.node.Traits.Times = []int{in.at(n.Col.ID)}
	return out, nil
}

func (p *planner) values(n *logical.Values) (rel, error) {
	cols := n.Cols
	op := &physical.Values{}
	constant := true
	for _, row := range n.Rows {
		vals := make([]types.Value, len(row))
		for i, e := range row {
			if e.Op != expr.Literal {
				constant = false
				break
			}
			vals[i] = *e.Lit
		}
		op.Rows = append(op.Rows, vals)
	}
	if constant {
		out := rel{cols: cols, node: p.make(op, cols, float64(len(op.Rows)))}
		out.node.Traits.Parallelism = 1
		return out, nil
	}
	return p.computedValues(n)
}

// computedValues evaluates rows that are not constants: a Calc over one row
// without columns, for each of them.
func (p *planner) computedValues(n *logical.Values) (rel, error) {
	var rows []rel
	for _, row := range n.Rows {
		one := p.make(&physical.Values{Rows: [][]types.Value{{}}}, nil, 1)
		one.Traits.Parallelism = 1
		r := p.calc(rel{node: one}, nil, row, n.Cols)
		rows = append(rows, r)
	}
	return p.union(rows, n.Cols), nil
}
