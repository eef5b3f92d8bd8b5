package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// offsets are where the columns of the probe and of the built side begin.
func (p *pairs) offsets() (probe, build int) {
	if p.buildRight {
		return 0, len(p.probeTypes)
	}
	return len(p.buildTypes), 0
}

// open begins an output batch with the columns of both sides.
func (p *pairs) open(rows int, sel []uint32) (probe, build []vector.Vector) {
	n := len(p.probeTypes) + len(p.buildTypes)
	if cap(p.out.Cols) < n {
		p.out.Cols = make([]vector.Vector, n)
	}
	p.out = stream.Batch{Cols: p.out.Cols[:n], Rows: rows, Sel: sel}
	at, from := p.offsets()
	return p.out.Cols[at : at+len(p.probeTypes)], p.out.Cols[from : from+len(p.buildTypes)]
}

// emitProbe emits rows of the probe batch as they are.
func (p *pairs) emitProbe(b *stream.Batch, sel []uint32, out operator.Output) error {
	if len(sel) == 0 {
		return nil
	}
	if len(sel) == b.Rows {
		sel = nil
	}
	p.out = stream.Batch{Cols: append(p.out.Cols[:0], b.Cols...), Rows: b.Rows, Sel: sel}
	return out.Emit(&p.out)
}

// emitOnce emits pairs of which each probe row has one at most: the probe
// columns pass as they are, unless few rows are left of them.
func (p *pairs) emitOnce(b *stream.Batch, pair *found, out operator.Output) error {
	n := len(pair.rows)
	if n == 0 {
		return nil
	}
	if n*2 < b.Rows {
		return p.emitPairs(b, pair, out)
	}
	sel := pair.rows
	if n == b.Rows {
		sel = nil
	}
	left, right := p.open(b.Rows, sel)
	copy(left, b.Cols)
	for c := range right {
		p.table.gather(c, pair.at, sel, b.Rows, &p.right[c])
		right[c] = p.right[c]
	}
	return out.Emit(&p.out)
}

// emitPairs emits pairs, dense.
func (p *pairs) emitPairs(b *stream.Batch, pair *found, out operator.Output) error {
	left, right := p.open(len(pair.rows), nil)
	for c := range left {
		kernel.Gather(&p.left[c], &b.Cols[c], pair.rows)
		left[c] = p.left[c]
	}
	for c := range right {
		p.table.gather(c, pair.at, nil, len(pair.rows), &p.right[c])
		right[c] = p.right[c]
	}
	return out.Emit(&p.out)
}

// emitAll emits every probe row, with its only match or NULL.
func (p *pairs) emitAll(b *stream.Batch, out operator.Output) error {
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	p.dists = p.dists[:0]
	next := 0
	for _, r := range sel {
		d := uint64(0)
		if next < len(p.heads.rows) && p.heads.rows[next] == r {
			d = p.heads.at[next]
			next++
		}
		p.dists = append(p.dists, d)
	}
	left, right := p.open(b.Rows, b.Sel)
	copy(left, b.Cols)
	for c := range right {
		p.table.gather(c, p.dists, b.Sel, b.Rows, &p.right[c])
		right[c] = p.right[c]
	}
	return out.Emit(&p.out)
}

// lone emits what is said of rows when their pairs are through.
func (p *pairs) lone(b *stream.Batch, out operator.Output) error {
	if p.kind.mark {
		return p.emitMark(b, nil, out)
	}
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	if p.kind.probeMatched {
		p.sel = kernel.KeepValid(p.sel[:0], sel, b.Rows, p.seen)
		return p.emitProbe(b, p.sel, out)
	}
	p.sel = kernel.KeepClear(p.sel[:0], sel, b.Rows, p.seen)
	if !p.kind.padded {
		return p.emitProbe(b, p.sel, out)
	}
	return p.emitPadded(b, p.sel, out)
}

// emitPadded emits probe rows with NULL for the columns of the built side.
func (p *pairs) emitPadded(b *stream.Batch, sel []uint32, out operator.Output) error {
	if len(sel) == 0 {
		return nil
	}
	left, right := p.open(b.Rows, sel)
	copy(left, b.Cols)
	for c, t := range p.buildTypes {
		right[c] = kernel.NullVector(t.Phys(), b.Rows, nullKids(t))
	}
	return out.Emit(&p.out)
}

// emitMark emits the probe rows with whether they have a match: those of
// matched, or of p.seen when it is nil.
func (p *pairs) emitMark(b *stream.Batch, matched []uint32, out operator.Output) error {
	kernel.Reuse(&p.bits, types.PhysBool, b.Rows)
	bits := p.bits.Bits()
	if matched == nil {
		copy(bits, p.seen)
	} else {
		clear(bits)
		for _, r := range matched {
			bits.Set(int(r))
		}
	}
	p.bits.Valid = p.markValid(b, bits)
	p.out = stream.Batch{Cols: append(append(p.out.Cols[:0], b.Cols...), p.bits), Rows: b.Rows, Sel: b.Sel}
	return out.Emit(&p.out)
}

// markValid clears the bits of marks that are unknown: IN is NULL where it found
// no match and a NULL took part.
func (p *pairs) markValid(b *stream.Batch, bits vector.Bitmap) vector.Bitmap {
	switch {
	case p.unknowns != nil:
		valid := vector.NewBitmapSet(b.Rows)
		for i := range valid {
			valid[i] = bits[i] | ^p.dim[i]
		}
		return valid
	case !p.nullAware || p.table.rows == 0:
		return nil
	case p.table.keyless > 0:
		return append(vector.Bitmap(nil), bits...)
	}
	valid := append(vector.Bitmap(nil), bits...)
	for _, r := range p.valid { // rows without a NULL key know their answer
		valid.Set(int(r))
	}
	return valid
}
