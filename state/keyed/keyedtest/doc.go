// Package keyedtest tries a state backend: what its states must do, and a model
// of a whole job's state that is changed at random, checkpointed, restored at
// other parallelisms and compared with maps. Both backends pass it. Read kit.go
// first, then world.go.
package keyedtest
