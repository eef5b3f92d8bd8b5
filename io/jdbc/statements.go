package jdbc

import (
	"fmt"
	"slices"
	"strings"
)

// textArray is the type of parameters: text[].
const textArray = 1009

// statements write all rows of a run in one go: a parameter is a column of them.
type statements struct {
	write, remove string
	oids          []uint32
}

func newStatements(table string, cols []column, keys []int) *statements {
	s := &statements{}
	var names, values, set []string
	for i := range cols {
		s.oids = append(s.oids, textArray)
		names = append(names, cols[i].name)
		values = append(values, fmt.Sprintf("u.c%d::%s", i, cols[i].typ))
		if !slices.Contains(keys, i) {
			set = append(set, cols[i].name+" = EXCLUDED."+cols[i].name)
		}
	}
	s.write = fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", table, strings.Join(names, ", "), strings.Join(values, ", "), unnest(len(cols)))
	if len(keys) == 0 {
		return s
	}
	var key, same []string
	for i, k := range keys {
		key = append(key, cols[k].name)
		same = append(same, fmt.Sprintf("t.%s = u.c%d::%s", cols[k].name, i, cols[k].typ))
	}
	s.write += " ON CONFLICT (" + strings.Join(key, ", ") + ") DO "
	if len(set) > 0 {
		s.write += "UPDATE SET " + strings.Join(set, ", ")
	} else {
		s.write += "NOTHING"
	}
	s.remove = fmt.Sprintf("DELETE FROM %s AS t USING %s WHERE %s", table, unnest(len(keys)), strings.Join(same, " AND "))
	return s
}

// unnest is a table u of the parameters, with columns c0, c1, …
func unnest(n int) string {
	var params, names []string
	for i := range n {
		params = append(params, fmt.Sprintf("$%d::text[]", i+1))
		names = append(names, fmt.Sprintf("c%d", i))
	}
	return "unnest(" + strings.Join(params, ", ") + ") AS u(" + strings.Join(names, ", ") + ")"
}

// texts are the types of n parameters.
func (s *statements) texts(n int) []uint32 { return s.oids[:n] }
