package parquet

import "encoding/binary"

// leastRun is how often a value must repeat to be written as a run of its own.
const leastRun = 24

// appendRuns appends values of width bits as runs: repeated ones, and bit-packed
// ones of eight and eight between them.
func appendRuns(dst []byte, xs []uint32, width uint) []byte {
	packed, i := 0, 0
	for i < len(xs) {
		end := i + 1
		for end < len(xs) && xs[end] == xs[i] {
			end++
		}
		if end-i >= leastRun || end-i == len(xs) {
			i += (8 - (i-packed)%8) % 8 // the run before is filled up to a byte
			dst = appendPacked(dst, xs[packed:i], width)
			dst = binary.AppendUvarint(dst, uint64(end-i)<<1)
			for b := range (width + 7) / 8 {
				dst = append(dst, byte(xs[i]>>(8*b)))
			}
			packed = end
		}
		i = end
	}
	return appendPacked(dst, xs[packed:], width)
}

func appendPacked(dst []byte, xs []uint32, width uint) []byte {
	if len(xs) == 0 {
		return dst
	}
	groups := (len(xs) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	var word uint64
	have := uint(0)
	for _, x := range xs {
		word |= uint64(x) << have
		for have += width; have >= 8; have -= 8 {
			dst = append(dst, byte(word))
			word >>= 8
		}
	}
	for missing := uint(groups*8-len(xs))*width + have; missing > 0; missing -= min(8, missing) {
		dst = append(dst, byte(word))
		word = 0
	}
	return dst
}
