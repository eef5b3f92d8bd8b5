package lsm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// Backend is the state of one subtask. One goroutine, the task's, uses it;
// uploads run on others, and Stats may be called from any.
type Backend struct {
	config    keyed.Config
	pool      *table.Pool
	db        *pebble.DB
	options   *pebble.Options
	catalogue keyed.Catalogue
	states    []state // by number
	random    uint32
	shared    *shared

	checkpoints bool // one was begun

	durable atomic.Uint32 // all rows of epochs up to this lie in Pebble
	last    *flush        // the newest one; those before it go first
	files   fileList

	flushing sync.Mutex           // one flush at a time
	early    atomic.Int64         // bytes that flushes hold before they write
	begun    atomic.Pointer[base] // the base being written
	foreign  atomic.Bool          // files hold key groups of others: only a base of our own can be named
	storing  sync.Mutex           // one upload at a time stores files
	tasks    sync.WaitGroup
	uploads  keyed.Uploads
	stop     context.CancelFunc
	ctx      context.Context

	rows, away, bytes                           atomic.Int64
	evictedRows, evictedBytes, loaded, ckptSize atomic.Int64
	reads                                       atomic.Int64 // of the database, for whatever they found
	runRows, runBytes                           atomic.Int64 // of all runs written
}

// blockBytes is four times Pebble's own. Larger blocks are fewer to begin, end and
// compress, and compress better; a single read has to decode more.
const blockBytes = 16 << 10

// leastPool is the pages that a backend takes at the start, a sixteenth of the
// promise where that is less: with them it gets through any batch, row by row,
// evicting what went before, whatever others have taken since.
const leastPool = 2 << 20

// state is what all three kinds have in common.
type state interface {
	// rows counts those in memory and those that went below.
	rows() (here, away int)
	// flushRecord adds a frozen record's dirty rows to a run.
	flushRecord(r *table.Record, into *flush) error
	// evict takes a record out of memory where Pebble has all of it.
	evict(r table.Live, durable uint32)
	// restored tells of a row that Pebble holds at a restore.
	restored(key, row []byte)
	// settled tells that epochs up to durable lie in Pebble.
	settled(durable uint32)
	// pendingDrops appends the ranges deleted in epochs that are not settled.
	pendingDrops(dst []drop) []drop
	// release gives the memory of filters back.
	release()
}

// drop is a range of keys deleted in an epoch.
type drop struct {
	start, end []byte
	epoch      uint32
}

// Open makes the backend and restores it.
func Open(config keyed.Config) (keyed.Backend, error) {
	b := &Backend{config: config, random: rand.Uint32()}
	b.ctx, b.stop = context.WithCancel(context.Background())
	if err := b.open(); err != nil {
		b.Close()
		return nil, fmt.Errorf("pebble: %w", fullError(err))
	}
	if err := b.restore(); err != nil {
		b.Close()
		return nil, fmt.Errorf("pebble: restore: %w", fullError(err))
	}
	b.refresh()
	return b, nil
}

func (b *Backend) open() (err error) {
	if err := emptyDir(b.config.Dir); err != nil {
		return err
	}
	for _, dir := range []string{b.dbDir(), b.runDir()} {
		if err := (fs.Local{}).MkdirAll(dir); err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
	}
	if b.pool, err = table.NewPool(b.config.Memory); err != nil {
		return err
	}
	if least := min(b.config.Memory.Manager().Limit()/16, leastPool); !b.pool.Ensure(int(least / table.PageBytes)) {
		return table.ErrFull
	}
	if b.shared, err = openShared(b.config.Memory.Manager()); err != nil {
		return err
	}
	b.options = &pebble.Options{
		FS: scratchFS{vfs.Default}, DisableWAL: true, FormatMajorVersion: pebble.FormatNewest,
		MemTableSize: 64 << 10, Cache: b.shared.cache, Logger: quiet{},
		L0StopWritesThreshold: 1000, // nothing is written through memtables
	}
	b.paceCompactions()
	for i := range b.options.Levels {
		b.options.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		b.options.Levels[i].BlockSize = blockBytes
		b.options.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.MinLZCompression }
	}
	b.options.EnsureDefaults()
	b.db, err = pebble.Open(b.dbDir(), b.options)
	return err
}

