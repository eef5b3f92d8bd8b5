package order

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// SinkMaterializer keeps the rows of each sink key in arrival order, so that a
// late -D of an old row does not remove the newer one: the last row counts.
//
//	state of a key = (length (4), row)…
type SinkMaterializer struct {
	passing
	spec    *physical.SinkMaterializer
	grouper keyed.Grouper
	state   keyed.ValueState
	codec   *rowcodec.RowCodec
	cols    []vector.Vector
	per     perKey
	have    keyed.Rows
	fresh   keyed.Rows // all rows of the batch
	place   []uint32   // by row of the batch: its place in fresh
	next    keyed.Rows
	list    [][]byte
	changes *changes
	lives   *operator.Lifetimes // of lists; nil: they live for ever
}

// NewSinkMaterializer makes the operator of a plan node.
func NewSinkMaterializer(spec *physical.SinkMaterializer) *SinkMaterializer {
	return &SinkMaterializer{spec: spec}
}

// Open declares the state.
func (m *SinkMaterializer) Open(ctx *operator.Context) (err error) {
	ts := ctx.Inputs[0].Types()
	m.codec, m.changes = rowcodec.NewRowCodec(ts), newChanges(ts, 0, false)
	if m.state, err = ctx.Store.Value("lists", 0); err != nil {
		return err
	}
	m.lives, err = operator.NewLifetimes(ctx, m.spec.StateTTL)
	return err
}

// Process takes a batch.
func (m *SinkMaterializer) Process(_ int, b *stream.Batch, out operator.Output) error {
	m.cols = pick(m.cols, b.Cols, m.spec.Keys)
	keys, index := m.grouper.Group(m.cols, b.Rows, b.Sel)
	m.per.group(keys.N(), index, b)
	if err := m.load(keys); err != nil {
		return err
	}
	m.fresh.Reset()
	m.codec.Encode(b.Cols, b.Rows, b.Sel, &m.fresh)
	m.place = append(m.place[:0], make([]uint32, b.Rows)...)
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		m.place[r] = uint32(i)
	}
	m.next.Reset()
	for k := range keys.N() {
		if err := m.foldKey(k, b); err != nil {
			return err
		}
	}
	if err := m.state.Put(keys, nil, &m.next); err != nil {
		return err
	}
	if m.lives != nil {
		if err := m.lives.Touch(keys, nil); err != nil {
			return err
		}
	}
	_, err := m.Resume(out)
	return err
}

// load loads the lists of the keys that still live.
func (m *SinkMaterializer) load(keys *keyed.Keys) error {
	m.have.Reset()
	if err := m.state.Get(keys, &m.have); err != nil {
		return err
	}
	return omitOver(m.lives, keys, &m.have)
}

// Tick forgets lists whose time is over.
func (m *SinkMaterializer) Tick(now int64, _ operator.Output) (next int64, err error) {
	return sweep(m.lives, m.state, now)
}

// foldKey applies the rows of one key to its list.
func (m *SinkMaterializer) foldKey(k int, b *stream.Batch) error {
	if err := m.unpack(k); err != nil {
		return err
	}
	var before []byte
	if n := len(m.list); n > 0 {
		before = m.list[n-1]
	}
	for _, r := range m.per.of(k) {
		row := m.fresh.At(int(m.place[r]))
		if !b.Kind(int(r)).IsRetract() {
			m.list = append(m.list, row)
			continue
		}
		for i, have := range m.list {
			if bytes.Equal(have, row) {
				m.list = append(m.list[:i], m.list[i+1:]...)
				break
			}
		}
	}
	m.pack()
	switch n := len(m.list); {
	case n == 0 && before != nil:
		m.changes.add(before, stream.Delete, 0)
	case n > 0 && before == nil:
		m.changes.add(m.list[n-1], stream.Insert, 0)
	case n > 0 && !bytes.Equal(before, m.list[n-1]):
		m.changes.add(m.list[n-1], stream.UpdateAfter, 0)
	}
	return nil
}

func (m *SinkMaterializer) unpack(k int) error {
	m.list = m.list[:0]
	if !m.have.Has[k] {
		return nil
	}
	for rest := m.have.At(k); len(rest) > 0; {
		if len(rest) < 4 || uint32(len(rest)-4) < binary.LittleEndian.Uint32(rest) {
			return fmt.Errorf("sink materializer: the stored list of a key is cut short")
		}
		n := binary.LittleEndian.Uint32(rest)
		m.list = append(m.list, rest[4:4+n])
		rest = rest[4+n:]
	}
	return nil
}

func (m *SinkMaterializer) pack() {
	if len(m.list) == 0 {
		m.next.AppendAbsent()
		return
	}
	for _, row := range m.list {
		m.next.Bytes = binary.LittleEndian.AppendUint32(m.next.Bytes, uint32(len(row)))
		m.next.Bytes = append(m.next.Bytes, row...)
	}
	m.next.Close(true)
}

// Resume emits what is left.
func (m *SinkMaterializer) Resume(out operator.Output) (bool, error) { return m.changes.emit(out) }

// SingleRow passes a changelog and fails when a key has a second row.
type SingleRow struct {
	passing
	spec    *physical.SingleRow
	grouper keyed.Grouper
	state   keyed.ValueState
	have    keyed.Rows
	cols    []vector.Vector
}

// NewSingleRow makes the unbounded operator of a plan node.
func NewSingleRow(spec *physical.SingleRow) *SingleRow { return &SingleRow{spec: spec} }

// Open declares the state: how many rows a key has.
func (s *SingleRow) Open(ctx *operator.Context) (err error) {
	s.have.Width = 8
	s.state, err = ctx.Store.Value("counts", 8)
	return err
}

// Process counts the rows of a batch and passes it.
func (s *SingleRow) Process(_ int, b *stream.Batch, out operator.Output) error {
	s.cols = pick(s.cols, b.Cols, s.spec.Keys)
	keys, index := s.grouper.Group(s.cols, b.Rows, b.Sel)
	s.have.Reset()
	if err := s.state.Get(keys, &s.have); err != nil {
		return err
	}
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		k := int(index[r])
		n := int64(binary.LittleEndian.Uint64(s.have.At(k)))
		if b.Kind(r).IsRetract() {
			n = max(0, n-1)
		} else if n++; n > 1 {
			return sqlerr.Newf(sqlerr.Cardinality, "a scalar subquery returned more than one row")
		}
		binary.LittleEndian.PutUint64(s.have.At(k), uint64(n))
		s.have.Has[k] = n > 0
	}
	if err := s.state.Put(keys, nil, &s.have); err != nil {
		return err
	}
	return out.Emit(b)
}

var (
	_ operator.Resumer = (*SinkMaterializer)(nil)
	_ operator.Clocked = (*SinkMaterializer)(nil)
)
