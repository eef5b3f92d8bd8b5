package join

import (
	"fmt"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

// phase is how far a Hash is.
type phase uint8

const (
	building phase = iota
	waiting        // for the other subtasks
	probing
	ending // emitting what the build side alone decides, or parts on disk
	done
)

const minimumMemory = 1 << 20

// Hash joins by a hash table of one input, which ends before the other is read.
//
//	building ─▶ (all subtasks have built) ─▶ probing ─▶ (all have probed) ─▶ ending
//
// The subtasks of a shared join fill one table together; otherwise each has its
// own and waits for nobody.
type Hash struct {
	spec *physical.HashJoin
	ctx  *operator.Context

	match                matching
	build, probe         int // inputs
	buildKeys, probeKeys []int
	kind                 sides
	layout               *layout
	store                *rowStore
	buildCols, probeCols *keyColumns
	meeting              *meeting
	round                int
	left                 bool

	phase phase
	table *table
	pairs *pairs
	tail  tail
	disk  *disk
	space *spill.Space

	offer func(physical.RuntimeFilter, *Bounds)
}

// NewHash makes the operator of a plan node.
func NewHash(spec *physical.HashJoin) *Hash { return &Hash{spec: spec} }

// OfferFilters has f told what the finished build side knows of each key for
// which the plan has a run-time filter: once, before the first probe.
func (j *Hash) OfferFilters(f func(physical.RuntimeFilter, *Bounds)) { j.offer = f }

// sides says what a join does with rows by their side of the table.
type sides struct {
	pairs        bool // emits matching pairs
	probeMatched bool // Semi: probe rows with a match, once
	probeLone    bool // probe rows without a match, alone or padded with NULL
	buildMatched bool // Semi by the built side
	buildLone    bool // build rows without a match
	mark         bool
	single       bool
	padded       bool // lone rows have the other side's columns, NULL
}

func sidesOf(kind logical.JoinKind, buildRight bool) (sides, error) {
	s := sides{padded: true}
	switch kind {
	case logical.Inner:
		s.pairs = true
	case logical.Left, logical.Single:
		s.pairs, s.single = true, kind == logical.Single
		s.probeLone, s.buildLone = buildRight, !buildRight
	case logical.Right:
		s.pairs = true
		s.probeLone, s.buildLone = !buildRight, buildRight
	case logical.Full:
		s.pairs, s.probeLone, s.buildLone = true, true, true
	case logical.Semi:
		s.padded = false
		s.probeMatched, s.buildMatched = buildRight, !buildRight
	case logical.Anti:
		s.padded = false
		s.probeLone, s.buildLone = buildRight, !buildRight
	case logical.Mark:
		s.mark = true
	}
	if !buildRight && (s.mark || s.single) {
		return s, fmt.Errorf("join: a %s cannot be built of its left input", kind)
	}
	return s, nil
}

// marked reports that build rows remember whether they have matched.
func (s *sides) marked() bool { return s.buildMatched || s.buildLone }

// Open lays out the table.
func (j *Hash) Open(ctx *operator.Context) (err error) {
	j.ctx = ctx
	j.match = newMatching(matching{
		kind: j.spec.Kind, leftKeys: j.spec.LeftKeys, rightKeys: j.spec.RightKeys,
		residual: j.spec.Residual, buildRight: j.spec.BuildRight, nullAware: j.spec.NullAware,
	}, ctx)
	j.build, j.buildKeys, j.probeKeys = 0, j.match.leftKeys, j.match.rightKeys
	if j.spec.BuildRight {
		j.build, j.buildKeys, j.probeKeys = 1, j.match.rightKeys, j.match.leftKeys
	}
	j.probe = 1 - j.build
	if j.kind, err = sidesOf(j.spec.Kind, j.spec.BuildRight); err != nil {
		return err
	}
	cond, err := newCondition(j.match.residual, j.match.types, ctx.Env)
	if err != nil {
		return err
	}
	buildTypes, probeTypes := ctx.Inputs[j.build].Types(), ctx.Inputs[j.probe].Types()
	for i := range j.buildKeys {
		a, b := buildTypes[j.buildKeys[i]], probeTypes[j.probeKeys[i]]
		if a.Phys() != b.Phys() {
			return fmt.Errorf("join: key %d compares %s with %s", i+1, a, b)
		}
	}
	j.layout = newLayout(buildTypes, j.buildKeys, j.kind.marked())
	j.buildCols, j.probeCols = newKeyColumns(j.layout), newKeyColumns(j.layout)
	j.meeting = newMeeting(1)
	if j.spec.Shared {
		n := ctx.Parallelism
		j.meeting = ctx.Vertex(func() any { return newMeeting(n) }).(*meeting)
	}
	number := j.meeting.join(j)
	if j.store, err = newRowStore(j.layout, ctx.Memory, number); err != nil {
		return err
	}
	j.pairs = newPairs(j.kind, j.spec.BuildRight, probeTypes, buildTypes, cond)
	j.pairs.unknowns = j.match.unknowns
	j.pairs.nullAware = j.match.countsKeyless() && j.match.unknowns == nil
	return nil
}

// Wants is the build side first.
func (j *Hash) Wants() uint64 {
	switch j.phase {
	case building:
		return 1 << j.build
	case waiting:
		return 0
	}
	return 1 << j.probe
}

// Process takes a batch of either input.
func (j *Hash) Process(input int, b *stream.Batch, out operator.Output) error {
	if input == j.build {
		return j.keep(b)
	}
	if j.disk != nil {
		return j.probeToDisk(b, out)
	}
	j.pairs.start(j.table, j.probeCols, j.probeKeys, b)
	_, err := j.Resume(out)
	return err
}

// Resume emits the next pieces.
func (j *Hash) Resume(out operator.Output) (bool, error) {
	for !out.Full() {
		if j.pairs.busy() {
			if err := j.pairs.step(out); err != nil {
				return false, err
			}
			continue
		}
		switch j.phase {
		case ending:
			if more, err := j.stepEnd(out); err != nil || !more {
				return false, err
			}
		case waiting:
			return j.round == probed, nil // after the last input: more will come
		default:
			return false, nil
		}
	}
	return true, nil
}

// EndInput goes on to the next phase when all subtasks have come so far.
func (j *Hash) EndInput(input int, out operator.Output) error {
	if input == j.build {
		j.phase = waiting
		return j.meeting.arrive(j, built)
	}
	if !j.kind.marked() && j.disk == nil {
		j.phase = done
		return nil
	}
	if j.disk != nil {
		if err := j.disk.endProbe(); err != nil {
			return err
		}
	}
	j.phase = waiting
	return j.meeting.arrive(j, probed)
}

// Done reports that the rest of the probe side changes nothing: there is nothing to match.
func (j *Hash) Done() bool {
	return j.phase == probing && j.disk == nil && j.table.rows == 0 && !j.kind.probeLone && !j.kind.mark
}

// MinimumMemory is what joining part by part takes.
func (j *Hash) MinimumMemory() int64 { return minimumMemory }

// Watermark passes on.
func (j *Hash) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// Close gives back what the operator has; the last subtask that of all.
func (j *Hash) Close() error {
	if j.meeting == nil || j.left {
		return nil
	}
	j.left = true
	return j.meeting.leave()
}

func (j *Hash) tooSmall() error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "HashJoin: one batch does not fit into its memory (%d bytes in use)", j.ctx.Memory.InUse()).
		WithHint("give the process more memory, or lower weir.batch.rows")
}
