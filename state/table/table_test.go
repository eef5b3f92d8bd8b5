package table

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/memory"
)

func newPool(t *testing.T, limit int64) *Pool {
	t.Helper()
	grant, err := memory.NewManager(limit).Open("pool", 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPool(grant)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func newRand(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// everything is what a snapshot of a table's pages shows.
func everything(into map[string]string) func(p *Page) error {
	return func(p *Page) error {
		return p.Each(false, func(r *Record) error {
			if _, twice := into[string(r.Key)]; twice {
				return fmt.Errorf("%s was visited twice", r.Key)
			}
			into[string(r.Key)] = string(r.Row)
			return nil
		})
	}
}

// TestFreezeHoldsStill freezes a table, goes on changing it, and compares what the
// snapshot shows; with memory for copies and without, when the task must help.
func TestFreezeHoldsStill(t *testing.T) {
	for _, limit := range []int64{64 << 20, 12 * PageBytes * 64 / 64} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			r := newRand(t)
			p := newPool(t, max(limit, 4*memory.PageSize))
			tab := NewTable(p, 3, 0)
			model := map[string]string{}
			helped := 0
			for range 30 {
				churn(t, r, tab, model, 40)
				want, got := maps.Clone(model), map[string]string{}
				visit := everything(got)
				running := false
				s := p.Freeze(func(uint16, uint32) bool { return true }, func(page *Page) error {
					if !running {
						helped++
					}
					return visit(page)
				})
				churn(t, r, tab, model, 60)
				running = true
				if err := s.Visit(); err != nil {
					t.Fatal(err)
				}
				if !maps.Equal(got, want) {
					t.Fatalf("the snapshot shows %d rows, want %d, or they differ", len(got), len(want))
				}
			}
			if tight := limit < 1<<20; tight != (helped > 0) {
				t.Errorf("limit %d: the task helped with %d pages", limit, helped)
			}
		})
	}
}

// TestCopiesGiveWay fills the memory while a snapshot waits to be visited: what
// its copies hold must be there for rows, as without a snapshot.
func TestCopiesGiveWay(t *testing.T) {
	fits := func(freeze bool) (rows int) {
		p := newPool(t, max(16*PageBytes, 4*memory.PageSize))
		tab := NewTable(p, 1, 0)
		put := func(i int) error {
			key := fmt.Sprint(i)
			return tab.Upsert(xxh3.HashString(key), []byte(key), make([]byte, 100), p.Epoch(), 0)
		}
		for ; p.Bytes() < 6*PageBytes; rows++ {
			if err := put(rows); err != nil {
				t.Fatal(err)
			}
		}
		frozen := rows
		var s *Snapshot
		visited := map[string]string{}
		if freeze {
			s = p.Freeze(func(uint16, uint32) bool { return true }, everything(visited))
			for i := range frozen { // each page is copied
				if err := put(i); err != nil {
					t.Fatal(err)
				}
			}
		}
		for put(rows) == nil {
			rows++
		}
		if freeze {
			if err := s.Visit(); err != nil || len(visited) != frozen {
				t.Errorf("the snapshot shows %d rows of %d, %v", len(visited), frozen, err)
			}
		}
		return rows
	}
	if without, with := fits(false), fits(true); with < without*9/10 {
		t.Errorf("%d rows fit beside a snapshot, %d without one", with, without)
	}
}

// churn changes about n rows; when memory is out it deletes instead.
func churn(t *testing.T, r *rand.Rand, tab *Table, model map[string]string, n int) {
	t.Helper()
	for range n {
		key := fmt.Sprint(r.IntN(600))
		hash := xxh3.HashString(key)
		row := fmt.Sprintf("%0*d", r.IntN(300), r.IntN(1000))
		if r.IntN(3) > 0 {
			if err := tab.Upsert(hash, []byte(key), []byte(row), tab.pool.Epoch(), 0); err == nil {
				model[key] = row
				continue
			}
		}
		tab.Delete(hash, []byte(key))
		delete(model, key)
	}
}

