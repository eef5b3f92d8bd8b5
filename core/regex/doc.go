// Package regex matches regular expressions written as Java's: the functions of SQL
// promise those of java.util.regex.
//
//	text ── parse ─→ two spellings ─┬─ fast: RE2, linear time, where it says the same
//	                                │    └─ direct: the same in one walk, for simple patterns
//	                                └─ slow: backtracking, for all that RE2 lacks
//
// The parser knows Java's syntax and writes character classes as plain ranges, so that
// both engines read them alike. Some forms mean the same in RE2 for most texts only ($
// before a last line end, \b beside letters beyond ASCII): the pattern then looks at
// each text. The slow engine has a limit of time and one of memory, since backtracking
// may take for ever. Nothing here knows columns. Read pattern.go first.
package regex
