package task

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/exchange"
)

// item is one thing on its way down the chain.
type item struct {
	kind      itemKind
	input     int // of the operator that takes it
	batch     *stream.Batch
	buffer    *exchange.Buffer // that batch lies in; nil: lent by the operator before
	watermark stream.Watermark
	barrier   stream.Barrier
	marker    stream.Marker
}

type itemKind uint8

const (
	itemBatch itemKind = iota
	itemWatermark
	itemIdle
	itemActive
	itemFlush
	itemBarrier
	itemEnd
	itemMarker
)

// copied is an item that may wait: a batch of its own.
func (it item) copied(n *node) item {
	if it.kind != itemBatch || it.buffer != nil {
		return it
	}
	b := stream.NewBuilder(n.spec.Inputs[it.input].Types())
	b.Append(it.batch, nil)
	it.batch = b.Finish()
	return it
}
