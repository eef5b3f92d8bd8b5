package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

// Merge joins two bounded inputs that come ordered by their keys. Each left row
// meets the group of right rows that have its key; only that group is held, and
// lies on disk where it outgrows memory. What is emitted is in the order of the
// keys.
//
//	left   a a b │ d …      right   a a a c │ d d …
//	             next                       next
//	rows → a list of pairs, and of rows that are through → residual → columns
//
// It reads whichever input it lacks a row of.
type Merge struct {
	spec  *physical.SortMergeJoin
	ctx   *operator.Context
	match matching
	kind  sides
	cond  *condition

	left, right window
	rightTypes  []types.Type
	nullAware   bool // NULL keys of either side make answers unknown
	rightRows   bool // there is a right row
	rightNull   bool // with a NULL key
	informed    bool // both are known
	needs       uint64
	done        bool // nothing more will be emitted

	// The group at hand is right's rows from next on that have the key of its next.
	groupEnd int         // ≤ right.next: not known
	scanned  int         // rows before this one belong to it
	pair     int         // the right row that left's next meets next; ≤ right.next: the first
	large    *largeGroup // the group lies on disk; nil: in right
	space    *spill.Space

	list   mergeList
	pairs  mergeList // those of list that the residual is asked of
	passed []uint32  // of pairs
	cols   []vector.Vector
	out    stream.Batch
}

// NewMerge makes the operator of a plan node.
func NewMerge(spec *physical.SortMergeJoin) *Merge { return &Merge{spec: spec} }

// Open prepares both windows.
func (j *Merge) Open(ctx *operator.Context) (err error) {
	j.ctx = ctx
	j.match = newMatching(matching{
		kind: j.spec.Kind, leftKeys: j.spec.LeftKeys, rightKeys: j.spec.RightKeys,
		residual: j.spec.Residual, buildRight: true, nullAware: j.spec.NullAware,
	}, ctx)
	if j.kind, err = sidesOf(j.spec.Kind, true); err != nil {
		return err
	}
	if j.cond, err = newCondition(j.match.residual, j.match.types, ctx.Env); err != nil {
		return err
	}
	desc := j.spec.Desc
	if j.match.unknowns != nil && desc != nil {
		desc = desc[1:]
	}
	j.rightTypes = ctx.Inputs[1].Types()
	j.left = newWindow(ctx.Inputs[0].Types(), j.match.leftKeys, desc, ctx.Memory)
	j.right = newWindow(j.rightTypes, j.match.rightKeys, desc, ctx.Memory)
	j.nullAware = j.match.countsKeyless() && j.match.unknowns == nil
	j.informed = !j.nullAware
	j.cols = make([]vector.Vector, len(j.match.types)+1)
	j.needs = 3
	return nil
}

// Wants is the inputs of which a row is lacking; when nothing more will be
// emitted, both, to their ends.
func (j *Merge) Wants() uint64 { return j.needs }

// Done reports that the rest of the inputs changes nothing.
func (j *Merge) Done() bool { return j.done }

// Process takes a batch of an input of which a row was lacking.
func (j *Merge) Process(input int, b *stream.Batch, out operator.Output) error {
	if j.done {
		return nil
	}
	if input == 0 {
		j.left.add(b, j.kind.probeLone || j.kind.mark)
	} else if err := j.addRight(b); err != nil {
		return err
	}
	_, err := j.Resume(out)
	return err
}

func (j *Merge) addRight(b *stream.Batch) error {
	shift := j.right.next
	fits := j.right.add(b, j.kind.buildLone || j.nullAware)
	shift -= j.right.next // rows that were dropped in front
	j.groupEnd, j.scanned, j.pair = j.groupEnd-shift, j.scanned-shift, j.pair-shift
	j.rightRows = j.rightRows || b.Len() > 0
	if j.large != nil {
		return j.large.add(j)
	}
	if fits {
		return nil
	}
	return j.beginLarge()
}

// EndInput goes on without rows of an input.
func (j *Merge) EndInput(input int, out operator.Output) error {
	if input == 0 {
		j.left.ended = true
	} else {
		j.right.ended = true
	}
	_, err := j.Resume(out)
	return err
}

// Resume emits the next batches, as far as the rows at hand go.
func (j *Merge) Resume(out operator.Output) (bool, error) {
	for !j.done {
		if out.Full() {
			return true, nil
		}
		j.needs = 0
		j.list.reset()
		if err := j.fill(); err != nil {
			return false, err
		}
		if err := j.emit(out); err != nil {
			return false, err
		}
		if j.needs != 0 {
			return false, nil
		}
	}
	j.needs = 3
	return false, nil
}

// MinimumMemory is what a batch of each side takes.
func (j *Merge) MinimumMemory() int64 { return minimumMemory }

// Watermark passes on.
func (j *Merge) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// Close gives memory and files back.
func (j *Merge) Close() error {
	if j.ctx == nil || j.left.grant == nil {
		return nil
	}
	var err error
	if j.large != nil {
		err = j.large.close()
		j.ctx.Memory.Shrink(j.large.hitBytes)
		j.large = nil
	}
	j.left.close()
	j.right.close()
	if j.space != nil {
		if e := j.space.Close(); err == nil {
			err = e
		}
		j.space = nil
	}
	return err
}

func (j *Merge) tooSmall() error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "SortMergeJoin: the rows of one key do not fit into its memory (%d bytes in use) and there is no disk to put them on", j.ctx.Memory.InUse()).
		WithHint("give the process more memory, or a directory for temporary files")
}

// mergeList is what is said of rows next: a left and a right row are a pair;
// a left row beside NoRow has met all it meets, and a right row likewise.
type mergeList struct {
	left, right []uint32
}

func (l *mergeList) reset() { l.left, l.right = l.left[:0], l.right[:0] }

func (l *mergeList) add(left, right uint32) {
	l.left, l.right = append(l.left, left), append(l.right, right)
}

// full leaves room for the row that is through behind its last pair.
func (l *mergeList) full() bool { return l.room() <= 0 }

// room is how many more entries there are before it is full.
func (l *mergeList) room() int { return stream.BatchRows - 1 - len(l.left) }

const noRow = kernel.NoRow

var (
	_ operator.Resumer   = (*Merge)(nil)
	_ operator.Selective = (*Merge)(nil)
	_ operator.Early     = (*Merge)(nil)
	_ operator.Budgeted  = (*Merge)(nil)
)
