// Package print is the sink that writes rows to the standard output, as Flink's
// does: +I[1, one]. It commits nothing: after a failure rows may come again.
package print

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

var (
	optPrefix = &option.Definition{Key: "print-identifier", Type: "string", Text: "written before each row, with the subtask when there are several"}
	optErr    = &option.Definition{Key: "standard-error", Type: "boolean", Default: "false", Text: "write to the standard error instead"}
)

// Factory makes print sinks. The zero value writes to the process's own streams.
type Factory struct {
	Out, Err io.Writer
}

// Name is the connector's name.
func (Factory) Name() string { return "print" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Writes: true, Text: "Writes each row with its kind to the standard output.",
		Examples: []string{"CREATE TABLE p (a INT) WITH ('connector' = 'print')"},
	}
}

// Options are the keys.
func (Factory) Options(*catalog.Table) []*option.Definition {
	return []*option.Definition{optPrefix, optErr}
}

// SinkInfo says that any changelog is taken, -U included.
func (Factory) SinkInfo(*catalog.Table) (*catalog.SinkInfo, error) {
	return &catalog.SinkInfo{TakesUpdates: true, NeedsBefore: true}, nil
}

// NewSink makes a sink.
func (f Factory) NewSink(t *catalog.Table, _ connector.SinkSpec) (connector.Sink, error) {
	toErr, err := t.Options.Bool(optErr)
	if err != nil {
		return nil, err
	}
	s := &sink{prefix: t.Options.Text(optPrefix), out: f.Out}
	if toErr {
		s.out = f.Err
	}
	switch {
	case s.out != nil:
	case toErr:
		s.out = os.Stderr
	default:
		s.out = os.Stdout
	}
	for _, c := range t.Persisted() {
		s.types = append(s.types, t.Columns[c].Type)
	}
	return s, nil
}

type sink struct {
	mu     sync.Mutex // of out: subtasks write whole batches
	out    io.Writer
	prefix string
	types  []types.Type
}

// OpenWriter makes a writer.
func (s *sink) OpenWriter(_ context.Context, wc connector.WriterContext, _ [][]byte) (connector.Writer, error) {
	w := &writer{sink: s}
	switch {
	case s.prefix != "" && wc.Parallelism > 1:
		w.prefix = fmt.Sprintf("%s:%d> ", s.prefix, wc.Subtask+1)
	case s.prefix != "":
		w.prefix = s.prefix + "> "
	case wc.Parallelism > 1:
		w.prefix = fmt.Sprintf("%d> ", wc.Subtask+1)
	}
	return w, nil
}

// OpenCommitter has nothing to commit.
func (s *sink) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	return nil, nil
}

type writer struct {
	*sink
	prefix string
	buf    []byte
}

func (w *writer) Write(_ context.Context, b *stream.Batch) error {
	w.buf = w.buf[:0]
	env := &kernel.Env{}
	for r := range b.Rows {
		w.buf = append(append(w.buf, w.prefix...), b.Kind(r).String()...)
		w.buf = append(w.buf, '[')
		for c := range b.Cols {
			if c > 0 {
				w.buf = append(w.buf, ", "...)
			}
			if !b.Cols[c].IsValid(r) {
				w.buf = append(w.buf, "null"...)
				continue
			}
			w.buf = kernel.AppendText(w.buf, w.types[c], &b.Cols[c], r, env)
		}
		w.buf = append(w.buf, "]\n"...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.out.Write(w.buf); err != nil {
		return fmt.Errorf("print: write rows: %w", err)
	}
	return nil
}

func (w *writer) Flush(context.Context) error { return nil }
func (w *writer) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	return nil, nil
}
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }
func (w *writer) Close() error                   { return nil }
