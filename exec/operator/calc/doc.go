// Package calc holds the operators that work row by row and keep nothing but
// counts: Calc (filter, then project), Expand (grouping sets), Replicate, Union, Limit and
// SingleRow. Read calc.go first.
package calc
