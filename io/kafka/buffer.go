package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// buffering is how long changes are kept, so that of each key only the last is written.
type buffering struct {
	rows     int
	interval time.Duration
}

func parseBuffering(v option.Values) (b buffering, err error) {
	rows, err := v.Int(optFlushRows)
	if err == nil {
		b.interval, err = v.Duration(optFlushInterval)
	}
	if err != nil {
		return b, err
	}
	if b.rows = int(rows); rows < 0 || b.interval < 0 || (rows > 0) != (b.interval > 0) {
		return b, sqlerr.Newf(sqlerr.InvalidOption, "changes are kept by '%s' and '%s', both of them greater than 0", optFlushRows.Key, optFlushInterval.Key).
			WithHint("leave both out to write each change at once")
	}
	return b, nil
}

// buffered keeps rows before a writer. It looks at the time only when rows come:
// when they do not, the engine says Flush.
type buffered struct {
	connector.Writer
	limit buffering
	rows  *stream.Builder
	since time.Time // of the oldest row
}

func newBuffered(w connector.Writer, limit buffering, ts []types.Type) *buffered {
	return &buffered{Writer: w, limit: limit, rows: stream.NewBuilder(ts)}
}

func (w *buffered) Write(ctx context.Context, b *stream.Batch) error {
	now := time.Now()
	if w.rows.Rows() == 0 {
		w.since = now
	}
	w.rows.Append(b, nil)
	if w.rows.Rows() >= w.limit.rows || now.Sub(w.since) >= w.limit.interval {
		return w.drain(ctx)
	}
	return nil
}

func (w *buffered) drain(ctx context.Context) error {
	if w.rows.Rows() == 0 {
		return nil
	}
	err := w.Writer.Write(ctx, w.rows.Finish())
	w.rows.Reset()
	if err != nil {
		return fmt.Errorf("write kept changes: %w", err)
	}
	return nil
}

func (w *buffered) Flush(ctx context.Context) error {
	if err := w.drain(ctx); err != nil {
		return err
	}
	return w.Writer.Flush(ctx)
}
