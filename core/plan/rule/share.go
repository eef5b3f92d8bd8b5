package rule

import (
	"sort"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
)

// sharedIDs are the ids of shared columns: below all that binders and planners give.
const sharedIDs = -1 << 20

// ShareSources makes one of the unbounded scans of a table, over all statements
// of a program: a stream is read, decoded and watermarked once. Each reader
// becomes a projection of the one scan, which has the columns that any needs.
func ShareSources(roots []logical.Node) []logical.Node {
	s := sharer{found: map[string][]*origin{}, views: map[logical.Node]logical.Node{}, next: sharedIDs}
	for _, r := range roots {
		s.find(r)
	}
	tables := make([]string, 0, len(s.found))
	for name := range s.found {
		tables = append(tables, name)
	}
	sort.Strings(tables)
	for _, name := range tables {
		s.merge(s.found[name])
	}
	if len(s.views) == 0 {
		return roots
	}
	out := make([]logical.Node, len(roots))
	for i, r := range roots {
		out[i] = s.replace(r)
	}
	return out
}

// origin is a scan, and the watermark and the computed columns over it where there are any.
type origin struct {
	top       logical.Node
	scan      *logical.Scan
	project   *logical.Project
	watermark *logical.Watermark
}

type sharer struct {
	found map[string][]*origin
	views map[logical.Node]logical.Node // what stands in place of an origin's top
	next  int
}

func (s *sharer) find(n logical.Node) {
	if o := originOf(n); o != nil {
		s.found[o.scan.Table.Name] = append(s.found[o.scan.Table.Name], o)
		return
	}
	for _, in := range n.Inputs() {
		s.find(in)
	}
}

// originOf recognises an unbounded Scan, Watermark over Scan, and Watermark over Project over Scan.
func originOf(n logical.Node) *origin {
	o := &origin{top: n}
	if w, ok := n.(*logical.Watermark); ok {
		o.watermark, n = w, w.Input
		if p, ok := n.(*logical.Project); ok {
			o.project, n = p, p.Input
		}
	}
	scan, ok := n.(*logical.Scan)
	if !ok || scan.Info == nil || scan.Info.Bounded {
		return nil
	}
	o.scan = scan
	return o
}

func (s *sharer) merge(group []*origin) {
	first := group[0]
	var same []*origin
	for _, o := range group {
		// Hints in the query (OPTIONS) make another table of the same name.
		if o.scan.Table == first.scan.Table && (o.project == nil) == (first.project == nil) && (o.watermark == nil) == (first.watermark == nil) {
			same = append(same, o)
		}
	}
	if len(same) < 2 {
		return
	}
	m := merged{sharer: s, scan: &logical.Scan{Table: first.scan.Table, Info: first.scan.Info, Limit: -1, Pos: first.scan.Pos}}
	seen := make([]map[int]*expr.Expr, len(same))
	for i, o := range same {
		seen[i] = m.add(o)
	}
	top := m.top(first, seen[0])
	for i, o := range same {
		view := &logical.Project{Input: top}
		for _, c := range o.top.Columns() {
			view.Assigns = append(view.Assigns, logical.Assign{Col: c, Expr: seen[i][c.ID]})
		}
		s.views[o.top] = view
	}
}

// merged is the one scan as it grows.
type merged struct {
	sharer  *sharer
	scan    *logical.Scan
	project []logical.Assign
}

func (m *merged) fresh(c logical.Column) logical.Column {
	m.sharer.next--
	c.ID = m.sharer.next
	return c
}

// add takes in an origin, and says which shared column stands for each of its columns.
func (m *merged) add(o *origin) map[int]*expr.Expr {
	seen := map[int]*expr.Expr{}
	for i, c := range o.scan.Cols {
		seen[c.ID] = m.scanned(c, o.scan.Ordinals[i]).Ref()
	}
	if o.project == nil {
		return seen
	}
	out := map[int]*expr.Expr{}
	for _, a := range o.project.Assigns {
		out[a.Col.ID] = m.computed(a.Col, substitute(a.Expr, seen)).Ref()
	}
	return out
}

func (m *merged) scanned(c logical.Column, ordinal int) logical.Column {
	for i, o := range m.scan.Ordinals {
		if o == ordinal {
			return m.scan.Cols[i]
		}
	}
	c = m.fresh(c)
	m.scan.Cols, m.scan.Ordinals = append(m.scan.Cols, c), append(m.scan.Ordinals, ordinal)
	return c
}

// computed finds a projected column by what it is, or adds it.
func (m *merged) computed(c logical.Column, e *expr.Expr) logical.Column {
	for _, a := range m.project {
		if signature(a.Expr) == signature(e) && a.Col.Time == c.Time {
			return a.Col
		}
	}
	c = m.fresh(c)
	m.project = append(m.project, logical.Assign{Col: c, Expr: e})
	return c
}

func (m *merged) top(first *origin, seen map[int]*expr.Expr) logical.Node {
	var top logical.Node = m.scan
	if first.project != nil {
		top = &logical.Project{Input: top, Assigns: m.project}
	}
	if w := first.watermark; w != nil {
		col := w.Col
		col.ID = seen[w.Col.ID].Col
		top = &logical.Watermark{Input: top, Col: col, Expr: substitute(w.Expr, seen)}
	}
	return top
}

func (s *sharer) replace(n logical.Node) logical.Node {
	if v := s.views[n]; v != nil {
		return v
	}
	in := n.Inputs()
	if len(in) == 0 {
		return n
	}
	out := make([]logical.Node, len(in))
	changed := false
	for i := range in {
		out[i] = s.replace(in[i])
		changed = changed || out[i] != in[i]
	}
	if !changed {
		return n
	}
	return n.WithInputs(out)
}
