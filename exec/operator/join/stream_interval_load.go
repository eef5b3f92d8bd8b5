package join

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
)

// load loads the rows in the buckets that the groups' spans touch; no spans: none.
func (s *bucketed) load(spans []span, keys *keyed.Keys) error {
	s.owner = s.owner[:0]
	s.looks.reset()
	gone := s.gone()
	for g, reach := range spans {
		k, _ := slices.BinarySearch(s.buckets, max(reach.from, gone)-s.width+1)
		for ; k < len(s.buckets) && s.buckets[k] <= reach.to; k++ {
			s.looks.add(s.buckets[k], keys.Hash[g], keys.At(g), uint32(g))
		}
	}
	if s.looks.keys.N() == 0 {
		return nil
	}
	s.found.Reset()
	if err := s.heads.Get(s.looks.times, &s.looks.keys, &s.found); err != nil {
		return err
	}
	if err := s.loadChunks(s.looks.times, &s.looks.keys, &s.found); err != nil {
		return err
	}
	s.marks.reset()
	if err := s.unpack(len(spans)); err != nil || len(s.owner) == 0 {
		return err
	}
	return s.decode()
}

// loadChunks loads the chunks of heads, in their order.
func (s *bucketed) loadChunks(times []int64, keys *keyed.Keys, heads *keyed.Rows) error {
	s.sealed.reset()
	for i := range heads.N() {
		if !heads.Has[i] {
			continue
		}
		for n := range binary.LittleEndian.Uint32(heads.At(i)) {
			s.sealed.place(times[i], keys, i, n)
		}
	}
	s.parts.Reset()
	if s.sealed.keys.N() == 0 {
		return nil
	}
	if err := s.chunks.Get(s.sealed.times, &s.sealed.keys, &s.parts); err != nil {
		return err
	}
	for i, has := range s.parts.Has {
		if !has {
			return fmt.Errorf("join: a chunk of the rows at %d is not in state", s.sealed.times[i])
		}
	}
	return nil
}

// unpack lists the rows of what was found, by group.
func (s *bucketed) unpack(groups int) error {
	s.rows.Reset()
	s.first = s.first[:0]
	part := 0
	for i, g := range s.looks.owner {
		for len(s.first) <= int(g) {
			s.first = append(s.first, len(s.owner))
		}
		if !s.found.Has[i] {
			continue
		}
		head := s.found.At(i)
		for range binary.LittleEndian.Uint32(head) {
			s.take(s.parts.At(part), g, ^part, 0)
			part++
		}
		s.take(head, g, i, headBytes)
	}
	for len(s.first) <= groups {
		s.first = append(s.first, len(s.owner))
	}
	return nil
}

// take adds the rows that lie back to back in a head or chunk, from a place on.
func (s *bucketed) take(packed []byte, group uint32, in, from int) {
	for from < len(packed) {
		n := int(binary.LittleEndian.Uint32(packed[from:]) &^ rowMet)
		s.rows.Append(packed[from : from+n])
		s.owner = append(s.owner, group)
		if s.lone {
			s.marks.add(in, from)
		}
		from += n
	}
}

// decode makes columns of the rows.
func (s *bucketed) decode() error {
	if err := decodeColumns(s.codec, &s.rows, s.build, s.cols); err != nil {
		return err
	}
	flat := s.cols[s.time].Flatten()
	s.at = vector.Values[int64](&flat)
	return nil
}

func (l *lookUps) reset() {
	l.times, l.owner = l.times[:0], l.owner[:0]
	l.keys.Reset()
}

func (l *lookUps) add(time int64, hash uint64, key []byte, owner uint32) {
	l.times, l.owner = append(l.times, time), append(l.owner, owner)
	l.keys.Append(hash, key)
}

func (c *sealed) reset() {
	c.times = c.times[:0]
	c.keys.Reset()
	c.rows.Reset()
}

// place adds the place of chunk n of a key. It lies in the key's group: the top
// bits of the hash say so. The others must differ from chunk to chunk.
func (c *sealed) place(time int64, keys *keyed.Keys, k int, n uint32) {
	hash := keys.Hash[k]
	hi, lo := bits.Mul64(hash^0xa0761d6478bd642f, uint64(n)*2+0x9e3779b97f4a7c15)
	c.name = append(c.name[:0], keys.At(k)...)
	c.name = binary.BigEndian.AppendUint32(c.name, n)
	c.times = append(c.times, time)
	c.keys.Append(hash&(0xffff<<48)|(hi^lo)>>16, c.name)
}
