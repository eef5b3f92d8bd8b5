package command

import (
	"bytes"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// printer writes a result.
type printer interface {
	header() error
	batch(b *stream.Batch) error
	end() error
}

// csvPrinter writes RFC 4180: NULL is an empty field, the empty string "".
type csvPrinter struct {
	p   *page
	buf []byte
	one []byte
}

func (c *csvPrinter) header() error {
	for i, f := range c.p.columns() {
		if i > 0 {
			c.buf = append(c.buf, ',')
		}
		c.buf = appendField(c.buf, []byte(f))
	}
	c.buf = append(c.buf, '\n')
	return c.flush()
}

func (c *csvPrinter) batch(b *stream.Batch) error {
	for i := range b.Len() {
		r := rowAt(b, i)
		if c.p.changelog {
			c.buf = append(append(c.buf, b.Kind(r).String()...), ',')
		}
		for k := range b.Cols {
			if k > 0 {
				c.buf = append(c.buf, ',')
			}
			c.value(b, k, r)
		}
		c.buf = append(c.buf, '\n')
		if len(c.buf) > 1<<16 {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

func (c *csvPrinter) value(b *stream.Batch, k, r int) {
	v := &b.Cols[k]
	if !v.IsValid(r) {
		return
	}
	t := c.p.schema.Fields[k].Type
	c.one = kernel.AppendText(c.one[:0], t, v, r, c.p.env)
	if mayNeedQuotes(t) {
		c.buf = appendField(c.buf, c.one)
		return
	}
	c.buf = append(c.buf, c.one...)
}

func mayNeedQuotes(t types.Type) bool { return t.IsString() || t.IsNested() }

// appendField quotes a field where CSV needs it, and the empty string always.
func appendField(dst, s []byte) []byte {
	if len(s) > 0 && !bytes.ContainsAny(s, ",\"\n\r") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, ch := range s {
		if ch == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, ch)
	}
	return append(dst, '"')
}

func (c *csvPrinter) flush() error {
	_, err := c.p.out.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *csvPrinter) end() error { return nil }

func rowAt(b *stream.Batch, i int) int {
	if b.Sel != nil {
		return int(b.Sel[i])
	}
	return i
}