func (b *Backend) dbDir() string  { return filepath.Join(b.config.Dir, "db") }
func (b *Backend) runDir() string { return filepath.Join(b.config.Dir, "runs") }

func emptyDir(dir string) error {
	entries, err := fs.Local{}.List(dir)
	if err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	for _, e := range entries {
		if err := (fs.Local{}).RemoveAll(filepath.Join(dir, e.Name)); err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
	}
	return nil
}

// Store opens the state of one operator.
func (b *Backend) Store(operator string) (keyed.Store, error) {
	return &store{backend: b, operator: operator}, nil
}

// Stats implements keyed.Backend.
func (b *Backend) Stats() keyed.Stats {
	return keyed.Stats{
		Rows: b.rows.Load(), Bytes: b.bytes.Load(), LoadedRows: b.loaded.Load(), CheckpointBytes: b.ckptSize.Load(),
		EvictedRows: b.evictedRows.Load(), EvictedBytes: b.evictedBytes.Load(),
	}
}

// refresh makes Stats show what was done, and forgets what has become durable.
func (b *Backend) refresh() {
	durable, here, away := b.durable.Load(), 0, 0
	for _, s := range b.states {
		n, m := s.rows()
		here, away = here+n, away+m
		s.settled(durable)
	}
	b.rows.Store(int64(here))
	b.away.Store(int64(away))
	b.bytes.Store(b.pool.Bytes())
}

// Close ends the uploads that are under way, and gives memory and scratch back.
func (b *Backend) Close() error {
	b.stop()
	b.uploads.Close()
	b.tasks.Wait()
	if s := b.begun.Load(); s != nil {
		s.giveUp() // the upload that was to write it never ran
	}
	var first error
	note := func(err error) {
		if err != nil && first == nil {
			first = fmt.Errorf("pebble: close: %w", err)
		}
	}
	if b.db != nil {
		note(b.db.Close())
	}
	if b.shared != nil {
		note(closeShared(b.config.Memory.Manager()))
	}
	for _, s := range b.states {
		s.release()
	}
	if b.pool != nil {
		note(b.pool.Close())
	}
	note(emptyDir(b.config.Dir))
	return first
}

// fullError tells a user what to do where memory or disk is full, or a file damaged.
func fullError(err error) error {
	switch {
	case errors.Is(err, table.ErrFull), errors.As(err, new(*memory.RefusedError)):
		return sqlerr.Wrap(sqlerr.InsufficientMemory, err, "the memory of state is used up").
			WithHint("raise weir.memory.size, or lower the parallelism")
	case errors.Is(err, syscall.ENOSPC) && sqlerr.As(err) == nil:
		return sqlerr.Wrap(sqlerr.DiskFull, err, "state does not fit on the scratch disk").
			WithHint("free space there, or point io.tmp.dirs at a larger disk")
	case errors.Is(err, errDamaged):
		return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "state cannot be read").
			WithHint("start from an older checkpoint, or from a savepoint")
	}
	return err
}

type store struct {
	backend  *Backend
	operator string
}

func (s *store) declare(name string, kind keyed.Kind, width int) (uint16, error) {
	b := s.backend
	d := keyed.Declared{Operator: s.operator, Name: name, Kind: kind, Width: width}
	id, isNew, err := b.catalogue.Declare(d)
	if err != nil || !isNew {
		return id, err
	}
	for _, other := range b.catalogue.States[:id] {
		if stateID(other) == stateID(d) {
			return 0, fmt.Errorf("states %s of %s and %s of %s have one number: rename an operator", d.Name, d.Operator, other.Name, other.Operator)
		}
	}
	b.states = append(b.states, b.newState(id, d))
	return id, nil
}

func (b *Backend) newState(id uint16, d keyed.Declared) state {
	below := filter{grant: b.config.Memory}
	switch d.Kind {
	case keyed.KindValue:
		return &valueState{backend: b, id: stateID(d), table: table.NewTable(b.pool, id, d.Width), below: below}
	case keyed.KindMap:
		return &mapState{backend: b, id: stateID(d), sets: table.NewSets(b.pool, id), below: below}
	}
	return &timedState{backend: b, id: stateID(d), times: table.NewTimes(b.pool, id, d.Width), below: map[int64]*belowTime{}}
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
