package worker

import (
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/state/keyed"
)

// BackendSpec says what state a subtask needs.
type BackendSpec struct {
	Job            *graph.Job
	Vertex         string
	Subtask        int
	Attempt        int
	Groups         keyed.GroupRange
	MaxParallelism int
	Restored       []keyed.Handle
	From           string // that the files of Restored are relative to; empty: the job's own directory
	Memory         *memory.Grant
	Dir            func() (string, error) // scratch, emptied when the job ends
}

// Backends makes the keyed state of a subtask.
type Backends func(spec BackendSpec) (keyed.Backend, error)

// lazyBackend opens its backend when an operator first declares a state: most
// subtasks have none.
type lazyBackend struct {
	open func() (keyed.Backend, error)
	real keyed.Backend
}

func (l *lazyBackend) Store(op string) (keyed.Store, error) { return &lazyStore{l: l, op: op}, nil }

func (l *lazyBackend) need() (keyed.Backend, error) {
	if l.real == nil {
		b, err := l.open()
		if err != nil {
			return nil, err
		}
		l.real = b
	}
	return l.real, nil
}

// Snapshot is nil where there is no state.
func (l *lazyBackend) Snapshot(id int64) (keyed.Upload, error) {
	if l.real == nil {
		return nil, nil
	}
	return l.real.Snapshot(id)
}

func (l *lazyBackend) Completed(id int64) {
	if l.real != nil {
		l.real.Completed(id)
	}
}

func (l *lazyBackend) Aborted(id int64) {
	if l.real != nil {
		l.real.Aborted(id)
	}
}

func (l *lazyBackend) Stats() keyed.Stats {
	if l.real == nil {
		return keyed.Stats{}
	}
	return l.real.Stats()
}

func (l *lazyBackend) Close() error {
	if l.real == nil {
		return nil
	}
	return l.real.Close()
}

// lazyStore is one operator's view of a lazyBackend.
type lazyStore struct {
	l    *lazyBackend
	op   string
	real keyed.Store
}

func (s *lazyStore) need() (keyed.Store, error) {
	if s.real == nil {
		b, err := s.l.need()
		if err != nil {
			return nil, err
		}
		if s.real, err = b.Store(s.op); err != nil {
			return nil, err
		}
	}
	return s.real, nil
}

func (s *lazyStore) Value(name string, width int) (keyed.ValueState, error) {
	r, err := s.need()
	if err != nil {
		return nil, err
	}
	return r.Value(name, width)
}

func (s *lazyStore) Map(name string) (keyed.MapState, error) {
	r, err := s.need()
	if err != nil {
		return nil, err
	}
	return r.Map(name)
}

func (s *lazyStore) Timed(name string, width int) (keyed.TimedState, error) {
	r, err := s.need()
	if err != nil {
		return nil, err
	}
	return r.Timed(name, width)
}
