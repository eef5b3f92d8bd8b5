// Package nexmark is the source of the Nexmark benchmark's events: persons,
// auctions and bids of an online auction, with the distributions and option
// keys of the public suite (github.com/nexmark/nexmark).
//
// Every event is a function of its number alone, so that any split, any
// parallelism and any restart gives the same events, and a bounded run can be
// compared with an unbounded one. Fields that no query reads are not made, unless
// 'fields' = 'all' asks for them; texts are views into a few shared buffers.
// Read event.go for the distributions, fill.go for how they become columns.
package nexmark
