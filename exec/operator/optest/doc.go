// Package optest runs an operator through what a task may do to it.
//
// The author writes a small table: events in, rows out. Run plays it with
// batches of one row and of many, selections with junk between, sliced and
// dictionary columns, outputs that are full at every turn, buffers scribbled
// over as soon as the operator has given them back, and, for streaming
// operators, with a snapshot and restore between any two events. The folded
// rows must be the same each time.
//
//	optest.Run(t, optest.Case{
//		New:    func() operator.Operator { return calc.New(spec) },
//		Inputs: []*types.Schema{in}, Output: out,
//		Events: []optest.Event{optest.Rows(0, optest.R(1, "a")), optest.End(0)},
//		Want:   []string{"1, a"},
//	})
//
// Tests that compare with answers of their own making find an output, contexts
// and batches in rig.go. Read case.go first, then play.go.
package optest
