package order

import (
	"bytes"
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// StreamRank is Top-N of an unbounded input. Below each partition its rows stand
// in order:
//
//	sub-key = sort key | arrival number (append) or hash of the row (retract)
//	row     = how many there are of it (8) | row bytes
//
// Append keeps the first End rows only, since none can leave again. A batch
// loads the first End rows of its partitions, changes the state, loads them
// again, and emits what is different.
type StreamRank struct {
	passing
	spec    *physical.Rank
	appends bool
	top     int

	grouper keyed.Grouper
	order   rowcodec.KeyEncoder
	codec   *rowcodec.RowCodec
	rows    keyed.MapState
	lives   *operator.Lifetimes // of partitions; nil: they live for ever
	cols    []vector.Vector
	sort    []vector.Vector
	per     perKey

	old, now keyed.Entries
	oldFrom  []int
	nowFrom  []int
	subs     keyed.Rows // of all rows of the batch
	sub      []byte
	changes  *changes
}

const rankHead = 8

// NewStreamRank makes the unbounded operator of a plan node.
func NewStreamRank(spec *physical.Rank) *StreamRank { return &StreamRank{spec: spec} }

// Open declares the state.
func (s *StreamRank) Open(ctx *operator.Context) (err error) {
	s.appends = s.spec.Strategy == physical.RankAppend
	s.top = int(max(0, s.spec.End))
	ts := ctx.Inputs[0].Types()
	s.codec = rowcodec.NewRowCodec(ts)
	s.codec.Prefix = rankHead
	s.changes = newChanges(ts, rankHead, s.spec.EmitNumber)
	s.order.Orders = orders(s.spec.OrderBy)
	if s.rows, err = ctx.Store.Map("rows"); err != nil {
		return err
	}
	s.lives, err = operator.NewLifetimes(ctx, s.spec.StateTTL)
	return err
}

// forgetOver empties the partitions of the keys whose time is over.
func (s *StreamRank) forgetOver(keys *keyed.Keys) error {
	if s.lives == nil {
		return nil
	}
	over, err := s.lives.Over(keys)
	if err != nil || len(over) == 0 {
		return err
	}
	return s.rows.Clear(keys, over)
}

// Tick empties partitions whose time is over.
func (s *StreamRank) Tick(now int64, _ operator.Output) (next int64, err error) {
	if s.lives == nil {
		return 0, nil
	}
	return s.lives.Sweep(now, s.rows.Clear)
}

func orders(keys []physical.SortKey) (out []rowcodec.Order) {
	for _, k := range keys {
		out = append(out, rowcodec.Order{Desc: k.Desc, NullsLast: !k.NullsFirst})
	}
	return out
}

func sortColumns(dst, cols []vector.Vector, keys []physical.SortKey) []vector.Vector {
	dst = dst[:0]
	for _, k := range keys {
		dst = append(dst, cols[k.Col])
	}
	return dst
}

// Process takes a batch.
func (s *StreamRank) Process(_ int, b *stream.Batch, out operator.Output) error {
	if s.top == 0 {
		return nil
	}
	s.cols = pick(s.cols, b.Cols, s.spec.PartitionBy)
	keys, index := s.grouper.Group(s.cols, b.Rows, b.Sel)
	s.per.group(keys.N(), index, b)
	if err := s.forgetOver(keys); err != nil {
		return err
	}
	if err := s.load(keys, nil, &s.old, &s.oldFrom); err != nil {
		return err
	}
	touched, err := s.change(keys, b)
	if err != nil || len(touched) == 0 {
		return err
	}
	if err := s.load(keys, touched, &s.now, &s.nowFrom); err != nil {
		return err
	}
	if s.lives != nil {
		if err := s.lives.Touch(keys, touched); err != nil {
			return err
		}
	}
	for _, k := range touched {
		s.compare(int(k))
	}
	if s.appends {
		if err := s.forget(keys, touched); err != nil {
			return err
		}
	}
	_, err = s.Resume(out)
	return err
}

// load loads the first rows of partitions: all that are kept where rows only come.
func (s *StreamRank) load(keys *keyed.Keys, which []uint32, into *keyed.Entries, from *[]int) error {
	into.Reset()
	limit := s.top
	if s.appends {
		limit = 0
	}
	var c keyed.Cursor
	for more := true; more; {
		var err error
		if more, err = s.rows.ScanKeys(keys, which, false, limit, &c, into, stream.BatchRows); err != nil {
			return err
		}
	}
	f := (*from)[:0]
	for e, k := range into.Owner {
		for len(f) <= int(k) {
			f = append(f, e)
		}
	}
	for len(f) <= keys.N() {
		f = append(f, len(into.Owner))
	}
	*from = f
	return nil
}

// change puts the rows of a batch into state and names the partitions that may
// have changed among their first rows.
func (s *StreamRank) change(keys *keyed.Keys, b *stream.Batch) (touched []uint32, err error) {
	s.sort = sortColumns(s.sort, b.Cols, s.spec.OrderBy)
	s.subs.Reset()
	s.order.EncodeSubs(s.sort, b.Rows, s.per.rows, &s.subs)
	var rows keyed.Rows
	s.codec.Encode(b.Cols, b.Rows, s.per.rows, &rows)
	if s.appends {
		return s.append(keys, &rows)
	}
	return s.retract(keys, b, &rows)
}

// append keeps the rows that come before the last of a full partition.
func (s *StreamRank) append(keys *keyed.Keys, rows *keyed.Rows) (touched []uint32, err error) {
	var owner []uint32
	var subs, kept keyed.Rows
	for k := range keys.N() {
		from, to := s.oldFrom[k], s.oldFrom[k+1]
		number := uint64(0)
		for e := from; e < to; e++ {
			sub := s.old.Subs.At(e)
			number = max(number, binary.BigEndian.Uint64(sub[len(sub)-8:])+1)
		}
		before := len(owner)
		for i := s.per.from[k]; i < s.per.from[k+1]; i++ {
			sub := s.subs.At(int(i))
			if to-from >= s.top {
				last := s.old.Subs.At(from + s.top - 1)
				if bytes.Compare(sub, last[:len(last)-8]) >= 0 {
					continue
				}
			}
			s.sub = binary.BigEndian.AppendUint64(append(s.sub[:0], sub...), number)
			number++
			row := rows.At(int(i))
			binary.LittleEndian.PutUint64(row, 1)
			owner = append(owner, uint32(k))
			subs.Append(s.sub)
			kept.Append(row)
		}
		if len(owner) > before {
			touched = append(touched, uint32(k))
		}
	}
	if len(owner) == 0 {
		return nil, nil
	}
	return touched, s.rows.Put(keys, owner, &subs, &kept)
}

// forget deletes the rows behind the first End ones.
func (s *StreamRank) forget(keys *keyed.Keys, touched []uint32) error {
	var owner []uint32
	var subs, none keyed.Rows
	for _, k := range touched {
		for e := s.nowFrom[k] + s.top; e < s.nowFrom[k+1]; e++ {
			owner = append(owner, k)
			subs.Append(s.now.Subs.At(e))
			none.AppendAbsent()
		}
	}
	if len(owner) == 0 {
		return nil
	}
	return s.rows.Put(keys, owner, &subs, &none)
}

// retract counts rows up and down. Equal rows of one batch are counted together:
// each is put once, with what all of them have made of it.
func (s *StreamRank) retract(keys *keyed.Keys, b *stream.Batch, rows *keyed.Rows) (touched []uint32, err error) {
	var owner []uint32
	var full keyed.Rows
	for k := range keys.N() {
		for i := s.per.from[k]; i < s.per.from[k+1]; i++ {
			h := xxh3.Hash128(rows.At(int(i))[rankHead:]).Bytes()
			s.sub = append(append(s.sub[:0], s.subs.At(int(i))...), h[:]...)
			full.Append(s.sub)
			owner = append(owner, uint32(k))
		}
		touched = append(touched, uint32(k))
	}
	var have keyed.Rows
	if err := s.rows.Get(keys, owner, &full, &have); err != nil {
		return nil, err
	}
	slot := distinctSubs(owner, &full)
	counts := make([]int64, len(owner))
	for i := range owner {
		if slot[i] == uint32(i) && have.Has[i] {
			counts[i] = int64(binary.LittleEndian.Uint64(have.At(i)))
		}
	}
	for i := range owner {
		n := &counts[slot[i]]
		if b.Kind(int(s.per.rows[i])).IsRetract() {
			*n = max(0, *n-1)
		} else {
			*n++
		}
	}
	for i := range owner {
		n := counts[slot[i]]
		binary.LittleEndian.PutUint64(rows.At(i), uint64(n))
		rows.Has[i] = n > 0
	}
	return touched, s.rows.Put(keys, owner, &full, rows)
}

// distinctSubs names for each place the first that is equal to it.
func distinctSubs(owner []uint32, subs *keyed.Rows) []uint32 {
	slot := make([]uint32, len(owner))
	size := 16
	for size < 2*len(owner) {
		size *= 2
	}
	table := make([]uint32, size)
	for i := range owner {
		at := xxh3.HashSeed(subs.At(i), uint64(owner[i])) & uint64(size-1)
		for ; ; at = (at + 1) & uint64(size-1) {
			if table[at] == 0 {
				table[at], slot[i] = uint32(i+1), uint32(i)
				break
			}
			if o := table[at] - 1; owner[o] == owner[i] && bytes.Equal(subs.At(int(o)), subs.At(i)) {
				slot[i] = o
				break
			}
		}
	}
	return slot
}

// position walks over the rows of one partition, each as often as it is there.
type position struct {
	list   *keyed.Entries
	at, to int
	left   int64 // of the row at hand
	number int64
}

func (s *StreamRank) walk(list *keyed.Entries, from []int, k int) position {
	p := position{list: list, at: from[k] - 1, to: from[k+1]}
	p.next()
	return p
}

func (p *position) next() {
	p.number++
	if p.left--; p.left > 0 {
		return
	}
	if p.at++; p.at < p.to {
		p.left = int64(binary.LittleEndian.Uint64(p.list.Rows.At(p.at)))
	}
}

func (p *position) over(end int64) bool { return p.at >= p.to || p.number > end }

func (p *position) row() []byte { return p.list.Rows.At(p.at) }
func (p *position) sub() []byte { return p.list.Subs.At(p.at) }

// compare says what became different in one partition.
func (s *StreamRank) compare(k int) {
	old, now := s.walk(&s.old, s.oldFrom, k), s.walk(&s.now, s.nowFrom, k)
	if s.spec.EmitNumber {
		s.compareNumbers(old, now)
		return
	}
	end := s.spec.End
	for skip := int64(1); skip < s.spec.Start; skip++ {
		if !old.over(end) {
			old.next()
		}
		if !now.over(end) {
			now.next()
		}
	}
	// Both lists are in order: what is in one only has left or has come. Rows that
	// leave are taken back before others take their place.
	var came [][]byte
	for !old.over(end) || !now.over(end) {
		c := 0
		switch {
		case old.over(end):
			c = 1
		case now.over(end):
			c = -1
		default:
			c = bytes.Compare(old.sub(), now.sub())
		}
		switch {
		case c < 0:
			s.changes.add(old.row(), stream.Delete, 0)
			old.next()
		case c > 0:
			came = append(came, now.row())
			now.next()
		default:
			old.next()
			now.next()
		}
	}
	for _, row := range came {
		s.changes.add(row, stream.Insert, 0)
	}
}

// compareNumbers goes from number to number.
func (s *StreamRank) compareNumbers(old, now position) {
	for n := int64(1); n <= s.spec.End && (!old.over(n) || !now.over(n)); n++ {
		had, has := !old.over(n), !now.over(n)
		if n >= s.spec.Start {
			switch {
			case had && has && !bytes.Equal(old.sub(), now.sub()):
				s.changes.update(old.row(), now.row(), s.spec.UpdateBefore, n)
			case had && !has:
				s.changes.add(old.row(), stream.Delete, n)
			case has && !had:
				s.changes.add(now.row(), stream.Insert, n)
			}
		}
		if had {
			old.next()
		}
		if has {
			now.next()
		}
	}
}

// Resume emits what is left.
func (s *StreamRank) Resume(out operator.Output) (bool, error) { return s.changes.emit(out) }

var _ operator.Resumer = (*StreamRank)(nil)
