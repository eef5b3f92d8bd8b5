package parquet

import (
	"encoding/binary"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

var codecs = map[string]format.CompressionCodec{
	"": format.Snappy, "UNCOMPRESSED": format.Uncompressed, "SNAPPY": format.Snappy, "GZIP": format.Gzip, "BROTLI": format.Brotli,
	"LZ4": format.Lz4, "LZ4_RAW": format.Lz4Raw, "ZSTD": format.Zstd,
}

// compressor packs the pages of one writer; what it returns is valid until the next page.
type compressor struct {
	codec format.CompressionCodec
	level int
	zstd  *zstd.Encoder
	gzip  *gzip.Writer
	brot  *brotli.Writer
	lz4   lz4.Compressor
	out   appender
}

type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

func (c *compressor) close() {
	if c.zstd != nil {
		// Its only error would be that of an output, which there is none.
		_ = c.zstd.Close()
	}
}

func (c *compressor) compress(page []byte) ([]byte, error) {
	c.out.b = c.out.b[:0]
	switch c.codec {
	case format.Snappy:
		c.out.b = snappy.Encode(c.out.b[:cap(c.out.b)], page)
	case format.Zstd:
		if err := c.openZstd(); err != nil {
			return nil, err
		}
		c.out.b = c.zstd.EncodeAll(page, c.out.b)
	case format.Lz4Raw:
		return c.out.b, c.block(page)
	case format.Lz4:
		// As Hadoop frames it: one block of one chunk.
		c.out.b = append(binary.BigEndian.AppendUint32(c.out.b, uint32(len(page))), 0, 0, 0, 0)
		err := c.block(page)
		binary.BigEndian.PutUint32(c.out.b[4:], uint32(len(c.out.b)-8))
		return c.out.b, err
	case format.Gzip:
		return c.stream(page, c.gzipWriter)
	case format.Brotli:
		return c.stream(page, c.brotliWriter)
	default:
		return page, nil
	}
	return c.out.b, nil
}

func (c *compressor) openZstd() (err error) {
	if c.zstd == nil {
		options := []zstd.EOption{zstd.WithEncoderConcurrency(1)}
		if c.level > 0 {
			options = append(options, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(c.level)))
		}
		c.zstd, err = zstd.NewWriter(nil, options...)
	}
	return err
}

// block appends the page as a block of LZ4.
func (c *compressor) block(page []byte) error {
	n := len(c.out.b)
	if need := n + lz4.CompressBlockBound(len(page)); cap(c.out.b) < need {
		c.out.b = append(make([]byte, 0, need), c.out.b...)
	}
	k, err := c.lz4.CompressBlock(page, c.out.b[n:cap(c.out.b)])
	c.out.b = c.out.b[:n+k]
	return err
}

func (c *compressor) stream(page []byte, open func() (io.WriteCloser, error)) ([]byte, error) {
	z, err := open()
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(page); err != nil {
		return nil, err
	}
	err = z.Close()
	return c.out.b, err
}

func (c *compressor) gzipWriter() (io.WriteCloser, error) {
	if c.gzip != nil {
		c.gzip.Reset(&c.out)
		return c.gzip, nil
	}
	level := gzip.DefaultCompression
	if c.level > 0 {
		level = c.level
	}
	z, err := gzip.NewWriterLevel(&c.out, level)
	c.gzip = z
	return z, err
}

func (c *compressor) brotliWriter() (io.WriteCloser, error) {
	if c.brot == nil {
		c.brot = brotli.NewWriterLevel(&c.out, c.level)
	} else {
		c.brot.Reset(&c.out)
	}
	return c.brot, nil
}
