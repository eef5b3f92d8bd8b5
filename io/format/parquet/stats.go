package parquet

import (
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/types"
)

// GroupStats is what the footer says of a column in a row group, in the column's
// inferred type.
func (f *File) GroupStats(g, column int) catalog.ColumnStats {
	c := &f.Columns[column]
	out := catalog.ColumnStats{Nulls: -1}
	if c.Err != nil || c.shape != nil {
		return out
	}
	m := &f.meta.RowGroups[g].Columns[c.leaf].MetaData
	st := &m.Statistics
	if !c.optional {
		out.Nulls = 0
	} else if st.NullCount > 0 || st.MinValue != nil {
		out.Nulls = st.NullCount
	}
	lo, hi := st.MinValue, st.MaxValue
	if lo == nil && hi == nil && c.signedOrder() {
		lo, hi = st.Min, st.Max // written before the order was defined
	}
	out.Min, out.Max = c.statValue(lo), c.statValue(hi)
	if out.Min == nil || out.Max == nil {
		out.Min, out.Max = nil, nil
	}
	return out
}

// signedOrder reports types for which the deprecated min and max can be trusted.
func (c *Column) signedOrder() bool {
	return !c.unsigned && (c.physical == format.Int32 || c.physical == format.Int64 || c.physical == format.Float || c.physical == format.Double)
}

// statValue reads a PLAIN statistic; nil where it says nothing.
func (c *Column) statValue(b []byte) *types.Value {
	if b == nil || c.physical == format.Int96 || c.half || c.Type.Kind == types.Boolean {
		return nil
	}
	if c.Type.IsString() || c.Type.IsBinary() {
		v := types.BytesValue(append([]byte{}, b...))
		return &v
	}
	if w := c.physicalWidth(); w != 0 && len(b) != w {
		return nil
	}
	if c.Type.IsApproximate() {
		return floatStat(b)
	}
	conv, err := c.conversion(c.Type.WithNull(true))
	if err != nil {
		return nil
	}
	return c.convertStat(conv, b)
}

func (c *Column) convertStat(conv conversion, b []byte) *types.Value {
	mem := alignedBytes(16)
	var err error
	if conv.width == 0 {
		err = conv.big(mem, 0, b)
	} else {
		src := alignedBytes(conv.width)
		copy(src, b)
		err = conv.fixed(mem, src, 1)
	}
	if err != nil {
		return nil
	}
	var v types.Value
	switch c.Type.Phys() {
	case types.PhysInt8:
		v = types.IntValue(int64(int8(mem[0])))
	case types.PhysInt16:
		v = types.IntValue(int64(as[int16](mem, 1)[0]))
	case types.PhysInt32:
		v = types.IntValue(int64(as[int32](mem, 1)[0]))
	case types.PhysInt64:
		v = types.IntValue(as[int64](mem, 1)[0])
	case types.PhysInt128:
		v = types.Int128Value(as[types.Int128](mem, 1)[0])
	default:
		return nil
	}
	return &v
}

// floatStat leaves NaN out and widens zeros to both signs, which the format asks of readers.
func floatStat(b []byte) *types.Value {
	var f float64
	if len(b) == 4 {
		f = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	} else {
		f = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	if math.IsNaN(f) {
		return nil
	}
	v := types.FloatValue(f)
	return &v
}

// DictionarySize is the entries of a column's dictionary in a row group; 0 where
// there is none or it does not cover the chunk.
func (f *File) DictionarySize(g, column int) int {
	if f.Columns[column].shape != nil {
		return 0
	}
	m := &f.meta.RowGroups[g].Columns[f.Columns[column].leaf].MetaData
	for _, s := range m.EncodingStats {
		isData := s.PageType == format.DataPage || s.PageType == format.DataPageV2
		if isData && s.Encoding != format.RLEDictionary && s.Encoding != plainDictionary {
			return 0
		}
	}
	from, to := chunkRange(m)
	head := make([]byte, min(512, to-from))
	if _, err := f.in.ReadAt(head, from); err != nil {
		return 0
	}
	h, _, err := parsePageHeader(head)
	if err != nil || format.PageType(h.kind) != format.DictionaryPage {
		return 0
	}
	return int(h.values)
}

// Reopened is f over a newly opened input of the same file, so that a footer is
// parsed once.
func (f *File) Reopened(in Input) *File {
	c := *f
	c.in = in
	return &c
}
