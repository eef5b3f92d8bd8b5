package exchange

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// Network carries channels between processes: a listener for those that lead
// here, and one connection to each peer for those that lead away. All channels
// of a pair of processes share a connection; each has credit of its own, given
// before it sends, so that a slow one does not block the others.
type Network struct {
	listener net.Listener
	secure   *tls.Config // nil: connections are plain
	outputs  *Outputs    // that peers may fetch
	wg       sync.WaitGroup
	dialing  sync.Mutex

	mu       sync.Mutex
	expected map[string]*inbound
	links    map[string]*Link
	accepted map[net.Conn]bool
	closed   bool
}

// inbound is the receiver's end of a channel.
type inbound struct {
	queue *Queue
	types []types.Type
	fail  func(error)
	mu    sync.Mutex
	link  *wire // set when the sender has opened the channel
	id    uint32
	done  bool
}

// Listen opens a network on an address, where outputs may be fetched; nil: there are
// none. With secure, which serves for both ends, all connections are encrypted.
func Listen(addr string, secure *tls.Config, outputs *Outputs) (*Network, error) {
	if outputs == nil {
		outputs = NewOutputs()
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for exchange: %w", err)
	}
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	n := &Network{listener: l, secure: secure, outputs: outputs, expected: map[string]*inbound{}, links: map[string]*Link{}, accepted: map[net.Conn]bool{}}
	n.wg.Go(n.accept)
	return n, nil
}

// Addr is where peers reach this network.
func (n *Network) Addr() string { return n.listener.Addr().String() }

// Close ends all connections. Channels must not be used any more.
func (n *Network) Close() error {
	n.mu.Lock()
	n.closed = true
	err := n.listener.Close()
	for c := range n.accepted {
		_ = c.Close() // its loops end with an error that nobody asked for
	}
	for _, l := range n.links {
		l.wire.close(net.ErrClosed)
	}
	n.mu.Unlock()
	n.wg.Wait()
	return err
}

// Expect makes the receiver's end of a channel, before its sender opens it.
// fail is called when the connection breaks.
func (n *Network) Expect(name string, ts []types.Type, capacity int, arrived func(), fail func(error)) *Queue {
	in := &inbound{types: ts, fail: fail}
	in.queue = NewQueue(capacity, arrived, in.credit)
	in.queue.each, in.queue.onClose = true, in.unwant
	n.mu.Lock()
	n.expected[name] = in
	n.mu.Unlock()
	return in.queue
}

// Forget drops channels whose senders are over too: one that opens such a
// channel later is told that its receiver is gone.
func (n *Network) Forget(names []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range names {
		delete(n.expected, name)
	}
}

func (in *inbound) credit() { in.back(frameCredit) }
func (in *inbound) unwant() { in.back(frameUnwants) }

// back tells the sender something.
func (in *inbound) back(kind uint8) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if kind == frameUnwants {
		in.done = true
	}
	if in.link != nil {
		in.link.post(outFrame{kind: kind, channel: in.id})
	}
}

func (n *Network) accept() {
	for {
		c, err := n.listener.Accept()
		if err != nil {
			return
		}
		n.mu.Lock()
		if n.closed {
			n.mu.Unlock()
			_ = c.Close() // refused: nobody is here any more
			return
		}
		n.accepted[c] = true
		n.mu.Unlock()
		n.wg.Go(func() { n.serve(c) })
	}
}

// serve reads what a peer sends.
func (n *Network) serve(c net.Conn) {
	w := newWire(c)
	channels, serves := map[uint32]*inbound{}, map[uint32]*served{}
	err := w.greet()
	if err == nil {
		n.wg.Go(w.write)
		err = w.read(func(kind uint8, channel uint32, payload []byte, recycle func()) error {
			if kind == frameFetch || kind == frameCredit || kind == frameUnwants {
				defer recycle()
				return n.serves(w, serves, kind, channel, payload)
			}
			return n.receive(w, channels, kind, channel, payload, recycle)
		})
	}
	w.close(err)
	for _, s := range serves {
		s.close()
	}
	for _, in := range channels {
		if in == nil {
			continue
		}
		in.fail(&connectionError{"exchange connection from " + c.RemoteAddr().String(), err})
	}
	n.mu.Lock()
	delete(n.accepted, c)
	n.mu.Unlock()
}

