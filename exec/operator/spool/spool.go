package spool

import (
	"errors"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// Spool serves the readers of a shared subplan.
type Spool struct {
	log     *log
	readers []reader
	ended   bool // its input
}

// reader is one of the edges.
type reader struct {
	port operator.Port
	at   cursor
	done bool // has had all, or wants nothing more
}

// New makes a spool.
func New() *Spool { return &Spool{} }

// Fork takes the readers.
func (s *Spool) Fork(ports []operator.Port) {
	for _, p := range ports {
		s.readers = append(s.readers, reader{port: p})
	}
}

// Open prepares the log.
func (s *Spool) Open(ctx *operator.Context) error {
	s.log = &log{ctx: ctx, types: ctx.Output.Types()}
	return nil
}

// Process takes a batch, whatever the readers do. Where all of them wait for rows
// they get it at once, and nothing is kept.
func (s *Spool) Process(_ int, b *stream.Batch, _ operator.Output) error {
	if !s.waited() {
		return s.log.add(b)
	}
	for i := range s.readers {
		if r := &s.readers[i]; !r.done {
			if err := r.port.Emit(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// waited reports that all readers have had all rows and have room for more.
func (s *Spool) waited() bool {
	if s.log.filling != nil {
		return false
	}
	for i := range s.readers {
		if r := &s.readers[i]; !r.done && (s.log.behind(&r.at) || r.port.Full()) {
			return false
		}
	}
	return true
}

// Watermark passes on.
func (s *Spool) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput lets the readers have the rest.
func (s *Spool) EndInput(int, operator.Output) error {
	s.ended = true
	return s.log.seal()
}

// Resume gives every reader what it has room for. There is more when the input has
// ended and not all of them have had everything; before that rows may come.
func (s *Spool) Resume(operator.Output) (bool, error) {
	least := s.log.end()
	left := false
	for i := range s.readers {
		r := &s.readers[i]
		if r.done {
			continue
		}
		if err := s.serve(r); err != nil {
			return false, err
		}
		if !r.done {
			left = true
			least = min(least, r.at.chunk)
		}
	}
	if err := s.log.dropTo(least); err != nil {
		return false, err
	}
	return s.ended && left, nil
}

// serve gives a reader rows while it takes them, and tells it of the end.
func (s *Spool) serve(r *reader) error {
	for !r.port.Closed() {
		if r.port.Full() {
			return nil
		}
		b, err := s.log.next(&r.at)
		switch {
		case err != nil:
			return err
		case b != nil:
			if err := r.port.Emit(b); err != nil {
				return err
			}
			continue
		case !s.ended:
			return nil
		}
		r.port.End()
		break
	}
	r.done = true
	return r.at.close()
}

// Lags reports that a reader can be given rows, or be told that it has had them all.
func (s *Spool) Lags() bool {
	for i := range s.readers {
		r := &s.readers[i]
		if r.done {
			continue
		}
		if r.port.Closed() || !r.port.Full() && (s.ended || s.log.behind(&r.at)) {
			return true
		}
	}
	return false
}

// Full reports that nothing can be done before a reader has room again.
func (s *Spool) Full() bool { return s.ended && !s.over() && !s.Lags() }

func (s *Spool) over() bool {
	for i := range s.readers {
		if !s.readers[i].done {
			return false
		}
	}
	return true
}

// Close gives memory and files back.
func (s *Spool) Close() error {
	if s.log == nil {
		return nil
	}
	var err error
	for i := range s.readers {
		err = errors.Join(err, s.readers[i].at.close())
	}
	return errors.Join(err, s.log.close())
}
