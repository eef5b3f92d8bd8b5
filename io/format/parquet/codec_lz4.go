package parquet

import (
	"encoding/binary"
	"errors"

	"github.com/pierrec/lz4/v4"
)

var errLZ4Frame = errors.New("the frame around an LZ4 block is malformed")

// decodeLZ4 decodes the codec LZ4: blocks as Hadoop frames them, of which each says
// how long it is unpacked and holds chunks that say how long they are packed.
// Writers that did not know of the frame wrote bare blocks under the same name.
func decodeLZ4(dst, src []byte) (int, error) {
	if n, err := decodeHadoopLZ4(dst, src); err == nil && n == len(dst) {
		return n, nil
	}
	return lz4.UncompressBlock(src, dst)
}

func decodeHadoopLZ4(dst, src []byte) (n int, err error) {
	for len(src) > 0 {
		if len(src) < 4 {
			return n, errLZ4Frame
		}
		block := uint64(binary.BigEndian.Uint32(src))
		if src = src[4:]; block > uint64(len(dst)-n) {
			return n, errLZ4Frame
		}
		for end := n + int(block); n < end; {
			if len(src) < 4 {
				return n, errLZ4Frame
			}
			size := uint64(binary.BigEndian.Uint32(src))
			if src = src[4:]; size > uint64(len(src)) {
				return n, errLZ4Frame
			}
			k, err := lz4.UncompressBlock(src[:size], dst[n:end])
			if err != nil || k == 0 {
				return n, errLZ4Frame
			}
			n, src = n+k, src[size:]
		}
	}
	return n, nil
}
