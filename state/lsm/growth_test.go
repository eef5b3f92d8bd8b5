package lsm_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/keyed/keyedtest"
	"github.com/weir-engine/weir/state/lsm"
)

func open(tb testing.TB, limit int64) (keyed.Backend, keyed.Config) {
	tb.Helper()
	grant, err := memory.NewManager(limit).Open("state", 0)
	if err != nil {
		tb.Fatal(err)
	}
	c := keyed.Config{
		Dir: tb.TempDir(), FS: fs.Local{}, Checkpoints: tb.TempDir(), Owner: "v-0", Attempt: "a",
		Groups: keyed.GroupRange{To: 128}, MaxParallelism: 128, Memory: grant,
	}
	b, err := lsm.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Error(err)
		}
	})
	return b, c
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

func keyOf(i int) (uint64, []byte) {
	h := uint64(i) * 0x9e3779b97f4a7c15
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return h ^ h>>32, append([]byte{1}, keyedtest.Uint64Key(uint64(i))...)
}

func put(tb testing.TB, s keyed.ValueState, r *rand.Rand, width int, ids []int) {
	tb.Helper()
	for len(ids) > 0 {
		n := min(len(ids), 8192)
		var k keyed.Keys
		rows := keyed.Rows{Width: width}
		row := make([]byte, width)
		for _, i := range ids[:n] {
			k.Append(keyOf(i))
			for b := range row {
				row[b] = byte(r.Uint32()) // does not compress
			}
			rows.Append(row)
		}
		if err := s.Put(&k, nil, &rows); err != nil {
			tb.Fatal(err)
		}
		ids = ids[n:]
	}
}

// TestStoredBytes holds the promise on incremental checkpoints: over 20 of them,
// each after 1 % of the rows changed at random, what is stored is at most 2.5 times the bytes changed,
// and one base. A row's bytes are its key and value. In tight memory, where rows are evicted
// between the barriers too.
func TestStoredBytes(t *testing.T) {
	const rows, width = 200_000, 40
	for name, limit := range map[string]int64{"in memory": 256 << 20, "evicting": 12 << 20} {
		t.Run(name, func(t *testing.T) {
			b, _ := open(t, limit)
			s := values(t, b, width)
			r := rand.New(rand.NewPCG(1, 2))
			all := r.Perm(rows)
			put(t, s, r, width, all)
			checkpoint(t, b, 1)
			base := b.Stats().CheckpointBytes
			changed := int64(0)
			for n := int64(2); n <= 21; n++ {
				ids := r.Perm(rows)[:rows/100]
				put(t, s, r, width, ids)
				changed += int64(len(ids)) * (9 + width)
				checkpoint(t, b, n)
				lsm.Wait(b)
			}
			stored := b.Stats().CheckpointBytes - base
			t.Logf("base %d, changed %d, stored %d (%.2f times), evicted rows %d", base, changed, stored, float64(stored)/float64(changed), b.Stats().EvictedRows)
			if base > rows*(9+width)*5/4 {
				t.Errorf("the base has %d bytes for %d of rows", base, rows*(9+width))
			}
			if float64(stored) > 2.5*float64(changed) {
				t.Errorf("stored %d bytes for %d changed: more than 2.5 times", stored, changed)
			}
			if evicting := limit < rows*64; evicting != (b.Stats().EvictedRows > 0) {
				t.Errorf("%d rows were evicted", b.Stats().EvictedRows)
			}
		})
	}
}

