package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// load decompresses the page and finds its levels and values.
func (c *chunk) load() error {
	p, h := &c.page, &c.page.header
	v2 := format.PageType(h.kind) == format.DataPageV2
	raw := 0
	if v2 {
		if h.repBytes != 0 && !c.isNested {
			return errors.New("a flat column has repetition levels")
		}
		if h.defBytes > h.uncompressed || h.repBytes > h.uncompressed-h.defBytes {
			return errPageSize
		}
		raw = int(h.repBytes + h.defBytes)
	}
	buf, data, err := c.inflate(h, p.body, raw)
	if err != nil {
		return err
	}
	p.buf = buf
	if data, err = c.splitLevels(data, v2); err != nil {
		return err
	}
	if err := c.findValues(data); err != nil {
		return err
	}
	p.loaded = true
	c.s.PagesRead++
	return nil
}

// splitLevels takes the definition levels off the front of a page.
func (c *chunk) splitLevels(data []byte, v2 bool) ([]byte, error) {
	p, h := &c.page, &c.page.header
	if c.isNested {
		return c.nestedLevels(data, v2)
	}
	if v2 {
		n := int(h.defBytes)
		if c.col.optional {
			p.levels = newRuns(data[:n], 1)
		}
		return data[n:], nil
	}
	if !c.col.optional {
		return data, nil
	}
	switch e := format.Encoding(h.defEncoding); e {
	case format.RLE:
	case format.BitPacked:
		levels, rest, err := packedLevels(data, 1, int(h.values))
		if err == nil {
			p.levels = newRuns(levels, 1)
		}
		return rest, err
	default:
		return nil, fmt.Errorf("definition levels in encoding %s are not supported", e)
	}
	if len(data) < 4 {
		return nil, errShortPage
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return nil, errShortPage
	}
	p.levels = newRuns(data[4:4+n], 1)
	return data[4+n:], nil
}

// findValues prepares the values of a page for reading. Encodings that are rare
// are turned into PLAIN first: they then share its paths.
func (c *chunk) findValues(data []byte) error {
	p, limit := &c.page, int(c.page.header.values)
	width := c.conv.width
	var plain []byte
	var err error
	switch e := format.Encoding(p.header.encoding); {
	case e == format.Plain:
		p.values = data
		return nil
	case e == format.RLEDictionary || e == plainDictionary:
		return c.findCodes(data)
	case e == format.RLE && c.col.physical == format.Boolean:
		plain, err = plainFromRuns(data, limit)
	case e == format.DeltaBinaryPacked && (c.col.physical == format.Int32 || c.col.physical == format.Int64):
		plain, err = plainFromDelta(nil, data, width, limit)
	case e == format.DeltaLengthByteArray && c.col.physical == format.ByteArray:
		plain, err = plainFromDeltaLength(nil, data, limit)
	case e == format.DeltaByteArray && c.col.physical == format.ByteArray:
		plain, err = plainFromDeltaStrings(nil, data, 0, limit)
	case e == format.DeltaByteArray && c.col.physical == format.FixedLenByteArray:
		plain, err = plainFromDeltaStrings(nil, data, width, limit)
	case e == format.ByteStreamSplit && width > 0:
		plain, err = plainFromSplit(nil, data, width)
	default:
		return fmt.Errorf("encoding %s of %s is not supported", e, c.col.physical)
	}
	if err != nil {
		return err
	}
	buf := c.s.pool.get(len(plain))
	p.values = buf.mem[:copy(buf.mem, plain)]
	// Levels still point into the page; they are few and are kept by a copy.
	p.levels.data = append(make([]byte, 0, len(p.levels.data)+padding), p.levels.data...)
	p.buf.release()
	p.buf = buf
	return nil
}

func (c *chunk) findCodes(data []byte) error {
	if c.dict == nil {
		return errors.New("it needs a dictionary and there is none")
	}
	c.page.form = pageDict
	if len(data) == 0 {
		c.page.codes = newRuns(data, 0)
		return nil
	}
	if data[0] > 32 {
		return errRuns
	}
	c.page.codes = newRuns(data[1:], uint(data[0]))
	return nil
}

// plainFromRuns turns run-length encoded booleans, behind their length, into bits.
func plainFromRuns(data []byte, limit int) ([]byte, error) {
	if len(data) < 4 {
		return nil, errShortPage
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return nil, errShortPage
	}
	r := newRuns(append(make([]byte, 0, n+padding), data[4:4+n]...), 1)
	out := make([]byte, (limit+7)/8+8)
	// NULLs take no value: the page may hold fewer than limit, and then runs end early.
	for i := 0; i < limit; {
		k := min(limit-i, max(r.rle, r.packed))
		if k == 0 {
			if r.at >= len(r.data) {
				break
			}
			if err := r.header(); err != nil {
				return nil, err
			}
			continue
		}
		if _, err := r.valid(out, i, k); err != nil {
			return nil, err
		}
		i += k
	}
	return out, nil
}

// read appends n rows to o.
func (c *chunk) read(n int, f *frame, o *output) error {
	if err := c.flushSkipped(); err != nil {
		return err
	}
	for n > 0 {
		if c.page.left == 0 {
			if err := c.nextPage(); err != nil {
				return err
			}
			continue
		}
		if !c.page.loaded {
			if err := c.load(); err != nil {
				return err
			}
		}
		k := min(n, c.page.left)
		if err := c.readPage(k, n, f, o); err != nil {
			return err
		}
		c.page.left -= k
		c.row += int64(k)
		n -= k
	}
	return nil
}

// skip passes over n rows. Nothing is read or decompressed before it must be.
func (c *chunk) skip(n int) {
	if c.nest != nil {
		c.nest.skip(n)
		return
	}
	c.skipped += int64(n)
}

func (c *chunk) flushSkipped() error {
	if _, err := c.seek(); err != nil {
		return err
	}
	for c.skipped > 0 {
		if c.page.left == 0 {
			if err := c.nextPage(); err != nil {
				return err
			}
			continue
		}
		k := int(min(c.skipped, int64(c.page.left)))
		if k < c.page.left {
			if !c.page.loaded {
				if err := c.load(); err != nil {
					return err
				}
			}
			if err := c.skipInPage(k); err != nil {
				return err
			}
		}
		c.page.left -= k
		c.row += int64(k)
		c.skipped -= int64(k)
	}
	return nil
}

// skipInPage passes over n rows of the loaded page.
func (c *chunk) skipInPage(n int) error {
	m := n
	if c.col.optional {
		levels := make([]byte, (n+7)/8+padding)
		set, err := c.page.levels.valid(levels, 0, n)
		if err != nil {
			return err
		}
		m = set
	}
	return c.skipValues(m)
}

func (c *chunk) skipValues(m int) error {
	p := &c.page
	switch {
	case p.form == pageDict:
		return p.codes.skip(m)
	case c.conv.kind == convBits:
		p.bit += m
		if p.bit > len(p.values)*8 {
			return errShortPage
		}
	case c.conv.width == 0:
		for range m {
			if len(p.values) < 4 {
				return errShortPage
			}
			size := binary.LittleEndian.Uint32(p.values)
			if uint64(size) > uint64(len(p.values)-4) {
				return errShortPage
			}
			p.values = p.values[4+size:]
		}
	default:
		if m*c.conv.width > len(p.values) {
			return errShortPage
		}
		p.values = p.values[m*c.conv.width:]
	}
	return nil
}
