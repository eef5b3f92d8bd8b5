package nexmark

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/sqltest"
)

// events is how many events the queries run over; WEIR_NEXMARK_EVENTS sets
// another number, such as the million of a full check.
func events(t *testing.T) int64 {
	if s := os.Getenv("WEIR_NEXMARK_EVENTS"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 20_000
}

// untilDeadline ends before the test would be ended by a panic.
func untilDeadline(t *testing.T) (context.Context, context.CancelFunc) {
	if d, ok := t.Deadline(); ok {
		return context.WithDeadline(context.Background(), d.Add(-10*time.Second))
	}
	return context.WithCancel(context.Background())
}

// configs are the ways a query runs in besides the bounded run, which is the oracle.
func configs() []sqltest.Config {
	return []sqltest.Config{
		{Name: "batch-4", Parallelism: 4, BatchRows: 8192},
		{Name: "streaming-1-hashmap", Streaming: true, Parallelism: 1, BatchRows: 8192, Backend: "hashmap"},
		{Name: "streaming-1-pebble-row", Streaming: true, Parallelism: 1, BatchRows: 1, Backend: "pebble"},
		{Name: "streaming-4-pebble", Streaming: true, Parallelism: 4, BatchRows: 8192, Backend: "pebble"},
		{Name: "streaming-4-hashmap-row", Streaming: true, Parallelism: 4, BatchRows: 1, Backend: "hashmap"},
		{Name: "restore-pebble", Streaming: true, Parallelism: 4, BatchRows: 1000, Backend: "pebble", Restore: true, RestoreTo: 1},
		{Name: "restore-hashmap", Streaming: true, Parallelism: 1, BatchRows: 1000, Backend: "hashmap", Restore: true, RestoreTo: 4},
	}
}

// TestModesAgree runs each query bounded, and holds every other way of running
// it over the same events against that.
func TestModesAgree(t *testing.T) {
	ctx, cancel := untilDeadline(t)
	defer cancel()
	if err := defineFunctions(); err != nil {
		t.Fatal(err)
	}
	ddl, err := definitions(schema, option.Values{
		"connector": "nexmark", "events.num": fmt.Sprint(events(t)),
		"first-event.rate": "1000", // an event a millisecond: no two bids tie on their time, which Q18's answer would depend on
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			text, err := Query(name)
			if err != nil {
				t.Fatal(err)
			}
			_, query, _ := strings.Cut(text, "INSERT INTO nexmark_result")
			query = strings.TrimSuffix(strings.TrimSpace(query), ";")
			switch name {
			case "q12": // what is in which window depends on the clock, but not what is in all of them
				query = "SELECT bidder, SUM(bids) FROM (" + query + ") GROUP BY bidder"
			case "q19": // which of equal bids has which place depends on who comes first
				query = "SELECT auction, price, place FROM (" + query + ")"
			case "q23": // so many rows that their numbers must do
				query = "SELECT bidder, price, id, initialBid, seller FROM (" + query + ")"
			}
			p := &sqltest.Program{Path: filepath.Join(t.TempDir(), name)}
			for _, d := range ddl {
				p.Blocks = append(p.Blocks, sqltest.Block{Kind: sqltest.StatementOK, SQL: d})
			}
			p.Blocks = append(p.Blocks, sqltest.Block{Kind: sqltest.Query, SQL: query, RowSort: true})
			last := &p.Blocks[len(p.Blocks)-1]
			if last.Rows, err = sqltest.Answer(ctx, p, sqltest.Config{Name: "batch-1", Parallelism: 1, BatchRows: 8192}); err != nil {
				t.Fatal(err)
			}
			if len(last.Rows) == 0 && name != "q2" {
				t.Fatal("the bounded run gives no rows: nothing would be compared")
			}
			for _, c := range configs() {
				st, err := sqltest.Run(ctx, p, c)
				if err != nil {
					t.Errorf("%.2000s", err.Error())
				}
				if c.Restore && st.Restored == 0 {
					t.Errorf("[%s] the job was not cut and restored", c.Name)
				}
			}
		})
	}
}
