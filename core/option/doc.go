// Package option holds typed options: their keys, defaults and texts, for SET
// and for WITH (…).
//
// A Definition is declared once, beside the code that reads it; Values holds
// what a user wrote. Reading checks the text against the definition; Check
// refuses keys that nobody declared and names the nearest ones.
package option
