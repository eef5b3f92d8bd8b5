package lsm

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
)

var errDamaged = errors.New("the file is damaged")

// restore ingests the files of all handles that touch this subtask's key groups,
// in their order, and cuts off what belongs to others. The key groups of two
// handles never overlap, so neither do their files.
func (b *Backend) restore() error {
	for i := range b.config.Restore {
		if err := b.restoreHandle(&b.config.Restore[i]); err != nil {
			return err
		}
	}
	if len(b.config.Restore) == 0 {
		return nil
	}
	if b.foreign.Load() {
		if err := b.excise(); err != nil {
			return err
		}
	}
	return b.readKeys()
}

func (b *Backend) restoreHandle(h *keyed.Handle) error {
	if h.Format != format {
		return fmt.Errorf("the state was stored as %q and this backend reads %q: set state.backend.type as it was", h.Format, format)
	}
	var m meta
	if err := json.Unmarshal(h.Meta, &m); err != nil || len(m.Sums) != len(h.Files) {
		return fmt.Errorf("description of state: %w", errDamaged)
	}
	if m.MaxParallelism != b.config.MaxParallelism {
		return fmt.Errorf("the state was stored with %d key groups, the job has %d: pipeline.max-parallelism cannot change", m.MaxParallelism, b.config.MaxParallelism)
	}
	for _, d := range m.States {
		s := &store{backend: b, operator: d.Operator}
		if _, err := s.declare(d.Name, d.Kind, d.Width); err != nil {
			return err
		}
	}
	own := b.config.Groups
	for i, f := range h.Files {
		if f.Groups.From >= own.To || own.From >= f.Groups.To {
			continue
		}
		if f.Groups.From < own.From || f.Groups.To > own.To {
			b.foreign.Store(true)
		}
		if err := b.restoreFile(f, m.Sums[i], i < m.Bases); err != nil {
			return err
		}
	}
	return nil
}

// restoreFile brings a file beside the database and ingests it.
func (b *Backend) restoreFile(f keyed.File, sum uint64, base bool) error {
	c := &b.config
	from := c.RestoreFrom
	if from == "" {
		from = c.Checkpoints
	}
	source := path.Join(from, f.Path)
	data, err := fs.ReadFile(c.FS, source)
	if err != nil {
		return err
	}
	if int64(len(data)) != f.Bytes || xxh3.Hash(data) != sum {
		return fmt.Errorf("read %s: %w", source, errDamaged)
	}
	n := b.files.number()
	local := filepath.Join(b.runDir(), fmt.Sprintf("%06d.sst", n))
	if _, isLocal := c.FS.(fs.Local); !isLocal || os.Link(source, local) != nil {
		if err := os.WriteFile(local, data, 0o644); err != nil {
			return fmt.Errorf("copy %s: %w", source, fs.Failed("write", local, err))
		}
	}
	file := &file{path: f.Path, local: local, bytes: f.Bytes, sum: sum, groups: f.Groups, base: base, stored: true, named: true}
	if from != c.Checkpoints {
		file.path = path.Join(keyed.SharedDir, fmt.Sprintf("%s-%s-%08x-%d.sst", c.Attempt, c.Owner, b.random, n))
		file.stored, file.named = false, false
	}
	if err := b.ingest(file); err != nil {
		return err
	}
	b.files.add(file)
	if file.stored {
		os.Remove(local)
	}
	return nil
}

// excise cuts off the key groups of others.
func (b *Backend) excise() error {
	own := b.config.Groups
	low, high := binary.BigEndian.AppendUint16(nil, uint16(own.From)), binary.BigEndian.AppendUint16(nil, uint16(own.To))
	for _, span := range []pebble.KeyRange{{Start: []byte{0}, End: low}, {Start: high, End: []byte{0xff, 0xff, 0xff}}} {
		if string(span.Start) >= string(span.End) {
			continue
		}
		if err := b.db.Excise(context.Background(), span); err != nil {
			return fmt.Errorf("excise key groups: %w", err)
		}
	}
	return nil
}

// readKeys fills the filters: from here on a key that they do not know is new.
func (b *Backend) readKeys() error {
	byID := map[uint32]state{}
	kinds := map[uint32]int{}
	for i, d := range b.catalogue.States {
		byID[stateID(d)] = b.states[i]
		kinds[stateID(d)] = leastKey(d.Kind)
	}
	it, err := b.db.NewIter(nil)
	if err != nil {
		return err
	}
	defer it.Close()
	for valid := it.First(); valid; valid = it.Next() {
		key := it.Key()
		if len(key) < prefixBytes {
			return errDamaged
		}
		id := binary.BigEndian.Uint32(key[2:])
		s := byID[id]
		if s == nil || len(key) < prefixBytes+kinds[id] {
			return fmt.Errorf("%w: it has rows of a state that nobody declared", errDamaged)
		}
		s.restored(key, it.Value())
	}
	return it.Error()
}

// leastKey is the bytes behind the prefix that every key of a kind has.
func leastKey(k keyed.Kind) int {
	switch k {
	case keyed.KindTimed:
		return 8
	case keyed.KindMap:
		return 12
	}
	return 0
}
