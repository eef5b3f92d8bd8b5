package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/csv"
	"github.com/weir-engine/weir/io/format/json"
	"github.com/weir-engine/weir/io/format/parquet"
)

// textSplitBytes is the size of a split of a JSON file. A line end in a JSON
// record is always written \n, so that any line end parts records; CSV has no
// such mark and is read whole.
const textSplitBytes = 32 << 20

// textSource reads csv and json.
type textSource struct {
	place  place
	format string
	names  []string // of the table's stored columns
	types  []types.Type
	csv    csv.Settings
	json   json.Settings
	bytes  int64 // of a split
	piece  int   // bytes that are decoded at a time
}

func newTextSource(t *catalog.Table, format string, at place, l *layout) (formatSource, error) {
	s := &textSource{place: at, format: format, names: l.names, types: l.types, bytes: textSplitBytes, piece: pieceBytes}
	var err error
	if format == "csv" {
		s.csv, err = csv.Read(t.Options)
	} else {
		s.json, err = json.Read(t.Options)
	}
	return s, err
}

func packed(name string) bool {
	return strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".zst")
}

func (s *textSource) splits(e entry) ([]position, error) {
	if s.format == "csv" || packed(e.Name) {
		return []position{{File: e, Aligned: true, Bytes: e.Size}}, nil
	}
	var out []position
	for from := int64(0); from < e.Size; from += s.bytes {
		to := min(from+s.bytes, e.Size)
		out = append(out, position{File: e, From: from, To: to, Aligned: from == 0, Bytes: to - from})
	}
	return out, nil
}

// decoder appends the record at the front of data; it says how many bytes it took,
// 0 where data does not hold all of it and end is false.
type decoder interface {
	Next(data []byte, end bool, b *stream.Builder) (int, error)
}

// lines makes a decoder of what stands on one line.
type lines struct{ *json.Decoder }

func (d lines) Next(data []byte, end bool, b *stream.Builder) (int, error) {
	n := bytes.IndexByte(data, '\n') + 1
	if n == 0 {
		if !end {
			return 0, nil
		}
		n = len(data)
	}
	record := bytes.TrimSpace(data[:n])
	if len(record) == 0 {
		return n, nil
	}
	return n, d.Decode(record, b)
}

func (s *textSource) reader(src *source, rc connector.ReaderContext) splitReader {
	return &textReader{text: s, source: src, rows: rc.BatchRows}
}

func (s *textSource) decoder(src *source) (decoder, error) {
	env := &kernel.Env{}
	if s.format == "json" {
		schema := &types.Schema{}
		for i, n := range src.names {
			schema.Fields = append(schema.Fields, types.Field{Name: n, Type: src.types[i]})
		}
		return lines{json.NewDecoder(schema, s.json, env)}, nil
	}
	schema := &types.Schema{}
	places := make([]int, len(s.names))
	for i, n := range s.names {
		schema.Fields = append(schema.Fields, types.Field{Name: n, Type: s.types[i]})
		places[i] = -1
	}
	for i, c := range src.columns {
		places[c] = i
	}
	return csv.NewDecoder(schema, places, s.csv, env)
}

// textReader reads records from one file at a time. What stands before the first
// record it passes over itself; the rest is cut and decoded behind it, by pieces.
type textReader struct {
	text    *textSource
	source  *source
	rows    int
	dec     []decoder // of the workers
	at      position  // From is the offset of buf[cur], then that behind the rows given out
	file    parquet.Input
	in      io.Reader
	plain   bool // in is the file as it is
	unpack  func()
	buf     []byte
	cur     int  // next byte of buf
	end     bool // in has no more
	pieces  *pieces
	current *piece // whose batches are given out
	free    chan *stream.Builder
}

func (r *textReader) open(p position) error {
	if err := r.close(); err != nil {
		return err
	}
	f, err := r.text.place.open(p.File.Name)
	if err != nil {
		return err
	}
	r.file = f
	if err := p.File.unchanged(f); err != nil {
		return err
	}
	r.at, r.buf, r.cur, r.end, r.plain = p, r.buf[:0], 0, false, false
	if err := r.seek(); err != nil {
		return fmt.Errorf("filesystem: read %s: %w", p.File.Name, err)
	}
	return r.skipFirst()
}

// seek opens the way to the byte at r.at.From.
func (r *textReader) seek() (err error) {
	from := r.at.From
	all := io.NewSectionReader(r.file, 0, r.at.File.Size)
	if !r.at.Aligned {
		from-- // a split may begin just where a record does
	}
	switch name := r.at.File.Name; {
	case strings.HasSuffix(name, ".gz"):
		z, err := gzip.NewReader(all)
		if err != nil {
			return err
		}
		r.in = z
	case strings.HasSuffix(name, ".zst"):
		z, err := zstd.NewReader(all, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return err
		}
		r.in, r.unpack = z, z.Close
	default:
		r.in, r.plain = all, true
		_, err := all.Seek(from, io.SeekStart)
		return err
	}
	_, err = io.CopyN(io.Discard, r.in, from)
	return err
}

