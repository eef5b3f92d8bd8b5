package heap

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// restore reads the sections of this subtask's key groups from all handles.
func (b *Backend) restore() error {
	for i := range b.config.Restore {
		h := &b.config.Restore[i]
		if h.Format != format {
			return fmt.Errorf("the state was stored as %q and this backend reads %q: set state.backend.type as it was", h.Format, format)
		}
		var m meta
		if err := json.Unmarshal(h.Meta, &m); err != nil {
			return fmt.Errorf("description of state: %w", err)
		}
		if m.MaxParallelism != b.config.MaxParallelism {
			return fmt.Errorf("the state was stored with %d key groups, the job has %d: pipeline.max-parallelism cannot change", m.MaxParallelism, b.config.MaxParallelism)
		}
		numbers, err := b.declareAll(m.States)
		if err != nil {
			return err
		}
		for _, f := range h.Files {
			if err := b.restoreFile(f, numbers); err != nil {
				return err
			}
		}
	}
	return nil
}

// declareAll maps the handle's numbers of states to this backend's.
func (b *Backend) declareAll(states []keyed.Declared) ([]uint16, error) {
	numbers := make([]uint16, len(states))
	for i, d := range states {
		s := &store{backend: b, operator: d.Operator}
		id, err := s.declare(d.Name, d.Kind, d.Width)
		if err != nil {
			return nil, err
		}
		numbers[i] = id
	}
	return numbers, nil
}

func (b *Backend) restoreFile(f keyed.File, numbers []uint16) error {
	from := b.config.RestoreFrom
	if from == "" {
		from = b.config.Checkpoints
	}
	name := path.Join(from, f.Path)
	r, err := b.config.FS.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := b.restoreSections(r, numbers); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func (b *Backend) restoreSections(r fs.Reader, numbers []uint16) error {
	sections, err := readIndex(r)
	if err != nil {
		return err
	}
	for _, s := range sections {
		if s.Group < b.config.Groups.From || s.Group >= b.config.Groups.To {
			continue
		}
		if int(s.State) >= len(numbers) {
			return errCorrupt
		}
		data, err := readSection(r, s)
		if err != nil {
			return err
		}
		if err := b.states[numbers[s.State]].restore(data); err != nil {
			return err
		}
		if data.bad || len(data.data) > 0 {
			return errCorrupt
		}
	}
	return nil
}

func (s *valueState) restore(in *sectionReader) error {
	epoch := s.backend.pool.Epoch()
	for range in.records {
		hash, key, row := in.word(), in.bytes(), in.bytes()
		if in.bad {
			return nil
		}
		if err := s.table.Upsert(hash, key, row, epoch, 0); err != nil {
			return err
		}
	}
	return nil
}

func (s *timedState) restore(in *sectionReader) error {
	epoch := s.backend.pool.Epoch()
	for range in.records {
		time, hash, key, row := int64(in.word()), in.word(), in.bytes(), in.bytes()
		if in.bad {
			return nil
		}
		t := s.times.Open(time)
		s.live -= t.Len()
		err := t.Upsert(hash, key, row, epoch, 0)
		s.live += t.Len()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *mapState) restore(in *sectionReader) error {
	for range in.records {
		hash, key, leaf := in.word(), in.bytes(), in.bytes()
		if in.bad {
			return nil
		}
		if err := table.EachEntry(leaf, func(e *table.Entry) error { return s.sets.PutEntry(hash, key, e) }); err != nil {
			return err
		}
	}
	return nil
}