// TestLargeRecords mixes records of all sizes, spans of pages among them.
func TestLargeRecords(t *testing.T) {
	r := newRand(t)
	p := newPool(t, 256<<20)
	tab := NewTable(p, 1, 0)
	model := map[string]string{}
	for range 4000 {
		key := fmt.Sprint(r.IntN(200))
		hash := xxh3.HashString(key)
		if r.IntN(4) == 0 {
			tab.Delete(hash, []byte(key))
			delete(model, key)
			continue
		}
		row := make([]byte, []int{0, 10, 500, 3000, 16 << 10, 100_000}[r.IntN(6)])
		for i := 0; i < len(row); i += 97 {
			row[i] = byte(r.Uint32())
		}
		if err := tab.Upsert(hash, []byte(key), row, 1, 0); err != nil {
			t.Fatal(err)
		}
		model[key] = string(row)
	}
	got := map[string]string{}
	if err := p.Freeze(func(uint16, uint32) bool { return true }, everything(got)).Visit(); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, model) || tab.Len() != len(model) {
		t.Fatalf("%d records shown, %d counted, want %d", len(got), tab.Len(), len(model))
	}
	tab.Clear()
	if left := p.Bytes(); left > 64*PageBytes || tab.Bytes() != 0 {
		t.Errorf("after Clear %d bytes of pages and %d of records are in use", left, tab.Bytes())
	}
}

