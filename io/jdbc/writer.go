package jdbc

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
)

// closeTimeout is how long it is tried to say goodbye.
const closeTimeout = 5 * time.Second

// writer keeps rows and writes them in one go. It looks at the time only when rows
// come: when they do not, the engine says Flush.
type writer struct {
	sink    *sink
	log     *slog.Logger
	conn    *pgconn.PgConn // nil: to be connected again
	sql     *statements
	rows    *stream.Builder
	since   time.Time // of the oldest row
	changes changes
}

func newWriter(s *sink, log *slog.Logger) *writer {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &writer{sink: s, log: log, rows: stream.NewBuilder(s.types)}
}

func (w *writer) open(ctx context.Context) error {
	conn, err := w.sink.config.connect(ctx)
	if err != nil {
		return err
	}
	w.conn = conn
	if w.sql != nil {
		return nil
	}
	cols, err := w.sink.config.columns(ctx, conn, w.sink.columns)
	if err != nil {
		w.disconnect()
		return err
	}
	w.sql = newStatements(w.sink.config.name, cols, w.sink.keys)
	return nil
}

func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = w.conn.Close(ctx) // it is given up
	w.conn = nil
}

func (w *writer) Write(ctx context.Context, b *stream.Batch) error {
	now := time.Now()
	if w.rows.Rows() == 0 {
		w.since = now
	}
	w.rows.Append(b, nil)
	if w.rows.Rows() >= w.sink.rows || w.sink.interval > 0 && now.Sub(w.since) >= w.sink.interval {
		return w.Flush(ctx)
	}
	return nil
}

// Flush writes what is kept, again where the reason that it failed may pass.
func (w *writer) Flush(ctx context.Context) error {
	if w.rows.Rows() == 0 {
		return nil
	}
	w.changes.take(w.rows.Finish(), w.sink.types, w.sink.keys)
	for try := 0; ; try++ {
		err := w.once(ctx)
		if err == nil {
			w.rows.Reset()
			return nil
		}
		if try >= w.sink.retries || !passing(err) || ctx.Err() != nil {
			return w.sink.config.failed(err, "write %d rows", w.rows.Rows())
		}
		w.log.Warn("a write to a database is tried again", "table", w.sink.config.name, "cause", err)
		w.disconnect()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * time.Second):
		}
	}
}

func (w *writer) once(ctx context.Context) error {
	if w.conn == nil {
		if err := w.open(ctx); err != nil {
			return err
		}
	}
	both := w.changes.deleted > 0 && w.changes.written > 0
	if both {
		if _, err := w.conn.Exec(ctx, "BEGIN").ReadAll(); err != nil {
			return err
		}
	}
	if w.changes.deleted > 0 {
		if r := w.conn.ExecParams(ctx, w.sql.remove, w.changes.gone, w.sql.texts(len(w.changes.gone)), nil, nil).Read(); r.Err != nil {
			return w.rollback(ctx, both, r.Err)
		}
	}
	if w.changes.written > 0 {
		if r := w.conn.ExecParams(ctx, w.sql.write, w.changes.rows, w.sql.texts(len(w.changes.rows)), nil, nil).Read(); r.Err != nil {
			return w.rollback(ctx, both, r.Err)
		}
	}
	if both {
		_, err := w.conn.Exec(ctx, "COMMIT").ReadAll()
		return err
	}
	return nil
}

func (w *writer) rollback(ctx context.Context, open bool, err error) error {
	if open {
		_, _ = w.conn.Exec(ctx, "ROLLBACK").ReadAll() // the first error is the one to tell
	}
	return err
}

func (w *writer) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	return nil, nil
}
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }

func (w *writer) Close() error {
	w.disconnect()
	return nil
}
