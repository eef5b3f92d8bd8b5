package parquet

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// writeChunk writes a column of a row group: a dictionary and its codes where
// values repeat, PLAIN otherwise.
func (w *Writer) writeChunk(s *stored, v *vector.Vector) (format.ColumnChunk, error) {
	m := format.ColumnMetaData{
		Type: s.physical, PathInSchema: []string{s.field.Name}, Codec: w.codec, NumValues: int64(v.Len),
		Encoding: []format.Encoding{format.RLE, format.Plain},
	}
	start := w.offset
	dict := newDictionary(s, v)
	if dict != nil {
		m.Encoding = append(m.Encoding, format.RLEDictionary)
		m.DictionaryPageOffset = w.offset
		page := w.page[:0]
		for _, r := range dict.rows {
			page = s.appendValue(page, v, int(r))
		}
		w.page = page
		h := &format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
			NumValues: int32(len(dict.rows)), Encoding: format.Plain,
		})}
		if err := w.writePage(h, page, &m); err != nil {
			return format.ColumnChunk{}, err
		}
		m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	}
	m.DataPageOffset = w.offset
	encoding, pages := format.Plain, int32(0)
	if dict != nil {
		encoding = format.RLEDictionary
	}
	for from := 0; from < v.Len; pages++ {
		to := s.pageEnd(v, from, dict != nil)
		page := s.appendLevels(w.page[:0], v, from, to)
		if dict != nil {
			page = dict.appendCodes(page, v, from, to)
		} else {
			page = s.appendValues(page, v, from, to)
		}
		w.page = page
		h := &format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(to - from), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		})}
		if err := w.writePage(h, page, &m); err != nil {
			return format.ColumnChunk{}, err
		}
		from = to
	}
	m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DataPage, Encoding: encoding, Count: pages})
	m.Statistics = s.statistics(v)
	return format.ColumnChunk{FileOffset: start, MetaData: m}, nil
}

// pageEnd is where a page that starts at a row ends.
func (s *stored) pageEnd(v *vector.Vector, from int, dict bool) int {
	to := min(v.Len, from+pageRows)
	if s.physical != format.ByteArray || dict {
		return to
	}
	size := 0
	for r, views := from, v.Views(); r < to; r++ {
		if size += int(views[r].Len) + 4; size > pageBytes {
			return r + 1
		}
	}
	return to
}

