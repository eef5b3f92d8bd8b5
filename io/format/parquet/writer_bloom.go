package parquet

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// bloomOf is the Bloom filter of a chunk of the row group.
type bloomOf struct {
	chunk  int
	filter bloom.SplitBlockFilter
}

// bloom makes the filter of the chunk's values, of its dictionary where it has one.
func (c *chunkWriter) bloom(chunk int) bloomOf {
	n := int64(c.values.Len)
	if c.dict != nil {
		n = int64(len(c.dict.rows))
	}
	if c.options.BloomValues > 0 {
		n = c.options.BloomValues
	}
	b := bloomOf{chunk, make(bloom.SplitBlockFilter, bloomBlocks(n, c.options.BloomError, c.w.options.BloomBytes))}
	if c.dict != nil {
		for _, r := range c.dict.rows {
			b.filter.Insert(c.hash(int(r)))
		}
		return b
	}
	for r := range c.values.Len {
		b.filter.Insert(c.hash(r))
	}
	return b
}

// bloomBlocks is a power of two of blocks, in which so few values are found that are not there.
func bloomBlocks(values int64, share float64, mostBytes int) int {
	if share <= 0 {
		share = 0.01
	}
	size := -8 * float64(max(values, 1)) / math.Log(1-math.Pow(share, 1.0/8))
	blocks := max(1, math.Ceil(size/(8*bloom.BlockSize)))
	most := max(1, mostBytes/bloom.BlockSize)
	if blocks >= float64(most) {
		return 1 << (bits.Len(uint(most)) - 1)
	}
	return min(1<<bits.Len(uint(blocks)-1), 1<<(bits.Len(uint(most))-1))
}

// hash is that of the value in PLAIN, of strings without their length.
func (l *leaf) hash(at int) uint64 {
	if l.strings != nil {
		return xxhash.Sum64(l.strings[at].Bytes(l.values.Bufs))
	}
	var word [16]byte
	return xxhash.Sum64(l.appendPlain(word[:0], at, at+1))
}

// writeBlooms writes the filters of a row group behind its pages.
func (w *Writer) writeBlooms(g *rowGroup) error {
	for _, b := range g.blooms {
		h := format.BloomFilterHeader{NumBytes: int32(len(b.filter) * bloom.BlockSize)}
		h.Algorithm.Value, h.Hash.Value, h.Compression.Value = &format.SplitBlockAlgorithm{}, &format.XxHash{}, &format.BloomFilterUncompressed{}
		head, err := thrift.Marshal(&w.protocol, &h)
		if err != nil {
			return fmt.Errorf("parquet: encode Bloom filter: %w", err)
		}
		m := &g.Columns[b.chunk].MetaData
		m.BloomFilterOffset, m.BloomFilterLength = w.offset, int32(len(head))+h.NumBytes
		if err := w.write(head); err != nil {
			return err
		}
		if err := w.write(b.filter.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
