package parquet

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// nested reads a nested column as a type: the parts that the type has, each
// assembled from the entries of the leaves below it.
type nested struct {
	part   *shape
	typ    types.Type
	kids   []*nested
	leaf   *leafReader // of a leaf
	leaves []*leafReader
	failed *leafReader // that could not be read
}

// newNested matches a part of a file with a type: fields by name, the rest by place.
func newNested(s *Scanner, part *shape, t types.Type) (*nested, error) {
	n := &nested{part: part, typ: t}
	if part.isLeaf() {
		conv, err := part.leaf.conversion(t)
		if err != nil {
			return nil, err
		}
		n.leaf = &leafReader{chunk: chunk{s: s, col: part.leaf, conv: conv, phys: t.Phys(), isNested: true}}
		n.leaves = []*leafReader{n.leaf}
		return n, nil
	}
	if part.kind != t.Kind {
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "parquet: column %s is %s, the table declares %s", part.name, part.typ, t)
	}
	var wanted []types.Type
	kids := part.kids
	switch t.Kind {
	case types.Array:
		wanted = []types.Type{*t.Elem}
	case types.Map:
		wanted = []types.Type{*t.Key, *t.Elem}
	case types.Row:
		kids = nil
		for _, f := range t.Fields {
			kid := part.field(f.Name)
			if kid == nil {
				return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "parquet: column %s has no field %s", part.name, f.Name)
			}
			kids, wanted = append(kids, kid), append(wanted, f.Type)
		}
	}
	for i, kid := range kids {
		k, err := newNested(s, kid, wanted[i])
		if err != nil {
			return nil, err
		}
		n.kids, n.leaves = append(n.kids, k), append(n.leaves, k.leaves...)
	}
	return n, nil
}