// appendLevels appends the definition levels of an optional column, behind their length.
func (s *stored) appendLevels(dst []byte, v *vector.Vector, from, to int) []byte {
	if !s.field.Type.Nullable {
		return dst
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	n := to - from
	if v.Valid == nil {
		dst = binary.AppendUvarint(dst, uint64(n)<<1)
		dst = append(dst, 1)
	} else {
		groups := (n + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		for g := range groups {
			var b byte
			for i := range min(8, n-8*g) {
				if v.Valid.Get(from + 8*g + i) {
					b |= 1 << i
				}
			}
			dst = append(dst, b)
		}
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func (s *stored) appendValues(dst []byte, v *vector.Vector, from, to int) []byte {
	if s.physical == format.Boolean {
		return appendBits(dst, v, from, to)
	}
	if w := v.Phys.Width(); v.Valid == nil && s.width == w && s.physical != format.FixedLenByteArray {
		return append(dst, v.Data[from*w:to*w]...)
	}
	for r := from; r < to; r++ {
		if v.Valid.Get(r) {
			dst = s.appendValue(dst, v, r)
		}
	}
	return dst
}

func appendBits(dst []byte, v *vector.Vector, from, to int) []byte {
	n := 0
	for r := from; r < to; r++ {
		if !v.Valid.Get(r) {
			continue
		}
		if n&7 == 0 {
			dst = append(dst, 0)
		}
		if v.Bits().Get(r) {
			dst[len(dst)-1] |= 1 << (n & 7)
		}
		n++
	}
	return dst
}

// appendValue appends one value as PLAIN.
func (s *stored) appendValue(dst []byte, v *vector.Vector, r int) []byte {
	switch v.Phys {
	case types.PhysBytes:
		b := v.Views()[r].Bytes(v.Bufs)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
		return append(dst, b...)
	case types.PhysInt128:
		x := vector.Values[types.Int128](v)[r]
		var big [16]byte
		binary.BigEndian.PutUint64(big[:], uint64(x.Hi))
		binary.BigEndian.PutUint64(big[8:], x.Lo)
		return append(dst, big[16-s.width:]...)
	}
	x := s.word(v, r)
	if s.width == 4 {
		return binary.LittleEndian.AppendUint32(dst, uint32(x))
	}
	return binary.LittleEndian.AppendUint64(dst, x)
}

// word is a fixed value of up to 64 bits, sign-extended.
func (s *stored) word(v *vector.Vector, r int) uint64 {
	switch v.Phys {
	case types.PhysInt8:
		return uint64(vector.Values[int8](v)[r])
	case types.PhysInt16:
		return uint64(vector.Values[int16](v)[r])
	case types.PhysInt32, types.PhysFloat32:
		return uint64(vector.Values[int32](v)[r])
	}
	return vector.Values[uint64](v)[r]
}

// dictionary numbers the distinct values of a chunk in order of appearance.
type dictionary struct {
	rows  []uint32 // where each entry's value stands
	codes []uint32 // by row
	slots []uint32 // open addressing: entry + 1
}

const (
	dictionaryEntries = 1 << 16
	dictionaryBytes   = 1 << 20
)

// newDictionary gives up, with nil, where values hardly repeat.
func newDictionary(s *stored, v *vector.Vector) *dictionary {
	if s.physical == format.Boolean || v.Phys == types.PhysInt128 || v.Len == 0 {
		return nil
	}
	d := &dictionary{codes: make([]uint32, v.Len), slots: make([]uint32, 2*dictionaryEntries)}
	size := 0
	for r := range v.Len {
		if !v.Valid.Get(r) {
			continue
		}
		if d.add(s, v, r) {
			size += 8
			if v.Phys == types.PhysBytes {
				size += int(v.Views()[r].Len)
			}
			// A sample decides early; a large dictionary costs more than it saves.
			if n := len(d.rows); n == dictionaryEntries || size > dictionaryBytes || r >= 4096 && n > r*2/3 {
				return nil
			}
		}
	}
	if len(d.rows) == 0 || len(d.rows) > v.Len*2/3 {
		return nil
	}
	return d
}

// add finds the code of a row's value, and reports whether it is a new one.
func (d *dictionary) add(s *stored, v *vector.Vector, r int) bool {
	var b []byte
	var x, h uint64
	if v.Phys == types.PhysBytes {
		b = v.Views()[r].Bytes(v.Bufs)
		h = xxh3.Hash(b)
	} else {
		x = s.word(v, r)
		hi, lo := bits.Mul64(x^0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
		h = hi ^ lo
	}
	mask := uint64(len(d.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := d.slots[i]
		if e == 0 {
			d.rows = append(d.rows, uint32(r))
			d.slots[i] = uint32(len(d.rows))
			d.codes[r] = uint32(len(d.rows) - 1)
			return true
		}
		at := int(d.rows[e-1])
		if v.Phys == types.PhysBytes && string(v.Views()[at].Bytes(v.Bufs)) == string(b) || v.Phys != types.PhysBytes && s.word(v, at) == x {
			d.codes[r] = e - 1
			return false
		}
	}
}

// appendCodes appends the codes of the rows that have values, bit-packed.
func (d *dictionary) appendCodes(dst []byte, v *vector.Vector, from, to int) []byte {
	width := bits.Len(uint(len(d.rows) - 1))
	dst = append(dst, byte(width))
	codes := make([]uint32, 0, to-from)
	for r := from; r < to; r++ {
		if v.Valid.Get(r) {
			codes = append(codes, d.codes[r])
		}
	}
	if len(codes) == 0 {
		return dst
	}
	if width == 0 {
		return binary.AppendUvarint(dst, uint64(len(codes))<<1)
	}
	groups := (len(codes) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	for len(codes) < groups*8 {
		codes = append(codes, 0)
	}
	var word uint64
	have := 0
	for _, c := range codes {
		word |= uint64(c) << have
		for have += width; have >= 8; have -= 8 {
			dst = append(dst, byte(word))
			word >>= 8
		}
	}
	return dst
}

// statistics are min, max and the number of NULLs. Long strings have no min and
// max: they would only make the footer large.
func (s *stored) statistics(v *vector.Vector) format.Statistics {
	st := format.Statistics{NullCount: int64(v.Len - v.Valid.Count(v.Len))}
	lo, hi := -1, -1
	for r := range v.Len {
		if !v.Valid.Get(r) || s.isNaN(v, r) {
			continue
		}
		if lo < 0 || s.less(v, r, lo) {
			lo = r
		}
		if hi < 0 || s.less(v, hi, r) {
			hi = r
		}
	}
	if lo < 0 || s.physical == format.Boolean {
		return st
	}
	st.MinValue, st.MaxValue = s.statValue(v, lo, -1), s.statValue(v, hi, 1)
	if len(st.MinValue) > 64 || len(st.MaxValue) > 64 {
		st.MinValue, st.MaxValue = nil, nil
	}
	return st
}

// statValue is PLAIN without a length; zeros of floats carry the sign that widens the range.
func (s *stored) statValue(v *vector.Vector, r, sign int) []byte {
	if v.Phys == types.PhysBytes {
		return append([]byte{}, v.Views()[r].Bytes(v.Bufs)...)
	}
	if s.field.Type.IsApproximate() && s.float(v, r) == 0 {
		zero := math.Copysign(0, float64(sign))
		if s.width == 4 {
			return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(zero)))
		}
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(zero))
	}
	return s.appendValue(nil, v, r)
}

func (s *stored) float(v *vector.Vector, r int) float64 {
	if s.width == 4 {
		return float64(vector.Values[float32](v)[r])
	}
	return vector.Values[float64](v)[r]
}

func (s *stored) isNaN(v *vector.Vector, r int) bool {
	return s.field.Type.IsApproximate() && math.IsNaN(s.float(v, r))
}

func (s *stored) less(v *vector.Vector, a, b int) bool {
	switch {
	case v.Phys == types.PhysBool:
		return false
	case v.Phys == types.PhysBytes:
		views := v.Views()
		return string(views[a].Bytes(v.Bufs)) < string(views[b].Bytes(v.Bufs))
	case v.Phys == types.PhysInt128:
		x := vector.Values[types.Int128](v)
		return x[a].Less(x[b])
	case s.field.Type.IsApproximate():
		return s.float(v, a) < s.float(v, b)
	}
	return int64(s.word(v, a)) < int64(s.word(v, b))
}
