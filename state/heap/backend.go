package heap

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// Backend is the state of one subtask. One goroutine, the task's, uses it; Stats
// may be called from any.
type Backend struct {
	config    keyed.Config
	pool      *table.Pool
	catalogue keyed.Catalogue
	states    []state // by number
	epochs    map[int64]*upload
	uploads   keyed.Uploads
	random    uint32
	files     int
	rows      atomic.Int64
	bytes     atomic.Int64
	stored    atomic.Int64
}

// state is what all three kinds have in common.
type state interface {
	rows() int
	// restore takes records of a section, as file.go has them.
	restore(section *sectionReader) error
}

// Open makes the backend and restores it.
func Open(config keyed.Config) (keyed.Backend, error) {
	pool, err := table.NewPool(config.Memory)
	if err != nil {
		return nil, fullError(err)
	}
	b := &Backend{config: config, pool: pool, epochs: map[int64]*upload{}, random: rand.Uint32()}
	if err := b.restore(); err != nil {
		pool.Close()
		return nil, fmt.Errorf("hashmap: restore: %w", fullError(err))
	}
	b.refresh()
	return b, nil
}

// Store opens the state of one operator.
func (b *Backend) Store(operator string) (keyed.Store, error) {
	return &store{backend: b, operator: operator}, nil
}

// Completed forgets the snapshot: its file lives as long as a manifest reaches it.
func (b *Backend) Completed(checkpoint int64) { delete(b.epochs, checkpoint) }

// Aborted ends a snapshot that is still being written, and removes what was.
func (b *Backend) Aborted(checkpoint int64) {
	if u := b.epochs[checkpoint]; u != nil {
		u.abort()
		delete(b.epochs, checkpoint)
	}
}

// Stats implements keyed.Backend.
func (b *Backend) Stats() keyed.Stats {
	return keyed.Stats{Rows: b.rows.Load(), Bytes: b.bytes.Load(), CheckpointBytes: b.stored.Load()}
}

// refresh makes Stats show what was done.
func (b *Backend) refresh() {
	n := 0
	for _, s := range b.states {
		n += s.rows()
	}
	b.rows.Store(int64(n))
	b.bytes.Store(b.pool.Bytes())
}

// Close ends the uploads that are under way and gives the memory back.
func (b *Backend) Close() error {
	for _, u := range b.epochs {
		u.cancelled.Store(true)
	}
	b.uploads.Close()
	return b.pool.Close()
}

// fullError tells a user what to do where state does not fit.
func fullError(err error) error {
	if errors.Is(err, table.ErrFull) {
		return sqlerr.Wrap(sqlerr.InsufficientMemory, err, "state does not fit in memory").
			WithHint("SET 'state.backend.type' = 'pebble' keeps state on disk; or raise weir.memory.size, or the parallelism")
	}
	return err
}

type store struct {
	backend  *Backend
	operator string
}

func (s *store) declare(name string, kind keyed.Kind, width int) (uint16, error) {
	b := s.backend
	id, isNew, err := b.catalogue.Declare(keyed.Declared{Operator: s.operator, Name: name, Kind: kind, Width: width})
	if err == nil && isNew {
		b.states = append(b.states, b.newState(id, kind, width))
	}
	return id, err
}

func (b *Backend) newState(id uint16, kind keyed.Kind, width int) state {
	switch kind {
	case keyed.KindValue:
		return &valueState{backend: b, table: table.NewTable(b.pool, id, width)}
	case keyed.KindMap:
		return &mapState{backend: b, sets: table.NewSets(b.pool, id)}
	}
	return &timedState{backend: b, times: table.NewTimes(b.pool, id, width), width: width}
}

// Value implements keyed.Store.
func (s *store) Value(name string, width int) (keyed.ValueState, error) {
	id, err := s.declare(name, keyed.KindValue, width)
	if err != nil {
		return nil, err
	}
	return s.backend.states[id].(*valueState), nil
}

// Map implements keyed.Store.
func (s *store) Map(name string) (keyed.MapState, error) {
	id, err := s.declare(name, keyed.KindMap, 0)
	if err != nil {
		return nil, err
	}
	return s.backend.states[id].(*mapState), nil
}

// Timed implements keyed.Store.
func (s *store) Timed(name string, width int) (keyed.TimedState, error) {
	id, err := s.declare(name, keyed.KindTimed, width)
	if err != nil {
		return nil, err
	}
	return s.backend.states[id].(*timedState), nil
}
