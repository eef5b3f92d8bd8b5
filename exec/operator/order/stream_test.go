package order_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join/jointest"
	"github.com/weir-engine/weir/exec/operator/order"
)

type change struct {
	kind stream.RowKind
	row  row
}

// table makes changes to a table at random and keeps what is in it, in arrival order.
type table struct {
	r       *rand.Rand
	ts      []types.Type
	domain  int
	appends bool
	rows    []row
	changes []change
}

func (t *table) step() {
	at := t.r.IntN(4)
	if t.appends || len(t.rows) == 0 {
		at = 2
	}
	fresh := randomRows(t.r, t.ts, 1, t.domain)[0]
	switch at {
	case 0:
		i := t.r.IntN(len(t.rows))
		t.changes = append(t.changes, change{stream.Delete, t.rows[i]})
		t.rows = slices.Delete(t.rows, i, i+1)
	case 1:
		i := t.r.IntN(len(t.rows))
		t.changes = append(t.changes, change{stream.UpdateBefore, t.rows[i]}, change{stream.UpdateAfter, fresh})
		t.rows = append(slices.Delete(t.rows, i, i+1), fresh)
	default:
		t.changes = append(t.changes, change{stream.Insert, fresh})
		t.rows = append(t.rows, fresh)
	}
}

func batchesOf(ts []types.Type, changes []change, size int) []*stream.Batch {
	var out []*stream.Batch
	for part := range slices.Chunk(changes, size) {
		b := stream.NewBuilder(ts)
		for _, c := range part {
			for k, v := range c.row {
				b.Column(k).AppendValue(v)
			}
			b.Advance(1, c.kind)
		}
		out = append(out, b.Finish())
	}
	return out
}

// runStream feeds batches; halfway another operator goes on with the same state.
func runStream(t testing.TB, make func() operator.Operator, ts []types.Type, in []*stream.Batch) ([]string, error) {
	t.Helper()
	state := jointest.New(t, jointest.Kinds[len(in)%3])
	out := &sink{}
	var op operator.Operator
	for i, b := range in {
		if i == 0 || i == len(in)/2 {
			if i > 0 {
				state.Restart()
			}
			ctx := newContext(t, plenty, schemaOf(ts...))
			ctx.Store = state.Store()
			op = make()
			if err := op.Open(ctx); err != nil {
				return nil, err
			}
		}
		out.Room = 1
		if err := op.Process(0, b, out); err != nil {
			return nil, err
		}
		if err := drain(op, out); err != nil {
			return nil, err
		}
	}
	return out.Rows, nil
}

func kindOf(line string) (kind, text string) {
	if len(line) > 3 && strings.Contains("+I -U +U -D", line[:2]) && line[2] == ' ' {
		return line[:2], line[3:]
	}
	return "+I", line
}

