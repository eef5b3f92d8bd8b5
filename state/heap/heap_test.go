package heap_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/heap"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/keyed/keyedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKit(t *testing.T) { keyedtest.Run(t, keyedtest.Kit{Open: heap.Open}) }

// TestTightMemory leaves no memory for copies: the task must help to write.
func TestTightMemory(t *testing.T) {
	keyedtest.Run(t, keyedtest.Kit{Open: heap.Open, Memory: 3 << 20, Rounds: 10})
}

func open(tb testing.TB, limit int64) keyed.Backend {
	tb.Helper()
	grant, err := memory.NewManager(limit).Open("state", 0)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := heap.Open(keyed.Config{FS: fs.NewMemory(), Checkpoints: "/c", Owner: "v-0", Attempt: "a", Groups: keyed.GroupRange{To: 128}, MaxParallelism: 128, Memory: grant})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func values(tb testing.TB, b keyed.Backend, width int) keyed.ValueState {
	tb.Helper()
	store, err := b.Store("op")
	if err != nil {
		tb.Fatal(err)
	}
	s, err := store.Value("v", width)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// batchOf is n keys from a start on, with hashes as the engine's would be.
func batchOf(from, n int) *keyed.Keys {
	var k keyed.Keys
	for i := range n {
		u := uint64(from + i)
		h := u * 0x9e3779b97f4a7c15
		h ^= h >> 29
		h *= 0xbf58476d1ce4e5b9
		k.Append(h^h>>32, append([]byte{1}, keyedtest.Uint64Key(u)...))
	}
	return &k
}

func TestFullMemoryNamesTheWayOut(t *testing.T) {
	b := open(t, 1<<20)
	defer b.Close()
	s := values(t, b, 64)
	rows := keyed.Rows{Width: 64}
	for range 1000 {
		rows.Append(keyedtest.Repeat(1, 64))
	}
	for i := range 100 {
		err := s.Put(batchOf(i*1000, 1000), nil, &rows)
		if err == nil {
			continue
		}
		if e := sqlerr.As(err); e == nil || e.Code != sqlerr.InsufficientMemory || !strings.Contains(e.Hint, "pebble") {
			t.Fatalf("want InsufficientMemory that names pebble, got %v", err)
		}
		return
	}
	t.Fatal("100,000 rows of 64 bytes fit into 1 MiB")
}

// TestDeletedRowsGiveMemoryBack fills and empties: pages must be used again.
func TestDeletedRowsGiveMemoryBack(t *testing.T) {
	b := open(t, 64<<20)
	defer b.Close()
	s := values(t, b, 16)
	rows, none := keyed.Rows{Width: 16}, keyed.Rows{Width: 16}
	for range 1000 {
		rows.Append(keyedtest.Repeat(7, 16))
		none.AppendAbsent()
	}
	for round := range 30 {
		for i := range 100 {
			if err := s.Put(batchOf((round*100+i)*1000, 1000), nil, &rows); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		for i := range 100 {
			if err := s.Put(batchOf((round*100+i)*1000, 1000), nil, &none); err != nil {
				t.Fatal(err)
			}
		}
	}
	if st := b.Stats(); st.Rows != 0 || st.Bytes > 8<<20 {
		t.Errorf("all rows are gone, yet %d rows in %d bytes are left", st.Rows, st.Bytes)
	}
}

func BenchmarkGetPut(b *testing.B) {
	for _, keys := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			back := open(b, 4<<30)
			defer back.Close()
			s := values(b, back, 16)
			const batch = 8192
			r := rand.New(rand.NewPCG(1, 2))
			var batches []*keyed.Keys
			perm := r.Perm(keys)
			all := batchOf(0, keys)
			for at := 0; at+batch <= keys; at += batch {
				var k keyed.Keys
				for _, i := range perm[at : at+batch] {
					k.Append(all.Hash[i], all.At(i))
				}
				batches = append(batches, &k)
			}
			rows := keyed.Rows{Width: 16}
			step := func(k *keyed.Keys) {
				rows.Reset()
				if err := s.Get(k, &rows); err != nil {
					b.Fatal(err)
				}
				for i := range rows.Has {
					rows.Has[i] = true
					rows.Bytes[i*16]++
				}
				if err := s.Put(k, nil, &rows); err != nil {
					b.Fatal(err)
				}
			}
			for _, k := range batches {
				step(k)
			}
			i := 0
			for b.Loop() {
				step(batches[i%len(batches)])
				i++
			}
			b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds()/1e6, "Mkeys/s")
		})
	}
}

// BenchmarkBarrier is what the task waits for at a barrier, over a million rows.
func BenchmarkBarrier(b *testing.B) {
	back := open(b, 4<<30)
	defer back.Close()
	s := values(b, back, 16)
	rows := keyed.Rows{Width: 16}
	for range 10000 {
		rows.Append(keyedtest.Repeat(7, 16))
	}
	for i := range 100 {
		if err := s.Put(batchOf(i*10000, 10000), nil, &rows); err != nil {
			b.Fatal(err)
		}
	}
	for n := int64(1); b.Loop(); n++ {
		up, err := back.Snapshot(n)
		if err != nil {
			b.Fatal(err)
		}
		up.Discard()
		back.Aborted(n)
	}
}