// TestScanSurvivesGrowth grows and changes a table between the chunks of a scan:
// what was there all along shows exactly once.
func TestScanSurvivesGrowth(t *testing.T) {
	r := newRand(t)
	p := newPool(t, 64<<20)
	tab := NewTable(p, 1, 0)
	put := func(key, row string) {
		if err := tab.Upsert(xxh3.HashString(key), []byte(key), []byte(row), 1, 0); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 500 {
		put(fmt.Sprint("old", i), "x")
	}
	seen := map[string]int{}
	var from uint64
	for more, n := true, 0; more; n++ {
		var refs []uint64
		refs, from, more = tab.Scan(from, nil, 7)
		for _, ref := range refs {
			seen[string(tab.Key(ref))]++
		}
		for range 30 {
			put(fmt.Sprint("new", n, r.IntN(1000)), "y")
			put(fmt.Sprint("old", r.IntN(500)), fmt.Sprintf("%0*d", r.IntN(100), 1)) // moves its record
		}
	}
	for i := range 500 {
		if n := seen[fmt.Sprint("old", i)]; n != 1 {
			t.Fatalf("old%d was seen %d times", i, n)
		}
	}
}

// TestDiscard lets a snapshot go while copies of it exist.
func TestDiscard(t *testing.T) {
	r := newRand(t)
	p := newPool(t, 64<<20)
	tab := NewTable(p, 1, 0)
	model := map[string]string{}
	churn(t, r, tab, model, 500)
	before := p.Bytes()
	for range 20 {
		s := p.Freeze(func(uint16, uint32) bool { return true }, func(*Page) error { return nil })
		churn(t, r, tab, model, 50)
		s.Discard()
	}
	p.collect()
	if len(p.snaps) != 0 || p.Bytes() > before*2 {
		t.Errorf("%d snapshots and %d bytes are left, %d bytes before", len(p.snaps), p.Bytes(), before)
	}
}

// TestEmptyRowsLieWithinThePage: the collector refuses a pointer behind an object,
// and a row of no bytes at the end of a page points there.
func TestEmptyRowsLieWithinThePage(t *testing.T) {
	p := newPool(t, 64<<20)
	tab := NewTable(p, 1, 0)
	for i := range 20_000 {
		key := fmt.Sprintf("%08d", i)
		if err := tab.Upsert(xxh3.HashString(key), []byte(key), nil, p.Epoch(), 0); err != nil {
			t.Fatal(err)
		}
	}
	var s *Snapshot
	atEnd := 0
	s = p.Freeze(func(uint16, uint32) bool { return true }, func(page *Page) error {
		base := uintptr(unsafe.Pointer(unsafe.SliceData(s.scratch)))
		return page.Each(false, func(r *Record) error {
			switch at := uintptr(unsafe.Pointer(unsafe.SliceData(r.Row))) - base; {
			case at >= uintptr(len(s.scratch))*8:
				return fmt.Errorf("the row of %s lies behind the object", r.Key)
			case at == PageBytes:
				atEnd++
			}
			return nil
		})
	})
	if err := s.Visit(); err != nil {
		t.Fatal(err)
	}
	if atEnd == 0 {
		t.Error("no row lies at the end of a page: nothing was tested")
	}
}

// TestGoneRecordsAskForNoIndex: an index full of what is gone is made anew as
// small as what is left needs, so that eviction always ends in room.
func TestGoneRecordsAskForNoIndex(t *testing.T) {
	p := newPool(t, 64<<20)
	tab := NewTable(p, 1, 0)
	var refs []uint64
	key := func(i int) []byte { return fmt.Appendf(nil, "%08d", i) }
	for i := 0; i < 100_000 || tab.IndexGrowth() == 0; i++ { // until the next record makes it grow
		ref, err := tab.Set(0, xxh3.Hash(key(i)), key(i), nil, p.Epoch(), 0)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	for _, r := range refs {
		tab.Remove(r)
	}
	if tab.used*2 < len(refs) {
		t.Fatalf("%d slots of %d are left over: nothing is tested", tab.used, len(refs))
	}
	if n := tab.IndexGrowth(); n > 2 {
		t.Errorf("one record may cost the index of an empty table %d pages", n)
	}
}

// TestVisitLeavesTheTaskAlone: while a visit writes a file the task goes on, in
// new pages and in copies of frozen ones.
func TestVisitLeavesTheTaskAlone(t *testing.T) {
	p := newPool(t, 64<<20)
	tab := NewTable(p, 1, 0)
	put := func(i int) {
		key := fmt.Sprint(i)
		if err := tab.Upsert(xxh3.HashString(key), []byte(key), make([]byte, 100), p.Epoch(), 0); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2000 {
		put(i)
	}
	reached, goOn := make(chan struct{}), make(chan struct{})
	first := true
	s := p.Freeze(func(uint16, uint32) bool { return true }, func(*Page) error {
		if first {
			first = false
			close(reached)
			select {
			case <-goOn:
			case <-time.After(5 * time.Second):
				return errors.New("the task waits for the visit")
			}
		}
		return nil
	})
	visited := make(chan error)
	go func() { visited <- s.Visit() }()
	<-reached
	for i := range 4000 {
		put(i)
		if !p.Ensure(4) {
			t.Fatal("there is memory")
		}
	}
	close(goOn)
	if err := <-visited; err != nil {
		t.Error(err)
	}
}

// TestFailureBesideTheTask has visits fail while the task changes what is frozen.
func TestFailureBesideTheTask(t *testing.T) {
	p := newPool(t, 64<<20)
	tab := NewTable(p, 1, 0)
	failed := errors.New("no space")
	put := func(i int) {
		key := fmt.Sprint(i)
		if err := tab.Upsert(xxh3.HashString(key), []byte(key), make([]byte, 100), p.Epoch(), 0); err != nil {
			t.Error(err)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 2000 {
			put(i)
		}
		for range 300 {
			visits := 0
			s := p.Freeze(func(uint16, uint32) bool { return true }, func(*Page) error {
				if visits++; visits == 3 {
					time.Sleep(50 * time.Microsecond) // the task comes to wait
					return failed
				}
				return nil
			})
			visited := make(chan error)
			go func() { visited <- s.Visit() }()
			for i := range 2000 {
				put(i)
			}
			if err := <-visited; !errors.Is(err, failed) {
				t.Errorf("the visit ended with %v", err)
			}
		}
		p.collect()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the task and the visit wait for each other")
	}
	if len(p.snaps) > 0 {
		t.Errorf("%d snapshots are left", len(p.snaps))
	}
}
