package aggregate

import (
	"encoding/binary"
	"fmt"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// multiset is how often each value of a list of arguments is in a group, in map
// state: value → count. DISTINCT aggregates take a value when it comes and give it
// back when its last row goes; MIN and MAX look here for the next when the value
// they have is gone. Aggregates over the same values share one.
type multiset struct {
	which    int
	def      acc.Distinct
	retracts bool
	state    keyed.MapState
	encoder  rowcodec.KeyEncoder
	decoder  *rowcodec.KeyDecoder
	builders []*vector.Builder

	grouper keyed.Grouper
	sel     []uint32
	cols    []vector.Vector
	owner   []uint32 // by pair of key and value: the key
	subs    keyed.Rows
	counts  keyed.Rows
	now     []int64
	kinds   []stream.RowKind // by row: how the value's membership changed
	news    []uint32         // rows whose value came or went
	lost    []uint32         // keys that lost a value
	isLost  []bool
	found   keyed.Entries
}

func newMultiset(store keyed.Store, which int, def acc.Distinct, retracts bool) (*multiset, error) {
	state, err := store.Map(fmt.Sprintf("distinct-%d", which))
	if err != nil {
		return nil, err
	}
	m := &multiset{which: which, def: def, retracts: retracts, state: state, decoder: rowcodec.NewKeyDecoder(def.Types, nil)}
	for _, t := range def.Types {
		m.builders = append(m.builders, vector.NewBuilder(t))
	}
	return m, nil
}

// fold counts the values of a batch and folds those that came or went into the states.
func (m *multiset) fold(set *acc.Set, rows *Rows, b *stream.Batch, keys *keyed.Keys, index []uint32, in acc.Input) error {
	if m.def.Filter >= 0 {
		m.sel = acc.Where(&b.Cols[m.def.Filter], in, m.sel[:0])
		in.Sel = m.sel
		if len(m.sel) == 0 {
			return nil
		}
	}
	pairOf, err := m.load(b, keys, index, in)
	if err != nil {
		return err
	}
	m.count(pairOf, in)
	if err := m.put(keys); err != nil {
		return err
	}
	m.collectNews(b.Rows)
	if len(m.news) == 0 {
		return nil
	}
	one := acc.Input{Rows: b.Rows, Sel: m.news}
	if m.retracts {
		one.Kinds = m.kinds
	}
	if err := set.UpdateDistinct(m.which, rows.States(index), m.cols[1:], one); err != nil {
		return err
	}
	return m.findExtremes(set, rows, keys)
}

// load finds the distinct pairs of key and value in the batch and their counts.
func (m *multiset) load(b *stream.Batch, keys *keyed.Keys, index []uint32, in acc.Input) ([]uint32, error) {
	m.cols = append(m.cols[:0], vector.Of(types.PhysInt32, index[:b.Rows]))
	m.cols = pick(m.cols, b.Cols, m.def.Args)
	_, pairOf := m.grouper.Group(m.cols, b.Rows, in.Sel)
	first := m.grouper.First()
	m.owner = m.owner[:0]
	for _, r := range first {
		m.owner = append(m.owner, index[r])
	}
	m.subs.Reset()
	m.encoder.EncodeSubs(m.cols[1:], b.Rows, first, &m.subs)
	m.counts.Reset()
	return pairOf, m.state.Get(keys, m.owner, &m.subs, &m.counts)
}

// count adds the rows of the batch to the counts.
func (m *multiset) count(pairOf []uint32, in acc.Input) {
	m.now = m.now[:0]
	for i := range m.owner {
		m.now = append(m.now, m.had(i))
	}
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		if in.Kinds != nil && in.Kinds[r].IsRetract() {
			m.now[pairOf[r]]--
		} else {
			m.now[pairOf[r]]++
		}
	}
}

func (m *multiset) had(i int) int64 {
	switch {
	case !m.counts.Has[i]:
		return 0
	case !m.retracts:
		return 1
	}
	return int64(binary.LittleEndian.Uint64(m.counts.At(i)))
}

func (m *multiset) put(keys *keyed.Keys) error {
	if !m.retracts {
		return m.putNew(keys)
	}
	var out keyed.Rows
	for _, n := range m.now {
		if n == 0 {
			out.AppendAbsent()
			continue
		}
		out.Bytes = binary.LittleEndian.AppendUint64(out.Bytes, uint64(n))
		out.Close(true)
	}
	return m.state.Put(keys, m.owner, &m.subs, &out)
}

// putNew notes the values that are new: where none ever goes, counts are of no use.
func (m *multiset) putNew(keys *keyed.Keys) error {
	var owner []uint32
	var subs, out keyed.Rows
	for i := range m.owner {
		if !m.counts.Has[i] {
			owner = append(owner, m.owner[i])
			subs.Append(m.subs.At(i))
			out.Append(nil)
		}
	}
	if len(owner) == 0 {
		return nil
	}
	return m.state.Put(keys, owner, &subs, &out)
}

// collectNews lists the rows that stand for values that came or went, and the keys that lost one.
func (m *multiset) collectNews(rows int) {
	m.news, m.lost = m.news[:0], m.lost[:0]
	if cap(m.kinds) < rows {
		m.kinds = make([]stream.RowKind, rows)
	}
	m.kinds = m.kinds[:rows]
	for i, r := range m.grouper.First() {
		was, is := m.had(i) > 0, m.now[i] > 0
		if was == is {
			continue
		}
		m.news = append(m.news, r)
		m.kinds[r] = stream.Insert
		if was {
			m.kinds[r] = stream.Delete
			m.lose(m.owner[i])
		}
	}
}

func (m *multiset) lose(key uint32) {
	for int(key) >= len(m.isLost) {
		m.isLost = append(m.isLost, false)
	}
	if !m.isLost[key] {
		m.isLost[key] = true
		m.lost = append(m.lost, key)
	}
}

// findExtremes finds MIN and MAX anew for the keys that lost a value. Two
// entries a key suffice: NULL, which comes first and does not count, and the next.
func (m *multiset) findExtremes(set *acc.Set, rows *Rows, keys *keyed.Keys) error {
	for _, k := range m.lost {
		m.isLost[k] = false
	}
	if len(m.lost) == 0 {
		return nil
	}
	for _, x := range m.def.Extremes {
		set.ResetState(x.State, rows.States(m.lost))
		var c keyed.Cursor
		for more := true; more; {
			var err error
			m.found.Reset()
			if more, err = m.state.ScanKeys(keys, m.lost, x.Desc, 2, &c, &m.found, stream.BatchRows); err != nil {
				return err
			}
			if err := m.foldFound(set, x.State, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *multiset) foldFound(set *acc.Set, state int, rows *Rows) error {
	n := m.found.Subs.N()
	if n == 0 {
		return nil
	}
	cols := m.cols[:1]
	for _, b := range m.builders {
		b.Reset()
	}
	if err := m.decoder.DecodeSubs(&m.found.Subs, nil, m.builders); err != nil {
		return err
	}
	for _, b := range m.builders {
		cols = append(cols, b.Finish())
	}
	m.cols = cols
	return set.UpdateState(state, rows.States(m.found.Owner), cols[1:], acc.Input{Rows: n})
}

// clear forgets the values of keys.
func (m *multiset) clear(keys *keyed.Keys, which []uint32) error {
	if len(which) == 0 {
		return nil
	}
	return m.state.Clear(keys, which)
}
