package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// product combines every set so far with every set of one more element.
func product(at ast.Node, a, b [][]int) [][]int {
	if len(a)*len(b) > maxSets {
		fail(sqlerr.New(sqlerr.Grouping, at.Pos(), "GROUP BY makes more than %d grouping sets", maxSets))
	}
	var out [][]int
	for _, x := range a {
		for _, y := range b {
			out = append(out, union([][]int{x, y}))
		}
	}
	return out
}

func union(sets [][]int) []int {
	out := []int{}
	seen := map[int]bool{}
	for _, s := range sets {
		for _, i := range s {
			if !seen[i] {
				seen[i] = true
				out = append(out, i)
			}
		}
	}
	return out
}

func distinctSets(sets [][]int) [][]int {
	var out [][]int
	seen := map[string]bool{}
	for _, s := range sets {
		if fp := setMask(s); !seen[fp] {
			seen[fp] = true
			out = append(out, s)
		}
	}
	return out
}

func setMask(set []int) string {
	mask := []byte{}
	for _, i := range set {
		for len(mask) <= i {
			mask = append(mask, '0')
		}
		mask[i] = '1'
	}
	return strings.TrimRight(string(mask), "0")
}
