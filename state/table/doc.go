// Package table holds the tables that both state backends keep in memory.
//
//	Table   key → row              open addressing over records in pages
//	Sets    key → ordered entries  packed leaves, in records of a Table
//	Times   time → Table           one index a time, so that a time can go at once
//	Pool    pages for all of them, outside the Go heap, counted in one grant
//
// Nothing in here holds a pointer into the Go heap: a record is addressed by its
// distance from the pool's base, in units of eight bytes.
//
// Snapshots are copy-on-write by page. Freeze marks all pages and returns; the
// task copies a page before it first changes it, as long as the snapshot has not
// visited it; the snapshot's goroutine visits page by page and reads frozen
// contents only. When there is no memory for a copy the task visits that page
// itself. Which records of a page are in use is kept beside the page, so freeing
// one changes no page.
//
// One goroutine, the task's, uses all of this; only a Snapshot is visited from
// another. Read pool.go, freeze.go, then table.go.
package table