// serves handles what the receivers of outputs say.
func (n *Network) serves(w *wire, open map[uint32]*served, kind uint8, channel uint32, payload []byte) (err error) {
	s := open[channel]
	switch {
	case kind == frameFetch:
		open[channel], err = n.offer(w, channel, payload)
	case s == nil: // it is over
	case kind == frameCredit:
		s.send()
	default:
		s.close()
	}
	if s := open[channel]; s != nil && s.reader == nil {
		delete(open, channel)
	}
	return err
}

func (n *Network) receive(w *wire, channels map[uint32]*inbound, kind uint8, channel uint32, payload []byte, recycle func()) error {
	if kind == frameOpen {
		n.mu.Lock()
		in := n.expected[string(trimZero(payload))]
		n.mu.Unlock()
		recycle()
		channels[channel] = in
		if in == nil { // its attempt is over here; others share the connection
			w.post(outFrame{kind: frameGone, channel: channel})
			return nil
		}
		in.mu.Lock()
		in.link, in.id = w, channel
		done := in.done
		in.mu.Unlock()
		if done {
			in.unwant()
		}
		return nil
	}
	in, open := channels[channel]
	switch {
	case !open:
		return fmt.Errorf("channel %d is not open", channel)
	case in == nil: // its receiver is gone
		recycle()
		if stream.ElementKind(kind) == stream.ElemEndOfInput {
			delete(channels, channel)
		}
		return nil
	}
	e := Element{Kind: stream.ElementKind(kind)}
	switch e.Kind {
	case stream.ElemBatch:
		b, err := decodeBatch(payload, in.types)
		if err != nil {
			return err
		}
		e.Buffer = &Buffer{Batch: b, Bytes: len(payload), recycle: recycle}
		e.Buffer.refs.Store(1)
		in.queue.Send(e)
		return nil
	case stream.ElemWatermark, stream.ElemBarrier, stream.ElemMarker:
		if len(payload) < 16 {
			return errors.New("frame is damaged: it is too short")
		}
		x, flags := binary.LittleEndian.Uint64(payload), payload[8]
		switch e.Kind {
		case stream.ElemWatermark:
			e.Watermark = int64(x)
		case stream.ElemMarker:
			e.Marker = int64(x)
		default:
			e.Barrier = stream.Barrier{Checkpoint: int64(x), Savepoint: flags&1 != 0, Drain: flags&2 != 0}
		}
	case stream.ElemIdle, stream.ElemActive:
	case stream.ElemEndOfInput:
		delete(channels, channel)
	default:
		return fmt.Errorf("frame of unknown kind %d", kind)
	}
	recycle()
	in.queue.Send(e)
	return nil
}

func trimZero(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

func (n *Network) connect(addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	if n.secure != nil {
		return tls.DialWithDialer(d, "tcp", addr, n.secure)
	}
	return d.Dial("tcp", addr)
}

// connectionError is the failure of a connection, not of what goes through it.
type connectionError struct {
	what  string
	cause error
}

func (e *connectionError) Error() string         { return e.what + ": " + e.cause.Error() }
func (e *connectionError) Unwrap() error         { return e.cause }
func (e *connectionError) SQLState() sqlerr.Code { return sqlerr.ConnectionFailure }

// dialTimeout is how long a peer may take to answer a connection.
const dialTimeout = 10 * time.Second

// Link is the connection to a peer.
type Link struct {
	wire  *wire
	mu    sync.Mutex
	next  uint32
	ports map[uint32]*Port
	// fetches are the channels whose receiver is here; their ids are not those of ports.
	fetches map[uint32]*fetched
}

// Dial connects to a peer, once.
func (n *Network) Dial(addr string) (*Link, error) {
	n.dialing.Lock()
	defer n.dialing.Unlock()
	n.mu.Lock()
	l := n.links[addr]
	n.mu.Unlock()
	if l != nil && l.wire.alive() {
		return l, nil
	}
	c, err := n.connect(addr)
	if err != nil {
		return nil, &connectionError{"connect exchange to " + addr, err}
	}
	w := newWire(c)
	if err := w.greet(); err != nil {
		_ = c.Close() // the greeting's error says why
		return nil, &connectionError{"connect exchange to " + addr, err}
	}
	l = &Link{wire: w, ports: map[uint32]*Port{}, fetches: map[uint32]*fetched{}}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = c.Close() // the network closed meanwhile
		return nil, net.ErrClosed
	}
	n.links[addr] = l
	n.wg.Go(w.write)
	n.wg.Go(func() {
		err := w.read(l.answer)
		w.close(err)
		n.unlink(addr, l)
		l.broken(&connectionError{"exchange connection to " + addr, err})
	})
	return l, nil
}

