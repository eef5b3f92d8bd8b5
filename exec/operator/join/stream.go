package join

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// Regular joins unbounded inputs. Each side is kept in state by join key; a
// change of one side meets the rows of the other side that have its key.
//
//	batch → distinct keys → rows of the other side, loaded once a key
//	      → candidate pairs → residual → changes, in the order of the batch
//
// Rows of a side that outer, semi and anti joins must speak for remember how
// many rows of the other side they match (their associations): a row that gets
// its first match takes back what was said of it alone, and one that loses its
// last says it again. With batches of one row this is Flink's changelog.
type Regular struct {
	spec  *physical.Join
	ctx   *operator.Context
	sides [2]*stored
	cond  *condition
	semi  bool // Semi or Anti: the left side is emitted, alone
	anti  bool

	grouper keyed.Grouper
	probe   joinProbe
	emit    changeWriter
	expiry  []*operator.Expiry // of the sides whose rows do not live for ever; one where both live as long
}

// NewRegular makes the operator of a plan node.
func NewRegular(spec *physical.Join) *Regular { return &Regular{spec: spec} }

// Open declares the state of both sides.
func (j *Regular) Open(ctx *operator.Context) (err error) {
	j.ctx = ctx
	if err := j.check(); err != nil {
		return err
	}
	j.semi = j.spec.Kind == logical.Semi || j.spec.Kind == logical.Anti
	j.anti = j.spec.Kind == logical.Anti
	lt, rt := ctx.Inputs[0].Types(), ctx.Inputs[1].Types()
	leftKeys, rightKeys, residual := j.keys(lt, rt)
	all := append(lt[:len(lt):len(lt)], rt...)
	if j.cond, err = newCondition(residual, all, ctx.Env); err != nil {
		return err
	}
	j.sides[0] = &stored{keys: leftKeys, types: lt, layout: j.spec.LeftState, unique: j.spec.LeftUnique}
	j.sides[1] = &stored{keys: rightKeys, types: rt, layout: j.spec.RightState, unique: j.spec.RightUnique}
	switch j.spec.Kind {
	case logical.Left, logical.Semi, logical.Anti:
		j.sides[0].counts = true
	case logical.Right:
		j.sides[1].counts = true
	case logical.Full:
		j.sides[0].counts, j.sides[1].counts = true, true
	}
	if err := j.openExpiry(); err != nil {
		return err
	}
	for i, name := range []string{"left", "right"} {
		if len(leftKeys) != len(j.spec.LeftKeys) && j.sides[i].layout == physical.JoinKeyIsUnique {
			j.sides[i].layout = physical.NoUniqueKey
		}
		if err := j.sides[i].open(ctx.Store, name); err != nil {
			return err
		}
	}
	out := all
	if j.semi {
		out = lt
	}
	j.emit.open(len(out))
	j.probe.scratch = make([]vector.Vector, len(all))
	return nil
}

// openExpiry makes what ends the rows of the sides.
func (j *Regular) openExpiry() (err error) {
	if j.spec.LeftTTL == j.spec.RightTTL {
		if j.spec.LeftTTL > 0 {
			j.sides[0].expiry, err = operator.NewExpiry(j.ctx, "expiry", j.spec.LeftTTL)
			j.sides[1].expiry = j.sides[0].expiry
			j.expiry = append(j.expiry, j.sides[0].expiry)
		}
		return err
	}
	sides := []int{0, 1}
	if j.spec.LeftTTL < j.spec.RightTTL { // the shorter time last: the first Tick is its
		sides = []int{1, 0}
	}
	for _, i := range sides {
		ttl := []int64{j.spec.LeftTTL, j.spec.RightTTL}[i]
		if ttl == 0 {
			continue
		}
		if j.sides[i].expiry, err = operator.NewExpiry(j.ctx, []string{"left-expiry", "right-expiry"}[i], ttl); err != nil {
			return err
		}
		j.expiry = append(j.expiry, j.sides[i].expiry)
	}
	return nil
}

func (j *Regular) check() error {
	switch j.spec.Kind {
	case logical.Inner, logical.Left, logical.Right, logical.Full, logical.Semi, logical.Anti:
	default:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "a %s of unbounded inputs is not supported", j.spec.Kind).
			WithHint("use IN, EXISTS or NOT EXISTS as a condition of WHERE by itself")
	}
	return nil
}

// keys are the columns to meet by. NOT IN over columns that may be NULL asks its
// equality of every pair instead: NULL on either side makes it unknown, and the row is dropped.
func (j *Regular) keys(lt, rt []types.Type) (left, right []int, residual *expr.Expr) {
	left, right, residual = j.spec.LeftKeys, j.spec.RightKeys, j.spec.Residual
	if !j.spec.NullAware || !lt[left[0]].Nullable && !rt[right[0]].Nullable {
		return left, right, residual
	}
	eq := expr.NewCall(expr.Eq, types.BooleanType, expr.Col(left[0], "", lt[left[0]]), expr.Col(len(lt)+right[0], "", rt[right[0]]))
	return left[1:], right[1:], and(residual, expr.NewCall(expr.IsNotFalse, types.BooleanType.NotNull(), eq))
}

// Process meets a batch with the other side.
func (j *Regular) Process(input int, b *stream.Batch, out operator.Output) error {
	p := &j.probe
	own, other := j.sides[input], j.sides[1-input]
	p.begin(input, b, own.keys)
	if err := j.load(own, other); err != nil {
		return err
	}
	_, err := j.Resume(out)
	return err
}

// load loads the rows that the batch meets, and those it changes.
func (j *Regular) load(own, other *stored) error {
	p := &j.probe
	if len(p.keyed) == 0 {
		p.keys = nil
		return nil
	}
	keys, index := j.grouper.Group(p.cols, p.in.Rows, p.keyed)
	p.keys, p.index = keys, index
	if err := other.loadAll(keys); err != nil {
		return err
	}
	return own.loadRows(keys, index, p.in, p.keyed)
}

