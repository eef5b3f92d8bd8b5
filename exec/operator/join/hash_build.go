package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
)

// keep copies a build batch into the store, or to disk.
func (j *Hash) keep(b *stream.Batch) error {
	valid := j.buildCols.set(b.Cols, j.buildKeys, b.Rows, b.Sel)
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	if !j.kind.buildLone && !j.match.countsKeyless() {
		sel = valid // rows that match nothing and are asked for by nobody
	}
	if len(sel) == 0 {
		return nil
	}
	if j.disk == nil {
		if !j.wantsSpill() && j.store.append(b, j.buildCols, sel, valid) {
			return nil
		}
		if err := j.spill(); err != nil {
			return err
		}
	}
	return j.disk.keep(b, sel, j.buildCols.hashes, len(sel)-len(valid))
}
