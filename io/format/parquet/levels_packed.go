package parquet

import "encoding/binary"

// packedLevels turns n levels in BIT_PACKED, which old writers chose and which
// stand without a length from the highest bit of each byte on, into one bit-packed
// run of the encoding that followed it.
func packedLevels(data []byte, width uint, n int) (run, rest []byte, err error) {
	size := (n*int(width) + 7) / 8
	if size > len(data) {
		return nil, nil, errShortPage
	}
	groups := (n + 7) / 8
	run = binary.AppendUvarint(make([]byte, 0, 10+groups*int(width)+padding), uint64(groups)<<1|1)
	at := len(run)
	run = append(run, make([]byte, groups*int(width))...)
	for i := range n {
		for b := range int(width) {
			from := i*int(width) + b
			if data[from>>3]>>(7-from&7)&1 != 0 {
				to := i*int(width) + int(width) - 1 - b
				run[at+to>>3] |= 1 << (to & 7)
			}
		}
	}
	return run, data[size:], nil
}
