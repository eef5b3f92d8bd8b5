package parquet

import (
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// dictionary numbers the distinct values of a chunk in order of appearance.
type dictionary struct {
	rows  []uint32 // where each entry's value stands
	codes []uint32 // by value
	slots []uint32 // open addressing: entry + 1
	bytes int      // of the entries
	most  int      // bytes
}

const dictionaryEntries = 1 << 16

// newDictionary gives up, with nil, where values hardly repeat or are too large.
func newDictionary(l *leaf, mostBytes int) *dictionary {
	v := &l.values
	if v.Phys == types.PhysBool || v.Len == 0 {
		return nil
	}
	d := &dictionary{codes: make([]uint32, v.Len), slots: make([]uint32, 2*dictionaryEntries), most: mostBytes}
	var pays bool
	switch v.Phys {
	case types.PhysBytes:
		pays = d.addStrings(l.strings, v.Bufs)
	case types.PhysInt8:
		pays = addValues(d, vector.Values[uint8](v)[:v.Len], l.width)
	case types.PhysInt16:
		pays = addValues(d, vector.Values[uint16](v)[:v.Len], l.width)
	case types.PhysInt32, types.PhysFloat32:
		pays = addValues(d, vector.Values[uint32](v)[:v.Len], l.width)
	case types.PhysInt128:
		pays = d.addLong(vector.Values[types.Int128](v)[:v.Len], l.width)
	default:
		pays = addValues(d, vector.Values[uint64](v)[:v.Len], l.width)
	}
	if !pays || len(d.rows) > v.Len*2/3 {
		return nil
	}
	return d
}

// width is the bits of a code.
func (d *dictionary) width() int { return bits.Len(uint(len(d.rows) - 1)) }

// enter makes value r an entry, and reports false where the dictionary does not
// pay: a sample decides early, and a large one costs more than it saves.
func (d *dictionary) enter(slot uint64, r, size int) bool {
	d.rows = append(d.rows, uint32(r))
	d.slots[slot] = uint32(len(d.rows))
	d.codes[r] = uint32(len(d.rows) - 1)
	d.bytes += size
	return len(d.rows) < dictionaryEntries && d.bytes <= d.most && (r < 4096 || len(d.rows) <= r*2/3)
}

func addValues[T uint8 | uint16 | uint32 | uint64](d *dictionary, xs []T, size int) bool {
	mask := uint64(len(d.slots) - 1)
	for r, x := range xs {
		hi, lo := bits.Mul64(uint64(x)^0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
		for i := (hi ^ lo) & mask; ; i = (i + 1) & mask {
			e := d.slots[i]
			if e == 0 {
				if !d.enter(i, r, size) {
					return false
				}
				break
			}
			if xs[d.rows[e-1]] == x {
				d.codes[r] = e - 1
				break
			}
		}
	}
	return true
}

func (d *dictionary) addLong(xs []types.Int128, size int) bool {
	mask := uint64(len(d.slots) - 1)
	for r, x := range xs {
		hi, lo := bits.Mul64(x.Lo^0x9E3779B97F4A7C15, uint64(x.Hi)^0xD6E8FEB86659FD93)
		for i := (hi ^ lo) & mask; ; i = (i + 1) & mask {
			e := d.slots[i]
			if e == 0 {
				if !d.enter(i, r, size) {
					return false
				}
				break
			}
			if xs[d.rows[e-1]] == x {
				d.codes[r] = e - 1
				break
			}
		}
	}
	return true
}

func (d *dictionary) addStrings(xs []vector.View, bufs [][]byte) bool {
	mask := uint64(len(d.slots) - 1)
	for r := range xs {
		b := xs[r].Bytes(bufs)
		for i := xxh3.Hash(b) & mask; ; i = (i + 1) & mask {
			e := d.slots[i]
			if e == 0 {
				if !d.enter(i, r, 4+len(b)) {
					return false
				}
				break
			}
			if string(xs[d.rows[e-1]].Bytes(bufs)) == string(b) {
				d.codes[r] = e - 1
				break
			}
		}
	}
	return true
}
