package exchange

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/keyed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var allTypes = []types.Type{
	types.BooleanType, types.TinyIntType, types.SmallType, types.IntType, types.BigIntType, types.DecimalType(30, 2),
	types.FloatType, types.DoubleType, types.StringType, types.NullType, types.ArrayType(types.StringType),
	types.MapType(types.StringType, types.BigIntType),
	types.RowType(types.Field{Name: "a", Type: types.IntType}, types.Field{Name: "b", Type: types.ArrayType(types.IntType)}),
}

// randomValue is a value of t; one in four is NULL.
func randomValue(r *rand.Rand, t types.Type) types.Value {
	if t.Kind == types.Null || r.IntN(4) == 0 {
		return types.NullValue()
	}
	switch t.Kind {
	case types.Boolean:
		return types.BoolValue(r.IntN(2) == 0)
	case types.Float, types.Double:
		return types.FloatValue(float64(r.IntN(100)))
	case types.Decimal:
		return types.Int128Value(types.Int128{Lo: r.Uint64(), Hi: int64(r.IntN(9))})
	case types.Varchar:
		return types.StringValue(fmt.Sprintf("%0*d", r.IntN(40), r.IntN(100)))
	case types.Array:
		return types.Value{Items: []types.Value{randomValue(r, *t.Elem), randomValue(r, *t.Elem)}[:r.IntN(3)]}
	case types.Map:
		key := types.StringValue(fmt.Sprint("a key of some length ", r.IntN(9)))
		return types.Value{Items: []types.Value{key, randomValue(r, *t.Elem)}}
	case types.Row:
		v := types.Value{}
		for _, f := range t.Fields {
			v.Items = append(v.Items, randomValue(r, f.Type))
		}
		return v
	}
	return types.IntValue(int64(r.IntN(100)))
}

func randomBatch(r *rand.Rand, ts []types.Type, n int, kinds bool) *stream.Batch {
	b := stream.NewBuilder(ts)
	for i := range n {
		for c, t := range ts {
			b.Column(c).AppendValue(randomValue(r, t))
		}
		k := stream.Insert
		if kinds {
			k = stream.RowKind(i % 4)
		}
		b.Advance(1, k)
	}
	return b.Finish()
}

// text is everything a batch says, with NULLs.
func text(b *stream.Batch, ts []types.Type) string {
	var out bytes.Buffer
	var one func(v *vector.Vector, r int, t types.Type)
	one = func(v *vector.Vector, r int, t types.Type) {
		if !v.IsValid(r) {
			out.WriteString(" -")
			return
		}
		switch v.Phys {
		case types.PhysBool:
			fmt.Fprint(&out, " ", v.Bits().Get(r))
		case types.PhysBytes:
			fmt.Fprintf(&out, " %q", v.Bytes(r))
		case types.PhysList:
			out.WriteString(" [")
			for i := v.Offsets()[r]; i < v.Offsets()[r+1]; i++ {
				for k, kt := range kidTypes(t) {
					one(&v.Kids[k], int(i), kt)
				}
			}
			out.WriteString("]")
		case types.PhysStruct:
			out.WriteString(" (")
			for k, kt := range kidTypes(t) {
				one(&v.Kids[k], r, kt)
			}
			out.WriteString(")")
		default:
			w := v.Phys.Width()
			fmt.Fprintf(&out, " %x", v.Data[r*w:(r+1)*w])
		}
	}
	for r := range b.Rows {
		out.WriteString(b.Kind(r).String())
		for c := range b.Cols {
			one(&b.Cols[c], r, ts[c])
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func encode(t testing.TB, b *stream.Batch) []byte {
	var e encoder
	if err := e.frame(0, 1, func() { e.batch(b) }); err != nil {
		t.Fatal(err)
	}
	return bytes.Join(e.parts, nil)
}

// aligned copies bytes to where a decoder may read words.
func aligned(b []byte) []byte {
	var p framePool
	out := p.get(len(b))
	copy(out, b)
	return out
}

func TestFrameCarriesEveryType(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 7, 8, 9, 300} {
		want := randomBatch(r, allTypes, n, n%2 == 1)
		got, err := decodeBatch(aligned(encode(t, want)[headerBytes:]), allTypes)
		if err != nil {
			t.Fatal(err)
		}
		if text(got, allTypes) != text(want, allTypes) {
			t.Fatalf("%d rows: got\n%s\nwant\n%s", n, text(got, allTypes), text(want, allTypes))
		}
	}
}

// A damaged payload is an error, or a batch that can be read to its end.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 9} {
		f.Add(encode(f, randomBatch(r, allTypes, n, true))[headerBytes:])
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if got, err := decodeBatch(aligned(b), allTypes); err == nil {
			_ = text(got, allTypes)
		}
	})
}

