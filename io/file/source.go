package file

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
)

// position is Split.Data: a part of a file and where to read on in it.
type position struct {
	Version int   `json:"v"`
	File    entry `json:"file"`
	Group   int   `json:"group,omitempty"`   // Parquet
	Row     int64 `json:"row,omitempty"`     // Parquet: of the group
	From    int64 `json:"from,omitempty"`    // text: bytes, once unpacked
	To      int64 `json:"to,omitempty"`      // text: records that begin before it belong to the split; 0: the end
	Aligned bool  `json:"aligned,omitempty"` // text: a record begins at From
	Line    int64 `json:"line,omitempty"`    // text: records before From in the split
	Bytes   int64 `json:"bytes,omitempty"`   // about what the file holds of it

	earliest int64 // event time in it, where timed
	timed    bool
}

func (p position) encode() ([]byte, error) {
	p.Version = 1
	return json.Marshal(p)
}

func decodePosition(data []byte) (p position, err error) {
	if err = json.Unmarshal(data, &p); err == nil && p.Version != 1 {
		err = fmt.Errorf("version %d", p.Version)
	}
	if err != nil {
		return p, fmt.Errorf("filesystem: read split: %w", err)
	}
	return p, nil
}

// source reads a table's files.
type source struct {
	*constants
	format   formatSource
	columns  []int         // ordinals, among those that files hold, of what is read
	names    []string      // of columns
	types    []types.Type  // of columns
	filters  []*expr.Expr  // those over columns alone
	filtered bool          // the query has filters
	limit    int64         // -1: none
	interval time.Duration // between two looks for new files; 0: one look
}

// formatSource is what differs between formats.
type formatSource interface {
	// splits cuts a file into parts.
	splits(f entry) ([]position, error)
	// reader makes the part of a Reader that reads one split at a time.
	reader(s *source, rc connector.ReaderContext) splitReader
}

// splitReader reads one split after the other.
type splitReader interface {
	open(p position) error
	// next reads rows; done: the split has no more. The position is the one behind the rows.
	next(ctx context.Context) (f connector.Fetch, after position, done bool, err error)
	close() error
}

// Enumerate lists the files and cuts them into splits.
func (s *source) Enumerate(ctx context.Context, restored []byte) (connector.Enumerator, error) {
	if s.interval > 0 {
		return s.monitor(ctx, restored)
	}
	e := &enumerator{}
	if restored != nil {
		if err := bounded(restored); err != nil {
			return nil, fmt.Errorf("filesystem: restore splits: %w", err)
		}
		if err := json.Unmarshal(restored, &e.left); err != nil {
			return nil, fmt.Errorf("filesystem: restore splits: %w", err)
		}
		return e, e.weigh()
	}
	files, err := s.finder.find()
	if err != nil {
		return nil, err
	}
	if e.left, err = s.splits(files); err != nil {
		return nil, err
	}
	return e, e.weigh()
}

// splits cuts files into parts, in the order in which they are to be read.
func (s *source) splits(files []entry) (out []connector.Split, err error) {
	var parts []position
	for _, f := range files {
		if !s.mayRead(f) {
			continue
		}
		of, err := s.format.splits(f)
		if err != nil {
			return nil, err
		}
		parts = append(parts, of...)
	}
	inEventOrder(parts)
	for _, p := range parts {
		data, err := p.encode()
		if err != nil {
			return nil, fmt.Errorf("filesystem: split %s: %w", p.File.Name, err)
		}
		out = append(out, connector.Split{ID: fmt.Sprintf("%s#%d", p.File.Name, int64(p.Group)+p.From), Data: data})
	}
	return out, nil
}

// enumerator deals splits one at a time to whoever asks, so that fast readers get more.
type enumerator struct {
	left  []connector.Split
	bytes int64 // of what was there to deal
}

func (e *enumerator) weigh() error {
	for _, s := range e.left {
		p, err := decodePosition(s.Data)
		if err != nil {
			return err
		}
		e.bytes += p.Bytes
	}
	return nil
}

// Bytes makes it a connector.Sized.
func (e *enumerator) Bytes() int64 { return e.bytes }

