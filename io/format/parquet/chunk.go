package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const (
	// windowBytes is how much of a chunk is read at a time.
	windowBytes = 1 << 20
	// maxPageBytes is the largest page that is believed; writers aim at 1 MiB.
	maxPageBytes = 1 << 30
	// keepDictionary is the largest dictionary handed on as one. Work on a batch is
	// done once per entry there, which must stay well below once per row.
	keepDictionary = 4096
	// plainDictionary is how older writers name both a dictionary and its codes.
	plainDictionary = format.Encoding(2)
)

// chunk reads the pages of one column in one row group, in order.
type chunk struct {
	s    *Scanner
	col  *Column
	conv conversion
	phys types.Phys
	meta *format.ColumnMetaData

	window  []byte // compressed bytes read ahead, with padding behind
	at      int    // of the next byte in window
	off     int64  // in the file, of the end of window
	end     int64  // of the chunk
	stop    int64  // nothing beyond is read ahead; 0: all
	row     int64  // of the group, at which the chunk stands
	skipped int64  // rows to pass over before the next read
	pageNo  int

	dict    *vector.Vector // nil: no dictionary page yet
	dictBuf *buffer        // its page
	dictMem *buffer        // its converted values or views; nil: they lie in the page
	scratch []uint32
	// isNested: a leaf of a nested column, whose pages have levels of both kinds.
	isNested bool
	nest     *nested        // the column is nested: its leaves are read instead
	absent   *vector.Vector // the file does not have the column

	page   page
	places []format.PageLocation // of the pages; nil: they are read one after the other
}

// page is the data page being read.
type page struct {
	header pageHeader
	body   []byte // as stored; valid until the window moves
	left   int    // rows not yet read or skipped
	loaded bool
	buf    *buffer
	form   pageForm
	levels runs     // optional columns
	rep    []uint32 // nested columns: of each entry; nil: all 0
	def    []uint32 // nested columns: of each entry; nil: all the highest
	codes  runs
	values []byte // PLAIN: what is left; padding is readable behind
	bit    int    // BOOLEAN: the next bit of values
}

type pageForm uint8

const (
	pagePlain pageForm = iota
	pageDict
)

func (c *chunk) open(m *format.ColumnMetaData) {
	c.close()
	from, to := chunkRange(m)
	c.meta, c.window, c.at, c.off, c.end = m, c.window[:0], 0, from, to
	c.skipped, c.pageNo, c.row, c.stop, c.places = 0, -1, 0, 0, nil
}

// close gives the chunk's buffers back, but for those that batches hold.
func (c *chunk) close() {
	if c.nest != nil {
		c.nest.close()
		return
	}
	c.leavePage()
	c.s.PagesSkipped += int64(max(0, len(c.places)-1-c.pageNo))
	c.places = nil
	if c.page.buf != nil {
		c.page.buf.release()
	}
	if c.dictBuf != nil {
		c.dictBuf.release()
	}
	if c.dictMem != nil {
		c.dictMem.release()
	}
	c.page, c.dict, c.dictBuf, c.dictMem = page{}, nil, nil, nil
}

// leavePage counts a page of which nothing was read.
func (c *chunk) leavePage() {
	if c.page.body != nil && !c.page.loaded {
		c.s.PagesSkipped++
	}
}

// need makes n bytes of the chunk available at c.at, or as many as there are.
func (c *chunk) need(n int) (int, error) {
	have := len(c.window) - c.at
	if have >= n || c.off == c.end {
		return have, nil
	}
	ahead := windowBytes
	if c.stop > 0 {
		ahead = int(max(0, min(windowBytes, c.stop-c.off)))
	}
	want := have + int(min(int64(max(n-have, ahead)), c.end-c.off))
	if cap(c.window) < want+padding {
		grown := make([]byte, have, want+padding)
		copy(grown, c.window[c.at:])
		c.window = grown
	} else {
		copy(c.window[:have], c.window[c.at:])
	}
	c.window, c.at = c.window[:want], 0
	if k, err := c.s.file.in.ReadAt(c.window[have:], c.off); k < want-have {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		c.window = c.window[:have]
		return have, err
	}
	c.off += int64(want - have)
	return want, nil
}

// nextPage reads headers up to the next data page.
func (c *chunk) nextPage() error {
	c.pageNo++
	for {
		h, err := c.nextHeader()
		if err != nil {
			return err
		}
		body := c.window[c.at : c.at+int(h.compressed)]
		c.at += int(h.compressed)
		switch format.PageType(h.kind) {
		case format.DataPage, format.DataPageV2:
			if c.page.buf != nil {
				c.page.buf.release()
			}
			c.leavePage()
			c.page = page{header: h, body: body, left: int(h.values)}
			return c.asIndexed()
		case format.DictionaryPage:
			if err := c.readDictionary(h, body); err != nil {
				return fmt.Errorf("dictionary: %w", err)
			}
		}
	}
}

func (c *chunk) nextHeader() (pageHeader, error) {
	for ask := 256; ; ask *= 4 {
		have, err := c.need(ask)
		if err != nil {
			return pageHeader{}, err
		}
		h, n, err := parsePageHeader(c.window[c.at:])
		if errors.Is(err, errShortHeader) && have >= ask {
			continue
		}
		if err != nil {
			return h, err
		}
		if h.uncompressed > maxPageBytes || h.compressed > maxPageBytes {
			return h, fmt.Errorf("page of %d bytes", max(h.uncompressed, h.compressed))
		}
		c.at += n
		if have, err = c.need(int(h.compressed)); err != nil {
			return h, err
		}
		if have < int(h.compressed) {
			return h, errors.New("page reaches beyond its column chunk")
		}
		return h, nil
	}
}

