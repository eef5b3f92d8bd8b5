// Package aggregatetest is what the tests of grouping operators share: a model
// of keyed state on Go maps, slow and plain, that copies all it is given
// (store.go), and the hashmap backend, which a test checkpoints and restores
// (hashmap.go).
package aggregatetest