func (e *enumerator) Assign(context.Context, int, int) ([]connector.Split, bool, error) {
	if len(e.left) == 0 {
		return nil, true, nil
	}
	out := e.left[:1:1]
	e.left = e.left[1:]
	return out, false, nil
}

func (e *enumerator) Wake() <-chan struct{} { return nil }

func (e *enumerator) AddSplitsBack(splits []connector.Split) {
	e.left = append(append([]connector.Split{}, splits...), e.left...)
}

func (e *enumerator) Snapshot() ([]byte, error) {
	if e.left == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(e.left)
}

func (e *enumerator) Close() error { return nil }

// Open makes a reader.
func (s *source) Open(_ context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	m := rc.Metric
	if m == nil {
		m = metric.NewGroup()
	}
	return &reader{
		source: s, rows: rc.BatchRows, format: s.format.reader(s, s.readerContext(rc)), paused: map[string]bool{}, bytes: m.Counter(connector.MetricInputBytes),
	}, nil
}

// reader reads the splits it is assigned one after the other.
type reader struct {
	source   *source
	rows     int // most of a batch
	format   splitReader
	queue    []connector.Split
	paused   map[string]bool
	open     bool            // queue[0] is open in format
	constant []vector.Vector // of the open file; nil: the scan has none
	read     int64
	at       position        // in the open split
	bytes    *metric.Counter // of finished splits, and of a plain text up to at
}

func (r *reader) Assign(splits []connector.Split) error {
	for _, s := range splits {
		if _, err := decodePosition(s.Data); err != nil {
			return err
		}
	}
	r.queue = append(r.queue, splits...)
	return nil
}

func (r *reader) Pause(ids []string, on bool) {
	for _, id := range ids {
		if on {
			r.paused[id] = true
		} else {
			delete(r.paused, id)
		}
	}
}

func (r *reader) Next(ctx context.Context) (connector.Fetch, error) {
	if err := ctx.Err(); err != nil {
		return connector.Fetch{}, err
	}
	if !r.open {
		if err := r.openNext(ctx); err != nil {
			return connector.Fetch{}, err
		}
	}
	id := r.queue[0].ID
	if r.paused[id] {
		<-ctx.Done()
		return connector.Fetch{}, ctx.Err()
	}
	f, after, done, err := r.format.next(ctx)
	if err != nil {
		return connector.Fetch{}, err
	}
	span := connector.Span{Split: id}
	if f.Batch != nil {
		span.To = f.Batch.Rows
		r.read += int64(f.Batch.Len())
		if r.constant != nil {
			f.Batch = r.source.complete(f.Batch, r.constant)
		}
	}
	// A limit is reached: what is left need not be read.
	if r.source.limit >= 0 && !r.source.filtered && r.read >= r.source.limit {
		done = true
	}
	r.count(after, done)
	if span.After, err = after.encode(); err != nil {
		return connector.Fetch{}, err
	}
	if done {
		span.Finished = true
		r.queue, r.open = r.queue[1:], false
	}
	f.Spans = []connector.Span{span}
	return f, nil
}

// count tells how much of the input has been read. What is left of a split stands in its position.
func (r *reader) count(after position, done bool) {
	left := after.Bytes
	if done {
		left = 0
	}
	r.bytes.Add(r.at.Bytes - left)
	r.at.Bytes = left
}

// openNext opens the first split that is not paused.
func (r *reader) openNext(ctx context.Context) error {
	if len(r.queue) == 0 {
		return connector.ErrNeedSplits
	}
	for i, s := range r.queue {
		if !r.paused[s.ID] {
			r.queue[0], r.queue[i] = r.queue[i], r.queue[0]
			break
		}
	}
	if r.paused[r.queue[0].ID] {
		<-ctx.Done()
		return ctx.Err()
	}
	p, err := decodePosition(r.queue[0].Data)
	if err != nil {
		return err
	}
	if err := r.format.open(p); err != nil {
		return err
	}
	r.at = p
	if r.source.any() {
		if r.constant, err = r.source.vectors(p.File, r.rows); err != nil {
			return err
		}
	}
	r.open = true
	return nil
}

func (r *reader) Close() error { return r.format.close() }
