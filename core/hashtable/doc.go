// Package hashtable groups rows by key: the table behind hash aggregates and
// hash joins.
//
// A table is open addressing over flat memory without a pointer in it:
//
//	slots: [salt 32 | group+1 32] …      power of two, at most 5/8 full
//	rows:  [hash | key | payload] …      by group number, fixed width
//	heap:  bytes of strings longer than 12
//
// Groups are numbered from 0 in the order they appear. The payload belongs to
// the caller: states of aggregates, heads of chains. A batch becomes group
// numbers in passes over columns: hash, encode the keys to words, probe. NULL
// equals NULL; callers for whom it does not (joins) leave such rows out.
//
// Three ways lead past hash and probe: dictionary codes (codes.go), integers
// of a dense range (direct.go), and few groups (hot.go). While dense integers
// were all that came, groups take no slots; the first key to go by hash makes them.
//
// All memory is arenas counted in the owner's grant. A refusal leaves the table
// usable: the owner spills it and tries again. It must never allocate on the Go
// heap in proportion to groups. Read table.go first, then probe.go.
package hashtable
