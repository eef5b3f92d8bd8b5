// Package logical holds the nodes of logical plans: what a query means, before
// anything is said of how it runs.
//
// Every column of a plan has an id of its own, given once by the binder (Ids)
// and never reused, so that rules move expressions up and down without
// renumbering: an expression's Column nodes hold such ids. A column that a
// subtree uses and does not produce is correlated; only Apply may bind it.
// Nodes are immutable; rules build new ones with WithInputs or literals.
// Read node.go first.
package logical
