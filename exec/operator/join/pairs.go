package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// pairs turns probe batches into output. One step emits at most one batch:
// either the whole answer of the batch at once, or the next pairs and, when
// there are none left, the rows that had no match.
type pairs struct {
	kind       sides
	buildRight bool
	probeTypes []types.Type
	buildTypes []types.Type
	cond       *condition
	unknowns   *unknowns
	nullAware  bool

	// The batch at hand.
	table *table
	in    *stream.Batch // nil: none
	heads found
	next  int    // of heads
	link  uint64 // goes on within the rows of head next; 0: at its first
	rest  bool   // pairs are through
	valid []uint32
	seen  vector.Bitmap // by row of the batch: has a match
	dim   vector.Bitmap // by row of the batch: its answer may be unknown

	pair  found // pairs of a step
	kept  found
	sel   []uint32
	sift  []uint32
	dists []uint64
	out   stream.Batch
	left  []vector.Vector // scratch of gathered probe columns
	right []vector.Vector // of build columns
	bits  vector.Vector
	null  []vector.Vector
	hits  hitRate
	round *heavy // the batch meets its build rows in several rounds
}

// hitRate decides whether the bloom filter earns its keep.
type hitRate struct{ asked, found int }

func (h *hitRate) add(asked, found int) {
	h.asked += asked
	h.found += found
	if h.asked > 1<<18 { // forget slowly
		h.asked, h.found = h.asked/2, h.found/2
	}
}

func (h *hitRate) low() bool { return h.asked > 4096 && h.found*10 < h.asked*7 }

func newPairs(kind sides, buildRight bool, probe, build []types.Type, cond *condition) *pairs {
	p := &pairs{kind: kind, buildRight: buildRight, probeTypes: probe, buildTypes: build, cond: cond}
	p.left, p.right = make([]vector.Vector, len(probe)), make([]vector.Vector, len(build))
	for _, t := range probe {
		p.null = append(p.null, kernel.NullVector(t.Phys(), 0, nullKids(t)))
	}
	return p
}

// nullKids are empty vectors of the layouts below a nested type.
func nullKids(t types.Type) []vector.Vector {
	if !t.IsNested() {
		return nil
	}
	b := vector.NewBuilder(t)
	v := b.Finish()
	return v.Kids
}

func (p *pairs) busy() bool { return p.in != nil }

// start looks up a batch.
func (p *pairs) start(t *table, keys *keyColumns, cols []int, b *stream.Batch) {
	if p.table != t { // views in scratch columns point at the old one
		clear(p.right)
	}
	p.table, p.in = t, b
	p.next, p.link, p.rest = 0, 0, false
	if t.direct.slots != nil {
		p.valid = keys.setUnhashed(b.Cols, cols, b.Rows, b.Sel)
	} else {
		p.valid = keys.set(b.Cols, cols, b.Rows, b.Sel)
	}
	sel := p.valid
	if t.bloom != nil && p.hits.low() {
		p.sift = t.sift(keys.hashes, sel, p.sift)
		sel = p.sift
	}
	t.find(keys, sel, &p.heads)
	p.hits.add(len(p.valid), len(p.heads.rows))
	if p.stepwise() {
		p.seen = clearBits(p.seen, b.Rows)
		if p.unknowns != nil {
			p.dim = clearBits(p.dim, b.Rows)
		}
	}
	if p.round != nil {
		p.round.restore(p, b.Rows)
	}
}

func clearBits(b vector.Bitmap, rows int) vector.Bitmap {
	size := (rows + 7) / 8
	if cap(b) < size {
		return vector.NewBitmap(rows)
	}
	b = b[:size]
	clear(b)
	return b
}

// stepwise reports that heads alone do not answer the batch: there may be
// several pairs a row, or a condition.
func (p *pairs) stepwise() bool {
	return p.cond != nil || p.round != nil || p.table.repeated.Load() && (p.kind.pairs || p.kind.marked())
}

// step emits the next piece of the batch at hand.
func (p *pairs) step(out operator.Output) error {
	if !p.stepwise() {
		return p.answer(out)
	}
	if !p.rest {
		return p.stepPairs(out)
	}
	return p.endBatch(out)
}

// endBatch says what is left of the batch when its pairs are through.
func (p *pairs) endBatch(out operator.Output) error {
	b := p.in
	p.in = nil
	if p.round != nil && p.round.keep(p, b.Rows) {
		return nil
	}
	if !p.kind.probeLone && !p.kind.probeMatched && !p.kind.mark {
		return nil
	}
	return p.lone(b, out)
}

