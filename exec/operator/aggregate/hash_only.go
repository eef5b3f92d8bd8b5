package aggregate

import (
	"errors"
	"io"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/spill"
)

// An aggregation without keys has one group, which always fits; only its DISTINCT
// values may not. A table that is full keeps what it has, which has been counted,
// and goes on telling repetitions; the values it does not have go to disk, by
// their hash, and are counted part by part into the same group.

// seeFrozen is see for a full table.
func (g *groups) seeFrozen(i int, in acc.Input) error {
	d := &g.distinct[i]
	d.frozen.Find(d.cols, in.Rows, in.Sel, d.index)
	d.collectNew(in) // those made before the memory ended
	d.other = d.other[:0]
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for k := range n {
		r := uint32(k)
		if in.Sel != nil {
			r = in.Sel[k]
		}
		if d.index[r] == hashtable.None {
			d.other = append(d.other, r)
		}
	}
	if len(d.other) == 0 {
		return nil
	}
	return g.overflow(i, d.cols[1:], in.Rows, d.other)
}

func (h *Hash) overflowOnly(i int, args []vector.Vector, rows int, sel []uint32) (err error) {
	if h.spilled == nil {
		if h.spilled, err = h.openOverflow(h.level); err != nil {
			return err
		}
	}
	if cap(h.hashes) < rows {
		h.hashes = make([]uint64, rows)
	}
	kernel.HashColumns(args, rows, sel, h.hashes[:rows])
	return h.spilled.distinct[i].Write(&stream.Batch{Cols: args, Rows: rows, Sel: sel}, h.hashes[:rows])
}

// finishOnly counts the values on disk, part by part.
func (h *Hash) finishOnly() error {
	for h.spilled != nil || len(h.work) > 0 {
		if o := h.spilled; o != nil {
			h.spilled = nil
			parts, err := o.close()
			if err != nil {
				return err
			}
			h.work = append(h.work, parts...)
		}
		p := h.work[len(h.work)-1]
		h.work = h.work[:len(h.work)-1]
		h.level = p.level + 1
		for i, run := range p.distinct {
			if err := h.groups.distinct[i].reset(); err != nil {
				return err
			}
			if err := h.countRun(i, run); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Hash) countRun(i int, run *spill.Run) error {
	r, err := run.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return run.Remove()
		}
		if err != nil {
			return err
		}
		if _, err := h.groups.mergeDistinct(i, b); err != nil {
			return err
		}
	}
}