func fold(t testing.TB, log []string) []string {
	t.Helper()
	counts := map[string]int{}
	for _, line := range log {
		kind, text := kindOf(line)
		if kind == "-U" || kind == "-D" {
			if counts[text]--; counts[text] < 0 {
				t.Fatalf("%s takes back a row that is not there, in %v", line, log)
			}
		} else {
			counts[text]++
		}
	}
	out := []string{}
	for text, n := range counts {
		for range n {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

var streamTypes = []types.Type{types.IntType, types.BigIntType, types.StringType}

// topByHand is Top-N of a table; ties are broken by the whole row, so tests with
// retraction order by all columns.
func topByHand(rows []row, spec *physical.Rank) []string {
	keys := []physical.SortKey{}
	for _, c := range spec.PartitionBy {
		keys = append(keys, physical.SortKey{Col: c, NullsFirst: true})
	}
	n := len(keys)
	keys = append(keys, spec.OrderBy...)
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b row) int { return compare(a, b, streamTypes, keys) })
	out := []string{}
	number := int64(0)
	for i, x := range sorted {
		if i > 0 && compare(x, sorted[i-1], streamTypes, keys[:n]) != 0 {
			number = 0
		}
		if number++; number >= spec.Start && number <= spec.End {
			text := texts(streamTypes, []row{x})[0]
			if spec.EmitNumber {
				text += fmt.Sprint("|", number)
			}
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

func TestStreamRankFoldsToTheBoundedRank(t *testing.T) {
	r := newRand(t)
	for round := range 60 {
		tb := &table{r: r, ts: streamTypes, domain: 2 + r.IntN(10), appends: round%2 == 0}
		for range r.IntN(200) {
			tb.step()
		}
		spec := &physical.Rank{PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1, Desc: r.IntN(2) == 0}}, Start: 1 + int64(r.IntN(2)), End: int64(1 + r.IntN(5)), EmitNumber: r.IntN(2) == 0, UpdateBefore: true}
		if !tb.appends {
			spec.Strategy = physical.RankRetract
			spec.OrderBy = append(spec.OrderBy, physical.SortKey{Col: 2, NullsFirst: true})
		}
		if r.IntN(4) == 0 {
			spec.PartitionBy = nil
			spec.OrderBy = append(spec.OrderBy, physical.SortKey{Col: 2}, physical.SortKey{Col: 0})
		}
		want := topByHand(tb.rows, spec)
		for _, size := range []int{1, 7, 8192} {
			got, err := runStream(t, func() operator.Operator { return order.NewStreamRank(spec) }, streamTypes, batchesOf(streamTypes, tb.changes, size))
			if err != nil {
				t.Fatal(err)
			}
			if folded := fold(t, got); !slices.Equal(folded, want) {
				t.Fatalf("%+v, batches of %d:\n got %v\nwant %v", spec, size, folded, want)
			}
		}
	}
}

func TestDeduplicateKeepsOneRow(t *testing.T) {
	r := newRand(t)
	ts := []types.Type{types.IntType, types.TimestampType(3), types.StringType}
	for round := range 40 {
		spec := &physical.Deduplicate{Keys: []int{0}, Time: 1, KeepLast: round%2 == 0, UpdateBefore: true}
		if round%4 > 1 {
			spec.Time = -1
		}
		rows := randomRows(r, ts, r.IntN(100), 6)
		var changes []change
		best := map[string]row{}
		for _, x := range rows {
			changes = append(changes, change{stream.Insert, x})
			key := valueText(types.PhysInt32, x[0])
			old, has := best[key]
			time := func(x row) int64 {
				if x[1].Null {
					return -1 << 62
				}
				return x[1].I
			}
			later := spec.Time < 0 || has && time(x) >= time(old)
			if !has || later == spec.KeepLast {
				best[key] = x
			}
		}
		want := []string{}
		for _, x := range best {
			want = append(want, texts(ts, []row{x})...)
		}
		slices.Sort(want)
		for _, size := range []int{1, 7, 8192} {
			got, err := runStream(t, func() operator.Operator { return order.NewDeduplicate(spec) }, ts, batchesOf(ts, changes, size))
			if err != nil {
				t.Fatal(err)
			}
			if folded := fold(t, got); !slices.Equal(folded, want) {
				t.Fatalf("%+v, batches of %d:\n got %v\nwant %v", spec, size, folded, want)
			}
		}
	}
}

func ints(kind stream.RowKind, xs ...int64) change {
	var r row
	for _, x := range xs {
		r = append(r, types.IntValue(x))
	}
	return change{kind, r}
}

func TestChangelogNormalizeAndSinkMaterializer(t *testing.T) {
	ts := []types.Type{types.IntType, types.IntType}
	const insert, before, after, del = stream.Insert, stream.UpdateBefore, stream.UpdateAfter, stream.Delete
	for _, c := range []struct {
		name    string
		make    func() operator.Operator
		changes []change
		want    string
		folded  string
	}{
		{
			"normalize", func() operator.Operator {
				return order.NewChangelogNormalize(&physical.ChangelogNormalize{Keys: []int{0}})
			},
			[]change{ints(insert, 1, 10), ints(after, 1, 11), ints(after, 1, 11), ints(after, 2, 20), ints(del, 1, 0), ints(del, 3, 0), ints(insert, 1, 12)},
			"[1|10 -U 1|10 +U 1|11 2|20 -D 1|11 1|12]", "[2|20 1|12]",
		},
		{
			"materialize", func() operator.Operator { return order.NewSinkMaterializer(&physical.SinkMaterializer{Keys: []int{0}}) },
			[]change{ints(insert, 1, 10), ints(insert, 1, 11), ints(before, 1, 10), ints(insert, 1, 13), ints(del, 1, 13), ints(insert, 2, 5), ints(del, 2, 5), ints(del, 1, 11)},
			"[1|10 +U 1|11 +U 1|13 +U 1|11 2|5 -D 2|5 -D 1|11]", "[]",
		},
	} {
		got, err := runStream(t, c.make, ts, batchesOf(ts, c.changes, 1))
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v\n got %v\nwant %v", c.name, err, got, c.want)
		}
		whole, err := runStream(t, c.make, ts, batchesOf(ts, c.changes, 100))
		if want := strings.Trim(c.folded, "[]"); err != nil || !sameTable(whole, want) {
			t.Errorf("%s, one batch: %v\n got %v\nwant %v", c.name, err, whole, want)
		}
	}
}

// sameTable compares the inserts of a changelog of one batch.
func sameTable(log []string, want string) bool {
	slices.Sort(log)
	rows := strings.Fields(want)
	slices.Sort(rows)
	return slices.Equal(log, rows)
}

func TestStreamSingleRow(t *testing.T) {
	ts := []types.Type{types.IntType, types.IntType}
	op := func() operator.Operator { return order.NewSingleRow(&physical.SingleRow{Keys: []int{0}}) }
	for _, size := range []int{1, 100} {
		fine := []change{ints(stream.Insert, 1, 1), ints(stream.Insert, 2, 1), ints(stream.UpdateBefore, 1, 1), ints(stream.UpdateAfter, 1, 2), ints(stream.Delete, 1, 2), ints(stream.Insert, 1, 3)}
		if got, err := runStream(t, op, ts, batchesOf(ts, fine, size)); err != nil || len(got) != 6 {
			t.Errorf("batches of %d: %v, %v", size, got, err)
		}
		_, err := runStream(t, op, ts, batchesOf(ts, append(fine, ints(stream.Insert, 1, 4)), size))
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != sqlerr.Cardinality {
			t.Errorf("a second row: %v", err)
		}
	}
}
