// Command reference writes the pages of docs/reference from the declarations of
// functions, connectors and options, and docs/compatibility.md by running the
// programs of testdata/compat, so that none can say what the engine does not do.
//
//	go generate ./cli/reference
//
// The pages are committed; .ci/run makes them anew and wants no difference.
// Read main.go first.
package main

//go:generate go run . ../../docs ../../testdata