func TestDamageIsNoticed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	good := encode(t, randomBatch(r, allTypes, 20, true))
	for range 2000 {
		bad := bytes.Clone(good[headerBytes:])
		for range 1 + r.IntN(4) {
			bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
		}
		if got, err := decodeBatch(aligned(bad[:len(bad)-r.IntN(2)*8*r.IntN(4)]), allTypes); err == nil {
			_ = text(got, allTypes) // must not read outside
		}
	}
	for name, change := range map[string]func(b []byte){
		"checksum": func(b []byte) { b[len(b)-1] ^= 1 },
		"length":   func(b []byte) { b[3] = 0xff },
		"kind":     func(b []byte) { b[4] = 3 },
	} {
		bad := bytes.Clone(good)
		change(bad)
		if err := receiveRaw(bad); err == nil {
			t.Errorf("%s: the damage went unnoticed", name)
		}
	}
	if err := receiveRaw(good); err != nil {
		t.Errorf("an undamaged frame was refused: %v", err)
	}
}

// receiveRaw reads one frame from a connection.
func receiveRaw(b []byte) error {
	here, there := net.Pipe()
	go func() {
		_, _ = there.Write(b)
		_ = there.Close()
	}()
	w := newWire(here)
	got := false
	err := w.read(func(uint8, uint32, []byte, func()) error { got = true; return nil })
	_ = here.Close()
	if got {
		return nil
	}
	return err
}

func TestHandshakeRefusesOthers(t *testing.T) {
	for _, said := range []string{"GET / HTTP/1.1\r\n\r\n", hello + "\x09\x00\x00\x00\x00\x00\x00\x00"} {
		here, there := net.Pipe()
		go func() {
			b := make([]byte, 16)
			_, _ = there.Read(b)
			_, _ = there.Write([]byte(said))
			_ = there.Close()
		}()
		if err := newWire(here).greet(); err == nil {
			t.Errorf("%q was greeted", said)
		}
		_ = here.Close()
	}
}

var twoInts = []types.Type{types.BigIntType, types.BigIntType}

func ints(keys ...int64) *stream.Batch {
	return &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, keys), vector.Of(types.PhysInt64, keys)}, Rows: len(keys)}
}

func queues(n, capacity int) (qs []*Queue, ss []Sender) {
	for range n {
		q := NewQueue(capacity, func() {}, func() {})
		qs, ss = append(qs, q), append(ss, q)
	}
	return qs, ss
}

func drain(q *Queue) (out []Element) {
	for {
		e, ok := q.Pop()
		if !ok {
			return out
		}
		out = append(out, e)
	}
}

func writer(d physical.Distribution, ss []Sender, batchRows int) *Writer {
	return NewWriter(WriterConfig{Dist: d, Types: twoInts, BatchRows: batchRows, MaxParallelism: 128}, ss)
}

