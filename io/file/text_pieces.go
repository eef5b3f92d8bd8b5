package file

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/format/csv"
)

// A text is decoded by several goroutines, whatever parts it into splits:
//
//	input ─▶ cutter: whole records ─▶ workers: batches ─▶ next, in the order of the text
//
// The cutter looks only for the end of a record, which is far less work than
// decoding it. So a reader of the one large file makes use of all cores.

// pieceBytes is about what a worker decodes at a time.
const pieceBytes = 512 << 10

// mostWorkers bounds the pieces, and so the memory, that one reader has in hand.
const mostWorkers = 8

// piece is whole records of a text and what became of them.
type piece struct {
	data []byte
	most int64 // records that begin before this byte are wanted
	last bool  // the split has no more
	out  []decoded
	// err ends the text behind what is in out; unread: it came of reading, not of a record.
	err    error
	unread bool
	done   chan struct{} // closed when out and err stand
}

// decoded is a batch, the bytes that it took and the records in them.
type decoded struct {
	builder        *stream.Builder
	bytes, records int64
}

// pieces are the goroutines that decode one split, and their queues.
type pieces struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
	work    chan *piece
	order   chan *piece
	buffers chan []byte
}

// start begins to cut and decode at buf[cur].
func (r *textReader) start() error {
	workers := min(runtime.GOMAXPROCS(0), mostWorkers)
	for len(r.dec) < workers {
		d, err := r.text.decoder(r.source)
		if err != nil {
			return err
		}
		r.dec = append(r.dec, d)
	}
	if r.free == nil {
		r.free = make(chan *stream.Builder, 2*workers+8)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.pieces = &pieces{
		cancel: cancel, work: make(chan *piece, workers), order: make(chan *piece, workers), buffers: make(chan []byte, 2*workers+2),
	}
	c := &cutter{reader: r, pieces: r.pieces, boundary: r.text.boundary(), from: r.at.From, to: r.at.To, rest: r.buf[r.cur:]}
	r.pieces.running.Add(1)
	go c.run(ctx)
	return nil
}

// next waits for the piece that is next in the text.
func (p *pieces) next(ctx context.Context) (*piece, error) {
	select {
	case next := <-p.order:
		select {
		case <-next.done:
			return next, nil
		case <-ctx.Done():
			<-next.done // soon: it is being decoded, and what is taken off the queue must not be lost
			return next, nil
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// stop ends the goroutines and waits for them.
func (p *pieces) stop() {
	p.cancel()
	p.running.Wait()
}

func (p *pieces) buffer(size int) []byte {
	select {
	case b := <-p.buffers:
		if cap(b) >= size {
			return b[:0]
		}
	default:
	}
	return make([]byte, 0, size)
}

// cutter reads the text and cuts it into pieces. It has the reader's input for itself while it runs.
type cutter struct {
	reader   *textReader
	pieces   *pieces
	boundary func(data []byte) int
	from, to int64 // of what is not cut yet, and of the split; to 0: the end
	rest     []byte
	started  int // workers
}

func (c *cutter) run(ctx context.Context) {
	defer c.pieces.running.Done()
	defer close(c.pieces.work)
	for {
		p := c.cut()
		if c.started < len(c.reader.dec) {
			c.pieces.running.Add(1)
			go c.reader.decodePieces(c.pieces, c.reader.dec[c.started])
			c.started++
		}
		ended := p.last || p.err != nil
		select {
		case c.pieces.order <- p:
		case <-ctx.Done():
			return
		}
		select {
		case c.pieces.work <- p:
		case <-ctx.Done():
			return
		}
		if ended {
			return
		}
	}
}

// cut reads until it has whole records.
func (c *cutter) cut() *piece {
	p := &piece{done: make(chan struct{})}
	size := len(c.rest) + max(c.reader.text.piece, 1)
	data := append(c.pieces.buffer(size+1), c.rest...)
	whole := 0
	for {
		if !c.reader.end {
			var err error
			if data, err = c.reader.readOn(data, size-len(data)); err != nil {
				p.err, p.unread = err, true
				return p
			}
		}
		if c.reader.end {
			whole = len(data)
			break
		}
		if whole = c.boundary(data); whole > 0 {
			break
		}
		if len(data) > maxRecordBytes {
			p.err = fmt.Errorf("the record has more than %d bytes", maxRecordBytes)
			return p
		}
		size = 2 * len(data)
		data = append(make([]byte, 0, size+1), data...)
	}
	c.rest = append(c.rest[:0:0], data[whole:]...)
	p.data, p.most = data[:whole], int64(whole)
	if c.to > 0 {
		p.most = min(p.most, c.to-c.from)
	}
	c.from += int64(whole)
	p.last = c.reader.end || c.to > 0 && c.from >= c.to
	return p
}

// decodePieces is a worker.
func (r *textReader) decodePieces(from *pieces, dec decoder) {
	defer from.running.Done()
	for p := range from.work {
		if p.err == nil {
			r.decode(p, dec)
			select {
			case from.buffers <- p.data[:0]:
			default:
			}
			p.data = nil
		}
		close(p.done)
	}
}

func (r *textReader) decode(p *piece, dec decoder) {
	for at := int64(0); at < p.most; {
		part := decoded{builder: r.builder()}
		for part.builder.Rows() < r.rows && at+part.bytes < p.most {
			n, err := dec.Next(p.data[at+part.bytes:], true, part.builder)
			if err != nil {
				p.err = err
				p.out = append(p.out, part)
				return
			}
			part.bytes += int64(n)
			part.records++
		}
		at += part.bytes
		p.out = append(p.out, part)
	}
}

// boundary tells how many bytes at the front of a text are whole records, 0 where none is.
func (s *textSource) boundary() func(data []byte) int {
	if s.format == "csv" {
		return csv.Boundary(s.csv)
	}
	return func(data []byte) int { return bytes.LastIndexByte(data, '\n') + 1 }
}
