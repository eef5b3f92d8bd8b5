package s3

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/weir-engine/weir/io/fs"
)

const (
	tailBytes  = 64 << 10 // read with Open: most footers lie in it
	pieceBytes = 4 << 20  // of one request
	gapBytes   = 64 << 10 // that is rather read than asked around
	aheadBytes = 64 << 20 // fetched or being fetched, of one reader
)

// reader reads one version of an object.
type reader struct {
	fs          *FS
	name        string
	bucket, key string
	etag        string
	size        int64
	modified    time.Time
	ctx         context.Context
	cancel      context.CancelFunc
	wg          sync.WaitGroup

	mu     sync.Mutex
	wanted []extent // noted by ReadAhead, in order of their places
	pieces []*piece // fetched or being fetched
	held   int64    // bytes of pieces
	next   int64    // end of the last read: one that begins there is in sequence
}

type extent struct{ from, to int64 }

// piece is a range on its way.
type piece struct {
	extent
	data []byte
	err  error
	done chan struct{}
}

// Open implements fs.FS. It asks once: the answer for the last bytes tells size,
// time and ETag too.
func (f *FS) Open(name string) (fs.Reader, error) {
	r := &reader{fs: f, name: name}
	r.bucket, r.key = split(name)
	o := minio.GetObjectOptions{}
	if err := o.SetRange(0, -tailBytes); err != nil {
		return nil, failed("open", name, err)
	}
	body, info, header, err := f.core.GetObject(background(), r.bucket, r.key, o)
	if err != nil && minio.ToErrorResponse(err).StatusCode == http.StatusRequestedRangeNotSatisfiable { // it is empty
		return r.opened(f.head(name))
	}
	if err != nil {
		return nil, failed("open", name, err)
	}
	tail, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, failed("open", name, err)
	}
	size := int64(len(tail))
	if _, total, ok := strings.Cut(header.Get("Content-Range"), "/"); ok {
		if n, err := strconv.ParseInt(total, 10, 64); err == nil {
			size = n
		}
	}
	p := &piece{extent: extent{size - int64(len(tail)), size}, data: tail, done: make(chan struct{})}
	close(p.done)
	r.pieces, r.held = []*piece{p}, size-p.from
	info.Size = size
	return r.opened(info, nil)
}

func (r *reader) opened(o minio.ObjectInfo, err error) (fs.Reader, error) {
	if err != nil {
		return nil, err
	}
	r.etag, r.size, r.modified = o.ETag, o.Size, o.LastModified.Truncate(time.Second)
	r.ctx, r.cancel = context.WithCancel(background())
	return r, nil
}

func (r *reader) Size() int64 { return r.size }

// Close ends what is on its way.
func (r *reader) Close() error {
	r.cancel()
	r.wg.Wait()
	return nil
}

// ReadAhead notes a range that will be read. Nothing is asked for before the
// next ReadAt, so that ranges that lie side by side become one request.
func (r *reader) ReadAhead(from, to int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ; from < to; from += pieceBytes {
		r.wanted = append(r.wanted, extent{from, min(from+pieceBytes, to)})
	}
}

// merged joins ranges with small gaps, up to the size of a piece.
func merged(in []extent) (out []extent) {
	slices.SortFunc(in, func(a, b extent) int { return int(min(max(a.from-b.from, -1), 1)) })
	for _, e := range in {
		if n := len(out); n > 0 && e.from <= out[n-1].to+gapBytes && e.to-out[n-1].from <= pieceBytes {
			out[n-1].to = max(out[n-1].to, e.to)
			continue
		}
		out = append(out, e)
	}
	return out
}

// launch fetches what was noted, as far as memory goes.
func (r *reader) launch() {
	if len(r.wanted) == 0 {
		return
	}
	r.wanted = merged(r.wanted)
	n := 0
	for _, e := range r.wanted {
		if r.held > 0 && r.held+e.to-e.from > aheadBytes {
			break
		}
		n++
		if r.covering(e.from, e.to) == nil {
			r.fetch(e)
		}
	}
	r.wanted = r.wanted[n:]
}

func (r *reader) covering(from, to int64) *piece {
	for _, p := range r.pieces {
		if p.from <= from && to <= p.to {
			return p
		}
	}
	return nil
}

// at is the piece that a place lies in.
func (r *reader) at(off int64) *piece {
	for _, p := range r.pieces {
		if p.from <= off && off < p.to {
			return p
		}
	}
	return nil
}

func (r *reader) fetch(e extent) *piece {
	p := &piece{extent: e, done: make(chan struct{})}
	r.pieces = append(r.pieces, p)
	r.held += e.to - e.from
	r.wg.Go(func() {
		defer close(p.done)
		p.data, p.err = r.get(e)
	})
	return p
}

// get asks for a range of the version that was opened.
func (r *reader) get(e extent) ([]byte, error) {
	o := minio.GetObjectOptions{}
	if err := errors.Join(o.SetMatchETag(r.etag), o.SetRange(e.from, e.to-1)); err != nil {
		return nil, err
	}
	body, _, _, err := r.fs.core.GetObject(r.ctx, r.bucket, r.key, o)
	if err != nil {
		return nil, err
	}
	data := make([]byte, e.to-e.from)
	_, err = io.ReadFull(body, data)
	return data, errors.Join(err, body.Close())
}

// ReadAt implements io.ReaderAt.
func (r *reader) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		if off+int64(n) >= r.size {
			return n, io.EOF
		}
		k, err := r.read(b[n:], off+int64(n))
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// read copies from one piece, which it fetches where it is not on its way.
func (r *reader) read(b []byte, off int64) (int, error) {
	p := r.pieceAt(off, int64(len(b)))
	<-p.done
	if p.err != nil {
		r.drop(p)
		return 0, failed("read", r.name, p.err)
	}
	n := copy(b, p.data[off-p.from:])
	if off+int64(n) == p.to && p.to < r.size {
		r.drop(p) // it has been read to its end
	}
	return n, nil
}

func (r *reader) pieceAt(off, n int64) *piece {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.launch()
	p := r.at(off)
	if p == nil {
		r.forget()
		to := off + n
		if off == r.next || n >= pieceBytes { // in sequence: more will be read, soon
			to = max(to, off+pieceBytes)
			r.wanted = append(r.wanted, extent{min(to, r.size), min(to+pieceBytes, r.size)})
			r.wanted = slices.DeleteFunc(r.wanted, func(e extent) bool { return e.from == e.to })
		}
		p = r.fetch(extent{off, min(to, r.size)})
	}
	r.next = min(off+n, p.to)
	return p
}

// forget drops pieces where there are too many: what was fetched is not always read.
func (r *reader) forget() {
	for len(r.pieces) > 1 && r.held > aheadBytes {
		old := r.pieces[0]
		r.pieces = r.pieces[1:]
		r.held -= old.to - old.from
	}
}

func (r *reader) drop(p *piece) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.pieces, p); i >= 0 {
		r.pieces = slices.Delete(r.pieces, i, i+1)
		r.held -= p.to - p.from
	}
}

// Stat is what the object was when it was opened; no other version is read.
func (r *reader) Stat() (iofs.FileInfo, error) { return info{r}, nil }

// info describes an object.
type info struct{ r *reader }

func (i info) Name() string        { return path.Base(i.r.key) }
func (i info) Size() int64         { return i.r.size }
func (i info) Mode() iofs.FileMode { return 0o444 }
func (i info) ModTime() time.Time  { return i.r.modified }
func (i info) IsDir() bool         { return false }
func (i info) Sys() any            { return nil }
