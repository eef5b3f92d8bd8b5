package nexmark

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func table(events string) *catalog.Table {
	t := &catalog.Table{Name: "events", Options: option.Values{"connector": "nexmark", "events.num": events}}
	for _, f := range Schema.Fields {
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type})
	}
	return t
}

// readAll reads a table with so many splits and readers' batches, calling each for every event in the order of one reader.
func readAll(t *testing.T, events string, splits, batchRows, stopAfter int, resume *connector.Split, each func(string)) (last []byte) {
	t.Helper()
	src, err := Factory{}.NewSource(table(events), connector.ScanSpec{Columns: []int{0, 1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	en, _ := src.Enumerate(ctx, nil)
	r, _ := src.Open(ctx, connector.ReaderContext{BatchRows: batchRows})
	var all []connector.Split
	if resume != nil {
		all = []connector.Split{*resume}
	} else {
		for range splits {
			s, _, err := en.Assign(ctx, 0, splits)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s...)
		}
	}
	if err := r.Assign(all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for {
		f, err := r.Next(ctx)
		if errors.Is(err, connector.ErrNeedSplits) {
			return last
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Batch != nil {
			for i := range f.Batch.Rows {
				each(rowText(f.Batch, i))
				seen++
			}
		}
		last = f.Spans[0].After
		f.Release()
		if stopAfter > 0 && seen >= stopAfter {
			return last
		}
	}
}

func rowText(b *stream.Batch, i int) string {
	s := ""
	for c := range b.Cols {
		s += fmt.Sprint(b.Cols[c].ValueAt(i)) + "|"
	}
	return s
}

func TestEventsAreAFunctionOfTheirNumber(t *testing.T) {
	want := map[string]int{}
	readAll(t, "20000", 1, 8192, 0, nil, func(s string) { want[s]++ })
	for _, c := range []struct{ splits, rows int }{{1, 7}, {3, 1000}, {4, 8192}} {
		got := map[string]int{}
		readAll(t, "20000", c.splits, c.rows, 0, nil, func(s string) { got[s]++ })
		if len(got) != len(want) {
			t.Fatalf("%d splits, batches of %d: %d distinct events, want %d", c.splits, c.rows, len(got), len(want))
		}
		for s, n := range want {
			if got[s] != n {
				t.Fatalf("%d splits: event %s came %d times, want %d", c.splits, s, got[s], n)
			}
		}
	}
}

func TestSplitResumesBehindItsPosition(t *testing.T) {
	var whole, parts []string
	readAll(t, "5000", 1, 512, 0, nil, func(s string) { whole = append(whole, s) })
	at := readAll(t, "5000", 1, 512, 1500, nil, func(s string) { parts = append(parts, s) })
	readAll(t, "5000", 1, 333, 0, &connector.Split{ID: "0/1", Data: at}, func(s string) { parts = append(parts, s) })
	if fmt.Sprint(whole) != fmt.Sprint(parts) {
		t.Fatalf("resumed reading differs: %d and %d events", len(whole), len(parts))
	}
}

func TestProportions(t *testing.T) {
	c, err := parse(option.Values{})
	if err != nil {
		t.Fatal(err)
	}
	x := newBatch(c, needOf([]int{3}, nil), 100_000)
	x.add(0, 100_000)
	var n [3]int
	hot := 0
	for i, k := range x.kinds {
		if i < 5000 {
			n[k]++
		}
		if eventKind(k) == bidEvent && (x.bid.auction[i]-firstAuctionID)%hotStride == 0 {
			hot++
		}
	}
	if n != [3]int{100, 300, 4600} {
		t.Fatalf("persons, auctions, bids: %v", n)
	}
	if hot < 46_000 || hot > 48_500 { // a half of 92,000, and what falls there by chance
		t.Errorf("%d of 92,000 bids are for hot auctions", hot)
	}
}

func TestWrongColumnsAreRefused(t *testing.T) {
	bad := table("10")
	bad.Columns = bad.Columns[1:]
	if _, err := (Factory{}).Info(bad); err == nil {
		t.Fatal("a table without event_type was accepted")
	}
}

func BenchmarkEvents(b *testing.B) {
	c, _ := parse(option.Values{})
	all := []int{0, 1, 2, 3}
	for _, bc := range []struct {
		name   string
		fields [][]int
	}{
		{"all", nil},
		{"auctions of bids", [][]int{nil, {personTime}, {auctionTime}, {bidAuction, bidTime}}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			x := newBatch(c, needOf(all, bc.fields), stream.BatchRows)
			b.ReportAllocs()
			n := int64(0)
			for b.Loop() {
				x.start()
				x.add(n, stream.BatchRows)
				n += stream.BatchRows
				x.finish(all)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mevents/s")
		})
	}
}

// TestEventsStayTheSame: answers that were recorded elsewhere rest on them.
func TestEventsStayTheSame(t *testing.T) {
	h := sha256.New()
	readAll(t, "20000", 1, 8192, 0, nil, func(s string) { h.Write([]byte(s + "\n")) })
	const want = "65be7594dd65538485cad90f644979b77f04016c10557775d6a3d86dc56ce54c"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Fatalf("the digest of the first 20000 events is %s, want %s", got, want)
	}
}

// TestNeededFieldsAreTheSame: what else is needed changes nothing of a field.
func TestNeededFieldsAreTheSame(t *testing.T) {
	c, err := parse(option.Values{"first-event.rate": "777"})
	if err != nil {
		t.Fatal(err)
	}
	const rows = 500
	columns := []int{1, 2, 3}
	whole := newBatch(c, needOf(columns, nil), rows)
	whole.add(12_345, rows)
	want := whole.finish(columns)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var fields [][]int
		for _, col := range columns {
			list := []int{}
			for f := range Schema.Fields[col].Type.Fields {
				if rng.IntN(4) == 0 {
					list = append(list, f)
				}
			}
			fields = append(fields, list)
		}
		b := newBatch(c, needOf(columns, fields), rows)
		b.add(12_345, rows)
		got := b.finish(columns)
		for col, list := range fields {
			for _, f := range list {
				for i := range rows {
					if !want.Cols[col].Valid.Get(i) {
						continue
					}
					if g, w := fmt.Sprint(got.Cols[col].Kids[f].ValueAt(i)), fmt.Sprint(want.Cols[col].Kids[f].ValueAt(i)); g != w {
						t.Fatalf("fields %v: field %d of column %d of event %d is %s, want %s", fields, f, columns[col], i, g, w)
					}
				}
			}
		}
	}
}
