package kernel

import (
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"
)

// ReadBitmap reads a BITMAP's bytes, which are in Roaring's portable format, into b.
func ReadBitmap(b *roaring.Bitmap, s []byte) error {
	b.Clear()
	if _, err := b.FromUnsafeBytes(s); err != nil {
		return err
	}
	return b.Validate()
}

// appendBitmap appends a BITMAP as text: {1,2,3}, numbers without a sign.
func appendBitmap(dst, s []byte) []byte {
	b := roaring.New()
	if err := ReadBitmap(b, s); err != nil {
		return dst // no BITMAP is made of bytes that do not read
	}
	dst = append(dst, '{')
	for it, first := b.Iterator(), true; it.HasNext(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(it.Next()), 10)
	}
	return append(dst, '}')
}
