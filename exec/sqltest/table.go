package sqltest

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// tableName is the sink that queries of restored runs are inserted into.
const tableName = "sqltest_result"

// table is an exactly-once sink in memory: rows count when their checkpoint is
// committed, once, however often the commit comes.
type table struct {
	mu        sync.Mutex
	prepared  map[uint64][]*stream.Batch
	committed map[uint64]bool
	order     []uint64
	next      uint64
}

func newTable() *table {
	return &table{prepared: map[uint64][]*stream.Batch{}, committed: map[uint64]bool{}}
}

// rows are the committed batches.
func (t *table) rows() []*stream.Batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []*stream.Batch
	for _, id := range t.order {
		out = append(out, t.prepared[id]...)
	}
	return out
}

// tableFactory makes sinks of the run's present table: each query has one of its own.
type tableFactory struct{ run *run }

func (f *tableFactory) Name() string                                { return "sqltest" }
func (f *tableFactory) Options(*catalog.Table) []*option.Definition { return nil }

func (f *tableFactory) Doc() connector.Doc {
	return connector.Doc{Writes: true, Text: "Rows in memory, exactly once."}
}

func (f *tableFactory) SinkInfo(*catalog.Table) (*catalog.SinkInfo, error) {
	return &catalog.SinkInfo{TakesUpdates: true, NeedsBefore: true}, nil
}

func (f *tableFactory) NewSink(def *catalog.Table, _ connector.SinkSpec) (connector.Sink, error) {
	s := &tableSink{table: f.run.table}
	for _, c := range def.Persisted() {
		s.types = append(s.types, def.Columns[c].Type)
	}
	return s, nil
}

type tableSink struct {
	*table
	types []types.Type
}

func (s *tableSink) OpenWriter(context.Context, connector.WriterContext, [][]byte) (connector.Writer, error) {
	return &tableWriter{sink: s, open: stream.NewBuilder(s.types)}, nil
}

func (s *tableSink) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	return &tableCommitter{s.table}, nil
}

type tableWriter struct {
	sink *tableSink
	open *stream.Builder
}

func (w *tableWriter) Write(_ context.Context, b *stream.Batch) error {
	w.open.Append(b, nil)
	return nil
}

func (w *tableWriter) Flush(context.Context) error { return nil }

func (w *tableWriter) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	if w.open.Rows() == 0 {
		return nil, nil
	}
	t := w.sink.table
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	t.prepared[t.next] = []*stream.Batch{w.open.Finish()}
	w.open = stream.NewBuilder(w.sink.types)
	return []connector.Committable{binary.BigEndian.AppendUint64(nil, t.next)}, nil
}

func (w *tableWriter) Snapshot(int64) ([]byte, error) { return nil, nil }
func (w *tableWriter) Close() error                   { return nil }

type tableCommitter struct{ *table }

func (c *tableCommitter) Commit(_ context.Context, cs []connector.Committable) ([]connector.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]connector.Outcome, len(cs))
	for i, raw := range cs {
		id := binary.BigEndian.Uint64(raw)
		if c.prepared[id] == nil {
			return nil, fmt.Errorf("commit %d: nothing was prepared under that id", id)
		}
		if c.committed[id] {
			out[i] = connector.AlreadyCommitted
			continue
		}
		c.committed[id] = true
		c.order = append(c.order, id)
	}
	return out, nil
}

func (c *tableCommitter) AbortLeftovers(context.Context, []connector.Committable) error { return nil }

func (c *tableCommitter) Close() error { return nil }
