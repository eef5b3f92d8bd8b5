package table

import (
	"bytes"
	"encoding/binary"
)

// A leaf is entries back to back, ordered by sub-key:
//
//	length of the sub-key, length of the row and GONE bit, epoch   uint32 each
//	sub-key, row
const (
	entryHeader = 12
	entryGone   = 1 << 31
	leafMax     = 2 << 10 // a larger leaf of more than one entry is split
)

// Entry is one entry of a leaf, read in place.
type Entry struct {
	Sub, Row []byte
	Epoch    uint32
	Gone     bool
}

// entryAt reads the entry at a place and says where the next one begins.
func entryAt(leaf []byte, at int) (e Entry, next int) {
	h := leaf[at : at+entryHeader]
	sub := int(binary.LittleEndian.Uint32(h))
	row := binary.LittleEndian.Uint32(h[4:])
	e.Gone = row&entryGone != 0
	e.Epoch = binary.LittleEndian.Uint32(h[8:])
	from := at + entryHeader
	mid := from + sub
	next = mid + int(row&^entryGone)
	e.Sub, e.Row = leaf[from:mid:mid], leaf[mid:next:next]
	return e, next
}

func subAt(leaf []byte, at int) []byte {
	n := int(binary.LittleEndian.Uint32(leaf[at:]))
	return leaf[at+entryHeader : at+entryHeader+n]
}

func appendEntry(dst []byte, e *Entry) []byte {
	row := uint32(len(e.Row))
	if e.Gone {
		row |= entryGone
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(e.Sub)))
	dst = binary.LittleEndian.AppendUint32(dst, row)
	dst = binary.LittleEndian.AppendUint32(dst, e.Epoch)
	dst = append(dst, e.Sub...)
	return append(dst, e.Row...)
}

// seek finds the first entry at or after sub: its place, and whether it is sub.
func seek(leaf, sub []byte) (at int, found bool) {
	for at < len(leaf) {
		n := int(binary.LittleEndian.Uint32(leaf[at:]))
		row := int(binary.LittleEndian.Uint32(leaf[at+4:]) &^ entryGone)
		from := at + entryHeader
		switch bytes.Compare(leaf[from:from+n], sub) {
		case 0:
			return at, true
		case 1:
			return at, false
		}
		at = from + n + row
	}
	return at, false
}

// EachEntry calls f for every entry of a set's record or leaf.
func EachEntry(leaf []byte, f func(e *Entry) error) error {
	for at := 0; at < len(leaf); {
		e, next := entryAt(leaf, at)
		if err := f(&e); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// halve finds the boundary nearest to the middle that leaves entries on both sides.
func halve(leaf []byte) int {
	at := 0
	for {
		_, next := entryAt(leaf, at)
		if next >= len(leaf) {
			return at // the last entry alone
		}
		if next >= len(leaf)/2 {
			return next
		}
		at = next
	}
}

func countEntries(leaf []byte) (n int) {
	for at := 0; at < len(leaf); n++ {
		_, at = entryAt(leaf, at)
	}
	return n
}
