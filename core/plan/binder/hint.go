package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
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
		if name == "STATE_TTL" {
			unsupported(h, "the hint STATE_TTL")
		}
		if !known {
			fail(sqlerr.New(sqlerr.UndefinedObject, h.Pos(), "unknown hint %s", h.Name.Text).
				WithHint("nearest: %s", strings.Join(option.Nearest(name, joinHints, 3), ", ")))
		}
	}
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
	c.Options = t.Options.Clone()
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
