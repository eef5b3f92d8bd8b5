// Package blackhole is the sink that forgets: for measuring a query without its
// output. It still reads every column of every row, so that nothing upstream
// can be left undone.
package blackhole

import (
	"context"
	"sync/atomic"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
)

// Factory makes blackhole sinks.
type Factory struct{}

// Name is the connector's name.
func (Factory) Name() string { return "blackhole" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Writes: true, Text: "Takes every row and keeps none: for benchmarks.",
		Examples: []string{"CREATE TABLE sink (a BIGINT) WITH ('connector' = 'blackhole')"},
	}
}

// Options are none.
func (Factory) Options(*catalog.Table) []*option.Definition { return nil }

// SinkInfo says that any changelog is taken.
func (Factory) SinkInfo(*catalog.Table) (*catalog.SinkInfo, error) {
	return &catalog.SinkInfo{TakesUpdates: true}, nil
}

// NewSink makes a sink.
func (Factory) NewSink(*catalog.Table, connector.SinkSpec) (connector.Sink, error) {
	return &Sink{}, nil
}

// Sink forgets rows.
type Sink struct{}

// OpenWriter makes a writer.
func (*Sink) OpenWriter(context.Context, connector.WriterContext, [][]byte) (connector.Writer, error) {
	return &writer{}, nil
}

// OpenCommitter has nothing to commit.
func (*Sink) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	return nil, nil
}

// consumed keeps what writers read from being optimised away.
var consumed atomic.Uint64

type writer struct{ sum uint64 }

func (w *writer) Write(_ context.Context, b *stream.Batch) error {
	for i := range b.Cols {
		w.sum += touch(&b.Cols[i])
	}
	return nil
}

// touch reads one column: each value once, or each code.
func touch(v *vector.Vector) (sum uint64) {
	for _, c := range v.Codes {
		sum += uint64(c)
	}
	for k := range v.Kids {
		sum += touch(&v.Kids[k])
	}
	if v.Form != vector.Flat {
		return sum
	}
	switch v.Phys {
	case types.PhysInt64, types.PhysFloat64:
		for _, x := range vector.Values[uint64](v) {
			sum += x
		}
	case types.PhysInt32, types.PhysFloat32:
		for _, x := range vector.Values[uint32](v) {
			sum += uint64(x)
		}
	case types.PhysBytes:
		for i, x := range v.Views() {
			if x.Len > vector.InlineLen && v.Valid.Get(i) {
				sum += uint64(v.Bufs[x.Buf][x.Off])
			}
			sum += uint64(x.Len)
		}
	default:
		for _, x := range v.Data {
			sum += uint64(x)
		}
	}
	return sum
}

func (w *writer) Flush(context.Context) error { return nil }
func (w *writer) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	return nil, nil
}
func (w *writer) Snapshot(int64) ([]byte, error) { return nil, nil }
func (w *writer) Close() error                   { consumed.Add(w.sum); return nil }
