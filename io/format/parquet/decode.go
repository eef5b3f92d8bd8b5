package parquet

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// readPage appends k rows of the loaded page to o, which wants n rows in all.
func (c *chunk) readPage(k, n int, f *frame, o *output) error {
	m, err := c.readLevels(k, o)
	if err != nil {
		return err
	}
	at := o.rows
	switch {
	case c.page.form == pageDict:
		err = c.readCodes(at, k, m, f, o)
	case c.conv.kind == convBits:
		err = c.readBits(at, k, m, o)
	default:
		err = c.readPlain(at, k, m, n, f, o)
	}
	o.rows += k
	return err
}

// readLevels reads the validity of k rows and returns how many have values.
func (c *chunk) readLevels(k int, o *output) (int, error) {
	if !c.col.optional {
		if o.nulls {
			setBits(o.bitmap, o.rows, k)
		}
		return k, nil
	}
	l := &c.page.levels
	if !o.nulls && l.ones(k) == k {
		l.rle -= k
		return k, nil
	}
	o.wantNulls(k)
	return l.valid(o.bitmap, o.rows, k)
}

// readCodes reads dictionary indexes: as such while the batch is a dictionary
// column and its dictionary small, else as the values they stand for.
func (c *chunk) readCodes(at, k, m int, f *frame, o *output) error {
	dict := c.dict
	if at == 0 && dict.Len <= keepDictionary && dict.Len > 0 && c.phys != types.PhysBool && !c.isNested {
		o.form, o.dict = vector.Dict, dict
		c.pinDictionary(f)
	}
	if o.form == vector.Dict && o.dict == dict {
		if cap(o.codes) < c.s.batchRows {
			o.codes = make([]uint32, c.s.batchRows+8)
		}
		o.codes = o.codes[:cap(o.codes)]
		if err := c.page.codes.read(o.codes[at:at+m], uint32(dict.Len)); err != nil {
			return err
		}
		o.spread(at, k, m)
		return nil
	}
	o.flatten()
	if cap(c.scratch) < m {
		c.scratch = make([]uint32, max(m, c.s.batchRows)+8)
	}
	codes := c.scratch[:m]
	if err := c.page.codes.read(codes, uint32(dict.Len)); err != nil {
		return err
	}
	if c.phys == types.PhysBytes {
		f.pin(c.dictBuf)
	}
	o.gather(at, codes, dict)
	o.spread(at, k, m)
	return nil
}

func (c *chunk) readBits(at, k, m int, o *output) error {
	p := &c.page
	if p.bit+m > len(p.values)*8 {
		return errShortPage
	}
	bits := vector.Bitmap(p.values)
	for i := range k {
		if o.nulls && o.bitmap[(at+i)>>3]&(1<<((at+i)&7)) == 0 {
			continue
		}
		if bits.Get(p.bit) {
			o.data[(at+i)>>3] |= 1 << ((at + i) & 7)
		}
		p.bit++
	}
	return nil
}

func (c *chunk) readPlain(at, k, m, n int, f *frame, o *output) error {
	p := &c.page
	o.flatten()
	dst := o.data[at*o.width:]
	if c.conv.width == 0 {
		var err error
		buf := uint32(0)
		if c.conv.kind == convViews {
			buf = o.buf(p.buf.mem)
			f.pin(p.buf)
		}
		if p.values, err = c.strings(dst, p.values, m, buf, p.buf); err != nil {
			return err
		}
		o.spread(at, k, m)
		return nil
	}
	size := m * c.conv.width
	if size > len(p.values) {
		return errShortPage
	}
	src := p.values[:size]
	p.values = p.values[size:]
	if c.conv.kind == convViews {
		buf := o.buf(p.buf.mem)
		f.pin(p.buf)
		c.fixedViews(as[vector.View](dst, m), src, buf, p.buf)
		o.spread(at, k, m)
		return nil
	}
	if c.conv.kind == convCopy && at == 0 && m == n && uintptr(unsafe.Pointer(unsafe.SliceData(src)))&7 == 0 {
		o.alias = src // the whole batch lies in this page
		f.pin(p.buf)
		return nil
	}
	if err := c.conv.fixed(dst, src, m); err != nil {
		return err
	}
	o.spread(at, k, m)
	return nil
}
