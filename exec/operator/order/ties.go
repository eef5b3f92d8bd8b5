package order

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// tieRows is the most rows whose whole keys are in memory at once.
const tieRows = 1 << 12

// ties orders entries of one prefix by their whole keys. Few are compared;
// many get new prefixes, the eight bytes of their keys behind those that all have
// in common, and are parted by them until each part is few.
type ties struct {
	encoder   rowcodec.KeyEncoder
	cols      []vector.Vector
	rows      int
	cancelled func() error

	sel   []uint32
	place []uint32
	keys  rowcodec.Rows
	first []byte
}

func newTies(encoder rowcodec.KeyEncoder, keys []physical.SortKey, sorted *stream.Batch, cancelled func() error) *ties {
	t := &ties{encoder: encoder, rows: sorted.Rows, cancelled: cancelled}
	for _, k := range keys {
		t.cols = append(t.cols, sorted.Cols[k.Col])
	}
	return t
}

// order orders entries of one prefix, keeping the order of equal keys.
func (t *ties) order(list []entry) error {
	if len(list) > tieRows {
		return t.part(list)
	}
	t.encode(list)
	t.place = t.place[:0]
	for i := range list {
		t.place = append(t.place, uint32(i))
	}
	slices.SortFunc(t.place, func(a, b uint32) int {
		if c := bytes.Compare(t.keys.At(int(a)), t.keys.At(int(b))); c != 0 {
			return c
		}
		return int(a) - int(b)
	})
	for i, o := range t.place {
		list[i].row = t.sel[o]
	}
	return nil
}

// part parts many entries of one prefix, which they have again afterwards.
func (t *ties) part(list []entry) error {
	common, err := t.common(list)
	if err != nil || common < 0 {
		return err
	}
	prefix := list[0].prefix
	err = t.eachChunk(list, func(chunk []entry) {
		for i := range chunk {
			var word [8]byte
			copy(word[:], t.keys.At(i)[common:])
			chunk[i].prefix = binary.BigEndian.Uint64(word[:])
		}
	})
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b entry) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		return cmp.Compare(a.row, b.row)
	})
	if err := eachTie(list, t.cancelled, t.order); err != nil {
		return err
	}
	for i := range list {
		list[i].prefix = prefix
	}
	return nil
}

// common is how many bytes all keys begin with; -1: they are equal.
func (t *ties) common(list []entry) (int, error) {
	t.encode(list[:1])
	t.first = append(t.first[:0], t.keys.At(0)...)
	n := len(t.first)
	err := t.eachChunk(list, func(chunk []entry) {
		for i := range chunk {
			key := t.keys.At(i)
			if len(key) >= n && bytes.Equal(key[:n], t.first[:n]) {
				continue
			}
			for n = min(n, len(key)); !bytes.Equal(key[:n], t.first[:n]); n-- {
			}
		}
	})
	if n == len(t.first) {
		return -1, err
	}
	return n, err
}

// eachChunk calls f with some entries at a time, whose keys are encoded.
func (t *ties) eachChunk(list []entry, f func(chunk []entry)) error {
	for from := 0; from < len(list); from += tieRows {
		if err := t.cancelled(); err != nil {
			return err
		}
		chunk := list[from:min(len(list), from+tieRows)]
		t.encode(chunk)
		f(chunk)
	}
	return nil
}

func (t *ties) encode(list []entry) {
	t.sel = t.sel[:0]
	for _, e := range list {
		t.sel = append(t.sel, e.row)
	}
	t.keys.Reset()
	t.encoder.EncodeSubs(t.cols, t.rows, t.sel, &t.keys)
}
