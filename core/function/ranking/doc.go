// Package ranking declares the functions that only make sense over a window
// (OVER): numbers of rows, shares, and values of neighbouring rows. Their
// declarations are what the binder sees; the loops stand in the operators that
// know where a partition begins and ends. Read declare.go.
package ranking