// unlink forgets a connection that is broken.
func (n *Network) unlink(addr string, l *Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.links[addr] == l {
		delete(n.links, addr)
	}
}

// Port makes the sender's end of a channel. wake is called when it has credit
// again, fail when the connection breaks or the receiver is gone.
func (l *Link) Port(name string, credit int, wake func(), fail func(error)) *Port {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	p := &Port{link: l, id: l.next, name: name, wake: wake, fail: fail}
	p.credit.Store(int32(credit))
	l.ports[p.id] = p
	return p
}

// forget drops a channel that is over.
func (l *Link) forget(p *Port) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ports, p.id)
}

// answer takes credit, and the blocks of outputs.
func (l *Link) answer(kind uint8, channel uint32, payload []byte, recycle func()) error {
	defer recycle()
	l.mu.Lock()
	p, f := l.ports[channel], l.fetches[channel]
	l.mu.Unlock()
	if f != nil {
		return f.take(kind, payload)
	}
	if p == nil {
		return nil // it is over
	}
	switch kind {
	case frameCredit:
		if p.credit.Add(1) == 1 {
			p.wake()
		}
	case frameUnwants:
		p.closed.Store(true)
		p.wake()
	case frameGone:
		p.fail(fmt.Errorf("the receiver of channel %q is gone", p.name))
	default:
		return fmt.Errorf("frame of unknown kind %d", kind)
	}
	return nil
}

func (l *Link) broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.ports {
		p.fail(err)
	}
	for _, f := range l.fetches {
		f.lost(err)
	}
}

// wire is one connection: frames out by its writer's goroutine, frames in by its reader's.
type wire struct {
	conn net.Conn
	join *bufio.Writer // of a connection without vectored writes; nil: it has them
	news chan struct{}

	mu   sync.Mutex
	out  []outFrame
	err  error
	pool framePool
}

// outFrame is a frame to be written.
type outFrame struct {
	kind    uint8
	channel uint32
	name    string
	raw     []byte // of a fetch, a block, or what became of it
	element Element
}

func newWire(c net.Conn) *wire {
	w := &wire{conn: c, news: make(chan struct{}, 1)}
	if _, ok := c.(*tls.Conn); ok {
		w.join = bufio.NewWriterSize(c, 64<<10)
	}
	return w
}

// put writes parts, many a call.
func (w *wire) put(parts [][]byte) error {
	if w.join == nil {
		buffers := net.Buffers(parts)
		_, err := buffers.WriteTo(w.conn)
		return err
	}
	for _, p := range parts {
		if _, err := w.join.Write(p); err != nil {
			return err
		}
	}
	return w.join.Flush()
}