// skipFirst passes over what the split before reads: the record that its end
// lies in, and the header.
func (r *textReader) skipFirst() error {
	if !r.at.Aligned {
		r.at.From--
		for {
			i := bytes.IndexByte(r.buf[r.cur:], '\n')
			if i >= 0 {
				r.advance(i + 1)
				break
			}
			r.advance(len(r.buf) - r.cur)
			if r.end {
				break
			}
			if err := r.fill(); err != nil {
				return err
			}
		}
		r.at.Aligned = true
	}
	if r.text.format == "csv" && r.text.csv.Header && r.at.From == 0 {
		s := csv.NewSplitter(r.text.csv)
		for {
			n, err := s.Next(r.buf[r.cur:], r.end)
			if err != nil {
				return r.failed(err)
			}
			r.advance(n)
			if n > 0 && len(s.Fields) > 0 || r.end {
				return nil
			}
			if n == 0 {
				if err := r.fill(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *textReader) advance(n int) {
	r.cur += n
	r.at.From += int64(n)
}

const readBytes = 256 << 10

// maxRecordBytes is the longest record that is believed.
const maxRecordBytes = 256 << 20

// fill reads on behind what is in buf.
func (r *textReader) fill() (err error) {
	rest := len(r.buf) - r.cur
	if rest > maxRecordBytes {
		return r.failed(fmt.Errorf("the record has more than %d bytes", maxRecordBytes))
	}
	if cap(r.buf)-rest < readBytes {
		grown := make([]byte, rest, 2*rest+2*readBytes)
		copy(grown, r.buf[r.cur:])
		r.buf = grown
	} else {
		copy(r.buf[:rest], r.buf[r.cur:])
		r.buf = r.buf[:rest]
	}
	r.cur = 0
	r.buf, err = r.readOn(r.buf, readBytes)
	return err
}

// readOn appends up to n bytes of the input to buf, which has room for them and
// one more, and notices its end.
func (r *textReader) readOn(buf []byte, n int) ([]byte, error) {
	rest := len(buf)
	n, err := io.ReadFull(r.in, buf[rest:rest+n])
	buf = buf[:rest+n]
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && r.plain, errors.Is(err, io.EOF):
		r.end = true
	case errors.Is(err, io.ErrUnexpectedEOF):
		// The end of a packed stream, or a stream that is cut off: another read tells.
		if k, again := r.in.Read(buf[rest+n : rest+n+1 : rest+n+1]); errors.Is(again, io.EOF) {
			r.end = true
		} else if again != nil {
			return buf, fmt.Errorf("filesystem: read %s: %w", r.at.File.Name, again)
		} else {
			buf = buf[:rest+n+k]
		}
	case err != nil:
		return buf, fmt.Errorf("filesystem: read %s: %w", r.at.File.Name, err)
	}
	return buf, nil
}

func (r *textReader) next(ctx context.Context) (connector.Fetch, position, bool, error) {
	if r.pieces == nil {
		if err := r.start(); err != nil {
			return connector.Fetch{}, r.at, false, err
		}
	}
	if r.current == nil {
		p, err := r.pieces.next(ctx)
		if err != nil {
			return connector.Fetch{}, r.at, false, err
		}
		r.current = p
	}
	p := r.current
	if len(p.out) == 0 && p.err != nil {
		if p.unread {
			return connector.Fetch{}, r.at, false, p.err
		}
		return connector.Fetch{}, r.at, false, r.failed(p.err)
	}
	var part decoded
	if len(p.out) > 0 {
		part, p.out = p.out[0], p.out[1:]
	}
	r.at.From += part.bytes
	if r.plain {
		r.at.Bytes = max(r.at.Bytes-part.bytes, 0)
	}
	r.at.Line += part.records
	done := false
	if len(p.out) == 0 && p.err == nil {
		done, r.current = p.last, nil
	}
	if done {
		if err := r.at.File.unchanged(r.file); err != nil {
			return connector.Fetch{}, r.at, false, err
		}
	}
	b := part.builder
	if b == nil {
		return connector.Fetch{}, r.at, done, nil
	}
	give := func() { r.giveBack(b) }
	if b.Rows() == 0 {
		give()
		return connector.Fetch{}, r.at, done, nil
	}
	return connector.Fetch{Batch: b.Finish(), Release: give}, r.at, done, nil
}

func (r *textReader) builder() *stream.Builder {
	select {
	case b := <-r.free:
		return b
	default:
		return stream.NewBuilder(r.source.types)
	}
}

func (r *textReader) giveBack(b *stream.Builder) {
	b.Reset()
	select {
	case r.free <- b:
	default:
	}
}

// failed names file and record.
func (r *textReader) failed(err error) error {
	where := fmt.Sprintf("%s, record %d", r.at.File.Name, r.at.Line+1)
	if r.at.To > r.text.bytes { // not the file's first split: its records before are not counted
		where = fmt.Sprintf("%s, byte %d", r.at.File.Name, r.at.From)
	}
	return sqlerr.Wrap(sqlerr.InvalidText, err, "%s", where)
}

func (r *textReader) close() error {
	if r.pieces != nil {
		r.pieces.stop()
		r.pieces, r.current = nil, nil
	}
	if r.unpack != nil {
		r.unpack()
		r.unpack = nil
	}
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}
