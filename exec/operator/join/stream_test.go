package join_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/join/jointest"
)

// change is one row of a changelog on one input.
type change struct {
	input int
	kind  stream.RowKind
	row   row
}

// tables makes changes to two tables at random and keeps what is in them.
// Column 0 of each is a unique key, unless duplicates are allowed.
type tables struct {
	r       *rand.Rand
	ts      [2][]types.Type
	unique  bool
	domain  int
	rows    [2][]row
	next    int64
	changes []change
}

func (t *tables) step() {
	in := t.r.IntN(2)
	rows := t.rows[in]
	add := func(kind stream.RowKind, x row) {
		t.changes = append(t.changes, change{in, kind, x})
	}
	fresh := func() row {
		x := randomRows(t.r, t.ts[in], 1, t.domain, true)[0]
		if t.unique {
			t.next++
			x[0] = types.IntValue(t.next)
		}
		return x
	}
	switch at := t.r.IntN(4); {
	case at == 0 && len(rows) > 0:
		i := t.r.IntN(len(rows))
		add(stream.Delete, rows[i])
		t.rows[in] = slices.Delete(slices.Clone(rows), i, i+1)
	case at == 1 && len(rows) > 0:
		i := t.r.IntN(len(rows))
		x := fresh()
		if t.unique {
			x[0] = rows[i][0]
		}
		add(stream.UpdateBefore, rows[i])
		add(stream.UpdateAfter, x)
		t.rows[in] = slices.Clone(rows)
		t.rows[in][i] = x
	default:
		x := fresh()
		add(stream.Insert, x)
		t.rows[in] = append(slices.Clone(rows), x)
	}
}

// batches cuts the changes where the input changes, and after size rows.
func batches(ts [2][]types.Type, changes []change, size int) (out []struct {
	input int
	b     *stream.Batch
},
) {
	var b *stream.Builder
	input := -1
	flush := func() {
		if b != nil && b.Rows() > 0 {
			out = append(out, struct {
				input int
				b     *stream.Batch
			}{input, b.Finish()})
		}
	}
	for _, c := range changes {
		if c.input != input || b.Rows() >= size {
			flush()
			input, b = c.input, stream.NewBuilder(ts[c.input])
		}
		for k, v := range c.row {
			b.Column(k).AppendValue(v)
		}
		b.Advance(1, c.kind)
	}
	flush()
	return out
}

