package aggregate

import (
	"unsafe"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// groups is the groups of an aggregation in memory: a table from keys to rows
// of states, and for each list of DISTINCT arguments a table of the values that
// a group has seen. Without keys there is one group, and no table.
type groups struct {
	keys  []types.Type
	set   *acc.Set
	grant *memory.Grant

	table *hashtable.Table
	only  []uint64 // the states of the only group, when there are no keys
	heap  acc.Heap
	// heapHeld is what the grant counts for the heap; heapFull: it refused more.
	heapHeld int64
	heapFull bool

	distinct []distinctSet
	index    []uint32 // group of each row of the batch
	fresh    []uint32
	cols     []vector.Vector
	scratch  partials

	// overflow takes the DISTINCT arguments of rows for which there is no memory,
	// where there are no keys to spill by.
	overflow func(set int, args []vector.Vector, rows int, sel []uint32) error
}

// distinctSet is the values one list of DISTINCT arguments has seen: keys of
// (group, arguments…).
type distinctSet struct {
	table  *hashtable.Table
	frozen *hashtable.Prober // set: the table is full and takes no more
	seen   int
	index  []uint32
	rows   []uint32 // of the batch, whose values are new
	sel    []uint32 // rows that pass the filter
	other  []uint32 // rows that the full table does not have
	cols   []vector.Vector
}

func newGroups(keys []types.Type, set *acc.Set, grant *memory.Grant, expected int) (*groups, error) {
	g := &groups{keys: keys, set: set, grant: grant}
	if len(keys) == 0 {
		g.only = make([]uint64, set.Size/8+1)
		g.set.Init(g.states([]uint32{0}))
	} else {
		var err error
		if g.table, err = hashtable.New(hashtable.Config{Keys: keys, Payload: set.Size, Groups: expected, Grant: grant}); err != nil {
			return nil, err
		}
	}
	var err error
	if g.distinct, err = newDistincts(set, grant); err != nil {
		_ = g.close()
		return nil, err
	}
	return g, nil
}

func newDistincts(set *acc.Set, grant *memory.Grant) ([]distinctSet, error) {
	var out []distinctSet
	for _, d := range set.Distincts() {
		ts := append([]types.Type{types.IntType.NotNull()}, d.Types...)
		t, err := hashtable.New(hashtable.Config{Keys: ts, Grant: grant})
		if err != nil {
			return out, err
		}
		out = append(out, distinctSet{table: t, cols: make([]vector.Vector, 1)})
	}
	return out, nil
}

// count is the number of groups.
func (g *groups) count() int {
	if g.table == nil {
		return 1
	}
	return g.table.Len()
}

// states addresses the rows of groups.
func (g *groups) states(index []uint32) acc.States {
	if g.table == nil {
		return acc.States{Base: unsafe.Pointer(&g.only[0]), Index: index, Heap: &g.heap}
	}
	return acc.States{Base: g.table.Base(), Stride: g.table.Stride(), Offset: g.table.Payload(), Index: index, Heap: &g.heap}
}

// find writes the group of each row to g.index, making and initialising new
// groups. It reports false when memory is refused; the groups it has made by
// then have no rows.
func (g *groups) find(cols []vector.Vector, rows int, sel []uint32) (bool, error) {
	if cap(g.index) < rows {
		g.index = make([]uint32, max(rows, stream.BatchRows))
	}
	g.index = g.index[:rows]
	if g.table == nil {
		clear(g.index)
		return true, nil
	}
	before := g.table.Len()
	ok, err := g.table.FindOrInsert(cols, rows, sel, g.index)
	g.init(before)
	return ok, err
}

// init makes the states of the groups from before on empty.
func (g *groups) init(before int) {
	if g.table.Len() == before {
		return
	}
	g.fresh = g.fresh[:0]
	for n := before; n < g.table.Len(); n++ {
		g.fresh = append(g.fresh, uint32(n))
	}
	g.set.Init(g.states(g.fresh))
}

// add folds the rows of a batch in. It reports false, having folded none, when
// memory is refused: the caller spills and adds the batch again.
func (g *groups) add(b *stream.Batch, keys []int) (bool, error) {
	g.cols = pick(g.cols[:0], b.Cols, keys)
	if ok, err := g.find(g.cols, b.Rows, b.Sel); !ok || err != nil {
		return ok, err
	}
	in := acc.Input{Rows: b.Rows, Sel: b.Sel}
	for i := range g.distinct {
		d := g.set.Distincts()[i]
		if ok, err := g.see(i, pick(g.distinct[i].cols[:1], b.Cols, d.Args), in, filterOf(b, d.Filter)); !ok || err != nil {
			return ok, err
		}
	}
	if err := g.set.Update(g.states(g.index), b.Cols, in); err != nil {
		return false, err
	}
	return true, g.foldNew(b.Rows)
}

func pick(dst, cols []vector.Vector, ords []int) []vector.Vector {
	for _, o := range ords {
		dst = append(dst, cols[o])
	}
	return dst
}

func filterOf(b *stream.Batch, col int) *vector.Vector {
	if col < 0 {
		return nil
	}
	return &b.Cols[col]
}

// see finds the rows whose DISTINCT values are new to their group. cols has
// the group numbers' place first, then the arguments.
func (g *groups) see(i int, cols []vector.Vector, in acc.Input, filter *vector.Vector) (bool, error) {
	d := &g.distinct[i]
	in = d.begin(g.index, cols, in, filter)
	if d.frozen != nil {
		return true, g.seeFrozen(i, in)
	}
	ok, err := d.insert(in)
	if err == nil && !ok && g.table == nil {
		d.frozen = d.table.NewProber()
		return true, g.seeFrozen(i, in)
	}
	return ok, err
}

// begin turns to the rows of a batch that pass the filter.
func (d *distinctSet) begin(groups []uint32, cols []vector.Vector, in acc.Input, filter *vector.Vector) acc.Input {
	if filter != nil {
		d.sel = acc.Where(filter, in, d.sel[:0])
		in.Sel = d.sel
	}
	d.cols = cols
	cols[0] = vector.Of(types.PhysInt32, groups)
	if cap(d.index) < in.Rows {
		d.index = make([]uint32, max(in.Rows, stream.BatchRows))
	}
	d.index = d.index[:in.Rows]
	d.rows = d.rows[:0]
	return in
}

// insert adds the values of rows to the table and lists the rows that have new
// ones in d.rows. It reports false when memory is refused.
func (d *distinctSet) insert(in acc.Input) (bool, error) {
	ok, err := d.table.FindOrInsert(d.cols, in.Rows, in.Sel, d.index)
	if err != nil || !ok {
		return false, err
	}
	// New values were numbered in the order of their first rows.
	if d.table.Len() > d.seen {
		d.collectNew(in)
	}
	return true, nil
}

func (d *distinctSet) collectNew(in acc.Input) {
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		if d.index[r] == uint32(d.seen) {
			d.seen++
			d.rows = append(d.rows, r)
		}
	}
}