func TestHashSendsKeysToTheirOwner(t *testing.T) {
	qs, ss := queues(3, 4)
	w := writer(physical.Distribution{Kind: physical.Hash, Keys: []int{0}}, ss, 100)
	sent := 0
	for i := range 40 {
		b := ints(int64(i), int64(i+1), 7, 8, int64(i*i))
		if i%3 == 0 {
			b.Sel = []uint32{0, 2, 4}
		}
		sent += b.Len()
		if err := w.Emit(b); err != nil {
			t.Fatal(err)
		}
	}
	w.End(0)
	got := 0
	for s, q := range qs {
		es := drain(q)
		if es[len(es)-1].Kind != stream.ElemEndOfInput {
			t.Fatal("the end must come last")
		}
		for _, e := range es[:len(es)-1] {
			b := e.Buffer.Batch
			got += b.Rows
			h := make([]uint64, b.Rows)
			hash(b, h)
			for _, x := range h {
				if o := keyed.SubtaskOf(keyed.GroupOf(x, 128), 3, 128); o != s {
					t.Fatalf("a row of subtask %d came to %d", o, s)
				}
			}
			e.Buffer.Release()
		}
	}
	if got != sent {
		t.Fatalf("%d rows of %d arrived", got, sent)
	}
}

func TestBatchesFillAndFlush(t *testing.T) {
	qs, ss := queues(1, 2)
	w := writer(physical.Distribution{Kind: physical.Forward}, ss, 10)
	for range 7 {
		_ = w.Emit(ints(1, 2, 3)) // 21 rows
	}
	if got := sizes(drain(qs[0])); fmt.Sprint(got) != "[10 10]" {
		t.Fatalf("full batches go out: %v", got)
	}
	w.Flush(0)
	if got := sizes(drain(qs[0])); fmt.Sprint(got) != "[1]" {
		t.Fatalf("a quiet input flushes: %v", got)
	}
	big := make([]int64, 35)
	_ = w.Emit(ints(big...))
	w.Barrier(stream.Barrier{Checkpoint: 1}, 0)
	es := drain(qs[0])
	if got := sizes(es); fmt.Sprint(got) != "[10 10 10 5 -1]" {
		t.Fatalf("a barrier stands behind all rows: %v", got)
	}
}

// sizes lists rows of batches, -1 for control.
func sizes(es []Element) (out []int) {
	for _, e := range es {
		if e.Kind == stream.ElemBatch {
			out = append(out, e.Buffer.Batch.Rows)
		} else {
			out = append(out, -1)
		}
	}
	return out
}

func TestWatermarksWaitWhileBusy(t *testing.T) {
	qs, ss := queues(2, 4)
	w := NewWriter(WriterConfig{Dist: physical.Distribution{Kind: physical.Broadcast}, Types: twoInts, BatchRows: 10, MaxParallelism: 128, WatermarkInterval: 200}, ss)
	w.Watermark(5, 1000)
	_ = w.Emit(ints(1, 2, 3))
	w.Watermark(6, 1100)
	if got := drain(qs[0]); len(got) != 1 || got[0].Watermark != 5 {
		t.Fatalf("a busy writer holds watermarks back: %v", got)
	}
	w.Flush(1101)
	if got := drain(qs[0]); len(got) != 2 || got[1].Watermark != 6 {
		t.Fatalf("a quiet one passes them behind their rows: %v", got)
	}
	_ = w.Emit(ints(1))
	w.Watermark(7, 1400)
	if got := drain(qs[0]); len(got) != 2 || got[1].Watermark != 7 {
		t.Fatalf("after the interval it is passed, behind its rows: %v", got)
	}
	if n := qs[1].Len(); n != 5 {
		t.Fatalf("broadcast reaches every channel: %d elements", n)
	}
}

func TestPartedPairsBecomeDeleteAndInsert(t *testing.T) {
	for _, sel := range [][]uint32{nil, {0, 1, 2, 3, 4, 5}} {
		qs, ss := queues(2, 4)
		w := writer(physical.Distribution{Kind: physical.Hash, Keys: []int{0}}, ss, 100)
		a, b := int64(0), int64(0)
		for k := int64(0); a == 0 || b == 0; k++ { // a key for each subtask
			if owner(k) == 0 {
				a = k
			} else {
				b = k
			}
		}
		batch := ints(a, a, a, b, b, b)
		batch.Sel = sel
		batch.Kinds = []stream.RowKind{stream.UpdateBefore, stream.UpdateAfter, stream.UpdateBefore, stream.UpdateAfter, stream.Delete, stream.UpdateBefore}
		given := slices.Clone(batch.Kinds)
		_ = w.Emit(batch)
		if !slices.Equal(batch.Kinds, given) {
			t.Fatal("a lent batch was changed")
		}
		next := ints(b)
		next.Kinds = []stream.RowKind{stream.UpdateAfter}
		_ = w.Emit(next)
		w.Flush(0)
		if got := kinds(drain(qs[0])); got != "-U+U-D" {
			t.Errorf("subtask 0 got %s", got)
		}
		if got := kinds(drain(qs[1])); got != "+I-D-D+I" {
			t.Errorf("subtask 1 got %s", got)
		}
	}
}

