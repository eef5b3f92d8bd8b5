package spill

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// SortKey orders by a column, as plan nodes have it.
type SortKey struct {
	Col        int
	Desc       bool
	NullsFirst bool
}

// FanIn is the most runs that are merged at once: each needs a block or two of memory.
const FanIn = 64

// Merger merges sorted runs into one sorted stream. Equal rows come in the order
// of their runs. One goroutine uses it.
//
// Each run is a lane with a block in memory and the sort keys of its rows. The
// loser tree has a lane at each leaf and in each inner node the lane that lost
// there, so that replacing the winner costs one comparison a level.
type Merger struct {
	types  []types.Type
	keys   rowcodec.KeyEncoder
	cols   []int
	lanes  []*lane
	losers []int // losers[0]: the winner
	out    gather
	retire []*lane // lanes that need a new block before the next batch
	owned  []*Run  // removed at Close
}

// lane is one run being merged.
type lane struct {
	reader *Reader
	blk    block
	keys   rowcodec.Rows
	row    int
	prefix uint64 // the first bytes of the current key
	done   bool
}

// Merge merges runs that are each sorted by keys. Where there are more than
// FanIn, the smallest are merged to disk first. Close removes no run of the caller's.
func (s *Space) Merge(runs []*Run, keys []SortKey) (*Merger, error) {
	var made []*Run
	giveUp := func(err error) (*Merger, error) {
		for _, r := range made {
			_ = r.Remove() // err says more
		}
		return nil, err
	}
	for len(runs) > FanIn {
		// Neighbours, so that equal rows stay in the order of their runs.
		n := min(FanIn, len(runs)-FanIn+1)
		at := smallestNeighbours(runs, n)
		merged, err := s.mergeToRun(runs[at:at+n], keys)
		if err != nil {
			return giveUp(err)
		}
		made = append(made, merged)
		rest := append([]*Run{}, runs[:at]...)
		runs = append(append(rest, merged), runs[at+n:]...)
	}
	m, err := NewMerger(runs, keys)
	if err != nil {
		return giveUp(err)
	}
	m.owned = made
	return m, nil
}

func smallestNeighbours(runs []*Run, n int) (at int) {
	size := func(from int) (sum int64) {
		for _, r := range runs[from : from+n] {
			sum += r.Bytes
		}
		return sum
	}
	best := size(0)
	for i := 1; i+n <= len(runs); i++ {
		if s := size(i); s < best {
			at, best = i, s
		}
	}
	return at
}

func (s *Space) mergeToRun(runs []*Run, keys []SortKey) (*Run, error) {
	m, err := NewMerger(runs, keys)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	w, err := s.Writer(runs[0].types)
	if err != nil {
		return nil, err
	}
	for {
		b, err := m.Next()
		if errors.Is(err, io.EOF) {
			return w.Close()
		}
		if err == nil {
			err = w.Write(b)
		}
		if err != nil {
			w.Abort()
			return nil, err
		}
	}
}

// NewMerger merges all runs at once.
func NewMerger(runs []*Run, keys []SortKey) (*Merger, error) {
	m := &Merger{}
	for _, k := range keys {
		m.cols = append(m.cols, k.Col)
		m.keys.Orders = append(m.keys.Orders, rowcodec.Order{Desc: k.Desc, NullsLast: !k.NullsFirst})
	}
	for _, r := range runs {
		m.types = r.types
		reader, err := r.Open()
		if err != nil {
			m.Close()
			return nil, err
		}
		m.lanes = append(m.lanes, &lane{reader: reader})
	}
	for _, l := range m.lanes {
		if err := m.load(l); err != nil {
			m.Close()
			return nil, err
		}
	}
	m.build()
	return m, nil
}

// load reads the next block of a lane and encodes its keys.
func (m *Merger) load(l *lane) error {
	err := l.reader.read(&l.blk)
	if errors.Is(err, io.EOF) {
		l.done = true
		return nil
	}
	if err != nil {
		return err
	}
	cols := make([]vector.Vector, len(m.cols))
	for i, c := range m.cols {
		cols[i] = l.blk.batch.Cols[c]
	}
	l.keys.Reset()
	m.keys.EncodeSubs(cols, l.blk.batch.Rows, nil, &l.keys)
	l.row = 0
	l.setPrefix()
	return nil
}

func (l *lane) setPrefix() {
	var first [8]byte
	copy(first[:], l.keys.At(l.row))
	l.prefix = binary.BigEndian.Uint64(first[:])
}

// before reports whether lane a's row comes before lane b's.
func (m *Merger) before(a, b int) bool {
	x, y := m.lanes[a], m.lanes[b]
	if x.done || y.done {
		return y.done && (!x.done || a < b)
	}
	if x.prefix != y.prefix {
		return x.prefix < y.prefix
	}
	if c := bytes.Compare(x.keys.At(x.row), y.keys.At(y.row)); c != 0 {
		return c < 0
	}
	return a < b
}

// build plays the tournament from the leaves up. Node i has children 2i and
// 2i+1; leaf of lane k is node k+len(lanes).
func (m *Merger) build() {
	n := len(m.lanes)
	if n == 0 {
		return
	}
	m.losers = make([]int, max(n, 1))
	winners := make([]int, 2*n)
	for k := range n {
		winners[n+k] = k
	}
	for i := n - 1; i >= 1; i-- {
		a, b := winners[2*i], winners[2*i+1]
		if !m.before(a, b) {
			a, b = b, a
		}
		winners[i], m.losers[i] = a, b
	}
	m.losers[0] = winners[1]
	if n == 1 {
		m.losers[0] = 0
	}
}

// replay lets the winner, whose row has changed, play its way up again.
func (m *Merger) replay(k int) {
	winner := k
	for i := (k + len(m.lanes)) / 2; i >= 1; i /= 2 {
		if m.before(m.losers[i], winner) {
			winner, m.losers[i] = m.losers[i], winner
		}
	}
	m.losers[0] = winner
}

// Next is the next batch, dense; it is valid until the next call. io.EOF: there is no more.
func (m *Merger) Next() (*stream.Batch, error) {
	for _, l := range m.retire {
		if err := m.load(l); err != nil {
			return nil, err
		}
	}
	if len(m.retire) > 0 {
		m.retire = m.retire[:0]
		m.build()
	}
	if len(m.lanes) == 0 || m.lanes[m.losers[0]].done {
		return nil, io.EOF
	}
	m.out.reset(len(m.lanes))
	for m.out.rows() < stream.BatchRows {
		k := m.losers[0]
		l := m.lanes[k]
		if l.done {
			break
		}
		m.out.add(k, l.row)
		l.row++
		if l.row == l.blk.batch.Rows {
			// Rows of this block are in the batch: it is replaced in the next call.
			m.retire = append(m.retire, l)
			break
		}
		l.setPrefix()
		m.replay(k)
	}
	return m.out.batch(m.types, m.lanes), nil
}

// Close ends reading.
func (m *Merger) Close() error {
	var first error
	for _, l := range m.lanes {
		if err := l.reader.Close(); err != nil && first == nil {
			first = err
		}
	}
	m.lanes = nil
	for _, r := range m.owned {
		if err := r.Remove(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
