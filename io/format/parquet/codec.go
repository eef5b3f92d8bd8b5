package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// decompressor decodes the pages of one scanner; one goroutine uses it.
type decompressor struct {
	zstd *zstd.Decoder
	gzip *gzip.Reader
	brot *brotli.Reader
	src  bytes.Reader
}

func (d *decompressor) close() {
	if d.zstd != nil {
		d.zstd.Close()
		d.zstd = nil
	}
}

// codecLZO is in the format and has no implementation that may be linked.
const codecLZO = format.CompressionCodec(3)

var errPageSize = errors.New("page does not have the size its header says")

// decode fills dst, which has the size that the page's header says.
func (d *decompressor) decode(codec format.CompressionCodec, dst, src []byte) error {
	if len(dst) == 0 {
		return nil // some writers leave the frame out
	}
	n, err := 0, error(nil)
	switch codec {
	case format.Uncompressed:
		n = copy(dst, src)
		if len(src) != len(dst) {
			return errPageSize
		}
	case format.Snappy:
		n, err = d.decodeSnappy(dst, src)
	case format.Zstd:
		n, err = d.decodeZstd(dst, src)
	case format.Gzip:
		n, err = d.decodeGzip(dst, src)
	case format.Brotli:
		n, err = d.decodeBrotli(dst, src)
	case format.Lz4Raw:
		n, err = lz4.UncompressBlock(src, dst)
	case format.Lz4:
		n, err = decodeLZ4(dst, src)
	case codecLZO:
		return errors.New("codec LZO is not supported")
	default:
		return fmt.Errorf("codec %s is not supported", codec)
	}
	if err != nil {
		return fmt.Errorf("decompress %s: %w", codec, err)
	}
	if n != len(dst) {
		return errPageSize
	}
	return nil
}

func (d *decompressor) decodeSnappy(dst, src []byte) (int, error) {
	if n, err := snappy.DecodedLen(src); err != nil || n != len(dst) {
		return n, err
	}
	out, err := snappy.Decode(dst, src)
	return len(out), err
}

func (d *decompressor) decodeZstd(dst, src []byte) (int, error) {
	if d.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return 0, err
		}
		d.zstd = z
	}
	out, err := d.zstd.DecodeAll(src, dst[:0:len(dst)])
	if err == nil && len(out) == len(dst) && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return len(out), err
}

func (d *decompressor) decodeBrotli(dst, src []byte) (int, error) {
	d.src.Reset(src)
	if d.brot == nil {
		d.brot = brotli.NewReader(&d.src)
	} else if err := d.brot.Reset(&d.src); err != nil {
		return 0, err
	}
	return io.ReadFull(d.brot, dst)
}

func (d *decompressor) decodeGzip(dst, src []byte) (int, error) {
	d.src.Reset(src)
	if d.gzip == nil {
		z, err := gzip.NewReader(&d.src)
		if err != nil {
			return 0, err
		}
		d.gzip = z
	} else if err := d.gzip.Reset(&d.src); err != nil {
		return 0, err
	}
	return io.ReadFull(d.gzip, dst)
}
