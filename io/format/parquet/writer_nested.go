package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// entries are what a part of a nested column is written as: for each entry its
// levels, and where its value lies in the part's vector; nowhere where nothing is
// there further down.
type entries struct {
	rep, def []uint32
	at       []uint32
}

const nowhere = ^uint32(0)

func (e *entries) add(rep, def, at uint32) {
	e.rep, e.def, e.at = append(e.rep, rep), append(e.def, def), append(e.at, at)
}

// writeNested writes the leaves of a nested column of a row group.
func (w *Writer) writeNested(part *written, v *vector.Vector) ([]format.ColumnChunk, error) {
	e := entries{rep: make([]uint32, v.Len), def: make([]uint32, v.Len), at: make([]uint32, v.Len)}
	for i := range e.at {
		e.at[i] = uint32(i)
	}
	var chunks []format.ColumnChunk
	err := w.writePart(part, v, e, &chunks)
	return chunks, err
}

func (w *Writer) writePart(part *written, v *vector.Vector, e entries, chunks *[]format.ColumnChunk) error {
	part.enter(v, &e)
	if part.stored != nil {
		chunk, err := w.writeLeaf(part.stored, v, e)
		*chunks = append(*chunks, chunk)
		return err
	}
	if part.typ.Kind != types.Row {
		e = part.elements(v, &e)
		if part.typ.Kind == types.Map && hasNullKey(v, &e) {
			return errNullKey
		}
	}
	for i, k := range part.kids {
		own := entries{rep: e.rep, def: append([]uint32(nil), e.def...), at: append([]uint32(nil), e.at...)}
		if err := w.writePart(k, &v.Kids[i], own, chunks); err != nil {
			return err
		}
	}
	return nil
}

func hasNullKey(v *vector.Vector, e *entries) bool {
	for _, at := range e.at {
		if at != nowhere && !v.Kids[0].IsValid(int(at)) {
			return true
		}
	}
	return false
}

// enter tells values from NULLs: a value of a nullable part is one level further down.
func (p *written) enter(v *vector.Vector, e *entries) {
	if !p.typ.Nullable {
		return
	}
	for i, at := range e.at {
		switch {
		case at == nowhere:
		case v.IsValid(int(at)):
			e.def[i]++
		default:
			e.at[i] = nowhere
		}
	}
}

// elements gives each list an entry for each of its elements, one at least.
func (p *written) elements(v *vector.Vector, e *entries) entries {
	var out entries
	offsets := v.Offsets()
	for i, at := range e.at {
		if at == nowhere || offsets[at] == offsets[at+1] {
			out.add(e.rep[i], e.def[i], nowhere)
			continue
		}
		rep := e.rep[i]
		for k := offsets[at]; k < offsets[at+1]; k++ {
			out.add(rep, e.def[i]+1, uint32(k))
			rep = uint32(p.rep)
		}
	}
	return out
}

// writeLeaf writes the entries of a leaf as PLAIN pages that end with a row.
func (w *Writer) writeLeaf(s *stored, v *vector.Vector, e entries) (format.ColumnChunk, error) {
	m := format.ColumnMetaData{
		Type: s.physical, PathInSchema: s.path, Codec: w.codec, NumValues: int64(len(e.at)),
		Encoding: []format.Encoding{format.RLE, format.Plain},
	}
	start, pages := w.offset, int32(0)
	m.DataPageOffset = w.offset
	flat := v.Flatten()
	for from := 0; from < len(e.at); pages++ {
		to := s.entriesEnd(&flat, &e, from)
		page := appendLevels(w.page[:0], e.rep[from:to], s.maxRep)
		page = appendLevels(page, e.def[from:to], s.maxDef)
		page = s.appendPlaces(page, &flat, e.at[from:to])
		w.page = page
		h := &format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(to - from), Encoding: format.Plain, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		})}
		if err := w.writePage(h, page, &m); err != nil {
			return format.ColumnChunk{}, err
		}
		from = to
	}
	m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DataPage, Encoding: format.Plain, Count: pages})
	return format.ColumnChunk{FileOffset: start, MetaData: m}, nil
}

// entriesEnd is where a page that begins at an entry ends: before the first row beyond its size.
func (s *stored) entriesEnd(v *vector.Vector, e *entries, from int) int {
	size := 0
	for i := from; i < len(e.at); i++ {
		if e.rep[i] == 0 && i > from && (i-from >= pageRows || size >= pageBytes) {
			return i
		}
		switch {
		case e.at[i] == nowhere:
		case s.physical == format.ByteArray:
			size += 4 + int(v.Views()[e.at[i]].Len)
		default:
			size += s.width
		}
	}
	return len(e.at)
}

// appendPlaces appends the values at places as PLAIN.
func (s *stored) appendPlaces(dst []byte, v *vector.Vector, places []uint32) []byte {
	if s.physical != format.Boolean {
		for _, at := range places {
			if at != nowhere {
				dst = s.appendValue(dst, v, int(at))
			}
		}
		return dst
	}
	n := 0
	for _, at := range places {
		if at == nowhere {
			continue
		}
		if n&7 == 0 {
			dst = append(dst, 0)
		}
		if v.Bits().Get(int(at)) {
			dst[len(dst)-1] |= 1 << (n & 7)
		}
		n++
	}
	return dst
}

// appendLevels appends levels behind their length: one repeated run where all are
// the same, else bit-packed. Nothing where there is only level 0.
func appendLevels(dst []byte, levels []uint32, most int) []byte {
	if most == 0 {
		return dst
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	if allSame(levels) {
		dst = binary.AppendUvarint(dst, uint64(len(levels))<<1)
		dst = append(dst, byte(levels[0]))
	} else {
		dst = packLevels(dst, levels, bits.Len(uint(most)))
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func allSame(levels []uint32) bool {
	for _, l := range levels {
		if l != levels[0] {
			return false
		}
	}
	return true
}

func packLevels(dst []byte, levels []uint32, width int) []byte {
	groups := (len(levels) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	var word uint64
	have := 0
	for i := range groups * 8 {
		if i < len(levels) {
			word |= uint64(levels[i]) << have
		}
		for have += width; have >= 8; have -= 8 {
			dst = append(dst, byte(word))
			word >>= 8
		}
	}
	return dst
}
