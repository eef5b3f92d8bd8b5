package operator

import (
	"encoding/binary"
	"fmt"

	"github.com/weir-engine/weir/core/stream"
)

// Progress is the watermark that an operator has been told of, by which rows are
// late. It is part of checkpoints: what is late must not change with a restart.
type Progress struct{ mark stream.Watermark }

// Mark is the watermark.
func (p *Progress) Mark() stream.Watermark { return p.mark }

// Pass notes a watermark.
func (p *Progress) Pass(w stream.Watermark) { p.mark = max(p.mark, w) }

// Restore begins with the lowest watermark of all subtasks.
func (p *Progress) Restore(parts [][]byte) error {
	p.mark = stream.MinWatermark
	for i, part := range parts {
		if len(part) != 8 {
			return fmt.Errorf("restore watermark: %d bytes instead of 8", len(part))
		}
		if w := int64(binary.LittleEndian.Uint64(part)); i == 0 || w < p.mark {
			p.mark = w
		}
	}
	return nil
}

// Snapshot keeps the watermark.
func (p *Progress) Snapshot(int64) ([][]byte, error) {
	return [][]byte{binary.LittleEndian.AppendUint64(nil, uint64(p.mark))}, nil
}

// Redistribution gives every subtask all watermarks.
func (p *Progress) Redistribution() Redistribution { return Union }