// foldNew folds the values that see found into their aggregates, then settles
// what the heap has grown.
func (g *groups) foldNew(rows int) error {
	for i := range g.distinct {
		d := &g.distinct[i]
		if len(d.rows) == 0 {
			continue
		}
		in := acc.Input{Rows: rows, Sel: d.rows}
		if err := g.set.UpdateDistinct(i, g.states(g.index), d.cols[1:], in); err != nil {
			return err
		}
	}
	g.settle()
	return nil
}

// settle tells the grant what the heap has grown. A refusal is acted on at the
// next batch: the memory is already in use.
func (g *groups) settle() {
	grown := int64(cap(g.heap.Bytes)) - g.heapHeld
	if grown <= 0 {
		return
	}
	if g.grant.TryGrow(grown) {
		g.heapHeld += grown
		return
	}
	g.heapFull = true
}

// full reports that a heap has outgrown the grant.
func (g *groups) full() bool { return g.heapFull }

// reset forgets all groups and gives the memory back.
func (g *groups) reset() error {
	if g.table != nil {
		if err := g.table.Reset(); err != nil {
			return err
		}
	}
	for i := range g.distinct {
		if err := g.distinct[i].reset(); err != nil {
			return err
		}
	}
	g.dropHeap()
	if g.table == nil {
		g.set.Init(g.states([]uint32{0}))
	}
	return nil
}

// clear is reset that keeps the memory for the next groups.
func (g *groups) clear() {
	g.table.Clear()
	for i := range g.distinct {
		d := &g.distinct[i]
		d.seen, d.frozen, d.rows = 0, nil, d.rows[:0]
		d.table.Clear()
	}
	g.heap.Bytes = g.heap.Bytes[:0]
}

func (d *distinctSet) reset() error {
	d.seen, d.frozen, d.rows = 0, nil, d.rows[:0]
	return d.table.Reset()
}

func (g *groups) dropHeap() {
	g.grant.Shrink(g.heapHeld)
	g.heap, g.heapHeld, g.heapFull = acc.Heap{}, 0, false
}

func (g *groups) close() error {
	var err error
	if g.table != nil {
		err = g.table.Close()
	}
	for i := range g.distinct {
		if e := g.distinct[i].table.Close(); err == nil {
			err = e
		}
	}
	g.dropHeap()
	return err
}
