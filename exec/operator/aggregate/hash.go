package aggregate

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

const minimumMemory = 1 << 20

// Hash groups a bounded input by a hash table. It emits when the input ends;
// a Partial one also when memory does, since its groups may appear again.
type Hash struct {
	spec *physical.HashAggregate
	ctx  *operator.Context
	keys []types.Type
	set  *acc.Set

	groups  *groups
	spilled *overflow // where groups go that do not fit; nil: all fit so far
	level   int       // of spilled, without keys
	work    []part    // parts on disk that are still to be merged
	disk    *spill.Space

	// Shared phase with several subtasks, and what this one brought.
	shared        *shared
	brought       *groups
	sources       *sources
	sourcesHeld   int64
	windows       windows
	spans         spans
	hopes         bool // to emit its windows as they are
	lone          lone
	waiting       bool // for the others to fill their tables
	arrived, gone bool

	out     *stream.Builder
	chunk   []uint32
	next    int  // the group to emit next
	ended   bool // the input has ended: Resume emits
	empty   bool // nothing to emit: another subtask has the only group
	pending *stream.Batch
	cols    []vector.Vector
	hashes  []uint64
}

// NewHash makes the operator of a plan node.
func NewHash(spec *physical.HashAggregate) *Hash { return &Hash{spec: spec} }

// Open lays out the states and makes an empty table.
func (h *Hash) Open(ctx *operator.Context) (err error) {
	h.ctx = ctx
	in := ctx.Inputs[0]
	args := in
	if h.spec.Phase == physical.Final {
		args = nil // the input has states; the plan says the types of what they were made of
	}
	h.keys = keyTypes(h.spec.Keys, in)
	if h.set, err = acc.NewSet(Calls(h.spec.Aggs, args)); err != nil {
		return err
	}
	if len(h.set.Distincts()) > 0 && (h.spec.Phase == physical.Partial || h.spec.Phase == physical.Final) {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "DISTINCT aggregates in two phases are not supported").
			WithHint("the plan must group by key first")
	}
	if h.groups, err = newGroups(h.keys, h.set, ctx.Memory, h.expected()); err != nil {
		return err
	}
	h.groups.overflow = h.overflowOnly
	h.out = stream.NewBuilder(h.outputTypes())
	if h.spec.Phase == physical.Shared && ctx.Parallelism > 1 {
		h.join()
	}
	if h.mayForget() {
		h.groups.table.OnStray(h.strayed)
	}
	return nil
}

func (h *Hash) outputTypes() []types.Type {
	out := append([]types.Type(nil), h.keys...)
	if h.spec.Phase == physical.Partial {
		return append(out, types.BytesType.NotNull())
	}
	for _, a := range h.spec.Aggs {
		out = append(out, a.Type)
	}
	return out
}

// Process folds a batch in.
func (h *Hash) Process(_ int, b *stream.Batch, out operator.Output) error {
	if h.ctx.Memory.Yield() && h.spec.Phase != physical.Partial && h.groups.table != nil && h.groups.count() > 0 {
		if err := h.spill(); err != nil {
			return err
		}
	}
	ok, err := h.fold(b)
	if err != nil {
		return err
	}
	if ok && !h.groups.full() {
		return h.closeWindow(b.Len())
	}
	if h.spec.Phase == physical.Partial {
		if !ok {
			h.pending = b
		}
		h.next = 0
		_, err := h.Resume(out)
		return err
	}
	if err := h.spill(); err != nil || ok {
		return err
	}
	return h.foldAgain(b)
}

// fold reports false when memory is refused.
func (h *Hash) fold(b *stream.Batch) (bool, error) {
	if h.spec.Phase == physical.Final {
		h.cols = pick(h.cols[:0], b.Cols, h.spec.Keys)
		return h.groups.mergePartials(h.cols, &b.Cols[len(b.Cols)-1], b.Rows, b.Sel)
	}
	return h.groups.add(b, h.spec.Keys)
}

// foldAgain folds a batch into groups that were just emptied, half by half where
// others have left too little memory for the groups of all its rows.
func (h *Hash) foldAgain(b *stream.Batch) error {
	if ok, err := h.fold(b); ok || err != nil {
		return err
	}
	if b.Len() == 1 {
		return h.insist(b, func(b *stream.Batch) (bool, error) { return h.fold(b) })
	}
	if h.groups.count() > 0 {
		if err := h.spill(); err != nil {
			return err
		}
	}
	rows := b.Sel
	if rows == nil {
		rows = make([]uint32, b.Rows)
		for i := range rows {
			rows[i] = uint32(i)
		}
	}
	for _, sel := range [][]uint32{rows[:len(rows)/2], rows[len(rows)/2:]} {
		half := *b
		half.Sel = sel
		if err := h.foldAgain(&half); err != nil {
			return err
		}
	}
	return nil
}

