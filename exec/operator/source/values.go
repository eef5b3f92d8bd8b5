package source

import (
	"encoding/binary"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// Values emits batches that the plan itself holds, from subtask 0.
type Values struct {
	batches []*stream.Batch
	next    int
}

// NewValues makes a Values of its batches.
func NewValues(batches []*stream.Batch) *Values { return &Values{batches: batches} }

// Open goes on where the restored checkpoint stood.
func (v *Values) Open(ctx *operator.Context) error {
	if ctx.Subtask != 0 {
		v.batches = nil
	}
	for _, p := range ctx.Restored {
		v.next = min(int(binary.LittleEndian.Uint64(p)), len(v.batches))
	}
	return nil
}

// Pull emits the next batch.
func (v *Values) Pull(out operator.SourceOutput) (operator.Pulled, error) {
	if v.next == len(v.batches) {
		return operator.PulledAll, nil
	}
	v.next++
	return operator.PulledSome, out.Emit(v.batches[v.next-1])
}

// Snapshot is the number of batches emitted.
func (v *Values) Snapshot(int64) ([][]byte, error) {
	if v.batches == nil {
		return nil, nil
	}
	return [][]byte{binary.LittleEndian.AppendUint64(nil, uint64(v.next))}, nil
}

// Redistribution gives the position to all; only subtask 0 has rows.
func (v *Values) Redistribution() operator.Redistribution { return operator.Union }

// Process does not occur: there is no input.
func (v *Values) Process(int, *stream.Batch, operator.Output) error { return nil }

// Watermark passes.
func (v *Values) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to end.
func (v *Values) EndInput(int, operator.Output) error { return nil }

// Close has nothing to give back.
func (v *Values) Close() error { return nil }
