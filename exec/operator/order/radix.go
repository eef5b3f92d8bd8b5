package order

import "slices"

// entry is a row to sort.
type entry struct {
	prefix uint64
	row    uint32
}

// sortPrefixes orders entries by prefix, keeping the order of equal ones. It
// counts all bytes in one pass and then moves the entries once for each byte
// that differs anywhere, lowest first.
func sortPrefixes(list, spare []entry) (sorted, other []entry) {
	if len(list) < 256 {
		slices.SortStableFunc(list, func(a, b entry) int {
			switch {
			case a.prefix < b.prefix:
				return -1
			case a.prefix > b.prefix:
				return 1
			}
			return 0
		})
		return list, spare
	}
	var counts [8][256]uint32
	for i := range list {
		p := list[i].prefix
		counts[0][byte(p)]++
		counts[1][byte(p>>8)]++
		counts[2][byte(p>>16)]++
		counts[3][byte(p>>24)]++
		counts[4][byte(p>>32)]++
		counts[5][byte(p>>40)]++
		counts[6][byte(p>>48)]++
		counts[7][byte(p>>56)]++
	}
	if cap(spare) < len(list) {
		spare = make([]entry, len(list))
	}
	spare = spare[:len(list)]
	for b := range counts {
		shift := uint(8 * b)
		at := &counts[b]
		if at[byte(list[0].prefix>>shift)] == uint32(len(list)) {
			continue
		}
		sum := uint32(0)
		for i := range at {
			at[i], sum = sum, sum+at[i]
		}
		for _, e := range list {
			k := byte(e.prefix >> shift)
			spare[at[k]] = e
			at[k]++
		}
		list, spare = spare, list
	}
	return list, spare
}
