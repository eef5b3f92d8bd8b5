package jdbc

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
)

// reader reads one range after the other. A goroutine of its own waits for the
// server, so that Next can end when it is told to.
type reader struct {
	source  *source
	rows    int
	conn    *pgconn.PgConn
	cols    []column
	ranges  []connector.Split
	paused  bool
	ctx     context.Context // of the queries
	cancel  context.CancelFunc
	fetches chan fetched // of the range that is being read; nil: none is
	wg      sync.WaitGroup
}

type fetched struct {
	fetch connector.Fetch
	err   error
}

// Open connects.
func (s *source) Open(ctx context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	conn, err := s.config.connect(ctx)
	if err != nil {
		return nil, err
	}
	r := &reader{source: s, rows: rc.BatchRows, conn: conn}
	// Rows of an unchanged table come in one order, at every try.
	const order = "SET synchronize_seqscans = off; SET max_parallel_workers_per_gather = 0"
	_, err = conn.Exec(ctx, order).ReadAll()
	if err == nil {
		r.cols, err = s.config.columns(ctx, conn, s.columns)
	}
	if err != nil {
		_ = conn.Close(ctx)
		return nil, s.config.failed(err, "open")
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return r, nil
}

// Assign adds ranges.
func (r *reader) Assign(splits []connector.Split) error {
	r.ranges = append(r.ranges, splits...)
	return nil
}

// Pause stops all reading, which is of one range at a time.
func (r *reader) Pause(_ []string, on bool) { r.paused = on }

// Next hands out what was read.
func (r *reader) Next(ctx context.Context) (connector.Fetch, error) {
	if r.paused {
		<-ctx.Done()
		return connector.Fetch{}, ctx.Err()
	}
	if r.fetches == nil {
		if len(r.ranges) == 0 {
			return connector.Fetch{}, connector.ErrNeedSplits
		}
		s := r.ranges[0]
		r.ranges = r.ranges[1:]
		var p span
		if err := json.Unmarshal(s.Data, &p); err != nil {
			return connector.Fetch{}, fmt.Errorf("jdbc: read split %s: %w", s.ID, err)
		}
		out := make(chan fetched, 2)
		r.fetches = out
		r.wg.Wait() // of the range before: its last fetch is there, and so is its end
		r.wg.Go(func() { r.read(s.ID, p, out) })
	}
	select {
	case <-ctx.Done():
		return connector.Fetch{}, ctx.Err()
	case f := <-r.fetches:
		if f.err != nil || f.fetch.Spans[0].Finished {
			r.fetches = nil
		}
		return f.fetch, f.err
	}
}

// read reads a range to its end.
func (r *reader) read(id string, p span, out chan<- fetched) {
	result := r.conn.ExecParams(r.ctx, r.source.query(r.cols, &p), nil, nil, nil, nil)
	closed := false // once it is, the connection may be used for the next range
	for end := false; !end; {
		b := stream.NewBuilder(r.source.types)
		var err error
		for b.Rows() < r.rows && err == nil {
			if !result.NextRow() {
				end = true
				break
			}
			err = r.row(b, result.Values())
		}
		if end {
			_, err = result.Close()
			closed = true
		}
		p.Rows += int64(b.Rows())
		f := fetched{err: r.source.config.failed(err, "read")}
		f.fetch.Spans = []connector.Span{{Split: id, To: b.Rows(), After: p.data(), Finished: end}}
		if b.Rows() > 0 {
			f.fetch.Batch = b.Finish()
		}
		if err != nil {
			f.fetch, end = connector.Fetch{}, true
		}
		select {
		case out <- f:
		case <-r.ctx.Done():
			end = true
		}
	}
	if !closed {
		_, _ = result.Close() // an error was told already
	}
}

func (r *reader) row(b *stream.Builder, values [][]byte) error {
	for i, text := range values {
		if err := decode(b.Column(i), r.source.types[i], text); err != nil {
			return sqlerr.Wrap(sqlerr.InvalidText, err, "jdbc: column %s of table %s", r.cols[i].name, r.source.config.name)
		}
	}
	b.Advance(1, stream.Insert)
	return nil
}

// Close ends the query that runs.
func (r *reader) Close() error {
	r.cancel()
	r.wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = r.conn.Close(ctx) // nothing is lost by a connection that was cut already
	return nil
}
