package explain

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

// columnID is the id that logical.FormatExpr writes behind a column's name; the mark keeps it from text in literals.
var columnID = regexp.MustCompile("\x01#[0-9]+")

// expression prints e with the names of the input's columns.
func expression(e *expr.Expr, in []string) string {
	named := expr.Transform(e, func(x *expr.Expr) *expr.Expr {
		if x.Op != expr.Column {
			return x
		}
		c := *x
		c.Name = name(in, x.Col) + "\x01"
		return &c
	})
	return columnID.ReplaceAllString(logical.FormatExpr(named), "")
}

func name(in []string, i int) string {
	if i < 0 || i >= len(in) {
		return fmt.Sprintf("$%d", i)
	}
	return in[i]
}

func columns(in []string, list []int) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = name(in, c)
	}
	return strings.Join(parts, ", ")
}

func sortKeys(in []string, keys []physical.SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = name(in, k.Col) + " ASC"
		if k.Desc {
			parts[i] = name(in, k.Col) + " DESC"
		}
		// NULL is the least of all values unless the query says otherwise.
		if k.NullsFirst == k.Desc {
			parts[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

func distribution(n *physical.Node, d physical.Distribution) string {
	if d.Kind != physical.Hash {
		return d.Kind.String()
	}
	return "hash[" + columns(names(n), d.Keys) + "]"
}
