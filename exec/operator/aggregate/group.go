package aggregate

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// Group groups an unbounded input by key in state and emits what changes: once a
// key and batch, nothing where the result stays as it was. With batches of one
// row that is, row by row, Flink's changelog without mini-batch.
type Group struct {
	spec *physical.GroupAggregate
	ctx  *operator.Context
	set  *acc.Set

	grouper keyed.Grouper
	value   keyed.ValueState
	rows    *Rows
	entries []*multiset
	expiry  *expiry // nil: state lives for ever
	cols    []vector.Vector
	sel     []uint32
	touched []bool // by key: a row of the batch counts
	which   []uint32
	before  []*vector.Builder // results of the keys that were there
	after   []*vector.Builder // results of all touched keys
	changes changes
}

// NewGroup makes the operator of a plan node.
func NewGroup(spec *physical.GroupAggregate) *Group { return &Group{spec: spec} }

// Open lays out the states.
func (g *Group) Open(ctx *operator.Context) (err error) {
	g.ctx = ctx
	in := ctx.Inputs[0]
	calls := Calls(g.spec.Aggs, in)
	if g.spec.Retracts {
		g.set, err = acc.NewRetractingSet(calls)
	} else {
		g.set, err = acc.NewSet(calls)
	}
	if err != nil {
		return err
	}
	g.rows = NewRows(g.set, g.headSize())
	if g.value, err = ctx.Store.Value("groups", g.rows.Width()); err != nil {
		return err
	}
	for i, d := range g.set.Distincts() {
		m, err := newMultiset(ctx.Store, i, d, g.spec.Retracts)
		if err != nil {
			return err
		}
		g.entries = append(g.entries, m)
	}
	if g.spec.StateTTL > 0 {
		if g.expiry, err = newExpiry(ctx, g.spec.StateTTL, g.lastChange(), g.rows.Width()); err != nil {
			return err
		}
	}
	ts := keyTypes(g.spec.Keys, in)
	for _, a := range g.spec.Aggs {
		ts = append(ts, a.Type)
		g.before = append(g.before, vector.NewBuilder(a.Type))
		g.after = append(g.after, vector.NewBuilder(a.Type))
	}
	g.changes.open(ts, len(g.spec.Keys), g.spec.UpdateBefore)
	return nil
}

// The head of a row: the number of rows of the group, where they can leave it
// again, and the time of its last change, where state expires.
func (g *Group) headSize() int {
	n := 0
	if g.spec.Retracts {
		n += 8
	}
	if g.spec.StateTTL > 0 {
		n += 8
	}
	return n
}

func (g *Group) lastChange() int { return g.headSize()/8 - 1 }

// Process folds a batch into the states of its keys and emits what changed.
func (g *Group) Process(_ int, b *stream.Batch, out operator.Output) error {
	g.cols = pick(g.cols[:0], b.Cols, g.spec.Keys)
	keys, index := g.grouper.Group(g.cols, b.Rows, b.Sel)
	if err := g.load(keys); err != nil {
		return err
	}
	in := g.admit(b, index)
	if err := g.fold(b, keys, index, in); err != nil {
		return err
	}
	if len(g.which) == 0 {
		return nil
	}
	g.takeResults(g.which, g.after)
	if err := g.changes.failed(); err != nil {
		return err
	}
	g.collectChanges()
	if err := g.store(keys); err != nil {
		return err
	}
	return g.changes.emit(g.cols, g.grouper.First(), out)
}

// load loads the rows of keys and notes their results.
func (g *Group) load(keys *keyed.Keys) error {
	g.rows.Rows.Reset()
	if err := g.value.Get(keys, &g.rows.Rows); err != nil {
		return err
	}
	if g.expiry != nil {
		if err := g.forgetExpired(keys); err != nil {
			return err
		}
	}
	if err := g.rows.Loaded(); err != nil {
		return err
	}
	g.changes.reset(g.rows.Rows.Has)
	g.takeResults(g.changes.old, g.before)
	return g.changes.failed()
}

// takeResults writes the results of keys, one for each.
func (g *Group) takeResults(keys []uint32, into []*vector.Builder) {
	s := g.rows.States(keys)
	for i, b := range into {
		b.Reset()
		if err := g.set.Result(i, s, b); err != nil && g.changes.err == nil {
			g.changes.err = err
		}
	}
}

