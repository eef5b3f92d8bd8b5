package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/parquet"
)

// wanted are the rows of a row group that can match the filters: none by what the
// footer and Bloom filters say of the group, or those of pages that can by the page
// index; nil: all.
func (r *parquetReader) wanted(group int) ([]parquet.Rows, error) {
	g := &groupFacts{r: r, group: group, blooms: map[int]*parquet.Bloom{}}
	k := facts{rows: r.file.GroupRows(group), stats: g.stats, holds: g.holds}
	filters, members := r.allFilters(), r.members()
	for _, f := range filters {
		if !k.mayMatch(f) {
			return []parquet.Rows{}, g.err
		}
	}
	for _, m := range members {
		if !g.mayBeMember(m) {
			return []parquet.Rows{}, g.err
		}
	}
	if g.err != nil {
		return nil, g.err
	}
	pages := pageFacts{r: r, group: group, all: k.rows, pages: map[int][]parquet.Page{}}
	out := pages.every()
	for _, f := range filters {
		out = intersect(out, pages.of(f))
	}
	for _, m := range members {
		out = intersect(out, pages.members(m))
	}
	if len(out) == 1 && out[0] == (parquet.Rows{To: k.rows}) {
		return nil, pages.err
	}
	return out, pages.err
}

// narrow takes into account what joins have found since the row group was opened.
func (r *parquetReader) narrow() error {
	if err := r.setFilter(); err != nil {
		return err
	}
	wanted, err := r.wanted(r.at.Group)
	if err != nil || wanted == nil {
		return err
	}
	return r.scanner.Narrow(wanted)
}

// column is the ordinal in the file of a column of the scan whose statistics are
// of the same type; -1: there are none.
func (r *parquetReader) column(c int) int {
	at := r.file.Column(r.source.names[c])
	if at >= 0 && !sameValues(r.file.Columns[at].Type, r.source.types[c]) {
		return -1
	}
	return at
}

// absent reports a column that the file does not have.
func (r *parquetReader) absent(c int) bool { return r.file.Column(r.source.names[c]) < 0 }

// groupFacts is what a row group says of its columns.
type groupFacts struct {
	r      *parquetReader
	group  int
	blooms map[int]*parquet.Bloom
	err    error // of reading a Bloom filter
}

func (g *groupFacts) stats(column int) *catalog.ColumnStats {
	if g.r.absent(column) {
		return &catalog.ColumnStats{Nulls: g.r.file.GroupRows(g.group)}
	}
	c := g.r.column(column)
	if c < 0 {
		return nil
	}
	s := g.r.file.GroupStats(g.group, c)
	return &s
}

func (g *groupFacts) bloom(column int) *parquet.Bloom {
	c := g.r.column(column)
	if c < 0 || g.err != nil {
		return nil
	}
	b, known := g.blooms[c]
	if !known {
		b, g.err = g.r.file.Bloom(g.group, c)
		g.blooms[c] = b
	}
	return b
}

func (g *groupFacts) holds(column int, v types.Value) bool {
	b := g.bloom(column)
	return b == nil || b.MayHold(v)
}

// membersAsked is how many values a Bloom filter is asked for.
const membersAsked = 4096

func (g *groupFacts) mayBeMember(m *connector.Members) bool {
	s := g.stats(m.Column)
	switch {
	case s == nil:
		return true
	case s.Nulls == g.r.file.GroupRows(g.group):
		return false
	case s.Min != nil && s.Max != nil && !m.HasBetween(s.Min.I, s.Max.I):
		return false
	}
	if m.Count() > membersAsked {
		return true
	}
	b := g.bloom(m.Column)
	if b == nil {
		return true
	}
	for x := range m.Values {
		if b.MayHold(types.IntValue(x)) {
			return true
		}
	}
	return false
}

// pageFacts finds the rows that can match by what the page index says of the pages
// of single columns: those of different columns do not end at the same rows.
type pageFacts struct {
	r     *parquetReader
	group int
	all   int64
	pages map[int][]parquet.Page // by column of the scan; nil: nothing is known
	err   error                  // of reading a page index
}

func (p *pageFacts) every() []parquet.Rows { return []parquet.Rows{{To: p.all}} }

// of are the rows that can satisfy a filter.
func (p *pageFacts) of(e *expr.Expr) []parquet.Rows {
	if e.Op == expr.Call && e.Func == expr.And {
		out := p.every()
		for _, a := range e.Args {
			out = intersect(out, p.of(a))
		}
		return out
	}
	if e.Op == expr.Call && e.Func == expr.Or {
		var out []parquet.Rows
		for _, a := range e.Args {
			out = union(out, p.of(a))
		}
		return out
	}
	only := -1
	for c := range expr.Columns(e) {
		if only >= 0 {
			return p.every()
		}
		only = c
	}
	if only < 0 {
		return p.every()
	}
	return p.matching(only, func(page *parquet.Page) bool {
		k := facts{rows: page.To - page.From, stats: func(int) *catalog.ColumnStats { return &page.Stats }}
		return k.mayMatch(e)
	})
}

// members are the rows that can hold one of the values.
func (p *pageFacts) members(m *connector.Members) []parquet.Rows {
	return p.matching(m.Column, func(page *parquet.Page) bool {
		s := &page.Stats
		if s.Nulls == page.To-page.From {
			return false
		}
		return s.Min == nil || m.HasBetween(s.Min.I, s.Max.I)
	})
}

func (p *pageFacts) matching(column int, may func(*parquet.Page) bool) (out []parquet.Rows) {
	pages, known := p.pages[column]
	if !known && p.err == nil {
		if c := p.r.column(column); c >= 0 {
			pages, p.err = p.r.file.Pages(p.group, c)
		}
		p.pages[column] = pages
	}
	if pages == nil {
		return p.every()
	}
	for i := range pages {
		if !may(&pages[i]) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To == pages[i].From {
			out[n-1].To = pages[i].To
		} else {
			out = append(out, pages[i].Rows)
		}
	}
	return out
}

// intersect are the rows in both, union those in either; both lists are ascending.
func intersect(a, b []parquet.Rows) (out []parquet.Rows) {
	out = []parquet.Rows{}
	for len(a) > 0 && len(b) > 0 {
		if from, to := max(a[0].From, b[0].From), min(a[0].To, b[0].To); from < to {
			out = append(out, parquet.Rows{From: from, To: to})
		}
		if a[0].To < b[0].To {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

func union(a, b []parquet.Rows) (out []parquet.Rows) {
	for len(a) > 0 || len(b) > 0 {
		if len(a) == 0 || len(b) > 0 && b[0].From < a[0].From {
			a, b = b, a
		}
		if n := len(out); n > 0 && a[0].From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, a[0].To)
		} else {
			out = append(out, a[0])
		}
		a = a[1:]
	}
	return out
}