func kinds(es []Element) (out string) {
	for _, e := range es {
		for r := range e.Buffer.Batch.Rows {
			out += e.Buffer.Batch.Kind(r).String()
		}
	}
	return out
}

// hash is the hash of the first column.
func hash(b *stream.Batch, out []uint64) { kernel.HashColumns(b.Cols[:1], b.Rows, nil, out) }

func owner(k int64) int {
	h := make([]uint64, 1)
	hash(ints(k), h)
	return keyed.SubtaskOf(keyed.GroupOf(h[0], 128), 2, 128)
}

func TestPairsStayInOneBatch(t *testing.T) {
	qs, ss := queues(1, 4)
	w := writer(physical.Distribution{Kind: physical.Forward}, ss, 3)
	b := ints(1, 1, 2, 2, 3, 3)
	b.Kinds = []stream.RowKind{stream.UpdateBefore, stream.UpdateAfter, stream.UpdateBefore, stream.UpdateAfter, stream.UpdateBefore, stream.UpdateAfter}
	_ = w.Emit(b)
	w.Flush(0)
	if got := sizes(drain(qs[0])); fmt.Sprint(got) != "[2 2 2]" {
		t.Fatalf("got %v", got)
	}
	qs, ss = queues(1, 4)
	w = writer(physical.Distribution{Kind: physical.Forward}, ss, 1)
	_ = w.Emit(b)
	if got := kinds(drain(qs[0])); got != "-U+U-U+U-U+U" {
		t.Fatalf("got %s", got)
	}
}

func TestFullAndClosed(t *testing.T) {
	qs, ss := queues(2, 1)
	w := writer(physical.Distribution{Kind: physical.Rebalance}, ss, 1)
	_ = w.Emit(ints(1))
	if w.Full() {
		t.Fatal("one of two channels has room")
	}
	_ = w.Emit(ints(2))
	if !w.Full() || qs[0].Batches() != 1 || qs[1].Batches() != 1 {
		t.Fatal("both have one batch and no room")
	}
	qs[0].Close()
	if w.Closed() || !w.Full() {
		t.Fatal("one channel is left, and full")
	}
	qs[1].Close()
	if !w.Closed() {
		t.Fatal("nobody wants anything")
	}
}

