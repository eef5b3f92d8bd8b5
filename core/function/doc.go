// Package function is the registry of SQL functions: one declaration gives a
// function's name, signature, kernel and documentation.
//
// Function (function.go) is what the binder sees. The packages below register
// declarations with their code: scalar/ (one file per theme), aggregate/, ranking/
// and table/. Lookup is by upper-cased name; Nearest serves hints.
package function
