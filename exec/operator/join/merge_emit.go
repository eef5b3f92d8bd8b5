package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// ask evaluates the residual on the pairs of the list, notes which rows have a
// match, and takes off the list what is not to be emitted.
func (j *Merge) ask() error {
	pairs := &j.pairs
	pairs.reset()
	for i, l := range j.list.left {
		if r := j.list.right[i]; l != noRow && r != noRow {
			pairs.add(l, r)
		}
	}
	if len(pairs.left) > 0 {
		if err := j.test(pairs); err != nil {
			return err
		}
	}
	next, pair, n := 0, uint32(0), 0
	for i, l := range j.list.left {
		r := j.list.right[i]
		keep := false
		switch {
		case l == noRow:
			keep = !j.rightMatched(int(r))
		case r == noRow:
			keep = j.saysLeft(int(l))
		default:
			if next < len(j.passed) && j.passed[next] == pair {
				keep = j.kind.pairs
				next++
			}
			pair++
		}
		if keep {
			j.list.left[n], j.list.right[n] = l, r
			n++
		}
	}
	j.list.left, j.list.right = j.list.left[:n], j.list.right[:n]
	return nil
}

// test lists in j.passed which of the pairs pass, and marks their rows.
func (j *Merge) test(pairs *mergeList) error {
	left := len(j.left.batch.Cols)
	cols, right := j.cond.batch.Cols, j.rightBatch()
	for c := range cols {
		switch {
		case !j.cond.uses[c]:
		case c < left:
			kernel.Gather(&cols[c], &j.left.batch.Cols[c], pairs.left)
		default:
			kernel.Gather(&cols[c], &right.Cols[c-left], pairs.right)
		}
	}
	var err error
	if j.passed, err = j.cond.keep(len(pairs.left)); err != nil {
		return err
	}
	j.noteUnknown(pairs)
	for _, p := range j.passed {
		flags := &j.left.flags[pairs.left[p]]
		if j.kind.single && *flags&matched != 0 {
			return moreThanOne()
		}
		*flags |= matched
		if j.kind.buildLone {
			j.markRight(int(pairs.right[p]))
		}
	}
	return nil
}

// noteUnknown takes the pairs whose equality is unknown out of those that pass:
// the mark of their row is NULL unless another pair matches. NOT IN drops the row either way.
func (j *Merge) noteUnknown(pairs *mergeList) {
	u := j.match.unknowns
	if u == nil || !j.kind.mark {
		return
	}
	a, b := &j.cond.batch.Cols[u.left], &j.cond.batch.Cols[u.right]
	sure := j.passed[:0]
	for _, p := range j.passed {
		if a.IsValid(int(p)) && b.IsValid(int(p)) {
			sure = append(sure, p)
		} else {
			j.left.flags[pairs.left[p]] |= dim
		}
	}
	j.passed = sure
}

// rightBatch is where the right rows of the list are.
func (j *Merge) rightBatch() *stream.Batch {
	if j.large != nil && j.large.block != nil {
		return j.large.block
	}
	return j.right.batch
}

func (j *Merge) markRight(r int) {
	if j.large != nil {
		j.large.hit.Set(int(j.large.base) + r)
		return
	}
	j.right.flags[r] |= matched
}

func (j *Merge) rightMatched(r int) bool {
	if j.large != nil {
		return j.large.hit.Get(int(j.large.base) + r)
	}
	return j.right.flags[r]&matched != 0
}

// emit emits the list.
func (j *Merge) emit(out operator.Output) error {
	if j.cond != nil {
		if err := j.ask(); err != nil {
			return err
		}
	}
	n := len(j.list.left)
	if n == 0 {
		return nil
	}
	cols := j.cols[:len(j.left.batch.Cols)]
	gatherSide(cols, j.left.batch, j.list.left, j.kind.buildLone)
	switch {
	case j.kind.mark:
		cols = append(cols, j.marks())
	case j.kind.padded:
		left := len(cols)
		cols = j.cols[:left+len(j.rightTypes)]
		gatherSide(cols[left:], j.rightBatch(), j.list.right, j.kind.probeLone)
	}
	j.out = stream.Batch{Cols: cols, Rows: n}
	return out.Emit(&j.out)
}

func gatherSide(dst []vector.Vector, b *stream.Batch, rows []uint32, padded bool) {
	for c := range dst {
		if padded {
			kernel.GatherNullable(&dst[c], &b.Cols[c], rows)
		} else {
			kernel.Gather(&dst[c], &b.Cols[c], rows)
		}
	}
}

// marks is whether each left row of the list is IN.
func (j *Merge) marks() vector.Vector {
	n := len(j.list.left)
	v := vector.Vector{}
	kernel.Reuse(&v, types.PhysBool, n)
	bits := v.Bits()
	clear(bits)
	v.Valid = vector.NewBitmapSet(n)
	for i, r := range j.list.left {
		flags := j.left.flags[r]
		bits.SetTo(i, flags&matched != 0)
		if flags&matched == 0 && (flags&dim != 0 || j.nullAware && j.unknownLeft(int(r))) {
			v.Valid.SetTo(i, false)
		}
	}
	return v
}