// admit decides which rows count: a retraction of a key that is not there is
// dropped, as Flink does. It marks the keys that have rows, and counts them.
func (g *Group) admit(b *stream.Batch, index []uint32) acc.Input {
	n := g.rows.Rows.N()
	g.touched = append(g.touched[:0], make([]bool, n)...)
	in := acc.Input{Rows: b.Rows, Sel: b.Sel}
	if !g.spec.Retracts || b.Kinds == nil {
		g.admitAll(b, index)
	} else {
		in.Kinds = b.Kinds
		in.Sel = g.admitChanges(b, index)
	}
	g.which = g.which[:0]
	for k, touched := range g.touched {
		if touched {
			g.which = append(g.which, uint32(k))
		}
	}
	return in
}

func (g *Group) admitAll(b *stream.Batch, index []uint32) {
	for k := range g.touched { // every key of the batch has a row in it
		g.touched[k] = true
	}
	if !g.spec.Retracts {
		return
	}
	if b.Sel != nil {
		for _, r := range b.Sel {
			*g.rows.Word(index[r], 0)++
		}
		return
	}
	for _, k := range index[:b.Rows] {
		*g.rows.Word(k, 0)++
	}
}

func (g *Group) admitChanges(b *stream.Batch, index []uint32) []uint32 {
	g.sel = g.sel[:0]
	for i := range b.Len() {
		r := uint32(i)
		if b.Sel != nil {
			r = b.Sel[i]
		}
		k, by := index[r], int64(1)
		if b.Kinds[r].IsRetract() {
			if !g.touched[k] && !g.rows.Rows.Has[k] {
				continue
			}
			by = -1
		}
		g.touched[k] = true
		*g.rows.Word(k, 0) += by
		g.sel = append(g.sel, r)
	}
	return g.sel
}

func (g *Group) fold(b *stream.Batch, keys *keyed.Keys, index []uint32, in acc.Input) error {
	if in.Sel != nil && len(in.Sel) == 0 {
		return nil
	}
	if err := g.set.Update(g.rows.States(index), b.Cols, in); err != nil {
		return err
	}
	for _, m := range g.entries {
		if err := m.fold(g.set, g.rows, b, keys, index, in); err != nil {
			return err
		}
	}
	return nil
}

// collectChanges says what becomes of each touched key.
func (g *Group) collectChanges() {
	g.changes.compare(g.before, g.after, g.which)
	for i, k := range g.which {
		alive := !g.spec.Retracts || *g.rows.Word(k, 0) != 0
		g.changes.add(k, uint32(i), alive, g.expiry != nil)
		g.rows.Rows.Has[k] = alive
	}
}

// store puts the touched rows back.
func (g *Group) store(keys *keyed.Keys) error {
	if g.expiry != nil {
		if err := g.expiry.touch(keys, g.which, g.rows); err != nil {
			return err
		}
	}
	for _, m := range g.entries {
		if err := m.clear(keys, g.changes.dead); err != nil {
			return err
		}
	}
	return g.value.Put(keys, g.which, g.rows.Stored(g.which))
}

// forgetExpired takes rows whose time is over for absent.
func (g *Group) forgetExpired(keys *keyed.Keys) error {
	var gone []uint32
	for i, has := range g.rows.Rows.Has {
		if has && g.expiry.isOver(g.rows.Rows.At(i)) {
			g.rows.Rows.Has[i] = false
			gone = append(gone, uint32(i))
		}
	}
	for _, m := range g.entries {
		if err := m.clear(keys, gone); err != nil {
			return err
		}
	}
	return nil
}

// Tick deletes groups whose time is over.
func (g *Group) Tick(now int64, _ operator.Output) (next int64, err error) {
	if g.expiry == nil {
		return 0, nil
	}
	return g.expiry.sweep(now, g.value, func(keys *keyed.Keys, gone []uint32) error {
		for _, m := range g.entries {
			if err := m.clear(keys, gone); err != nil {
				return err
			}
		}
		return nil
	})
}

// Watermark passes on.
func (g *Group) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput emits the one row that an aggregation without keys gives for no rows,
// where none are left: the table is then that of the bounded plan. While the
// input goes on there is no such row, as in Flink.
func (g *Group) EndInput(_ int, out operator.Output) error {
	if len(g.spec.Keys) > 0 || g.ctx.Subtask > 0 {
		return nil
	}
	keys, _ := g.grouper.Group(nil, 1, nil)
	if err := g.load(keys); err != nil || g.rows.Rows.Has[0] {
		return err
	}
	g.which = append(g.which[:0], 0)
	g.takeResults(g.which, g.after)
	g.changes.compare(g.before, g.after, g.which)
	g.changes.add(0, 0, true, false)
	return g.changes.emit(nil, g.grouper.First(), out)
}

// Close has nothing of its own to give back.
func (g *Group) Close() error { return nil }
