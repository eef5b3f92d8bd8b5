// Package physical holds the nodes of physical plans: plain data that says how
// a query runs, operator by operator, with the traits each output has.
//
// A Node is an Op (the parameters of one operator) over inputs. Column
// references in its expressions are ordinals of the input (for joins: of left
// columns followed by right columns). Exchange nodes are where the job graph is
// cut into vertices. Everything here serialises as JSON (encode.go): a plan is
// bytes, never closures. Read node.go first, then the ops by family.
package physical
