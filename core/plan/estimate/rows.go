package estimate

import (
	"math"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/plan/logical"
)

const (
	unknownRows   = 1_000_000 // of a table that knows nothing of itself
	elementsOfRow = 4         // rows that a table function makes of one
	groupShare    = 0.1       // of rows that make a new group, where nothing is known of the keys
)

// Column is what is known of one column's values.
type Column struct {
	Stats    catalog.ColumnStats
	Distinct float64 // 0: unknown
	table    int     // that it was scanned from, from 1; 0: none
	rows     float64 // of that table; < 0: unknown
}

// Estimator remembers what it has estimated. One goroutine uses it.
type Estimator struct {
	rows    map[logical.Node]float64
	columns map[int]Column // by column id
	tables  int            // scans learnt
}

// New makes an Estimator that knows the tables a plan scans.
func New(root logical.Node) *Estimator {
	e := &Estimator{rows: map[logical.Node]float64{}, columns: map[int]Column{}}
	e.learn(root)
	return e
}

// learn notes the statistics of scanned columns, and of those that pass on under other ids.
func (e *Estimator) learn(n logical.Node) {
	for _, in := range n.Inputs() {
		e.learn(in)
	}
	switch n := n.(type) {
	case *logical.Scan:
		e.tables++
		for i, c := range n.Cols {
			col := Column{}
			if o := n.Ordinals[i]; n.Info != nil && o < len(n.Info.Columns) {
				col = columnOf(n.Info.Columns[o], n.Info.Rows)
				col.table, col.rows = e.tables, n.Info.Rows
			}
			e.columns[c.ID] = col
		}
	case *logical.Project:
		for _, a := range n.Assigns {
			if a.Expr.Op == 0 {
				e.columns[a.Col.ID] = e.columns[a.Expr.Col]
			}
		}
	case *logical.Shared:
		if _, known := e.rows[n.Def.Node]; !known {
			e.learn(n.Def.Node)
			e.Rows(n.Def.Node)
		}
		for i, c := range n.Cols {
			e.columns[c.ID] = e.columns[n.Of[i]]
		}
	}
}

// columnOf completes what a source says: integers have at most as many values as lie between their ends.
func columnOf(s catalog.ColumnStats, rows float64) Column {
	c := Column{Stats: s, Distinct: s.Distinct}
	if c.Distinct == 0 && s.Min != nil && s.Max != nil && s.Min.B == nil {
		if span := float64(s.Max.I) - float64(s.Min.I) + 1; span > 0 {
			c.Distinct = span
		}
	}
	if rows >= 0 {
		c.Distinct = math.Min(c.Distinct, math.Max(rows, 1))
	}
	return c
}

// Rows is the estimated number of rows of n, at least 1.
func (e *Estimator) Rows(n logical.Node) float64 {
	if r, ok := e.rows[n]; ok {
		return r
	}
	r := math.Max(1, e.estimate(n))
	e.rows[n] = r
	return r
}

func (e *Estimator) estimate(n logical.Node) float64 {
	switch n := n.(type) {
	case *logical.Scan:
		if n.Info == nil || n.Info.Rows < 0 {
			return unknownRows
		}
		return n.Info.Rows
	case *logical.Shared:
		return e.Rows(n.Def.Node)
	case *logical.Values:
		return float64(len(n.Rows))
	case *logical.Filter:
		return e.Rows(n.Input) * e.Selectivity(n.Cond)
	case *logical.Join:
		return e.Join(n.Kind, e.Rows(n.Left), e.Rows(n.Right), n)
	case *logical.Aggregate:
		return e.groups(n)
	case *logical.Sort:
		r := e.Rows(n.Input)
		if n.Limit >= 0 {
			r = math.Min(r, float64(n.Limit))
		}
		return r
	case *logical.SetOp:
		sum := 0.0
		for _, in := range n.Ins {
			sum += e.Rows(in)
		}
		return sum
	case *logical.WindowTable:
		r := e.Rows(n.Input)
		if n.Spec.Kind == logical.Hop && n.Spec.Slide > 0 {
			r *= float64(n.Spec.Size) / float64(n.Spec.Slide)
		}
		return r
	}
	if c, ok := n.(*logical.Correlate); ok && c.Asked != nil {
		return e.Rows(c.Input)
	} else if ok {
		return e.Rows(c.Input) * elementsOfRow
	}
	if in := n.Inputs(); len(in) > 0 {
		return e.Rows(in[0])
	}
	return 1
}

// groups multiplies the values of the keys; those of one table have together at
// most as many as the table has rows.
func (e *Estimator) groups(n *logical.Aggregate) float64 {
	if len(n.Keys) == 0 {
		return 1
	}
	in := e.Rows(n.Input)
	product := 1.0
	of := make([]float64, e.tables+1) // by table; 0: none so far
	for _, k := range n.Keys {
		c := e.columns[k.ID]
		d := c.Distinct
		if d == 0 {
			d = math.Max(1, in*groupShare)
		}
		if c.table == 0 || c.rows < 0 {
			product *= d
			continue
		}
		if of[c.table] == 0 {
			of[c.table] = 1
		}
		of[c.table] = math.Min(of[c.table]*d, math.Max(1, c.rows))
	}
	for _, d := range of {
		product *= math.Max(1, d)
	}
	return math.Min(product, in)
}

// Distinct is the estimated number of values of a column among rows rows.
func (e *Estimator) Distinct(id int, rows float64) float64 {
	d := e.columns[id].Distinct
	if d == 0 {
		d = rows
	}
	return math.Max(1, math.Min(d, rows))
}