// fold is the table that a changelog makes, as sorted text.
func fold(t testing.TB, log []string) []string {
	t.Helper()
	counts := map[string]int{}
	for _, line := range log {
		kind, text := "+I", line
		if len(line) > 3 && strings.Contains("+I -U +U -D", line[:2]) && line[2] == ' ' {
			kind, text = line[:2], line[3:]
		}
		if kind == "-U" || kind == "-D" {
			counts[text]--
			if counts[text] < 0 {
				t.Fatalf("%s takes back a row that is not there", line)
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

func TestRegularJoinFoldsToTheBoundedJoin(t *testing.T) {
	r := newRand(t)
	layouts := []struct {
		name     string
		layout   physical.JoinState
		key      int
		unique   bool
		residual bool
	}{
		{"rows with counts", physical.NoUniqueKey, 1, false, false},
		{"rows with counts, condition", physical.NoUniqueKey, 1, false, true},
		{"unique key", physical.HasUniqueKey, 1, true, false},
		{"unique key, condition", physical.HasUniqueKey, 1, true, true},
		{"unique join key", physical.JoinKeyIsUnique, 0, true, false},
	}
	ts := [2][]types.Type{{types.BigIntType, types.BigIntType, types.StringType}, {types.BigIntType, types.BigIntType, types.ArrayType(types.BigIntType)}}
	for _, l := range layouts {
		for _, kind := range []logical.JoinKind{logical.Inner, logical.Left, logical.Right, logical.Full, logical.Semi, logical.Anti} {
			for round := range 6 {
				tb := &tables{r: r, ts: ts, unique: l.unique, domain: 2 + r.IntN(8)}
				for range 20 + r.IntN(150) {
					tb.step()
				}
				spec := &physical.Join{Kind: kind, LeftKeys: []int{l.key}, RightKeys: []int{l.key}, LeftState: l.layout, RightState: l.layout, LeftUnique: []int{0}, RightUnique: []int{0}, LeftRetracts: true, RightRetracts: true}
				if l.residual {
					spec.Residual = less(ts[0], ts[1], 0, 0)
				}
				want := reference(kind, tb.rows[0], tb.rows[1], ts[0], ts[1], func(a, b row) tri {
					if l.residual && (a[0].Null || b[0].Null || a[0].I >= b[0].I) {
						return no
					}
					return truth(keysEqual(a, b, spec.LeftKeys, spec.RightKeys))
				})
				for i, size := range []int{1, 7, 8192} {
					state := jointest.New(t, jointest.Kinds[(i+round)%3])
					got := runChanges(t, func() operator.Operator { return join.NewRegular(spec) }, state, ts, tb.changes, size, round%2 == 1)
					if folded := fold(t, got); !slices.Equal(folded, want) {
						t.Fatalf("%s, %s, batches of %d:\n got %v\nwant %v", l.name, kind, size, folded, want)
					}
				}
			}
		}
	}
}

// runChanges feeds changes to an operator; with restart, halfway a new one goes on with the same state.
func runChanges(t testing.TB, make func() operator.Operator, state jointest.State, ts [2][]types.Type, changes []change, size int, restart bool) []string {
	t.Helper()
	out := &sink{}
	start := func() operator.Operator {
		ctx := newContext(t, plenty, schemaOf(ts[0]...), schemaOf(ts[1]...))
		ctx.Store = state.Store()
		op := make()
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		return op
	}
	op := start()
	all := batches(ts, changes, size)
	for i, x := range all {
		if restart && i == len(all)/2 {
			if err := op.Close(); err != nil {
				t.Fatal(err)
			}
			state.Restart()
			op = start()
		}
		out.Room = 1
		if err := op.Process(x.input, x.b, out); err != nil {
			t.Fatal(err)
		}
		if err := drain(op, out); err != nil {
			t.Fatal(err)
		}
	}
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Rows
}

// The changelogs are Flink's, row by row.
func TestRegularJoinChangelog(t *testing.T) {
	ts := [2][]types.Type{{types.BigIntType, types.BigIntType}, {types.BigIntType, types.BigIntType}}
	i := func(x int64) types.Value { return types.IntValue(x) }
	changes := []change{
		{0, stream.Insert, row{i(1), i(10)}},
		{1, stream.Insert, row{i(1), i(20)}},
		{1, stream.Insert, row{i(1), i(21)}},
		{1, stream.Delete, row{i(1), i(20)}},
		{1, stream.Delete, row{i(1), i(21)}},
		{0, stream.Insert, row{types.NullValue(), i(11)}},
	}
	for kind, want := range map[logical.JoinKind]string{
		logical.Left:  "[1|10|NULL|NULL -D 1|10|NULL|NULL +I 1|10|1|20 1|10|1|21 -D 1|10|1|20 -D 1|10|1|21 +I 1|10|NULL|NULL NULL|11|NULL|NULL]",
		logical.Inner: "[1|10|1|20 1|10|1|21 -D 1|10|1|20 -D 1|10|1|21]",
		logical.Semi:  "[1|10 -D 1|10]",
		logical.Anti:  "[1|10 -D 1|10 1|10 NULL|11]",
	} {
		spec := &physical.Join{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{0}}
		got := runChanges(t, func() operator.Operator { return join.NewRegular(spec) }, jointest.New(t, "model"), ts, changes, 1, false)
		if fmt.Sprint(got) != want {
			t.Errorf("%s:\n got %v\nwant %v", kind, got, want)
		}
	}
}
