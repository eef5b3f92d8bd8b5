package order

import (
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
)

// entry is a row to sort.
type entry struct {
	prefix uint64
	row    uint32
}

const entryBytes = int(unsafe.Sizeof(entry{}))

// entries is a list of them in a room.
type entries struct {
	room *memory.Room
	all  []entry
}

// expect makes room for n entries.
func (l *entries) expect(n int) {
	if n <= cap(l.all) {
		return
	}
	old := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(l.all))), cap(l.all)*entryBytes)[:len(l.all)*entryBytes]
	bigger := l.room.Grow(old, n*entryBytes)
	l.all = unsafe.Slice((*entry)(unsafe.Pointer(unsafe.SliceData(bigger))), cap(bigger)/entryBytes)[:len(l.all)]
}

// append appends rows that follow each other from first.
func (l *entries) append(prefixes []uint64, first int) {
	l.expect(len(l.all) + len(prefixes))
	for i, p := range prefixes {
		l.all = append(l.all, entry{p, uint32(first + i)})
	}
}

// sortPrefixes orders entries by prefix, keeping the order of equal ones. It
// counts all bytes in one pass and then moves the entries once for each byte
// that differs anywhere, lowest first. Between the passes it asks cancelled.
func sortPrefixes(list, spare *entries, cancelled func() error) error {
	if len(list.all) < 256 {
		sortFew(list.all)
		return nil
	}
	var counts [8][256]uint32
	for i := range list.all {
		p := list.all[i].prefix
		counts[0][byte(p)]++
		counts[1][byte(p>>8)]++
		counts[2][byte(p>>16)]++
		counts[3][byte(p>>24)]++
		counts[4][byte(p>>32)]++
		counts[5][byte(p>>40)]++
		counts[6][byte(p>>48)]++
		counts[7][byte(p>>56)]++
	}
	spare.expect(len(list.all))
	spare.all = spare.all[:len(list.all)]
	for b := range counts {
		shift := uint(8 * b)
		at := &counts[b]
		if at[byte(list.all[0].prefix>>shift)] == uint32(len(list.all)) {
			continue
		}
		if err := cancelled(); err != nil {
			return err
		}
		sum := uint32(0)
		for i := range at {
			at[i], sum = sum, sum+at[i]
		}
		from, to := list.all, spare.all
		for _, e := range from {
			k := byte(e.prefix >> shift)
			to[at[k]] = e
			at[k]++
		}
		*list, *spare = *spare, *list
	}
	return nil
}

func sortFew(list []entry) {
	slices.SortStableFunc(list, func(a, b entry) int {
		switch {
		case a.prefix < b.prefix:
			return -1
		case a.prefix > b.prefix:
			return 1
		}
		return 0
	})
}

// eachTie calls f with the runs of equal prefixes.
func eachTie(list []entry, cancelled func() error, f func(tied []entry) error) error {
	asked := 0
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].prefix == list[from].prefix {
			to++
		}
		if to-from > 1 {
			if err := f(list[from:to]); err != nil {
				return err
			}
		}
		if to-asked >= stream.BatchRows {
			if err := cancelled(); err != nil {
				return err
			}
			asked = to
		}
		from = to
	}
	return nil
}