func (s *shape) field(name string) *shape {
	for _, k := range s.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

func (n *nested) open(g *format.RowGroup, row int64) {
	for _, l := range n.leaves {
		l.open(&g.Columns[l.col.leaf].MetaData)
		l.skipped, l.entries = row, l.meta.NumValues
	}
}

func (n *nested) close() {
	for _, l := range n.leaves {
		l.close()
	}
}

func (n *nested) skip(rows int) {
	for _, l := range n.leaves {
		l.skip(rows)
	}
}

// read gives the next rows.
func (n *nested) read(rows int, f *frame) (vector.Vector, error) {
	for _, l := range n.leaves {
		if err := l.readRows(rows, f); err != nil {
			n.failed = l
			return vector.Vector{}, err
		}
	}
	v := n.assemble(0, 0)
	if !fits(&v, rows) {
		return v, errors.New("the leaves of a nested column do not go together")
	}
	return v, nil
}

// fits reports that the parts of a value have the lengths that it says.
func fits(v *vector.Vector, rows int) bool {
	if v.Len != rows {
		return false
	}
	inside := rows
	if v.Phys == types.PhysList {
		inside = int(v.Offsets()[rows])
	}
	for i := range v.Kids {
		if !fits(&v.Kids[i], inside) {
			return false
		}
	}
	return true
}

// leafReader reads the entries of a leaf.
type leafReader struct {
	chunk
	entries  int64    // of the chunk that are not read
	rep, def []uint32 // of the rows that were read last
	out      output   // their values, one for each entry
	values   vector.Vector
}

// uncounted are the entries that are left where pages were passed over.
const uncounted = math.MaxInt64

// readRows reads all entries of the next rows.
func (l *leafReader) readRows(rows int, f *frame) error {
	if moved, err := l.seek(); err != nil {
		return err
	} else if moved {
		l.entries = uncounted
	}
	for l.skipped > 0 {
		k := int(min(l.skipped, int64(l.s.batchRows)))
		if err := l.readEntries(k, f); err != nil {
			return err
		}
		l.skipped -= int64(k)
		l.row += int64(k)
	}
	if err := l.readEntries(rows, f); err != nil {
		return err
	}
	l.row += int64(rows)
	l.values = l.out.vector()
	return nil
}

func (l *leafReader) readEntries(rows int, f *frame) error {
	l.rep, l.def = l.rep[:0], l.def[:0]
	// Memory of its own: the batch before may still be in use.
	l.out = output{}
	l.out.init(l.phys, rows)
	begun := 0
	for l.entries > 0 {
		if l.page.left == 0 {
			if l.entries == uncounted && l.pageNo+1 == len(l.places) {
				break
			}
			if err := l.nextPage(); err != nil {
				return err
			}
			continue
		}
		if !l.page.loaded {
			if err := l.load(); err != nil {
				return err
			}
		}
		k := l.entriesOfRows(rows, &begun)
		if k == 0 {
			return nil
		}
		if err := l.take(k, f); err != nil {
			return err
		}
	}
	if begun < rows {
		return errShortPage
	}
	return nil
}

// entriesOfRows counts the next entries of the page that belong to the rows wanted.
func (l *leafReader) entriesOfRows(rows int, begun *int) int {
	p := &l.page
	left := min(p.left, int(min(l.entries, 1<<30)))
	from := int(p.header.values) - p.left
	if p.rep == nil {
		k := min(left, rows-*begun)
		*begun += k
		return k
	}
	for k := range left {
		if p.rep[from+k] == 0 {
			if *begun == rows {
				return k
			}
			*begun++
		}
	}
	return left
}

// take reads k entries of the page.
func (l *leafReader) take(k int, f *frame) error {
	p, o := &l.page, &l.out
	from := int(p.header.values) - p.left
	o.grow(o.rows + k)
	if p.rep != nil {
		l.rep = append(l.rep, p.rep[from:from+k]...)
	} else {
		l.rep = append(l.rep, make([]uint32, k)...)
	}
	m, most := 0, uint32(l.col.maxDef)
	o.wantNulls(k)
	if p.def == nil {
		m = k
		setBits(o.bitmap, o.rows, k)
	}
	for i, d := range p.def[min(from, len(p.def)):min(from+k, len(p.def))] {
		if d == most {
			o.bitmap[(o.rows+i)>>3] |= 1 << ((o.rows + i) & 7)
			m++
		}
		l.def = append(l.def, d)
	}
	if p.def == nil {
		for range k {
			l.def = append(l.def, most)
		}
	}
	if err := l.readValues(k, m, f, o); err != nil {
		return err
	}
	o.rows += k
	p.left -= k
	if l.entries != uncounted {
		l.entries -= int64(k)
	}
	return nil
}

// readValues reads the m values of k entries.
func (l *leafReader) readValues(k, m int, f *frame, o *output) error {
	switch {
	case l.page.form == pageDict:
		return l.readCodes(o.rows, k, m, f, o)
	case l.conv.kind == convBits:
		return l.readBits(o.rows, k, m, o)
	}
	return l.readPlain(o.rows, k, m, -1, f, o)
}

// grow makes room for rows, keeping what was filled.
func (o *output) grow(rows int) {
	size := rows * o.width
	if o.phys == types.PhysBool {
		size = (rows + 7) / 8
	}
	if size+padding > len(o.data) {
		bigger := alignedBytes(max(size+padding, 2*len(o.data)))
		copy(bigger, o.data)
		o.data = bigger
	}
	if size = (rows+7)/8 + padding; size > len(o.bitmap) {
		bigger := alignedBytes(max(size, 2*len(o.bitmap)))
		copy(bigger, o.bitmap)
		o.bitmap = bigger
	}
}

// nestedLevels takes the levels off the front of a page.
func (c *chunk) nestedLevels(data []byte, v2 bool) (rest []byte, err error) {
	p, h := &c.page, &c.page.header
	if v2 {
		rep, def := data[:h.repBytes], data[h.repBytes:h.repBytes+h.defBytes]
		if p.rep, err = levelsOf(rep, c.col.maxRep, int(h.values)); err == nil {
			p.def, err = levelsOf(def, c.col.maxDef, int(h.values))
		}
		return data[h.repBytes+h.defBytes:], err
	}
	if p.rep, data, err = levelsBehindLength(data, c.col.maxRep, h.repEncoding, int(h.values)); err != nil {
		return nil, err
	}
	p.def, data, err = levelsBehindLength(data, c.col.maxDef, h.defEncoding, int(h.values))
	return data, err
}

func levelsBehindLength(data []byte, most int, encoding int32, n int) (levels []uint32, rest []byte, err error) {
	if most == 0 {
		return nil, data, nil
	}
	switch e := format.Encoding(encoding); e {
	case format.RLE:
	case format.BitPacked:
		packed, rest, err := packedLevels(data, uint(bits.Len(uint(most))), n)
		if err != nil {
			return nil, nil, err
		}
		levels, err = levelsOf(packed, most, n)
		return levels, rest, err
	default:
		return nil, nil, fmt.Errorf("levels in encoding %s are not supported", e)
	}
	if len(data) < 4 {
		return nil, nil, errShortPage
	}
	size := uint64(data[0]) | uint64(data[1])<<8 | uint64(data[2])<<16 | uint64(data[3])<<24
	if size > uint64(len(data)-4) {
		return nil, nil, errShortPage
	}
	levels, err = levelsOf(data[4:4+size], most, n)
	return levels, data[4+size:], err
}

// levelsOf decodes n levels; nil where there is only one.
func levelsOf(data []byte, most, n int) ([]uint32, error) {
	if most == 0 {
		return nil, nil
	}
	out := make([]uint32, n)
	r := newRuns(append(make([]byte, 0, len(data)+padding), data...), uint(bits.Len(uint(most))))
	return out, r.read(out, uint32(most)+1)
}

// assemble makes the values of a part: its instances are the entries that begin
// one, rep being the repetition level of the lists around it and there the
// definition level from which on the innermost of them has an element.
func (n *nested) assemble(rep, there int) vector.Vector {
	first := n.leaves[0]
	switch n.part.kind {
	case types.Row:
		out := vector.Vector{Phys: types.PhysStruct}
		out.Len, out.Valid = first.instances(rep, there, n.part.def)
		for _, k := range n.kids {
			out.Kids = append(out.Kids, k.assemble(rep, there))
		}
		return out
	case types.Array, types.Map:
		length, valid := first.instances(rep, there, n.part.def)
		out := vector.Of(types.PhysInt32, first.offsets(rep, there, n.part, length))
		out.Phys, out.Len, out.Valid = types.PhysList, length, valid
		for _, k := range n.kids {
			out.Kids = append(out.Kids, k.assemble(n.part.rep, n.part.inner))
		}
		return out
	}
	return first.elements(there)
}

// instances counts the entries that begin a value, and says which are not NULL; nil: all.
func (l *leafReader) instances(rep, there, def int) (int, vector.Bitmap) {
	n, nulls := 0, false
	for i, d := range l.def {
		if l.rep[i] <= uint32(rep) && d >= uint32(there) {
			n++
			nulls = nulls || d < uint32(def)
		}
	}
	if !nulls {
		return n, nil
	}
	valid := vector.NewBitmap(n)
	n = 0
	for i, d := range l.def {
		if l.rep[i] <= uint32(rep) && d >= uint32(there) {
			valid.SetTo(n, d >= uint32(def))
			n++
		}
	}
	return n, valid
}

// offsets counts the elements of each list.
func (l *leafReader) offsets(rep, there int, part *shape, lists int) []int32 {
	out := make([]int32, 0, lists+1)
	count := int32(0)
	for i, d := range l.def {
		if l.rep[i] <= uint32(rep) && d >= uint32(there) {
			out = append(out, count)
		}
		if l.rep[i] <= uint32(part.rep) && d >= uint32(part.inner) {
			count++
		}
	}
	return append(out, count)
}

// elements are the values of a leaf without the entries that only tell of an empty list.
func (l *leafReader) elements(there int) vector.Vector {
	var places []uint32
	for i, d := range l.def {
		if d >= uint32(there) {
			places = append(places, uint32(i))
		}
	}
	if len(places) == len(l.def) {
		return l.values
	}
	var out vector.Vector
	kernel.Gather(&out, &l.values, places)
	return out
}
