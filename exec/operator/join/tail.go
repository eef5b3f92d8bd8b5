package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// tail emits what the build side alone decides, when all probe rows have been
// seen: the rows of one store that have, or have not, found a match.
type tail struct {
	table *table
	store *rowStore
	next  int
	at    []uint64
	cols  []vector.Vector
	out   stream.Batch
	loose *rowStore // of a part on disk: closed with the operator
}

// beginEnd starts what comes after the last probe row.
func (j *Hash) beginEnd() {
	if j.disk != nil {
		j.disk.beginParts(int(j.store.number), j.meeting.expected)
		return
	}
	j.tail.begin(j.table, j.store)
}

// begin starts on the rows of a store.
func (t *tail) begin(table *table, store *rowStore) {
	t.table, t.store, t.next = table, store, 1
	t.cols = make([]vector.Vector, len(table.layout.types))
}

// stepEnd does a bounded piece of the end: a batch of the tail, or a part on disk.
func (j *Hash) stepEnd(out operator.Output) (more bool, err error) {
	if j.tail.table != nil {
		if err := j.tail.step(j.pairs, out); err != nil {
			return false, err
		}
		return true, nil
	}
	if j.disk != nil {
		return j.stepPart()
	}
	j.phase = done
	return false, nil
}

// step emits the next rows.
func (t *tail) step(p *pairs, out operator.Output) error {
	want := p.kind.buildMatched
	t.at = t.at[:0]
	for ; t.next < t.store.n && len(t.at) < stream.BatchRows; t.next++ {
		if d := t.table.distance(t.store, t.next); t.table.marked(d) == want {
			t.at = append(t.at, d)
		}
	}
	table := t.table
	if t.next >= t.store.n {
		t.table = nil
	}
	if len(t.at) == 0 {
		return nil
	}
	n := len(t.at)
	for c := range t.cols {
		table.gather(c, t.at, nil, n, &t.cols[c])
	}
	if !p.kind.padded {
		t.out = stream.Batch{Cols: t.cols, Rows: n}
		return out.Emit(&t.out)
	}
	left, right := p.open(n, nil)
	copy(right, t.cols)
	for c, ty := range p.probeTypes {
		left[c] = kernel.NullVector(ty.Phys(), n, nullKids(ty))
	}
	return out.Emit(&p.out)
}

func (t *tail) close() error {
	if t.loose == nil {
		return nil
	}
	s := t.loose
	t.loose = nil
	return s.close()
}
