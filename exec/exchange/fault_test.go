package exchange

import (
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/plan/physical"
)

// pair is two networks; what the first sends to the second goes through a wire
// that the test holds.
type pair struct {
	from, to *Network
	link     *Link
	control  chan func(b []byte) // what happens to the next bytes
	conn     chan net.Conn
}

func newPair(t *testing.T) *pair {
	p := &pair{control: make(chan func([]byte), 1), conn: make(chan net.Conn, 2)}
	var err error
	if p.from, err = Listen("127.0.0.1:0", nil, nil); err != nil {
		t.Fatal(err)
	}
	if p.to, err = Listen("127.0.0.1:0", nil, nil); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); p.pass(l) }()
	if p.link, err = p.from.Dial(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		if err := errors.Join(p.from.Close(), p.to.Close()); err != nil {
			t.Error(err)
		}
		<-done
	})
	return p
}

// pass carries one connection.
func (p *pair) pass(l net.Listener) {
	in, err := l.Accept()
	if err != nil {
		return
	}
	out, err := net.Dial("tcp", p.to.Addr())
	if err != nil {
		return
	}
	p.conn <- in
	back := make(chan struct{})
	go func() {
		defer close(back)
		carry(out, in, nil)
	}()
	carry(in, out, p.control)
	<-back
}

func carry(from, to net.Conn, control chan func([]byte)) {
	defer from.Close()
	defer to.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		select {
		case f := <-control:
			f(b[:n])
		default:
		}
		if _, werr := to.Write(b[:n]); err != nil || werr != nil {
			return
		}
	}
}

// failures is a channel's two ends, which must both hear of a broken connection.
type failures struct{ sender, receiver chan error }

func (p *pair) open(name string) (*Port, *Queue, failures) {
	f := failures{make(chan error, 1), make(chan error, 1)}
	q := p.to.Expect(name, twoInts, 2, func() {}, func(err error) { f.receiver <- err })
	return opened(p.link, name, 2, func() {}, func(err error) { f.sender <- err }), q, f
}

func (f failures) await(t *testing.T) (sender, receiver error) {
	t.Helper()
	for _, x := range []struct {
		c  chan error
		to *error
	}{{f.sender, &sender}, {f.receiver, &receiver}} {
		select {
		case *x.to = <-x.c:
		case <-time.After(10 * time.Second):
			t.Fatal("an end of the channel hears nothing")
		}
	}
	return sender, receiver
}

func TestACutConnectionFailsBothEnds(t *testing.T) {
	p := newPair(t)
	port, q, f := p.open("c")
	w := writer(physical.Distribution{Kind: physical.Forward}, []Sender{port}, 4)
	_ = w.Emit(ints(1, 2, 3, 4))
	await(t, func() bool { return q.Len() == 1 })
	_ = (<-p.conn).Close()
	f.await(t)
	_ = w.Emit(ints(1, 2, 3, 4)) // goes nowhere, and harms nobody
}

func TestAChangedBitIsNoticed(t *testing.T) {
	p := newPair(t)
	port, q, f := p.open("c")
	await(t, func() bool { return expectedOpen(p.to, "c") })
	p.control <- func(b []byte) { b[len(b)-3] ^= 4 }
	w := writer(physical.Distribution{Kind: physical.Forward}, []Sender{port}, 4)
	_ = w.Emit(ints(1, 2, 3, 4))
	if _, err := f.await(t); !strings.Contains(err.Error(), "checksum differs") {
		t.Fatal(err)
	}
	if q.Len() != 0 {
		t.Fatal("the receiver has got what was damaged")
	}
}

// expectedOpen reports that the sender has opened a channel.
func expectedOpen(n *Network, name string) bool {
	n.mu.Lock()
	in := n.expected[name]
	n.mu.Unlock()
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.link != nil
}

func TestALengthThatIsDamagedIsNoticed(t *testing.T) {
	p := newPair(t)
	port, _, f := p.open("c")
	await(t, func() bool { return expectedOpen(p.to, "c") })
	p.control <- func(b []byte) { binary.LittleEndian.PutUint32(b, maxFrame+8) }
	w := writer(physical.Distribution{Kind: physical.Forward}, []Sender{port}, 4)
	_ = w.Emit(ints(1, 2, 3, 4))
	if _, err := f.await(t); !strings.Contains(err.Error(), "damaged") {
		t.Fatal(err)
	}
}

// TestASlowWireHoldsItsSenderBack: a wire that stands still uses up the credit of
// its channels, and nothing is lost when it goes on.
func TestASlowWireHoldsItsSenderBack(t *testing.T) {
	p := newPair(t)
	port, q, _ := p.open("c")
	await(t, func() bool { return expectedOpen(p.to, "c") })
	goOn := make(chan struct{})
	p.control <- func([]byte) { <-goOn }
	w := writer(physical.Distribution{Kind: physical.Forward}, []Sender{port}, 4)
	for i := 0; !w.Full(); i++ {
		_ = w.Emit(ints(int64(i), 1, 2, 3))
		if i > 2 {
			t.Fatal("the sender has more credit than was given")
		}
	}
	if q.Len() != 0 {
		t.Fatal("the wire does not stand still")
	}
	close(goOn)
	await(t, func() bool { return q.Len() == 2 })
	q.Pop()
	await(t, func() bool { return !w.Full() })
}
