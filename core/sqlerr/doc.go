// Package sqlerr is the error a user sees: a SQLSTATE code, a message, the
// place in the statement's text and, where there is one, a hint that lists the
// valid choices.
//
// Errors are of three kinds (see docs/architecture.md): the user's, which are
// always *Error; the world's, wrapped with %w by the room that met them; and
// broken invariants of our own. Only the first kind lives here; an error of the
// world that knows its code says it by SQLState (see CodeOf).
package sqlerr
