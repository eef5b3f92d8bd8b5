package engine

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// countStatistics runs ANALYZE TABLE: a query counts what is asked for, and the catalog keeps
// it with the table, for plans to come. What is inserted later does not change it.
func (s *Session) countStatistics(ctx context.Context, st *ast.Analyze) (*Result, error) {
	path := s.catalog.Resolve(st.Table.Strings())
	o, err := s.catalog.Lookup(path)
	switch {
	case err != nil:
		return nil, at(st.Table, err)
	case o.Table == nil:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, st.Table.Pos(), "ANALYZE TABLE of a view is not allowed").WithHint("analyze the tables that it reads")
	case o.Temporary:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, st.Table.Pos(), "ANALYZE TABLE of a temporary table is not allowed").WithHint("CREATE TABLE without TEMPORARY")
	}
	if err := checkPartition(st, o.Table); err != nil {
		return nil, err
	}
	columns, err := analyzed(st, o.Table)
	if err != nil {
		return nil, err
	}
	q := surveyOf(path, columns)
	row, err := s.surveyed(ctx, st, q)
	if err != nil {
		return nil, err
	}
	changed := *o.Table
	changed.Statistics = q.read(row, o.Table.Statistics)
	o.Table = &changed
	return &Result{}, s.catalog.Put(path, o)
}

// checkPartition holds PARTITION (…) to all keys of a partitioned table, as Flink does.
func checkPartition(st *ast.Analyze, t *catalog.Table) error {
	if len(t.PartitionBy) == 0 {
		if len(st.Partition) > 0 {
			return sqlerr.New(sqlerr.InvalidDefinition, st.Partition[0].Pos(), "table %s is not partitioned", t.Name)
		}
		return nil
	}
	var keys []string
	for _, k := range t.PartitionBy {
		keys = append(keys, t.Columns[k].Name)
	}
	all := "PARTITION (" + strings.Join(keys, ", ") + ")"
	var given []string
	for _, p := range st.Partition {
		if p.Value != nil {
			return sqlerr.New(sqlerr.FeatureNotSupported, p.Pos(), "ANALYZE TABLE of some partitions is not supported").WithHint("%s takes all of them", all)
		}
		given = append(given, p.Column.Text)
	}
	slices.Sort(keys)
	slices.Sort(given)
	if !slices.Equal(given, keys) {
		return sqlerr.New(sqlerr.InvalidDefinition, st.Table.Pos(), "ANALYZE TABLE of a partitioned table names all its partition keys").WithHint("%s", all)
	}
	return nil
}

// analyzed lists the columns that are looked at; none: the rows are counted.
func analyzed(st *ast.Analyze, t *catalog.Table) (columns []catalog.Column, err error) {
	if st.AllColumns {
		for _, c := range t.Columns {
			if c.Kind == catalog.Physical {
				columns = append(columns, c)
			}
		}
		return columns, nil
	}
	for _, name := range st.Columns {
		i := slices.IndexFunc(t.Columns, func(c catalog.Column) bool { return c.Name == name.Text })
		switch {
		case i < 0:
			return nil, sqlerr.New(sqlerr.UndefinedColumn, name.Pos(), "column `%s` does not exist in table %s", name.Text, t.Name)
		case t.Columns[i].Kind != catalog.Physical:
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, name.Pos(), "column `%s` is not stored: ANALYZE TABLE takes no computed and no metadata columns", name.Text)
		}
		columns = append(columns, t.Columns[i])
	}
	return columns, nil
}

// survey is the query of an ANALYZE, and which of its columns tells what.
type survey struct {
	text    string
	columns []surveyed
}

// surveyed is where a column's statistics stand in the one row of a survey; -1: nowhere.
type surveyed struct {
	name                         string
	count, distinct, least, most int
	length                       int
}

func surveyOf(table catalog.Path, columns []catalog.Column) *survey {
	q := &survey{}
	selected := []string{"COUNT(*)"}
	add := func(e string) int {
		selected = append(selected, e)
		return len(selected) - 1
	}
	for _, c := range columns {
		name := catalog.Quote(c.Name)
		of := surveyed{name: c.Name, count: add("COUNT(" + name + ")"), distinct: -1, least: -1, most: -1, length: -1}
		t := c.Type
		if t.IsNumeric() || t.IsTemporal() || t.IsString() || t.IsBinary() || t.Kind == types.Boolean {
			of.distinct = add("APPROX_COUNT_DISTINCT(" + name + ")")
		}
		switch {
		case t.IsNumeric(), t.IsTemporal():
			of.least, of.most = add("MIN("+name+")"), add("MAX("+name+")")
		case t.IsString():
			of.length = add("AVG(CAST(CHAR_LENGTH(" + name + ") AS DOUBLE))")
		}
		q.columns = append(q.columns, of)
	}
	q.text = "SELECT " + strings.Join(selected, ", ") + " FROM " + table.String()
	return q
}

// surveyed runs a survey.
func (s *Session) surveyed(ctx context.Context, st *ast.Analyze, q *survey) (row []types.Value, err error) {
	stmt, err := parser.ParseStatement(q.text)
	if err != nil {
		return nil, err
	}
	root, names, streaming, err := s.bindQuery(stmt.(*ast.Query))
	switch {
	case err != nil:
		return nil, at(st.Table, err)
	case streaming:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, st.Pos(), "ANALYZE TABLE is not supported in streaming mode").
			WithHint("SET 'execution.runtime-mode' = 'batch'")
	}
	r, err := s.collect(ctx, root, names, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		b, err := r.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return row, nil
		case err != nil:
			return nil, err
		}
		row = rowOf(b.Cols)
	}
}

func rowOf(cols []vector.Vector) []types.Value {
	row := make([]types.Value, len(cols))
	for i := range cols {
		row[i] = cols[i].ValueAt(0)
	}
	return row
}

// read makes statistics of the row of a survey. Columns it did not look at keep what
// was known.
func (q *survey) read(row []types.Value, old *catalog.Statistics) *catalog.Statistics {
	out := &catalog.Statistics{Rows: float64(row[0].I), Columns: map[string]catalog.ColumnStats{}}
	if old != nil {
		for name, c := range old.Columns {
			out.Columns[name] = c
		}
	}
	for _, c := range q.columns {
		s := catalog.ColumnStats{Nulls: row[0].I - row[c.count].I}
		if c.distinct >= 0 {
			s.Distinct = float64(row[c.distinct].I)
		}
		if c.least >= 0 && !row[c.least].Null {
			s.Min, s.Max = &row[c.least], &row[c.most]
		}
		if c.length >= 0 && !row[c.length].Null {
			s.AvgBytes = row[c.length].Float()
		}
		out.Columns[c.name] = s
	}
	return out
}