// inflate checks and decompresses the bytes of a page into a buffer of its own;
// the first raw bytes are not compressed.
func (c *chunk) inflate(h *pageHeader, body []byte, raw int) (*buffer, []byte, error) {
	if h.hasCRC && crc32.ChecksumIEEE(body) != uint32(h.crc) {
		return nil, nil, errors.New("checksum does not match")
	}
	size := int(h.uncompressed)
	if raw > size || raw > len(body) {
		return nil, nil, errPageSize
	}
	buf := c.s.pool.get(size)
	dst := buf.mem[:size]
	copy(dst, body[:raw])
	codec := c.meta.Codec
	if h.plainValues {
		codec = format.Uncompressed
	}
	if err := c.s.codec.decode(codec, dst[raw:], body[raw:]); err != nil {
		buf.release()
		return nil, nil, err
	}
	return buf, dst, nil
}

func (c *chunk) readDictionary(h pageHeader, body []byte) error {
	if c.dict != nil {
		return errors.New("there is a second one")
	}
	if e := format.Encoding(h.encoding); e != format.Plain && e != plainDictionary {
		return fmt.Errorf("encoding %s is not supported", e)
	}
	buf, data, err := c.inflate(&h, body, 0)
	if err != nil {
		return err
	}
	n := int(h.values)
	c.dictBuf = buf
	if n > len(data) { // every entry takes a byte at least
		return errShortPage
	}
	dict := &vector.Vector{Phys: c.phys, Len: n}
	if c.conv.kind == convCopy {
		if len(data) < n*c.conv.width {
			return errShortPage
		}
		dict.Data = data[:n*c.conv.width]
		c.dict = dict
		return nil
	}
	c.dictMem = c.s.pool.get(n * c.phys.Width())
	dict.Data = c.dictMem.mem[:n*c.phys.Width()]
	if c.phys == types.PhysBytes {
		dict.Bufs = [][]byte{buf.mem}
	}
	if err := c.dictionaryValues(dict, data, buf); err != nil {
		return err
	}
	c.dict = dict
	return nil
}

func (c *chunk) dictionaryValues(dict *vector.Vector, data []byte, buf *buffer) error {
	switch n := dict.Len; {
	case c.conv.kind == convBits:
		return errors.New("booleans have no dictionary")
	case c.conv.width == 0:
		_, err := c.strings(dict.Data, data, n, 0, buf)
		return err
	case len(data) < n*c.conv.width:
		return errShortPage
	case c.conv.kind == convViews:
		c.fixedViews(as[vector.View](dict.Data, n), data, 0, buf)
		return nil
	default:
		return c.conv.fixed(dict.Data, data, n)
	}
}

// pinDictionary keeps the dictionary for a batch that is handed its codes.
func (c *chunk) pinDictionary(f *frame) {
	f.pin(c.dictBuf)
	if c.dictMem != nil {
		f.pin(c.dictMem)
	}
}

// strings reads n length-prefixed values as views into buf, or as decimals, and
// returns the bytes behind them.
func (c *chunk) strings(dst, src []byte, n int, buf uint32, in *buffer) ([]byte, error) {
	if c.conv.kind != convViews {
		return c.bigs(dst, src, n)
	}
	base := unsafe.Pointer(unsafe.SliceData(in.mem))
	at := int(uintptr(unsafe.Pointer(unsafe.SliceData(src))) - uintptr(base))
	end := at + len(src)
	for i, views := 0, as[vector.View](dst, n); i < len(views); i++ {
		if at+4 > end {
			return nil, errShortPage
		}
		size := *(*uint32)(unsafe.Add(base, at))
		at += 4
		if uint64(size) > uint64(end-at) {
			return nil, errShortPage
		}
		views[i] = viewAt(unsafe.Add(base, at), size, buf, uint32(at))
		at += int(size)
	}
	return in.mem[at:end], nil
}

func (c *chunk) bigs(dst, src []byte, n int) ([]byte, error) {
	for i := range n {
		if len(src) < 4 {
			return nil, errShortPage
		}
		size := uint32(src[0]) | uint32(src[1])<<8 | uint32(src[2])<<16 | uint32(src[3])<<24
		if uint64(size) > uint64(len(src)-4) {
			return nil, errShortPage
		}
		if err := c.conv.big(dst, i, src[4:4+size]); err != nil {
			return nil, err
		}
		src = src[4+size:]
	}
	return src, nil
}

// fixedViews makes views of values that all have the column's length.
func (c *chunk) fixedViews(dst []vector.View, src []byte, buf uint32, in *buffer) {
	base := unsafe.Pointer(unsafe.SliceData(in.mem))
	at := int(uintptr(unsafe.Pointer(unsafe.SliceData(src))) - uintptr(base))
	for i := range dst {
		dst[i] = viewAt(unsafe.Add(base, at), uint32(c.conv.width), buf, uint32(at))
		at += c.conv.width
	}
}
