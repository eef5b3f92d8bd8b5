package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// joinHints only advise how a join is run; the planner's own choice is as right.
var joinHints = []string{"BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP", "MULTI_JOIN", "LOOKUP"}

// checkHints knows the hints behind SELECT.
func checkHints(hints []*ast.Hint) {
	for _, h := range hints {
		name := strings.ToUpper(h.Name.Text)
		known := false
		for _, j := range joinHints {
			known = known || j == name
		}
		if !known && name != "STATE_TTL" {
			fail(sqlerr.New(sqlerr.UndefinedObject, h.Pos(), "unknown hint %s", h.Name.Text).
				WithHint("nearest: %s", strings.Join(option.Nearest(name, joinHints, 3), ", ")))
		}
	}
}

// stateTTL notes how long state lives of the tables that STATE_TTL('t' = '1 d', …)
// names: of the sides of joins, and of the groups of an only table.
func (k *block) stateTTL() {
	ttl := map[int]int64{}
	for _, h := range k.sel.Hints {
		if strings.ToUpper(h.Name.Text) != "STATE_TTL" {
			continue
		}
		for _, a := range h.Args {
			k.tableTTL(a, ttl)
		}
	}
	if len(ttl) == 0 {
		return
	}
	k.ttl = commonTTL(k.node.Columns(), ttl)
	k.node = joinTTL(k.node, ttl)
}

// tableTTL notes what a hint says of a table, for each of its columns.
func (k *block) tableTTL(a *ast.HintArg, ttl map[int]int64) {
	v, ok := a.Value.(*ast.StringLit)
	if a.Key == "" || !ok {
		fail(sqlerr.New(sqlerr.Syntax, a.Pos(), "STATE_TTL takes 'table' = 'duration'"))
	}
	d, err := option.ParseDuration(v.Value)
	if err != nil || d <= 0 {
		fail(sqlerr.New(sqlerr.InvalidDefinition, v.Pos(), "STATE_TTL: '%s' is no time to live", v.Value).WithHint("such as '1 d' or '12 h'"))
	}
	found := false
	for _, c := range k.scope.cols {
		if n := len(c.table); n > 0 && c.table[n-1] == a.Key {
			ttl[c.col.ID], found = d.Milliseconds(), true
		}
	}
	if !found {
		fail(sqlerr.New(sqlerr.UndefinedTable, a.Pos(), "STATE_TTL names `%s`, which is no table of this query", a.Key))
	}
}

// commonTTL is the time that all of some columns have; 0: they differ.
func commonTTL(cols []logical.Column, ttl map[int]int64) int64 {
	common := int64(0)
	for i, c := range cols {
		if i > 0 && ttl[c.ID] != common {
			return 0
		}
		common = ttl[c.ID]
	}
	return common
}

// joinTTL tells the joins of FROM.
func joinTTL(n logical.Node, ttl map[int]int64) logical.Node {
	j, ok := n.(*logical.Join)
	if !ok {
		return n
	}
	c := *j
	c.Left, c.Right = joinTTL(j.Left, ttl), joinTTL(j.Right, ttl)
	c.LeftTTL, c.RightTTL = commonTTL(j.Left.Columns(), ttl), commonTTL(j.Right.Columns(), ttl)
	return &c
}

func refuseHints(hints []*ast.Hint, what string) {
	if len(hints) > 0 {
		fail(sqlerr.New(sqlerr.Syntax, hints[0].Pos(), "%s takes no hints", what).WithHint("write them behind the table's name inside it"))
	}
}

// hinted is a table with the options of /*+ OPTIONS('k' = 'v') */ over its own.
func (b *Binder) hinted(t *catalog.Table, hints []*ast.Hint) *catalog.Table {
	if len(hints) == 0 {
		return t
	}
	c := *t
	c.Options, c.Statistics = t.Options.Clone(), nil // they may name other data
	for _, h := range hints {
		if strings.ToUpper(h.Name.Text) != "OPTIONS" {
			fail(sqlerr.New(sqlerr.UndefinedObject, h.Pos(), "unknown hint %s behind a table", h.Name.Text).WithHint("there is OPTIONS('key' = 'value')"))
		}
		for _, a := range h.Args {
			v, ok := a.Value.(*ast.StringLit)
			if a.Key == "" || !ok {
				fail(sqlerr.New(sqlerr.Syntax, a.Pos(), "OPTIONS takes 'key' = 'value'"))
			}
			c.Options[a.Key] = v.Value
		}
	}
	if err := b.res.Check(&c); err != nil {
		failAt(hints[0].Pos(), err)
	}
	return &c
}