// Everything that goes into a channel comes out of it in order, over a socket
// too, and a slow channel does not hold up the others.
func TestNetworkCarriesChannels(t *testing.T) {
	n, err := Listen("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	link, err := n.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	const channels, capacity = 3, 2
	fail := func(err error) { t.Log(err) }
	wakes := make(chan struct{}, 1)
	wake := func() {
		select {
		case wakes <- struct{}{}:
		default:
		}
	}
	var qs []*Queue
	var ss []Sender
	for c := range channels {
		qs = append(qs, n.Expect(fmt.Sprint("c", c), twoInts, capacity, wake, fail))
		ss = append(ss, opened(link, fmt.Sprint("c", c), capacity, wake, fail))
	}
	var wg sync.WaitGroup
	wg.Go(func() { // channel 0 is not read at first: only its credit is used up
		w := writer(physical.Distribution{Kind: physical.Forward}, ss[:1], 4)
		for i := range 10 {
			_ = w.Emit(ints(int64(i), 1, 2, 3))
		}
		w.Watermark(9, 0)
		w.Barrier(stream.Barrier{Checkpoint: 3, Savepoint: true, Drain: true}, 0)
		w.Idle(true, 0)
		w.End(0)
	})
	wg.Wait()
	if !ss[0].Full() || ss[1].Full() {
		t.Fatal("credit is by channel")
	}
	w := writer(physical.Distribution{Kind: physical.Forward}, ss[1:2], 4)
	_ = w.Emit(ints(1, 2, 3, 4))
	await(t, func() bool { return qs[1].Len() == 1 && qs[0].Len() == 14 })
	es := drain(qs[0])
	for i, e := range es[:10] {
		if vector.Values[int64](&e.Buffer.Batch.Cols[0])[0] != int64(i) {
			t.Fatalf("batch %d is out of order", i)
		}
		e.Buffer.Release()
	}
	if es[10].Watermark != 9 || es[11].Barrier != (stream.Barrier{Checkpoint: 3, Savepoint: true, Drain: true}) || es[12].Kind != stream.ElemIdle || es[13].Kind != stream.ElemEndOfInput {
		t.Fatalf("control elements: %+v", es[10:])
	}
	await(t, func() bool { return !ss[0].Full() })
	qs[2].Close()
	await(t, func() bool { return ss[2].Closed() })
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// opened is a port that its receiver knows of.
func opened(l *Link, name string, credit int, wake func(), fail func(error)) *Port {
	p := l.Port(name, credit, wake, fail)
	p.Open()
	return p
}

func TestUnexpectedChannelFailsTheSender(t *testing.T) {
	n, err := Listen("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	link, err := n.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	opened(link, "nobody", 1, func() {}, func(err error) { failed <- err })
	select {
	case <-failed:
	case <-time.After(5 * time.Second):
		t.Fatal("the sender hears nothing")
	}
	_ = n.Close()
}

// A channel whose job has failed before its sender opened it fails that sender,
// and does not take the other channels of the connection with it.
func TestChannelThatIsOverBreaksNoOther(t *testing.T) {
	n, err := Listen("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	link, err := n.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	fail := func(err error) { t.Error(err) }
	n.Expect("over", twoInts, 2, func() {}, fail)
	n.Forget([]string{"over"})
	gone := make(chan error, 1)
	late := opened(link, "over", 2, func() {}, func(err error) { gone <- err })
	q := n.Expect("next", twoInts, 2, func() {}, fail)
	next := opened(link, "next", 2, func() {}, fail)
	for _, s := range []Sender{late, next} {
		w := writer(physical.Distribution{Kind: physical.Forward}, []Sender{s}, 4)
		if err := w.Emit(ints(1, 2, 3, 4)); err != nil {
			t.Fatal(err)
		}
		w.End(0)
	}
	await(t, func() bool { return q.Len() == 2 })
	if err := <-gone; !strings.Contains(err.Error(), `channel "over" is gone`) {
		t.Error(err)
	}
	late.Forget()
	next.Forget()
	n.Forget([]string{"next"})
	_ = n.Close()
}

func await(t *testing.T, cond func() bool) {
	t.Helper()
	for range 2000 {
		if cond() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it does not come to pass")
}

func BenchmarkHashExchange(b *testing.B) {
	qs, ss := queues(8, 1<<30)
	w := NewWriter(WriterConfig{Dist: physical.Distribution{Kind: physical.Hash, Keys: []int{0}}, Types: []types.Type{types.BigIntType, types.BigIntType, types.BigIntType, types.BigIntType, types.BigIntType}, BatchRows: 8192, MaxParallelism: 128}, ss)
	keys := make([]int64, 8192)
	for i := range keys {
		keys[i] = int64(i * 7919)
	}
	v := vector.Of(types.PhysInt64, keys)
	in := &stream.Batch{Cols: []vector.Vector{v, v, v, v, v}, Rows: 8192}
	b.SetBytes(8192 * 40)
	for b.Loop() {
		_ = w.Emit(in)
		for _, q := range qs {
			for _, e := range drain(q) {
				e.Buffer.Release()
			}
		}
	}
	b.ReportMetric(float64(b.N)*8192/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
