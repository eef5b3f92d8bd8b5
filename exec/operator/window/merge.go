package window

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// mergeSlices merges the slices of the window, and the DISTINCT values of them, into a table of groups.
func (a *Aggregate) mergeSlices() error {
	f := &a.fire
	if err := a.merged.Reset(); err != nil {
		return err
	}
	f.counts = f.counts[:0]
	from := f.end
	if !a.spec.Attached && a.w.Kind != logical.Tumble {
		from = a.w.start(f.end) + a.w.step()
	}
	for end := from; end <= f.end; end += a.w.step() {
		if err := a.mergeSlice(end); err != nil {
			return err
		}
	}
	return nil
}

func (a *Aggregate) mergeSlice(end int64) error {
	f := &a.fire
	var c keyed.Cursor
	for more := true; more; {
		var err error
		f.found.Reset()
		f.found.Rows.Width = a.rows.Width()
		if more, err = a.slices.Scan(end, &c, &f.found, stream.BatchRows); err != nil {
			return err
		}
		a.ahead.drop(&f.found, a.w, f.end)
		if err := a.mergeFound(); err != nil {
			return err
		}
	}
	for i, v := range a.distinct {
		err := v.scan(end, func(b *stream.Batch) error { return a.merged.MergeDistinct(i, b) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Aggregate) mergeFound() error {
	f := &a.fire
	n := f.found.Keys.N()
	if n == 0 {
		return nil
	}
	if err := a.load(f.aside, &f.found.Rows); err != nil {
		return err
	}
	for _, b := range f.decoded {
		b.Reset()
	}
	if err := a.decoder.Decode(&f.found.Keys, nil, f.decoded); err != nil {
		return err
	}
	keys := make([]vector.Vector, len(f.decoded))
	for i, b := range f.decoded {
		keys[i] = b.Finish()
	}
	all := f.numbers(n)
	if err := a.merged.Merge(keys, n, f.aside.States(all)); err != nil {
		return err
	}
	for len(f.counts) < a.merged.Len() {
		f.counts = append(f.counts, 0)
	}
	for i, g := range a.merged.Groups() {
		f.counts[g] += *f.aside.Word(uint32(i), 0)
	}
	return nil
}

// emitMerged emits the next groups of the merged window that have rows.
func (a *Aggregate) emitMerged(out operator.Output) (bool, error) {
	f := &a.fire
	f.chunk = f.chunk[:0]
	for ; f.group < len(f.counts) && len(f.chunk) < stream.BatchRows; f.group++ {
		if f.counts[f.group] != 0 {
			f.chunk = append(f.chunk, uint32(f.group))
		}
	}
	if len(f.chunk) == 0 {
		return false, nil
	}
	a.out.Reset()
	if err := a.merged.AppendResults(f.chunk, a.out); err != nil {
		return false, err
	}
	return f.group < len(f.counts), a.send(len(f.chunk), nil, out)
}