// answer emits the whole batch's output: each row has one match or none.
func (p *pairs) answer(out operator.Output) error {
	b := p.in
	p.in = nil
	if p.kind.single && p.table.repeated.Load() {
		for _, d := range p.heads.at {
			if p.table.next(d) != 0 {
				return moreThanOne()
			}
		}
	}
	if p.kind.marked() {
		p.table.mark(p.heads.at)
	}
	switch {
	case p.kind.mark:
		return p.emitMark(b, p.heads.rows, out)
	case p.kind.probeMatched:
		return p.emitProbe(b, p.heads.rows, out)
	case p.kind.pairs && p.kind.probeLone:
		return p.emitAll(b, out)
	case p.kind.probeLone:
		return p.emitProbe(b, p.unmatched(b, p.heads.rows), out)
	case p.kind.pairs:
		return p.emitOnce(b, &p.heads, out)
	}
	return nil
}

func moreThanOne() error {
	return sqlerr.Newf(sqlerr.Cardinality, "a scalar subquery returned more than one row")
}

// unmatched is the rows of b that count and are not in matched; both ascend.
func (p *pairs) unmatched(b *stream.Batch, matched []uint32) []uint32 {
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	if p.nullAware && p.table.rows > 0 { // NOT IN: unknown where a NULL takes part
		if p.table.keyless > 0 {
			return nil
		}
		sel = p.valid
	}
	p.sel = kernel.Subtract(p.sel[:0], sel, matched)
	return p.sel
}

// stepPairs emits the next pairs that the condition lets pass.
func (p *pairs) stepPairs(out operator.Output) error {
	p.collect()
	pair := &p.pair
	if len(pair.rows) > 0 && p.cond != nil {
		var err error
		if pair, err = p.ask(pair); err != nil {
			return err
		}
	}
	if p.kind.single {
		for _, r := range pair.rows {
			if p.seen.Get(int(r)) {
				return moreThanOne()
			}
			p.seen.Set(int(r))
		}
	} else {
		for _, r := range pair.rows {
			p.seen[r>>3] |= 1 << (r & 7)
		}
	}
	if p.kind.marked() {
		p.table.mark(pair.at)
	}
	b := p.in
	if p.rest && p.round == nil && !p.kind.probeLone && !p.kind.probeMatched && !p.kind.mark {
		p.in = nil
	}
	if !p.kind.pairs || len(pair.rows) == 0 {
		return nil
	}
	return p.emitPairs(b, pair, out)
}

// collect fills p.pair with the next pairs, about a batch of them.
func (p *pairs) collect() {
	const room = stream.BatchRows
	p.pair.room(room)
	rows, at := p.pair.rows, p.pair.at
	n, next, link := 0, p.next, p.link
	repeated := p.table.repeated.Load()
	for next < len(p.heads.rows) && n < room {
		if !repeated {
			rows[n], at[n] = p.heads.rows[next], p.heads.at[next]
			n, next = n+1, next+1
			continue
		}
		if link == 0 {
			link = p.heads.at[next]
		}
		r := p.heads.rows[next]
		for link != 0 && n < room {
			rows[n], at[n] = r, link
			n++
			link = p.table.next(link)
		}
		if link == 0 {
			next++
		}
	}
	p.pair.rows, p.pair.at = rows[:n], at[:n]
	p.next, p.link = next, link
	p.rest = next == len(p.heads.rows)
}

// ask evaluates the condition on pairs and returns those that pass.
func (p *pairs) ask(pair *found) (*found, error) {
	probe, build := p.offsets()
	cols := p.cond.batch.Cols
	for c := range p.probeTypes {
		if p.cond.uses[probe+c] {
			kernel.Gather(&p.left[c], &p.in.Cols[c], pair.rows)
			cols[probe+c] = p.left[c]
		}
	}
	for c := range p.buildTypes {
		if p.cond.uses[build+c] {
			p.table.gather(c, pair.at, nil, len(pair.rows), &p.right[c])
			cols[build+c] = p.right[c]
		}
	}
	keep, err := p.cond.keep(len(pair.rows))
	if err != nil {
		return nil, err
	}
	if p.unknowns != nil {
		keep = p.noteUnknown(pair, keep)
	}
	p.kept.room(len(keep))
	for i, k := range keep {
		p.kept.rows[i], p.kept.at[i] = pair.rows[k], pair.at[k]
	}
	return &p.kept, nil
}

// noteUnknown takes the pairs whose equality is unknown out of keep: the mark of
// their row is NULL unless another pair matches. NOT IN drops the row either way.
func (p *pairs) noteUnknown(pair *found, keep []uint32) []uint32 {
	if !p.kind.mark {
		return keep
	}
	a, b := &p.cond.batch.Cols[p.unknowns.left], &p.cond.batch.Cols[p.unknowns.right]
	sure := keep[:0]
	for _, k := range keep {
		if a.IsValid(int(k)) && b.IsValid(int(k)) {
			sure = append(sure, k)
		} else {
			p.dim.Set(int(pair.rows[k]))
		}
	}
	return sure
}
