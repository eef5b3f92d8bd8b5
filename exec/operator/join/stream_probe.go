package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// joinProbe is a batch on its way through a join of unbounded inputs.
type joinProbe struct {
	input  int
	in     *stream.Batch
	cols   []vector.Vector // join key
	keyed  []uint32        // rows whose key has no NULL
	null   vector.Bitmap   // by row: has a NULL key
	order  []uint32        // the rows that count
	entire []uint32        // all rows; interval joins only
	keys   *keyed.Keys
	index  []uint32

	next    int   // of order
	entry   int   // of the entries of that row's key that were collected
	matches int64 // of that row so far
	rows    []uint32
	entries []uint32
	scratch []vector.Vector

	valid [2][]uint32
}

func (p *joinProbe) begin(input int, b *stream.Batch, keys []int) {
	p.input, p.in, p.next, p.entry, p.matches = input, b, 0, 0, 0
	p.order = b.Sel
	if p.order == nil {
		p.order = kernel.Iota(b.Rows)
	}
	p.cols = p.cols[:0]
	p.keyed = p.order
	for i, c := range keys {
		p.cols = append(p.cols, b.Cols[c])
		if valid := b.Cols[c].RowValid(); valid != nil {
			p.valid[i&1] = kernel.KeepValid(p.valid[i&1][:0], p.keyed, b.Rows, valid)
			p.keyed = p.valid[i&1]
		}
	}
	p.null = nil
	if len(p.keyed) < len(p.order) {
		p.null = vector.NewBitmapSet(b.Rows)
		for _, r := range p.keyed {
			p.null.Clear(int(r))
		}
	}
}

// gather makes the columns of the collected pairs that a condition names; the
// condition's columns are those of the left input, of which there are left, and
// then those of the right. other is the columns of the entries.
func (p *joinProbe) gather(cond *condition, left int, other []vector.Vector) {
	for c := range cond.batch.Cols {
		if !cond.uses[c] {
			continue
		}
		input, col := 0, c
		if c >= left {
			input, col = 1, c-left
		}
		if input == p.input {
			kernel.Gather(&p.scratch[c], &p.in.Cols[col], p.rows)
		} else {
			kernel.Gather(&p.scratch[c], &other[col], p.entries)
		}
		cond.batch.Cols[c] = p.scratch[c]
	}
}

func (p *joinProbe) hasKey(r uint32) bool { return p.null == nil || !p.null.Get(int(r)) }

// collect lists the candidate pairs of the next rows, about a batch of them. The
// entries of key k begin at first[k], and end where those of the next begin.
func (p *joinProbe) collect(first []int) {
	p.rows, p.entries = p.rows[:0], p.entries[:0]
	for p.next < len(p.order) && len(p.rows) < stream.BatchRows {
		r := p.order[p.next]
		if p.hasKey(r) {
			k := p.index[r]
			from, to := first[k], first[k+1]
			at := from + p.entry
			until := min(to, at+stream.BatchRows-len(p.rows))
			for e := at; e < until; e++ {
				p.rows, p.entries = append(p.rows, r), append(p.entries, uint32(e))
			}
			if until < to {
				p.entry = until - from
				return
			}
		}
		p.next, p.entry = p.next+1, 0
	}
}

// changeWriter makes batches of changes: of each a row of the batch and an
// entry of the other side, either of which may be absent.
type changeWriter struct {
	own   []uint32
	other []uint32
	kinds []stream.RowKind
	at    int              // the next to emit
	mine  []stream.RowKind // of the batch emitted last
	out   stream.Batch
	mem   []vector.Vector
}

func (w *changeWriter) open(cols int) { w.mem = make([]vector.Vector, cols) }

func (w *changeWriter) rows() int { return len(w.kinds) }

func (w *changeWriter) add(own, other uint32, kind stream.RowKind) {
	w.own, w.other, w.kinds = append(w.own, own), append(w.other, other), append(w.kinds, kind)
}

// emit emits the next changes, one batch of them. Columns of own and other stand
// in that order, or the other way round; nil: left out.
func (w *changeWriter) emit(own, other []vector.Vector, otherFirst bool, out operator.Output) error {
	n := min(len(w.kinds), w.at+stream.BatchRows)
	if n < len(w.kinds) && w.kinds[n-1] == stream.UpdateBefore {
		n-- // a pair stays together
	}
	w.out.Cols = w.out.Cols[:0]
	if otherFirst {
		w.gather(other, w.other[w.at:n])
		w.gather(own, w.own[w.at:n])
	} else {
		w.gather(own, w.own[w.at:n])
		w.gather(other, w.other[w.at:n])
	}
	kinds := w.kinds[w.at:n]
	w.out.Rows, w.out.Kinds = len(kinds), nil
	for _, k := range kinds {
		if k != stream.Insert {
			w.out.Kinds = append(w.mine[:0], kinds...)
			w.mine = w.out.Kinds
			break
		}
	}
	if w.at = n; n == len(w.kinds) {
		w.own, w.other, w.kinds, w.at = w.own[:0], w.other[:0], w.kinds[:0], 0
	}
	return out.Emit(&w.out)
}

func (w *changeWriter) gather(cols []vector.Vector, index []uint32) {
	for c := range cols {
		at := len(w.out.Cols)
		gatherRows(&w.mem[at], &cols[c], index)
		w.out.Cols = append(w.out.Cols, w.mem[at])
	}
}

// gatherRows is kernel.Gather where no row is absent, GatherNullable otherwise.
func gatherRows(dst, v *vector.Vector, index []uint32) {
	for _, r := range index {
		if r == kernel.NoRow {
			kernel.GatherNullable(dst, v, index)
			return
		}
	}
	kernel.Gather(dst, v, index)
}
