package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
)

// Bloom is the Bloom filter of a column in a row group.
type Bloom struct {
	column *Column
	filter bloom.SplitBlockFilter
}

// maxBloomBytes is the largest filter that is read.
const maxBloomBytes = 32 << 20

// Bloom reads the Bloom filter of a column in a row group; nil: it has none.
func (f *File) Bloom(g, column int) (*Bloom, error) {
	c := &f.Columns[column]
	if c.Err != nil || c.shape != nil || !c.hashes() {
		return nil, nil
	}
	at := f.meta.RowGroups[g].Columns[c.leaf].MetaData.BloomFilterOffset
	if at <= 0 {
		return nil, nil
	}
	b, err := f.readBloom(at)
	if err != nil {
		return nil, corrupt(err, "%s: row group %d, column %s, Bloom filter", f.Name, g, c.Name)
	}
	if b == nil {
		return nil, nil
	}
	return &Bloom{c, b}, nil
}

// readBloom reads a filter; nil: it is of a kind that is not known, or too large to pay.
func (f *File) readBloom(at int64) (filter bloom.SplitBlockFilter, err error) {
	head := make([]byte, min(64, max(0, f.Size-at)))
	if _, err := f.in.ReadAt(head, at); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("header: %v", r)
		}
	}()
	var protocol thrift.CompactProtocol
	var h format.BloomFilterHeader
	src := bytes.NewReader(head)
	if err := thrift.NewDecoder(protocol.NewReader(src)).Decode(&h); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	_, block := h.Algorithm.Value.(*format.SplitBlockAlgorithm)
	_, hash := h.Hash.Value.(*format.XxHash)
	_, plain := h.Compression.Value.(*format.BloomFilterUncompressed)
	size, from := int64(h.NumBytes), at+int64(len(head)-src.Len())
	switch {
	case !block || !hash || !plain || size > maxBloomBytes:
		return nil, nil
	case size <= 0 || size%bloom.BlockSize != 0 || from+size > f.Size:
		return nil, fmt.Errorf("it has %d bytes from byte %d", size, from)
	}
	filter = make(bloom.SplitBlockFilter, size/bloom.BlockSize)
	_, err = f.in.ReadAt(filter.Bytes(), from)
	return filter, err
}

// hashes reports columns of which a value has one stored form only.
func (c *Column) hashes() bool {
	switch {
	case c.half || c.Type.Kind == types.Boolean || c.Type.IsApproximate() || c.physical == format.Int96:
		return false
	case c.Type.Kind == types.Time:
		return c.unit == 1_000
	case c.Type.Kind == types.Decimal:
		return c.physical != format.ByteArray
	}
	return true
}

// MayHold reports whether a value, in the column's inferred type, can be there.
func (b *Bloom) MayHold(v types.Value) bool {
	c := b.column
	if v.Null {
		return true // filters hold no NULL
	}
	if c.Type.IsString() || c.Type.IsBinary() {
		return b.filter.Check(xxhash.Sum64(v.B))
	}
	var x types.Int128
	if c.Type.Phys() == types.PhysInt128 {
		x = v.Int128()
	} else {
		x = types.MakeInt128(v.I)
	}
	switch c.physical {
	case format.Int32:
		if !x.FitsInt64() || c.unsigned && uint64(x.Int64()) > math.MaxUint32 || !c.unsigned && int64(int32(x.Int64())) != x.Int64() {
			return false
		}
		return b.filter.Check(xxhash.Sum64(binary.LittleEndian.AppendUint32(nil, uint32(x.Lo))))
	case format.Int64:
		return b.filter.Check(xxhash.Sum64(binary.LittleEndian.AppendUint64(nil, x.Lo)))
	case format.FixedLenByteArray:
		if c.length > 16 {
			return true
		}
		return b.filter.Check(xxhash.Sum64(appendBig(nil, x, c.length)))
	}
	return true
}
