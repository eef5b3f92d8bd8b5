package window_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/state/keyed"
)

// TestGroupsThatWereAhead restores two subtasks into one, the second of which had
// fired more windows: none fires twice, and none misses a row.
func TestGroupsThatWereAhead(t *testing.T) {
	for _, c := range []struct {
		spec logical.WindowSpec
		aggs []physical.Agg
	}{
		{logical.WindowSpec{Kind: logical.Tumble, Size: 40}, []physical.Agg{agg("COUNT"), agg("SUM", 2)}},
		{logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 20}, []physical.Agg{agg("COUNT"), agg("SUM", 2)}}, // running
		{logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 20}, []physical.Agg{agg("COUNT"), agg("MAX", 2)}}, // merging
		{logical.WindowSpec{Kind: logical.Cumulate, Size: 100, Slide: 20}, []physical.Agg{agg("COUNT"), agg("SUM", 2)}},
	} {
		spec := &physical.WindowAggregate{
			Keys: []int{0}, Aggs: c.aggs, Spec: c.spec, Time: 3,
			Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd, physical.WindowTime},
		}
		rng := rand.New(rand.NewPCG(1, 2))
		var events []event
		for i := range int64(300) {
			events = append(events, event{k: int64(rng.IntN(12)), x: int64(rng.IntN(30)), ts: i * 2, s: "s"})
		}
		half := len(events) * 2 / 5 // up to 240
		marks := []int64{119, 199}
		var parts [][]byte
		var out []string
		both := aggregatetest.NewStore()
		for subtask, mark := range marks {
			r := &rig{t: t, store: aggregatetest.NewStore(), spec: spec, out: &sink{}, subtask: subtask, parallelism: 2}
			r.open(nil)
			for _, e := range events[:half] {
				if subtaskOf(e.k) == subtask {
					r.process(e)
				}
			}
			r.watermark(mark)
			p, err := r.op.Snapshot(1)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, p...)
			out = append(out, r.out.rows...)
			r.close()
			copyState(t, r.store, both)
		}
		r := &rig{t: t, store: both, spec: spec, out: &sink{}}
		r.open(parts)
		var late int64
		for k := range int64(12) {
			for _, at := range []int64{85, 125} { // late in some windows of some keys
				e := event{k: k, x: 1, ts: at, s: "s"}
				r.process(e)
				events = append(events, e)
				ends := windowsOf(c.spec, at)
				if !slices.ContainsFunc(ends, func(w [2]int64) bool { return w[1]-1 > marks[subtaskOf(k)] }) {
					late++
				}
			}
		}
		for at := half; at < 300; at += 20 {
			r.process(events[at : at+20]...)
			if at < 250 {
				r.watermark(events[at+19].ts)
			}
		}
		r.end()
		if n := r.ctx.Metric.Counter("numLateRecordsDropped").Value(); n != late {
			t.Errorf("%v: %d rows were late, want %d", c.spec, n, late)
		}
		out = append(out, r.out.rows...)
		slices.Sort(out)
		want := firedBefore(events, spec, marks)
		if !slices.Equal(out, want) {
			t.Errorf("%v: %d rows, want %d:\ngot  %s\nwant %s", c.spec, len(out), len(want), strings.Join(first(out, want)[0], "\n"), strings.Join(first(want, out)[0], "\n"))
		}
	}
}

// firedBefore is the reference of events whose last ones came behind the restore:
// windows that the subtask of their key had fired by then are without them.
func firedBefore(events []event, spec *physical.WindowAggregate, marks []int64) (out []string) {
	for which, lines := range [][]string{reference(events[:300], spec), reference(events, spec)} {
		for _, line := range lines {
			var kind string
			var k, end int64
			parts := strings.Fields(line)
			_, _ = fmt.Sscan(line, &kind, &k)
			_, _ = fmt.Sscan(parts[len(parts)-2], &end)
			if fired := end-1 <= marks[subtaskOf(k)]; fired == (which == 0) {
				out = append(out, line)
			}
		}
	}
	slices.Sort(out)
	return out
}

func subtaskOf(k int64) int {
	hashes := make([]uint64, 1)
	kernel.HashColumns([]vector.Vector{batch(event{k: k}).Cols[0]}, 1, nil, hashes)
	return keyed.SubtaskOf(keyed.GroupOf(hashes[0], 128), 2, 128)
}

// copyState moves what two subtasks kept into the state of one.
func copyState(t *testing.T, from, to *aggregatetest.Store) {
	t.Helper()
	const width = 32 // the count of rows, and the states of two aggregates
	src, err := from.Timed("slices", width)
	if err != nil {
		t.Fatal(err)
	}
	dst, err := to.Timed("slices", width)
	if err != nil {
		t.Fatal(err)
	}
	times, err := src.Times(-1<<40, 1<<40, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range times {
		e := keyed.Entries{}
		e.Rows.Width = width
		if _, err := src.Scan(at, &keyed.Cursor{}, &e, 1000); err != nil {
			t.Fatal(err)
		}
		if err := dst.Put(slices.Repeat([]int64{at}, e.Keys.N()), &e.Keys, nil, &e.Rows); err != nil {
			t.Fatal(err)
		}
	}
	have, err := from.Value("totals", width)
	if err != nil {
		t.Fatal(err)
	}
	into, err := to.Value("totals", width)
	if err != nil {
		t.Fatal(err)
	}
	e := keyed.Entries{}
	e.Rows.Width = width
	if _, err := have.Scan(&keyed.Cursor{}, &e, 1000); err != nil {
		t.Fatal(err)
	}
	if err := into.Put(&e.Keys, nil, &e.Rows); err != nil {
		t.Fatal(err)
	}
}

// TestSessionsThatWereAhead: rows that were late for their key group before a
// restore are late behind it; those of a subtask that had ended, and left no
// watermark, are not.
func TestSessionsThatWereAhead(t *testing.T) {
	keys := [2]int64{}
	for i := range keys {
		for subtaskOf(keys[i]) != i {
			keys[i]++
		}
	}
	part := func(mark int64, from, to uint32) []byte {
		p := binary.LittleEndian.AppendUint64(nil, uint64(mark))
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(p, from), to)
	}
	for _, c := range []struct {
		name  string
		parts [][]byte
		at    int64
		want  []string
	}{
		{"one is ahead", [][]byte{part(99, 0, 64), part(199, 64, 128)}, 100, []string{fmt.Sprintf("+I %d 1 100 150", keys[0])}},
		{"one had ended", [][]byte{part(-1000, 0, 64)}, -500, []string{fmt.Sprintf("+I %d 1 -500 -450", keys[0]), fmt.Sprintf("+I %d 1 -500 -450", keys[1])}},
	} {
		r := &rig{t: t, store: aggregatetest.NewStore(), out: &sink{}, spec: &physical.WindowAggregate{
			Keys: []int{0}, Aggs: []physical.Agg{agg("COUNT")}, Spec: logical.WindowSpec{Kind: logical.Session, Size: 50}, Time: 3,
			Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd},
		}}
		r.open(c.parts)
		r.process(event{k: keys[0], ts: c.at, s: "s"}, event{k: keys[1], ts: c.at, s: "s"})
		r.end()
		slices.Sort(r.out.rows)
		slices.Sort(c.want)
		if !slices.Equal(r.out.rows, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, r.out.rows, c.want)
		}
	}
}
