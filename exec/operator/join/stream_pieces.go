package join

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// pieces is one side of a Window join in state. Rows of a window are only added,
// then read and forgotten together, so none has a place of its own: what a batch
// brings to a key is cut into pieces, each below the 128-bit hash of its bytes.
//
//	piece = how often it came (8) | rows (4) | length of each (4) | their bytes
type pieces struct {
	keys  []int
	types []types.Type
	state keyed.MapState
	codec *rowcodec.RowCodec

	// What was loaded: the rows of some keys.
	entries keyed.Entries
	owner   []uint32 // by row: its key
	first   []int    // by key: its first row; one more than keys
	rows    keyed.Rows
	cols    []vector.Vector
	build   []*vector.Builder

	// What a batch brings.
	byKey   byKey
	encoded keyed.Rows
	of      []uint32 // by piece: its key
	subs    keyed.Rows
	fresh   keyed.Rows
	have    keyed.Rows
}

const (
	pieceHead  = 12
	pieceBytes = 8 << 10 // a piece that has so many is full
)

func (s *pieces) open(store keyed.Store, name string) (err error) {
	if s.state, err = store.Map(name); err != nil {
		return err
	}
	s.codec = rowcodec.NewRowCodec(s.types)
	for _, t := range s.types {
		s.build = append(s.build, vector.NewBuilder(t))
	}
	for _, b := range s.build {
		s.cols = append(s.cols, b.Finish()) // of no rows, but of their layout
	}
	return nil
}

// add stores the rows of sel below their keys: row r has key index[r].
func (s *pieces) add(keys *keyed.Keys, index []uint32, b *stream.Batch, sel []uint32) error {
	s.byKey.sort(keys.N(), index, sel)
	s.encoded.Reset()
	s.codec.Encode(b.Cols, b.Rows, s.byKey.sorted, &s.encoded)
	s.of = s.of[:0]
	s.subs.Reset()
	s.fresh.Reset()
	from := 0
	for k, end := range s.byKey.ends {
		for nth := uint64(0); from < int(end); nth++ {
			from = s.cut(uint32(k), nth, from, int(end))
		}
	}
	s.have.Reset()
	if err := s.state.Get(keys, s.of, &s.subs, &s.have); err != nil {
		return err
	}
	for i, has := range s.have.Has {
		times := uint64(1)
		if has {
			have := s.have.At(i)
			if !bytes.Equal(have[8:], s.fresh.At(i)[8:]) {
				return fmt.Errorf("window join: rows of one window have the 128-bit hash %x of others", s.subs.At(i))
			}
			times += binary.LittleEndian.Uint64(have)
		}
		binary.LittleEndian.PutUint64(s.fresh.At(i), times)
	}
	return s.state.Put(keys, s.of, &s.subs, &s.fresh)
}

// cut makes a piece of the encoded rows from on, the nth of a key, and says where
// it ends. Equal pieces of one batch differ in their number.
func (s *pieces) cut(key uint32, nth uint64, from, end int) int {
	off := s.encoded.Off
	until := from + 1
	for until < end && off[until]-off[from] < pieceBytes {
		until++
	}
	at := len(s.fresh.Bytes)
	buf := append(s.fresh.Bytes, make([]byte, 8)...)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(until-from))
	for i := from; i < until; i++ {
		buf = binary.LittleEndian.AppendUint32(buf, off[i+1]-off[i])
	}
	s.fresh.Bytes = append(buf, s.encoded.Bytes[off[from]:off[until]]...)
	s.fresh.Close(true)
	sub := xxh3.Hash128Seed(s.fresh.Bytes[at+8:], nth).Bytes()
	s.subs.Append(sub[:])
	s.of = append(s.of, key)
	return until
}

// load reads all rows of the keys.
func (s *pieces) load(keys *keyed.Keys) error {
	s.entries.Reset()
	var c keyed.Cursor
	for more := true; more; {
		var err error
		if more, err = s.state.ScanKeys(keys, nil, false, 0, &c, &s.entries, stream.BatchRows); err != nil {
			return err
		}
	}
	s.owner, s.first = s.owner[:0], s.first[:0]
	s.rows.Reset()
	for e, k := range s.entries.Owner {
		for len(s.first) <= int(k) {
			s.first = append(s.first, len(s.owner))
		}
		if err := s.unpack(k, s.entries.Rows.At(e)); err != nil {
			return err
		}
	}
	for len(s.first) <= keys.N() {
		s.first = append(s.first, len(s.owner))
	}
	return decodeColumns(s.codec, &s.rows, s.build, s.cols)
}

// unpack appends the rows of a piece.
func (s *pieces) unpack(key uint32, piece []byte) error {
	if len(piece) < pieceHead {
		return fmt.Errorf("window join: read a piece of %d bytes: %w", len(piece), rowcodec.ErrCorrupt)
	}
	n := int(binary.LittleEndian.Uint32(piece[8:]))
	if len(piece) < pieceHead+4*n {
		return fmt.Errorf("window join: read a piece of %d rows in %d bytes: %w", n, len(piece), rowcodec.ErrCorrupt)
	}
	lengths, data := piece[pieceHead:pieceHead+4*n], piece[pieceHead+4*n:]
	for range binary.LittleEndian.Uint64(piece) {
		at := uint32(len(s.rows.Bytes))
		s.rows.Bytes = append(s.rows.Bytes, data...)
		if len(s.rows.Off) == 0 {
			s.rows.Off = append(s.rows.Off, 0)
		}
		for i := range n {
			at += binary.LittleEndian.Uint32(lengths[4*i:])
			s.rows.Off = append(s.rows.Off, at)
			s.rows.Has = append(s.rows.Has, true)
			s.owner = append(s.owner, key)
		}
		if at != uint32(len(s.rows.Bytes)) {
			return fmt.Errorf("window join: read a piece of %d rows: %w", n, rowcodec.ErrCorrupt)
		}
	}
	return nil
}
