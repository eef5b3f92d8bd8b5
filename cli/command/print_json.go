package command

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
)

// jsonPrinter writes one object a line, keys in column order.
type jsonPrinter struct {
	p    *page
	buf  []byte
	keys [][]byte // `"name":` of each column
}

func (j *jsonPrinter) header() error {
	for _, f := range j.p.schema.Fields {
		j.keys = append(j.keys, append(kernel.AppendJSONString(nil, []byte(f.Name)), ':'))
	}
	return nil
}

func (j *jsonPrinter) batch(b *stream.Batch) error {
	for i := range b.Len() {
		r := rowAt(b, i)
		j.buf = append(j.buf, '{')
		if j.p.changelog {
			j.buf = append(append(append(j.buf, `"op":"`...), b.Kind(r).String()...), '"')
		}
		for k := range b.Cols {
			if k > 0 || j.p.changelog {
				j.buf = append(j.buf, ',')
			}
			j.buf = append(j.buf, j.keys[k]...)
			j.buf = kernel.AppendJSON(j.buf, j.p.schema.Fields[k].Type, &b.Cols[k], r, j.p.env)
		}
		j.buf = append(j.buf, "}\n"...)
	}
	_, err := j.p.out.Write(j.buf)
	j.buf = j.buf[:0]
	return err
}

func (j *jsonPrinter) end() error { return nil }
