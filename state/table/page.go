package table

import (
	"math/bits"
	"unsafe"
)

// Record is one record of a frozen page. Its slices are valid during the visit only.
type Record struct {
	Hash  uint64
	Key   []byte
	Row   []byte
	Time  int64 // tables of Times
	Epoch uint32
	Flags uint32
}

// Holds reports whether the row is a row, or entries of a set: not a directory.
func (r *Record) Holds() bool { return r.Flags&flagDirectory == 0 }

// Each calls f for every record of the page. timed: its state is kept in Times.
func (p *Page) Each(timed bool, f func(r *Record) error) error {
	keyAt := headerBytes
	if timed {
		keyAt += 8
	}
	var r Record
	for word, used := range p.used {
		for ; used != 0; used &= used - 1 {
			slot := word<<6 + bits.TrailingZeros64(used)
			at := unsafe.Add(p.base, slot*int(p.size))
			h := (*header)(at)
			r = Record{Hash: h.hash, Epoch: h.epoch, Flags: h.flags}
			if timed {
				r.Time = *(*int64)(unsafe.Add(at, headerBytes))
			}
			r.Key = unsafe.Slice((*byte)(unsafe.Add(at, keyAt)), h.klen)
			r.Row = unsafe.Slice((*byte)(unsafe.Add(at, keyAt+padded(int(h.klen)))), h.rlen)
			if err := f(&r); err != nil {
				return err
			}
		}
	}
	return nil
}
