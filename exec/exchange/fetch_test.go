package exchange

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/spill"
)

// wrote is a finished output of rows 0 to n, parted by hash into channels.
func wrote(t *testing.T, dir string, n, channels int, mem *memory.Manager) (*Outputs, OutputID) {
	t.Helper()
	grant, err := mem.Open("output", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer grant.Close()
	o, err := NewOutput(spill.NewSpace(fs.Local{}, dir), twoInts, channels, grant)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(WriterConfig{Dist: physical.Distribution{Kind: physical.Hash, Keys: []int{0}}, Types: twoInts, BatchRows: 100, MaxParallelism: 128, Output: o}, o.Ports(channels))
	for at := 0; at < n; at += 10 {
		keys := make([]int64, 10)
		for i := range keys {
			keys[i] = int64(at + i)
		}
		if err := w.Emit(ints(keys...)); err != nil {
			t.Fatal(err)
		}
		if w.Full() || w.Closed() {
			t.Fatal("a file has room, and always wants more")
		}
	}
	w.Watermark(stream.MaxWatermark, 0)
	w.End(0)
	run, err := o.Finish()
	if err != nil {
		t.Fatal(err)
	}
	id := OutputID{Leader: 1, Job: "j", Attempt: 3, From: "a", Subtask: 1, Edge: 2}
	all := NewOutputs()
	all.Add(id, run)
	return all, id
}

// receiver takes what a fetch brings until its end or its failure.
type receiver struct {
	fetch *Fetch
	wake  chan struct{}
	fails chan error
}

func (r *receiver) wakes() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func newReceiver(open func(arrived func(), fail func(error)) *Fetch) *receiver {
	r := &receiver{wake: make(chan struct{}, 1), fails: make(chan error, 4)}
	r.fetch = open(r.wakes, func(err error) { r.fails <- err })
	return r
}

func (r *receiver) rows(t *testing.T) (rows []int64, err error) {
	t.Helper()
	r.fetch.Start()
	defer r.fetch.Stop()
	timeout := time.After(20 * time.Second)
	for {
		e, ok := r.fetch.Queue.Pop()
		switch {
		case !ok:
			select {
			case <-r.wake:
			case err := <-r.fails:
				return rows, err
			case <-timeout:
				t.Fatal("nothing comes")
			}
		case e.Kind == stream.ElemEndOfInput:
			return rows, nil
		default:
			rows = append(rows, vector.Values[int64](&e.Buffer.Batch.Cols[0])[:e.Buffer.Batch.Rows]...)
			e.Buffer.Release()
		}
	}
}

// ways are how an output is read: in its process, and by another.
func ways(t *testing.T, o *Outputs, test func(t *testing.T, fetch func(Parts) *receiver)) {
	t.Run("local", func(t *testing.T) {
		test(t, func(p Parts) *receiver {
			return newReceiver(func(arrived func(), fail func(error)) *Fetch { return NewLocalFetch(o, p, twoInts, arrived, fail) })
		})
	})
	t.Run("network", func(t *testing.T) {
		from, err := Listen("127.0.0.1:0", nil, o)
		if err != nil {
			t.Fatal(err)
		}
		to, err := Listen("127.0.0.1:0", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := errors.Join(to.Close(), from.Close()); err != nil {
				t.Error(err)
			}
		}()
		link, err := to.Dial(from.Addr())
		if err != nil {
			t.Fatal(err)
		}
		test(t, func(p Parts) *receiver {
			return newReceiver(func(arrived func(), fail func(error)) *Fetch { return link.NewFetch(p, twoInts, 2, arrived, fail) })
		})
	})
}

func TestFetchBringsEveryRowOnce(t *testing.T) {
	mem := memory.NewManager(1 << 20)
	o, id := wrote(t, t.TempDir(), 5000, 3, mem)
	if mem.Used() != 0 {
		t.Errorf("%d bytes are still granted", mem.Used())
	}
	ways(t, o, func(t *testing.T, fetch func(Parts) *receiver) {
		seen := map[int64]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, part := range [][2]int{{0, 1}, {1, 2}, {2, 3}, {0, -1}} {
			wg.Go(func() {
				rows, err := fetch(Parts{id, part[0], part[1]}).rows(t)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, r := range rows {
					seen[r]++
				}
			})
		}
		wg.Wait()
		for r := range int64(5000) {
			if seen[r] != 2 { // once by its part, once by all
				t.Fatalf("row %d came %d times", r, seen[r])
			}
		}
	})
}

func TestOutputWithoutMemoryIsWrittenInSmallBlocks(t *testing.T) {
	mem := memory.NewManager(1)
	o, id := wrote(t, t.TempDir(), 1000, 2, mem)
	ways(t, o, func(t *testing.T, fetch func(Parts) *receiver) {
		if rows, err := fetch(Parts{id, 0, 2}).rows(t); err != nil || len(rows) != 1000 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	})
	mem = memory.NewManager(1 << 20)
	big, _ := wrote(t, t.TempDir(), 1000, 2, mem)
	if a, b := stored(o), stored(big); a <= b {
		t.Errorf("%d bytes without memory, %d with it: it was not given up early", a, b)
	}
}

func stored(o *Outputs) (n int64) {
	for _, r := range o.runs {
		for _, b := range r.Bytes {
			n += b
		}
	}
	return n
}

func TestADamagedOutputIsLost(t *testing.T) {
	for name, damage := range map[string]func(file string, b []byte) error{
		"a flipped bit": func(file string, b []byte) error { b[len(b)/2] ^= 4; return os.WriteFile(file, b, 0o600) },
		"truncated":     func(file string, b []byte) error { return os.Truncate(file, int64(len(b)/2)) },
		"removed":       func(file string, _ []byte) error { return os.Remove(file) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o, id := wrote(t, dir, 5000, 3, memory.NewManager(1<<20))
			file := filepath.Join(dir, "000001.run")
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(file, b); err != nil {
				t.Fatal(err)
			}
			ways(t, o, func(t *testing.T, fetch func(Parts) *receiver) { isLost(t, fetch(Parts{id, 0, 3}), id) })
		})
	}
	o, id := wrote(t, t.TempDir(), 100, 3, memory.NewManager(1<<20))
	if err := o.Drop("other", nil); err != nil || !o.Has(id) {
		t.Fatalf("another job's end dropped it: %v", err)
	}
	if err := o.Drop("j", func(x OutputID) bool { return x == id }); err != nil || !o.Has(id) {
		t.Fatalf("it was not kept: %v", err)
	}
	if err := o.Drop("j", nil); err != nil || o.Has(id) {
		t.Fatalf("it stays: %v", err)
	}
	ways(t, o, func(t *testing.T, fetch func(Parts) *receiver) { isLost(t, fetch(Parts{id, 0, 3}), id) })
}

func isLost(t *testing.T, r *receiver, id OutputID) {
	t.Helper()
	_, err := r.rows(t)
	var lost *LostError
	if !errors.As(err, &lost) || lost.Output != id || sqlerr.CodeOf(err) != sqlerr.ConnectionFailure || !strings.Contains(err.Error(), "is lost") {
		t.Errorf("%v", err)
	}
}

func TestAPeerThatIsGoneLosesWhatItHad(t *testing.T) {
	o, id := wrote(t, t.TempDir(), 5000, 1, memory.NewManager(1<<20))
	from, err := Listen("127.0.0.1:0", nil, o)
	if err != nil {
		t.Fatal(err)
	}
	to, err := Listen("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	link, err := to.Dial(from.Addr())
	if err != nil {
		t.Fatal(err)
	}
	fetch := func() *receiver {
		return newReceiver(func(arrived func(), fail func(error)) *Fetch {
			return link.NewFetch(Parts{id, 0, 1}, twoInts, 1, arrived, fail)
		})
	}
	r := fetch()
	r.fetch.Start()
	<-r.wake // the first block is here
	if err := from.Close(); err != nil {
		t.Fatal(err)
	}
	isLost(t, r, id)
	isLost(t, fetch(), id) // it was made when the connection had ended
}
