// Package shell reads statements from a person at a terminal: lines are edited,
// remembered and completed, and a statement may take several of them.
//
//	keys ─→ Editor ─→ text that ends in a semicolon, or a command (quit, help, clear)
//
// It knows how SQL is cut into statements and nothing of what they do. Read
// editor.go first.
package shell
