package gateway

import (
	"strconv"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// The most of one page: rows, as in Flink, and about so many bytes.
const (
	pageRows  = 5000
	pageBytes = 4 << 20
)

// rowsOfPage is how many rows of a batch make a page, by the size of a row on average.
func rowsOfPage(b *stream.Batch) int {
	size := 0
	for i := range b.Cols {
		size += bytesOf(&b.Cols[i])
	}
	if size <= pageBytes || b.Rows == 0 {
		return pageRows
	}
	return min(max(pageBytes/(size/b.Rows+1), 1), pageRows)
}

func bytesOf(v *vector.Vector) int {
	base := v.Base()
	size := len(base.Data)
	for _, buf := range base.Bufs {
		size += len(buf)
	}
	for i := range base.Kids {
		size += bytesOf(&base.Kids[i])
	}
	return size
}

// appendPage writes the answer to a fetch.
func (r *outcome) appendPage(dst []byte, p *page, format, nextURI string) ([]byte, error) {
	dst = append(append(append(dst, `{"resultType":"`...), p.kind...), `","isQueryResult":`...)
	dst = strconv.AppendBool(dst, r.query)
	if r.job != "" {
		dst = append(append(append(dst, `,"jobID":"`...), r.job...), '"')
	}
	dst = append(append(append(dst, `,"resultKind":"`...), r.kind...), `","results":{"columns":`...)
	columns, err := protocol.ColumnsOf(r.schema)
	if err != nil {
		return nil, err
	}
	dst = append(append(append(append(dst, encode(columns)...), `,"rowFormat":"`...), format...), '"')
	if format == protocol.Rows {
		dst = append(dst, `,"changelog":`...)
		dst = strconv.AppendBool(dst, r.changelog)
		dst = append(kernel.AppendJSONString(append(dst, `,"timeZone":`...), []byte(r.zone)), `,"data":`...)
		dst = appendCoded(dst, r, p)
	} else {
		dst = r.appendRows(append(dst, `,"data":`...), p, format)
	}
	dst = append(dst, '}')
	if p.kind != protocol.EOS {
		dst = kernel.AppendJSONString(append(dst, `,"nextResultUri":`...), []byte(nextURI))
	}
	return append(dst, '}'), nil
}

// appendRows writes rows as JSON or PLAIN_TEXT.
func (r *outcome) appendRows(dst []byte, p *page, format string) []byte {
	w := jsonWriter{env: r.env}
	var text []byte
	dst = append(dst, '[')
	for i := p.from; i < p.to; i++ {
		at := p.row(i)
		dst = appendKind(dst, i > p.from, p.batch.Kind(at))
		dst = append(dst, `,"fields":[`...)
		for k := range p.batch.Cols {
			if k > 0 {
				dst = append(dst, ',')
			}
			t, v := r.schema.Fields[k].Type, &p.batch.Cols[k]
			switch {
			case format == protocol.JSON:
				dst = w.value(dst, t, v, at)
			case !v.IsValid(at):
				dst = append(dst, "null"...)
			default:
				text = appendPlain(text[:0], t, v, at, r.env)
				dst = kernel.AppendJSONString(dst, text)
			}
		}
		dst = append(dst, "]}"...)
	}
	return append(dst, ']')
}

// appendCoded writes rows as ROWS.
func appendCoded(dst []byte, r *outcome, p *page) []byte {
	dst = append(dst, '[')
	if p.to > p.from {
		var rows rowcodec.Rows
		sel := make([]uint32, 0, p.to-p.from)
		for i := p.from; i < p.to; i++ {
			sel = append(sel, uint32(p.row(i)))
		}
		rowcodec.NewRowCodec(r.schema.Types()).Encode(p.batch.Cols, p.batch.Rows, sel, &rows)
		for i, at := range sel {
			dst = appendKind(dst, i > 0, p.batch.Kind(int(at)))
			dst = kernel.AppendBase64(append(dst, `,"row":"`...), rows.At(i))
			dst = append(dst, `"}`...)
		}
	}
	return append(dst, ']')
}

func appendKind(dst []byte, more bool, k stream.RowKind) []byte {
	if more {
		dst = append(dst, ',')
	}
	return append(append(append(dst, `{"kind":"`...), protocol.Kinds[k]...), '"')
}

// row is where row i of the page's batch lies in its columns.
func (p *page) row(i int) int {
	if p.batch.Sel != nil {
		return int(p.batch.Sel[i])
	}
	return i
}