// Resume goes on meeting, a batch of pairs at a time.
func (j *Regular) Resume(out operator.Output) (bool, error) {
	p := &j.probe
	for p.in != nil {
		if out.Full() {
			return true, nil
		}
		if j.emit.rows() == 0 && p.next < len(p.order) {
			if err := j.step(); err != nil {
				return false, err
			}
		}
		if err := j.emitChanges(out); err != nil {
			return false, err
		}
		if j.emit.rows() == 0 && p.next == len(p.order) {
			if err := j.store(); err != nil {
				return false, err
			}
			p.in = nil
		}
	}
	return false, nil
}

// step finds the pairs of the next rows and says what they change.
func (j *Regular) step() error {
	p := &j.probe
	other := j.sides[1-p.input]
	from := p.next
	p.collect(other.first)
	keep := kernel.Iota(len(p.rows))
	if j.cond != nil && len(p.rows) > 0 {
		p.gather(j.cond, len(j.sides[0].types), other.cols)
		var err error
		if keep, err = j.cond.keep(len(p.rows)); err != nil {
			return err
		}
	}
	k := 0
	for at := from; at < p.next || at == p.next && p.entry > 0 && at < len(p.order); at++ {
		r := p.order[at]
		for k < len(keep) && p.rows[keep[k]] == r {
			j.meet(r, p.entries[keep[k]])
			k++
		}
		if at < p.next {
			j.finish(r)
		}
	}
	return nil
}

// meet is one match of row r of the batch with entry e of the other side.
func (j *Regular) meet(r, e uint32) {
	p := &j.probe
	own, other := j.sides[p.input], j.sides[1-p.input]
	if other.isOver(other.loaded.Rows.At(int(e))) {
		return
	}
	retract := p.in.Kind(int(r)).IsRetract()
	times := other.count(e)
	p.matches += times
	was := int64(0)
	if other.counts {
		was = other.associations(e)
		if retract {
			other.associate(e, was-1)
		} else {
			other.associate(e, was+1)
		}
	}
	if j.semi {
		if p.input == 1 { // the left row is the other one
			j.meetSemi(e, was, times, retract)
		}
		return
	}
	kind := p.in.Kind(int(r))
	if own.counts || other.counts {
		kind = plainKind(retract)
	}
	for range times {
		if other.counts && !retract && was == 0 {
			j.emit.add(kernel.NoRow, e, stream.Delete)
		}
		j.emit.add(r, e, kind)
	}
	if other.counts && retract && was == 1 {
		for range times {
			j.emit.add(kernel.NoRow, e, stream.Insert)
		}
	}
}

// meetSemi says what a change on the right does to a left row.
func (j *Regular) meetSemi(e uint32, was, times int64, retract bool) {
	kind := stream.Insert
	switch {
	case !retract && was == 0: // its first match
		if j.anti {
			kind = stream.Delete
		}
	case retract && was == 1: // its last
		if !j.anti {
			kind = stream.Delete
		}
	default:
		return
	}
	for range times {
		j.emit.add(kernel.NoRow, e, kind)
	}
}

func plainKind(retract bool) stream.RowKind {
	if retract {
		return stream.Delete
	}
	return stream.Insert
}

// finish is what is said of row r of the batch when all its matches are known.
func (j *Regular) finish(r uint32) {
	p := &j.probe
	own := j.sides[p.input]
	matches, kind := p.matches, p.in.Kind(int(r))
	p.matches = 0
	switch {
	case j.semi && p.input == 0:
		if (matches == 0) == j.anti {
			j.emit.add(r, kernel.NoRow, kind)
		}
	case own.counts && matches == 0 && !j.semi:
		j.emit.add(r, kernel.NoRow, plainKind(kind.IsRetract()))
	}
	if p.hasKey(r) {
		own.change(r, matches, kind.IsRetract())
	}
}

// emitChanges emits what was said, up to a batch of it.
func (j *Regular) emitChanges(out operator.Output) error {
	p := &j.probe
	if j.emit.rows() == 0 {
		return nil
	}
	other := j.sides[1-p.input]
	own, met := p.in.Cols, other.cols
	switch {
	case j.semi && p.input == 0:
		met = nil
	case j.semi:
		own = nil
	}
	return j.emit.emit(own, met, p.input == 1, out)
}

// store writes what the batch has changed.
func (j *Regular) store() error {
	p := &j.probe
	if p.keys == nil {
		return nil
	}
	if err := j.sides[p.input].storeRows(p.keys); err != nil {
		return err
	}
	if err := j.sides[1-p.input].storeAssociations(p.keys); err != nil {
		return err
	}
	for _, e := range j.expiry {
		if err := e.Touch(p.keys, nil); err != nil {
			return err
		}
	}
	return nil
}

// Tick deletes rows whose time is over, on both sides.
func (j *Regular) Tick(now int64, _ operator.Output) (next int64, err error) {
	for _, e := range j.expiry {
		at, err := e.Sweep(now, func(keys *keyed.Keys) error {
			for _, s := range j.sides {
				if s.expiry != e {
					continue
				}
				if err := s.sweep(keys); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if next == 0 || at < next {
			next = at
		}
	}
	return next, nil
}

// Watermark passes on.
func (j *Regular) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to add: every change has been emitted.
func (j *Regular) EndInput(int, operator.Output) error { return nil }

// Close has nothing of its own to give back.
func (j *Regular) Close() error { return nil }

var (
	_ operator.Resumer = (*Regular)(nil)
	_ operator.Clocked = (*Regular)(nil)
)
