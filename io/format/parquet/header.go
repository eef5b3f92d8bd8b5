package parquet

import (
	"encoding/binary"
	"errors"
)

// pageHeader is what a page says of itself. Statistics are skipped: those of the
// footer and the page index have been used by then.
type pageHeader struct {
	kind         int32
	uncompressed int32
	compressed   int32
	crc          int32
	hasCRC       bool
	values       int32 // NULLs included
	encoding     int32
	defEncoding  int32
	repEncoding  int32
	nulls        int32 // v2
	defBytes     int32 // v2
	repBytes     int32 // v2
	plainValues  bool  // v2: the values are not compressed
}

var (
	errShortHeader = errors.New("page header is cut off")
	errBadHeader   = errors.New("page header is malformed")
)

// parsePageHeader reads a header in Thrift's compact protocol and says how many
// bytes it took. errShortHeader: b ends too early.
func parsePageHeader(b []byte) (h pageHeader, n int, err error) {
	r := thriftReader{b: b}
	r.structure(func(field int, typ byte) {
		switch field {
		case 1:
			h.kind = r.i32(typ)
		case 2:
			h.uncompressed = r.i32(typ)
		case 3:
			h.compressed = r.i32(typ)
		case 4:
			h.crc, h.hasCRC = r.i32(typ), true
		case 5:
			r.dataPage(&h, typ)
		case 7:
			r.dictionaryPage(&h, typ)
		case 8:
			r.dataPageV2(&h, typ)
		default:
			r.skip(typ)
		}
	})
	if r.err == nil && (h.uncompressed < 0 || h.compressed < 0 || h.values < 0 || h.nulls < 0 || h.defBytes < 0 || h.repBytes < 0) {
		r.err = errBadHeader
	}
	return h, r.at, r.err
}

func (r *thriftReader) dataPage(h *pageHeader, typ byte) {
	r.nested(typ, func(field int, typ byte) {
		switch field {
		case 1:
			h.values = r.i32(typ)
		case 2:
			h.encoding = r.i32(typ)
		case 3:
			h.defEncoding = r.i32(typ)
		case 4:
			h.repEncoding = r.i32(typ)
		default:
			r.skip(typ)
		}
	})
}

func (r *thriftReader) dictionaryPage(h *pageHeader, typ byte) {
	r.nested(typ, func(field int, typ byte) {
		switch field {
		case 1:
			h.values = r.i32(typ)
		case 2:
			h.encoding = r.i32(typ)
		default:
			r.skip(typ)
		}
	})
}

func (r *thriftReader) dataPageV2(h *pageHeader, typ byte) {
	r.nested(typ, func(field int, typ byte) {
		switch field {
		case 1:
			h.values = r.i32(typ)
		case 2:
			h.nulls = r.i32(typ)
		case 4:
			h.encoding = r.i32(typ)
		case 5:
			h.defBytes = r.i32(typ)
		case 6:
			h.repBytes = r.i32(typ)
		case 7:
			h.plainValues = typ == thriftFalse
		default:
			r.skip(typ)
		}
	})
}

// Types of the compact protocol that a header may hold.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12
)

type thriftReader struct {
	b     []byte
	at    int
	depth int
	err   error
}

func (r *thriftReader) structure(field func(field int, typ byte)) {
	if r.depth++; r.depth > 8 {
		r.fail(errBadHeader)
	}
	id := 0
	for r.err == nil {
		head := r.byte()
		if head == 0 {
			break
		}
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(r.zigzag())
		}
		if r.err == nil {
			field(id, head&15)
		}
	}
	r.depth--
}

func (r *thriftReader) nested(typ byte, field func(field int, typ byte)) {
	if typ != thriftStruct {
		r.fail(errBadHeader)
		return
	}
	r.structure(field)
}

func (r *thriftReader) skip(typ byte) {
	switch typ {
	case thriftTrue, thriftFalse:
	case thriftByte:
		r.advance(1)
	case thriftI16, thriftI32, thriftI64:
		r.uvarint()
	case thriftDouble:
		r.advance(8)
	case thriftBinary:
		r.advance(r.uvarint())
	case thriftStruct:
		r.structure(func(_ int, typ byte) { r.skip(typ) })
	case thriftList, thriftSet:
		r.skipList()
	default:
		r.fail(errBadHeader)
	}
}

func (r *thriftReader) skipList() {
	head := r.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = r.uvarint()
	}
	for ; n > 0 && r.err == nil; n-- {
		if typ := head & 15; typ == thriftTrue || typ == thriftFalse {
			r.advance(1)
		} else {
			r.skip(typ)
		}
	}
}

func (r *thriftReader) i32(typ byte) int32 {
	if typ != thriftI32 {
		r.fail(errBadHeader)
		return 0
	}
	return int32(r.zigzag())
}

func (r *thriftReader) zigzag() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *thriftReader) uvarint() uint64 {
	u, n := binary.Uvarint(r.b[r.at:])
	switch {
	case n > 0:
		r.at += n
	case n == 0:
		r.fail(errShortHeader)
	default:
		r.fail(errBadHeader)
	}
	return u
}

func (r *thriftReader) byte() byte {
	if r.at >= len(r.b) {
		r.fail(errShortHeader)
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *thriftReader) advance(n uint64) {
	if n > uint64(len(r.b)-r.at) {
		r.fail(errShortHeader)
		return
	}
	r.at += int(n)
}

func (r *thriftReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
