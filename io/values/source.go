package values

import (
	"context"
	"fmt"
	"strconv"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// source has one split: rows keep their order.
type source struct {
	rows    []row
	columns []int
	types   []types.Type
	bounded bool
}

// Enumerate deals the one split.
func (s *source) Enumerate(_ context.Context, restored []byte) (connector.Enumerator, error) {
	e := &enumerator{}
	switch {
	case restored == nil:
		e.left = []connector.Split{{ID: "rows", Data: []byte("0")}}
	case len(restored) > 0:
		e.left = []connector.Split{{ID: "rows", Data: restored}}
	}
	return e, nil
}

type enumerator struct{ left []connector.Split }

func (e *enumerator) Assign(context.Context, int, int) ([]connector.Split, bool, error) {
	out := e.left
	e.left = nil
	return out, len(out) == 0, nil
}

func (e *enumerator) Wake() <-chan struct{}                  { return nil }
func (e *enumerator) AddSplitsBack(splits []connector.Split) { e.left = append(e.left, splits...) }
func (e *enumerator) Close() error                           { return nil }

// Snapshot is the position of the split while it is not assigned; empty otherwise.
func (e *enumerator) Snapshot() ([]byte, error) {
	if len(e.left) > 0 {
		return e.left[0].Data, nil
	}
	return []byte{}, nil
}

// Open makes a reader.
func (s *source) Open(_ context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	return &reader{source: s, batch: rc.BatchRows}, nil
}

type reader struct {
	*source
	batch   int
	next    int
	reading bool
	paused  bool
}

func (r *reader) Assign(splits []connector.Split) error {
	for _, s := range splits {
		n, err := strconv.Atoi(string(s.Data))
		if err != nil {
			return fmt.Errorf("values: read split: %w", err)
		}
		r.next, r.reading = n, true
	}
	return nil
}

func (r *reader) Pause(_ []string, on bool) { r.paused = on }

func (r *reader) Next(ctx context.Context) (connector.Fetch, error) {
	if !r.reading {
		return connector.Fetch{}, connector.ErrNeedSplits
	}
	if r.paused || !r.bounded && r.next >= len(r.rows) {
		<-ctx.Done()
		return connector.Fetch{}, ctx.Err()
	}
	b := stream.NewBuilder(r.types)
	for b.Rows() < r.batch && r.next < len(r.rows) {
		for i, c := range r.columns {
			b.Column(i).AppendValue(r.rows[r.next].values[c])
		}
		b.Advance(1, r.rows[r.next].kind)
		r.next++
	}
	end := r.bounded && r.next >= len(r.rows)
	f := connector.Fetch{Spans: []connector.Span{{Split: "rows", To: b.Rows(), After: []byte(strconv.Itoa(r.next)), Finished: end}}}
	if b.Rows() > 0 {
		f.Batch = b.Finish()
	}
	r.reading = !end
	return f, nil
}

func (r *reader) Close() error { return nil }
