package jdbc

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// source is what the options of a table and a query say.
type source struct {
	config  *config
	spec    connector.ScanSpec
	columns []int // of the table, in output order
	types   []types.Type
	ranges  []span
}

// Enumerate deals the ranges.
func (s *source) Enumerate(_ context.Context, restored []byte) (connector.Enumerator, error) {
	e := &enumerator{}
	if restored != nil {
		return e, json.Unmarshal(restored, &e.left)
	}
	for i := range s.ranges {
		e.left = append(e.left, connector.Split{ID: fmt.Sprintf("range %d", i), Data: s.ranges[i].data()})
	}
	return e, nil
}

func (p *span) data() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return b
}

// enumerator deals one range at a time: who is quick reads more of them.
type enumerator struct{ left []connector.Split }

func (e *enumerator) Assign(context.Context, int, int) ([]connector.Split, bool, error) {
	if len(e.left) == 0 {
		return nil, true, nil
	}
	out := e.left[:1:1]
	e.left = e.left[1:]
	return out, false, nil
}

func (e *enumerator) Wake() <-chan struct{}                  { return nil }
func (e *enumerator) AddSplitsBack(splits []connector.Split) { e.left = append(e.left, splits...) }
func (e *enumerator) Snapshot() ([]byte, error)              { return json.Marshal(e.left) }
func (e *enumerator) Close() error                           { return nil }

// query is the SELECT of a range. In streaming mode a job may resume in the middle of
// it: by the order of the key, or the one in which the table lies, it passes over the
// rows that it has.
func (s *source) query(cols []column, p *span) string {
	list := make([]string, len(cols))
	for i := range cols {
		list[i] = cols[i].selected(s.types[i])
	}
	var where []string
	for _, f := range s.spec.Filters {
		if c := condition(f, func(i int) string { return cols[i].selected(s.types[i]) }); c != "" {
			where = append(where, c)
		}
	}
	if p.Column != "" {
		end := "<"
		if p.Last {
			end = "<="
		}
		where = append(where, fmt.Sprintf("%s >= (%d) AND %s %s (%d)", p.Column, p.From, p.Column, end, p.To))
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM " + s.config.name
	if len(where) > 0 {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	if key := s.config.keyNames(); s.spec.StreamingMode && len(key) > 0 {
		sql += " ORDER BY " + strings.Join(key, ", ")
	}
	if p.Rows > 0 {
		sql += fmt.Sprintf(" OFFSET %d", p.Rows)
	}
	if s.spec.Limit >= 0 && len(s.spec.Filters) == 0 {
		sql += fmt.Sprintf(" LIMIT %d", s.spec.Limit)
	}
	return sql
}

func (c *config) keyNames() []string {
	var out []string
	for _, k := range c.table.PrimaryKey {
		out = append(out, quote(c.table.Columns[k].Name))
	}
	return out
}
