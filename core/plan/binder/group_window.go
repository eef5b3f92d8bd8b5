package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// groupWindows are the windows that can stand in GROUP BY.
var groupWindows = map[string]bool{"TUMBLE": true, "HOP": true, "SESSION": true}

// groupWindow is TUMBLE(ts, INTERVAL …) in GROUP BY: a window table below the
// aggregation, whose columns are keys.
type groupWindow struct {
	call  *ast.Call
	table *logical.WindowTable
	text  string // the arguments, which TUMBLE_START and the like repeat
}

// bindGroupWindow looks for a window among the keys.
func (k *block) bindGroupWindow() {
	for _, g := range k.sel.GroupBy.Items {
		for _, e := range g.Exprs {
			c, ok := e.(*ast.Call)
			if !ok || len(c.Name.Parts) != 1 || !groupWindows[strings.ToUpper(c.Name.Last().Text)] {
				continue
			}
			if k.group != nil {
				fail(sqlerr.New(sqlerr.Windowing, c.Pos(), "GROUP BY has a second window"))
			}
			k.addGroupWindow(c, strings.ToUpper(c.Name.Last().Text))
		}
	}
	if k.group != nil && k.group.table.Spec.Kind == logical.Session {
		k.sessionKeys()
	}
}

func (k *block) addGroupWindow(c *ast.Call, name string) {
	want := map[string]int{"TUMBLE": 2, "HOP": 3, "SESSION": 2}[name]
	if len(c.Args) != want {
		fail(sqlerr.New(sqlerr.Windowing, c.Pos(), "%s in GROUP BY takes a time column and %d intervals", name, want-1).
			WithHint("offsets are written with the table function: TABLE(%s(TABLE t, DESCRIPTOR(ts), …))", name))
	}
	ref, ok := c.Args[0].(*ast.ColumnRef)
	if !ok {
		fail(sqlerr.New(sqlerr.Windowing, c.Args[0].Pos(), "%s needs a time column", name))
	}
	_, col := k.scope.column(ref)
	k.b.checkTime(col, ref, name)
	x := k.binder("GROUP BY")
	args := map[string]ast.Expr{"SIZE": c.Args[1], "GAP": c.Args[1]}
	if name == "HOP" {
		args = map[string]ast.Expr{"SLIDE": c.Args[1], "SIZE": c.Args[2]}
	}
	w := &logical.WindowTable{Input: k.node, Time: col, Spec: x.windowSpec(c, name, args), Pos: c.Pos()}
	w.Start, w.End, w.Attr = k.b.windowColumns(col)
	k.node = w
	k.group = &groupWindow{call: c, table: w, text: argumentText(c)}
}

// sessionKeys: sessions are found among rows of equal keys.
func (k *block) sessionKeys() {
	for _, g := range k.sel.GroupBy.Items {
		for _, e := range g.Exprs {
			ref, ok := e.(*ast.ColumnRef)
			if e == ast.Expr(k.group.call) {
				continue
			}
			if !ok || g.Kind != ast.GroupKey {
				unsupported(e, "SESSION in GROUP BY beside anything but columns")
			}
			_, col := k.scope.column(ref)
			k.group.table.PartitionBy = append(k.group.table.PartitionBy, col)
		}
	}
}

// keys enters the window's columns as keys.
func (g *groupWindow) keys(k *block) []int {
	var out []int
	for _, c := range []logical.Column{g.table.Start, g.table.End, g.table.Attr} {
		out = append(out, k.addKey(c.Ref()))
	}
	return out
}

func argumentText(c *ast.Call) string {
	parts := make([]string, len(c.Args))
	for i, a := range c.Args {
		parts[i] = ast.Format(a)
	}
	return strings.Join(parts, ", ")
}

// windowProperty binds TUMBLE_START(…) and its kin; nil for other functions.
func (k *block) windowProperty(name string, e *ast.Call) *expr.Expr {
	window, property, ok := strings.Cut(name, "_")
	if !ok || !groupWindows[window] {
		return nil
	}
	switch property {
	case "START", "END", "ROWTIME", "PROCTIME":
	default:
		return nil
	}
	if k == nil || k.group == nil || window != strings.ToUpper(k.group.call.Name.Last().Text) || argumentText(e) != k.group.text {
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s needs the same %s in GROUP BY", name, window))
	}
	w := k.group.table
	col := map[string]logical.Column{"START": w.Start, "END": w.End, "ROWTIME": w.Attr, "PROCTIME": w.Attr}[property]
	if property == "ROWTIME" && w.Time.Time == types.Proctime || property == "PROCTIME" && w.Time.Time != types.Proctime {
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s does not fit the time column `%s`", name, w.Time.Name))
	}
	ref := col.Ref()
	ref.Pos = e.Pos()
	return ref
}
