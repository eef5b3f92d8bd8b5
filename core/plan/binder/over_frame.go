package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// needsOrder are the functions that mean nothing without an order.
var needsOrder = map[string]bool{
	"RANK": true, "DENSE_RANK": true, "PERCENT_RANK": true, "CUME_DIST": true, "NTILE": true, "LAG": true, "LEAD": true,
}

// frame sets the frame: ranking functions have none of their own; the default is
// everything up to the current row and its peers, or all where there is no order.
func (x *exprBinder) frame(o *overCall, f *function.Function, w *ast.Window, e *ast.Call) {
	switch {
	case needsOrder[f.Name] && len(o.order) == 0:
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s needs an ORDER BY in its window", f.Name))
	case f.Kind == function.Ranking && w.Frame != nil:
		fail(sqlerr.New(sqlerr.Windowing, w.Frame.Pos(), "%s takes no ROWS or RANGE", f.Name))
	case f.Kind == function.Ranking:
		o.unit, o.from, o.frameless = logical.Rows, logical.Bound{Unbounded: true}, true
	case w.Frame == nil && len(o.order) == 0:
		o.unit, o.from, o.to = logical.Rows, logical.Bound{Unbounded: true}, logical.Bound{Unbounded: true}
	case w.Frame == nil:
		o.unit, o.from = logical.Range, logical.Bound{Unbounded: true}
	default:
		x.writtenFrame(o, w.Frame)
	}
}

func (x *exprBinder) writtenFrame(o *overCall, f *ast.Frame) {
	end := f.End
	if end == nil {
		end = &ast.FrameBound{At: f.At, Kind: ast.CurrentRow}
	}
	o.unit = logical.Rows
	if f.Unit == ast.Range {
		o.unit = logical.Range
	}
	switch {
	case f.Start.Kind == ast.UnboundedFollowing:
		fail(sqlerr.New(sqlerr.Windowing, f.Start.Pos(), "a frame cannot begin with UNBOUNDED FOLLOWING"))
	case end.Kind == ast.UnboundedPreceding:
		fail(sqlerr.New(sqlerr.Windowing, end.Pos(), "a frame cannot end with UNBOUNDED PRECEDING"))
	}
	o.from, o.to = x.bound(o, f.Start), x.bound(o, end)
	if !o.from.Unbounded && !o.to.Unbounded && o.from.Offset > o.to.Offset {
		fail(sqlerr.New(sqlerr.Windowing, f.Pos(), "the frame ends before it begins"))
	}
}

func (x *exprBinder) bound(o *overCall, f *ast.FrameBound) logical.Bound {
	switch f.Kind {
	case ast.CurrentRow:
		return logical.Bound{}
	case ast.UnboundedPreceding, ast.UnboundedFollowing:
		return logical.Bound{Unbounded: true}
	}
	lit := x.bind(f.Offset)
	if lit.Op != expr.Literal || lit.Lit.Null {
		fail(sqlerr.New(sqlerr.Windowing, f.Offset.Pos(), "the bound of a frame must be a constant"))
	}
	switch {
	case o.unit == logical.Rows && !lit.Type.IsInteger():
		fail(sqlerr.New(sqlerr.Windowing, f.Offset.Pos(), "ROWS takes a number of rows, not %s", lit.Type.WithNull(true)))
	case o.unit == logical.Range:
		rangeKey(o, f, lit.Type)
	}
	if lit.Lit.I < 0 {
		fail(sqlerr.New(sqlerr.Windowing, f.Offset.Pos(), "the bound of a frame must not be negative"))
	}
	if f.Kind == ast.Preceding {
		return logical.Bound{Offset: -lit.Lit.I}
	}
	return logical.Bound{Offset: lit.Lit.I}
}

// rangeKey checks that a distance fits the one key that the window is ordered by.
func rangeKey(o *overCall, f *ast.FrameBound, distance types.Type) {
	if len(o.order) != 1 {
		fail(sqlerr.New(sqlerr.Windowing, f.Pos(), "RANGE with a distance needs an ORDER BY of one key"))
	}
	key := o.order[0].Expr.Type
	switch {
	case key.IsTemporal() && distance.Kind == types.IntervalDaySecond:
	case key.IsInteger() && distance.IsInteger():
	case distance.Kind == types.IntervalYearMonth:
		fail(sqlerr.Unsupported(f.Pos(), "RANGE over months"))
	default:
		fail(sqlerr.New(sqlerr.Windowing, f.Offset.Pos(), "RANGE over %s cannot have a distance of type %s", key.WithNull(true), distance.WithNull(true)).
			WithHint("over a date or time the distance is an interval: INTERVAL '1' HOUR"))
	}
}