// greet makes sure that both ends speak the same version.
func (w *wire) greet() error {
	b := binary.LittleEndian.AppendUint32([]byte(hello), wireVersion)
	b = append(b, 0, 0, 0, 0)
	if _, err := w.conn.Write(b); err != nil {
		return fmt.Errorf("greet: %w", err)
	}
	if _, err := io.ReadFull(w.conn, b); err != nil {
		return fmt.Errorf("greet: %w", err)
	}
	if string(b[:8]) != hello {
		return errors.New("greet: the peer is not an exchange")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != wireVersion {
		return fmt.Errorf("greet: the peer speaks version %d, this is %d", v, wireVersion)
	}
	return nil
}

func (w *wire) post(f outFrame) {
	w.mu.Lock()
	if w.err != nil {
		w.mu.Unlock()
		f.element.Buffer.Release()
		return
	}
	w.out = append(w.out, f)
	w.mu.Unlock()
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (w *wire) alive() bool { return w.broken() == nil }

// broken is why the connection has ended; nil: it has not.
func (w *wire) broken() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// close ends both loops; the first reason counts.
func (w *wire) close(err error) {
	if err == nil {
		err = net.ErrClosed
	}
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	out := w.out
	w.out = nil
	w.mu.Unlock()
	_ = w.conn.Close() // what was written counts, not how the connection ends
	for _, f := range out {
		f.element.Buffer.Release()
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// write sends what is posted, many frames a call.
func (w *wire) write() {
	var e encoder
	var work []outFrame
	for range w.news {
		w.mu.Lock()
		work, w.out = w.out, work[:0]
		err := w.err
		w.mu.Unlock()
		if err != nil {
			return
		}
		e.reset()
		for i := range work {
			if err = e.element(&work[i]); err != nil {
				break
			}
		}
		if err == nil {
			err = w.put(e.parts)
		}
		for i := range work {
			work[i].element.Buffer.Release()
			if work[i].kind == frameBlock {
				w.pool.put(work[i].raw)
			}
			work[i] = outFrame{}
		}
		if err != nil {
			w.close(err)
			return
		}
	}
}

// element appends the frame of an element.
func (e *encoder) element(f *outFrame) error {
	var payload func()
	switch {
	case f.kind == frameOpen:
		payload = func() { e.bytes([]byte(f.name)) }
	case f.raw != nil:
		payload = func() { e.bytes(f.raw) }
	case f.kind > frameOpen:
	case f.element.Kind == stream.ElemBatch:
		payload = func() { e.batch(f.element.Buffer.Batch) }
	case f.element.Kind == stream.ElemWatermark:
		payload = func() { e.u64(uint64(f.element.Watermark)); e.u64(0) }
	case f.element.Kind == stream.ElemMarker:
		payload = func() { e.u64(uint64(f.element.Marker)); e.u64(0) }
	case f.element.Kind == stream.ElemBarrier:
		payload = func() {
			flags := uint64(0)
			if f.element.Barrier.Savepoint {
				flags |= 1
			}
			if f.element.Barrier.Drain {
				flags |= 2
			}
			e.u64(uint64(f.element.Barrier.Checkpoint))
			e.u64(flags)
		}
	}
	return e.frame(f.kind, f.channel, payload)
}

// read hands frames on until the connection ends. recycle gives the payload's memory back.
func (w *wire) read(take func(kind uint8, channel uint32, payload []byte, recycle func()) error) error {
	var head [headerBytes]byte
	for {
		if _, err := io.ReadFull(w.conn, head[:]); err != nil {
			return err
		}
		size := binary.LittleEndian.Uint32(head[:])
		if size > maxFrame || size&7 != 0 {
			return fmt.Errorf("frame is damaged: %d bytes", size)
		}
		payload := w.pool.get(int(size))
		if _, err := io.ReadFull(w.conn, payload); err != nil {
			return err
		}
		h := xxh3.New()
		_, _ = h.Write(head[:12])
		_, _ = h.Write(payload)
		if uint32(h.Sum64()) != binary.LittleEndian.Uint32(head[12:]) {
			return errors.New("frame is damaged: its checksum differs")
		}
		recycle := func() { w.pool.put(payload) }
		if err := take(head[4], binary.LittleEndian.Uint32(head[8:]), payload, recycle); err != nil {
			return err
		}
	}
}

// framePool keeps the memory of frames, aligned to 8 bytes.
type framePool struct {
	mu   sync.Mutex
	free [][]byte
}

func (p *framePool) get(n int) []byte {
	p.mu.Lock()
	for i := len(p.free) - 1; i >= 0; i-- {
		if b := p.free[i]; cap(b) >= n {
			p.free = append(p.free[:i], p.free[i+1:]...)
			p.mu.Unlock()
			return b[:n]
		}
	}
	p.mu.Unlock()
	if n == 0 {
		return nil
	}
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)[:n]
}

func (p *framePool) put(b []byte) {
	if cap(b) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < spare {
		p.free = append(p.free, b[:0])
	}
}