func checkpoint(tb testing.TB, b keyed.Backend, n int64) keyed.Handle {
	tb.Helper()
	up, err := b.Snapshot(n)
	if err != nil {
		tb.Fatal(err)
	}
	h, err := up.Run(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	b.Completed(n)
	return h
}

// TestBasesBoundFiles rewrites everything again and again: bases keep what is named from growing for ever.
func TestBasesBoundFiles(t *testing.T) {
	const rows, width = 30_000, 100
	b, _ := open(t, 256<<20)
	s := values(t, b, width)
	r := rand.New(rand.NewPCG(1, 2))
	most, bases := int64(0), 0
	for n := range int64(12) {
		put(t, s, r, width, r.Perm(rows))
		h := checkpoint(t, b, n+1)
		lsm.Wait(b)
		total := int64(0)
		for _, f := range h.Files {
			total += f.Bytes
		}
		most = max(most, total)
		bases += lsm.Bases(b)
	}
	if live := int64(rows * (9 + width)); most > 6*live || bases == 0 {
		t.Errorf("a checkpoint of %d live bytes names %d; %d base files", live, most, bases)
	}
}

// TestNewKeysDoNotRead holds that a key never seen before costs no look into Pebble,
// though most of the state lies there.
func TestNewKeysDoNotRead(t *testing.T) {
	b, c := open(t, 64<<20)
	s := values(t, b, 16)
	r := rand.New(rand.NewPCG(1, 2))
	put(t, s, r, 16, r.Perm(100_000))
	h := checkpoint(t, b, 1)
	if err := lsm.EvictAll(b); err != nil {
		t.Fatal(err)
	}
	c.Dir, c.Restore, c.Attempt = t.TempDir(), []keyed.Handle{h}, "b"
	restored, err := lsm.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	for name, b := range map[string]keyed.Backend{"evicted": b, "restored": restored} {
		s := values(t, b, 16)
		var old, unseen keyed.Keys
		for i := range 5000 {
			old.Append(keyOf(i))
			unseen.Append(keyOf(1_000_000 + i))
		}
		got := keyed.Rows{Width: 16}
		before := lsm.Reads(b)
		if err := s.Get(&unseen, &got); err != nil {
			t.Fatal(err)
		}
		if n := lsm.Reads(b) - before; n > 100 {
			t.Errorf("%s: 5000 new keys cost %d reads", name, n)
		}
		for i, has := range got.Has {
			if has {
				t.Fatalf("%s: new key %d is there", name, i)
			}
		}
		got.Reset()
		if err := s.Get(&old, &got); err != nil {
			t.Fatal(err)
		}
		for i, has := range got.Has {
			if !has {
				t.Fatalf("%s: key %d is lost", name, i)
			}
		}
	}
}

// TestLargeRows has rows of many pages in a memory that holds few of them.
func TestLargeRows(t *testing.T) {
	b, _ := open(t, 4<<20)
	store, err := b.Store("op")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Value("large", 0)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	want := map[int]byte{}
	for n := range 600 {
		i := r.IntN(100)
		var k keyed.Keys
		var got, rows keyed.Rows
		k.Append(keyOf(i))
		if err := s.Get(&k, &got); err != nil {
			t.Fatal(err)
		}
		if fill, had := want[i]; had != got.Has[0] || had && got.At(0)[len(got.At(0))-1] != fill {
			t.Fatalf("row %d: there %v, want %v", i, got.Has[0], had)
		}
		want[i] = byte(n)
		rows.Append(keyedtest.Repeat(byte(n), 1+r.IntN(200_000)))
		if err := s.Put(&k, nil, &rows); err != nil {
			t.Fatal(err)
		}
	}
	if b.Stats().EvictedRows == 0 {
		t.Error("ten megabytes fit in four")
	}
}

func BenchmarkGetPut(b *testing.B) {
	const keys = 1_000_000
	back, _ := open(b, 1<<30)
	s := values(b, back, 16)
	r := rand.New(rand.NewPCG(1, 2))
	perm := r.Perm(keys)
	put(b, s, r, 16, perm)
	var batches []*keyed.Keys
	for at := 0; at+8192 <= keys; at += 8192 {
		var k keyed.Keys
		for _, i := range perm[at : at+8192] {
			k.Append(keyOf(i))
		}
		batches = append(batches, &k)
	}
	rows := keyed.Rows{Width: 16}
	n := 0
	for b.Loop() {
		rows.Reset()
		k := batches[n%len(batches)]
		n++
		if err := s.Get(k, &rows); err != nil {
			b.Fatal(err)
		}
		if err := s.Put(k, nil, &rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*8192/b.Elapsed().Seconds()/1e6, "Mkeys/s")
}
