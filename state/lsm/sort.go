package lsm

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// sorted are the rows by key.
func (d *desk) sorted() []flushRow {
	rows := d.rows()
	d.sort(rows, 0)
	return rows
}

// fewRows are sorted by comparing whole keys.
const fewRows = 16

// sort orders rows whose keys are equal up to depth: by the eight bytes behind
// all that they have in common, as one number, and those that are equal there by
// what follows. Keys differ little at the front, so comparing them whole costs
// several times as much.
func (d *desk) sort(rows []flushRow, depth int) {
	if len(rows) <= fewRows {
		d.compare(rows)
		return
	}
	depth, ok := d.common(rows, depth)
	if !ok {
		d.compare(rows)
		return
	}
	for i := range rows {
		rows[i].chunk = chunkOf(d.keyOf(&rows[i])[depth:])
	}
	sortChunks(rows, 56)
	for from, to := 0, 1; to <= len(rows); to++ {
		if to < len(rows) && rows[to].chunk == rows[from].chunk {
			continue
		}
		if to-from > 1 {
			d.sort(rows[from:to], depth+8)
		}
		from = to
	}
}

func (d *desk) compare(rows []flushRow) {
	slices.SortFunc(rows, func(x, y flushRow) int { return bytes.Compare(d.keyOf(&x), d.keyOf(&y)) })
}

// common is up to where all keys are equal, given that they are up to depth;
// false where one ends before that.
func (d *desk) common(rows []flushRow, depth int) (int, bool) {
	first := d.keyOf(&rows[0])
	equal := len(first)
	for i := range rows {
		key := d.keyOf(&rows[i])
		if len(key) < depth {
			return 0, false
		}
		key = key[:min(equal, len(key))]
		for equal = depth; equal < len(key) && key[equal] == first[equal]; equal++ {
		}
	}
	return max(equal, depth), len(first) >= depth
}

// chunkOf is the first eight bytes as a number; a shorter key is followed by zeros.
func chunkOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var padded [8]byte
	copy(padded[:], key)
	return binary.BigEndian.Uint64(padded[:])
}

// sortChunks orders rows by their chunks, of which the bits above shift+8 are
// equal: into place by one byte at a time, which costs no mispredicted branch a comparison.
func sortChunks(rows []flushRow, shift int) {
	if len(rows) <= fewRows {
		insertChunks(rows)
		return
	}
	var next, end [256]int
	for i := range rows {
		end[byte(rows[i].chunk>>shift)]++
	}
	at := 0
	for b, n := range end {
		next[b] = at
		at += n
		end[b] = at
	}
	for b := range end {
		for next[b] < end[b] {
			r := rows[next[b]]
			for c := byte(r.chunk >> shift); int(c) != b; c = byte(r.chunk >> shift) {
				to := next[c]
				next[c]++
				r, rows[to] = rows[to], r
			}
			rows[next[b]] = r
			next[b]++
		}
	}
	if shift == 0 {
		return
	}
	from := 0
	for _, to := range end {
		if to-from > 1 {
			sortChunks(rows[from:to], shift-8)
		}
		from = to
	}
}

func insertChunks(rows []flushRow) {
	for i := 1; i < len(rows); i++ {
		r := rows[i]
		k := i
		for ; k > 0 && rows[k-1].chunk > r.chunk; k-- {
			rows[k] = rows[k-1]
		}
		rows[k] = r
	}
}