// insist folds into empty groups what does not fit since others hold all memory.
func (h *Hash) insist(b *stream.Batch, fold func(b *stream.Batch) (bool, error)) error {
	h.ctx.Memory.Insist(minimumMemory)
	defer h.ctx.Memory.Insist(0)
	ok, err := fold(b)
	if err == nil && !ok {
		return h.tooSmall()
	}
	return err
}

// MinimumMemory is what merging part by part takes.
func (h *Hash) MinimumMemory() int64 { return minimumMemory }

func (h *Hash) tooSmall() error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "HashAggregate: a group does not fit into its memory (%d bytes in use)", h.ctx.Memory.InUse()).
		WithHint("give the process more memory")
}

// Watermark passes on.
func (h *Hash) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput emits, or waits for the other subtasks of a shared aggregation.
func (h *Hash) EndInput(_ int, out operator.Output) error {
	if h.shared != nil {
		return h.endShared(out)
	}
	if err := h.settle(); err != nil {
		return err
	}
	h.begin(len(h.keys) == 0 && h.ctx.Subtask != 0 && h.spec.Phase != physical.Partial)
	_, err := h.Resume(out)
	return err
}

// settle merges what has to be merged before the first group is emitted.
func (h *Hash) settle() error {
	if len(h.keys) == 0 {
		return h.finishOnly()
	}
	if h.spilled != nil {
		return h.finishSpill()
	}
	return nil
}

// begin starts emitting. Without keys only subtask 0 has something to say.
func (h *Hash) begin(empty bool) {
	h.ended, h.empty, h.next = true, empty, 0
}

// Resume emits groups, merging the next part whenever one is through.
func (h *Hash) Resume(out operator.Output) (bool, error) {
	if h.pending != nil || h.groups.full() && !h.ended {
		return h.resumePartial(out)
	}
	if h.waiting {
		if !h.shared.isFilled() {
			return true, nil
		}
		h.waiting = false
		if err := h.beginMerge(); err != nil {
			return false, err
		}
	}
	if !h.ended {
		return false, nil
	}
	for !out.Full() {
		if h.lone.more() {
			if err := h.emitWindow(out); err != nil {
				return false, err
			}
			continue
		}
		if !h.empty && h.next < h.groups.count() {
			if err := h.emit(out); err != nil {
				return false, err
			}
			continue
		}
		more, err := h.nextPart()
		if err != nil || !more {
			h.empty = true
			return false, err
		}
	}
	return true, nil
}

// resumePartial empties the groups of a Partial aggregate into the output and
// then folds the batch that did not fit.
func (h *Hash) resumePartial(out operator.Output) (bool, error) {
	for h.next < h.groups.count() {
		if out.Full() {
			return true, nil
		}
		if err := h.emit(out); err != nil {
			return false, err
		}
	}
	h.next = 0
	if err := h.groups.reset(); err != nil {
		return false, err
	}
	b := h.pending
	h.pending = nil
	if b == nil {
		return false, nil
	}
	return false, h.foldAgain(b)
}

// emit emits the next groups, one batch of them.
func (h *Hash) emit(out operator.Output) error {
	h.chunk = h.chunk[:0]
	for to := min(h.next+stream.BatchRows, h.groups.count()); h.next < to; h.next++ {
		h.chunk = append(h.chunk, uint32(h.next))
	}
	h.out.Reset()
	if h.spec.Phase == physical.Partial {
		h.groups.appendPartials(h.chunk, h.out)
	} else {
		if err := h.groups.appendResults(h.chunk, h.out); err != nil {
			return err
		}
		h.out.Advance(len(h.chunk), stream.Insert)
	}
	return out.Emit(h.out.Finish())
}

// appendResults appends groups to a builder of keys and results.
func (g *groups) appendResults(groups []uint32, out *stream.Builder) error {
	return g.appendFrom(g, groups, out)
}

// appendFrom is appendResults of groups that another subtask may have.
func (g *groups) appendFrom(from *groups, groups []uint32, out *stream.Builder) error {
	if from.table != nil {
		for i := range g.keys {
			from.table.AppendKeys(i, groups, out.Column(i))
		}
	}
	s := from.states(groups)
	for i := range g.set.Calls {
		if err := g.set.Result(i, s, out.Column(len(g.keys)+i)); err != nil {
			return err
		}
	}
	return nil
}

// Close gives memory and files back.
func (h *Hash) Close() error {
	if h.groups == nil {
		return nil
	}
	defer func() { h.groups = nil }()
	if h.shared != nil {
		return h.shared.leave(h)
	}
	err := h.groups.close()
	if e := h.closeSpill(); err == nil {
		err = e
	}
	return err
}
