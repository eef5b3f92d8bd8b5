package window

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// Snapshot keeps the watermark: whether a row is late must not change with a
// restart. With it stand the key groups whose state has come so far:
//
//	part = watermark (8) | first key group (4) | behind the last (4)
func (a *Aggregate) Snapshot(int64) ([][]byte, error) {
	r := a.groups()
	part := binary.LittleEndian.AppendUint64(nil, uint64(a.mark))
	part = binary.LittleEndian.AppendUint32(part, uint32(r.From))
	return [][]byte{binary.LittleEndian.AppendUint32(part, uint32(r.To))}, nil
}

// Redistribution gives every subtask all watermarks.
func (a *Aggregate) Redistribution() operator.Redistribution { return operator.Union }

func (a *Aggregate) groups() keyed.GroupRange {
	return keyed.RangeOf(a.ctx.Subtask, max(1, a.ctx.Parallelism), max(1, a.ctx.MaxParallelism))
}

// restore takes the lowest watermark of all subtasks, and notes the key groups
// that are further. A subtask that had ended has left no state to be ahead with.
func (a *Aggregate) restore() error {
	a.mark = stream.MinWatermark
	marks := slices.Repeat([]stream.Watermark{stream.MinWatermark}, max(1, a.ctx.MaxParallelism))
	for i, part := range a.ctx.Restored {
		if len(part) != 16 {
			return fmt.Errorf("window: restore watermark: %d bytes instead of 16", len(part))
		}
		m := int64(binary.LittleEndian.Uint64(part))
		from, to := binary.LittleEndian.Uint32(part[8:]), binary.LittleEndian.Uint32(part[12:])
		if from > to || int(to) > len(marks) {
			return fmt.Errorf("window: restore watermark: key groups %d to %d of %d", from, to, len(marks))
		}
		if i == 0 || m < a.mark {
			a.mark = m
		}
		for g := from; g < to && m != stream.MaxWatermark; g++ {
			marks[g] = m
		}
	}
	if len(a.ctx.Restored) == 0 {
		return nil
	}
	mine := a.groups()
	a.ahead.start(marks[mine.From:mine.To], mine.From, len(marks), a.mark)
	return nil
}

// ahead is the key groups whose windows had been fired further than those of
// others when the state was taken. Watermarks of subtasks may differ where inputs
// went idle. They are told apart until the watermark has passed them all.
type ahead struct {
	marks []stream.Watermark // by key group from the first on; nil: none is ahead
	first int
	of    int // key groups
	until stream.Watermark

	hashes []uint64
	kept   keyed.Entries
}

func (h *ahead) start(marks []stream.Watermark, first, of int, low stream.Watermark) {
	if len(marks) == 0 {
		return
	}
	if until := slices.Max(marks); until > low {
		h.marks, h.first, h.of, h.until = marks, first, of, until
	}
}

func (h *ahead) markOf(hash uint64) stream.Watermark {
	if g := keyed.GroupOf(hash, h.of) - h.first; g >= 0 && g < len(h.marks) {
		return h.marks[g]
	}
	return stream.MinWatermark
}

// read hashes the rows of a batch: markOf of the Aggregate needs it.
func (h *ahead) read(a *Aggregate, b *stream.Batch) {
	if h.marks == nil {
		return
	}
	h.hashes = slices.Grow(h.hashes[:0], b.Rows)[:b.Rows]
	kernel.HashColumns(a.cols, b.Rows, nil, h.hashes)
}

// drop takes out the entries of key groups for which the window that ends at end was fired.
func (h *ahead) drop(found *keyed.Entries, w *windows, end int64) {
	if h.marks == nil {
		return
	}
	h.kept.Reset()
	h.kept.Rows.Width = found.Rows.Width
	for i, hash := range found.Keys.Hash {
		if !w.fired(end, h.markOf(hash)) {
			h.kept.Keys.Append(hash, found.Keys.At(i))
			h.kept.Rows.Append(found.Rows.At(i))
		}
	}
	h.kept, *found = *found, h.kept
}

// passed forgets what is ahead once the watermark has caught up.
func (h *ahead) passed(mark stream.Watermark) {
	if h.marks != nil && mark >= h.until {
		h.marks = nil
	}
}

// markOf is the watermark that row r is measured against.
func (a *Aggregate) markOf(r uint32) stream.Watermark {
	if a.ahead.marks == nil {
		return a.mark
	}
	return max(a.mark, a.ahead.markOf(a.ahead.hashes[r]))
}
