// Package datagen is the source of made-up rows, with Flink's option keys: each
// column random within bounds, or a sequence. A row is a function of its number
// and the seed (timestamps apart, which lie at the clock's time), so that a
// restart goes on with the same rows. Read factory.go for the options,
// generate.go for the values.
package datagen
