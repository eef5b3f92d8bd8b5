package join_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/join/jointest"
)

// Left rows are (key, time, number), right rows (text, time, key).
var intervalTypes = [2][]types.Type{{types.BigIntType, types.TimestampType(3), types.BigIntType}, {types.StringType, types.TimestampType(3), types.BigIntType}}

func intervalSpec(lower, upper int64) physical.IntervalJoin {
	return physical.IntervalJoin{Kind: logical.Inner, LeftKeys: []int{0}, RightKeys: []int{2}, LeftTime: 1, RightTime: 1, Lower: lower, Upper: upper}
}

// timeline is rows of two inputs, and the watermarks of both in between.
type timeline []moment

type moment struct {
	input int
	row   row // nil: a watermark
	time  int64
}

// randomTimeline lets time go on by about step a row. No row lies at or below the
// watermark of its input, but for those of inputs that may be late.
func randomTimeline(r *rand.Rand, n, keys int, step int64, late [2]bool) timeline {
	var out timeline
	marks := [2]int64{math.MinInt64, math.MinInt64}
	now := int64(-500)
	for i := range n {
		now += r.Int64N(2 * step)
		input := r.IntN(2)
		x := randomRows(r, intervalTypes[input], 1, keys, true)[0]
		at := now - r.Int64N(20*step)
		if !late[input] {
			at = max(at, marks[input]+1)
		}
		if x[1] = types.IntValue(at); r.IntN(30) == 0 {
			x[1] = types.NullValue()
		}
		if input == 0 {
			x[2] = types.IntValue(int64(i))
		}
		out = append(out, moment{input: input, row: x})
		if w := now - 10*step; r.IntN(10) == 0 && w > marks[input] {
			marks[input] = w
			out = append(out, moment{input: input, time: w})
		}
	}
	return out
}

// intervalModel keeps rows in a list and looks at every pair.
type intervalModel struct {
	spec  physical.IntervalJoin
	rows  [2][]*metRow
	all   [2][]*metRow
	marks [2]int64
	out   []string
}

type metRow struct {
	row
	met bool
}

func (m *intervalModel) near(l, r row) bool {
	if l[1].Null || r[1].Null || l[0].Null || r[2].Null || l[0].I != r[2].I {
		return false
	}
	d := l[1].I - r[1].I
	return d >= m.spec.Lower && d <= m.spec.Upper && (m.spec.Residual == nil || l[2].I < r[2].I)
}

// left is how far an input's rows are from being of no use, and from being forgotten.
func (m *intervalModel) left(input int, x row) (useful, kept bool) {
	e, reach := m.spec.LeftExpiry, m.spec.Lower
	if input == 1 {
		e, reach = m.spec.RightExpiry, -m.spec.Upper
	}
	mark := min(m.marks[0], m.marks[1])
	if e.When == physical.Promised {
		mark = m.marks[1-input]
	}
	if e.When == physical.Never || mark == math.MinInt64 {
		return true, true
	}
	dead := mark + e.By + reach
	gone := dead
	if e.When == physical.Attributed {
		gone = dead - 1 - (m.spec.Upper-m.spec.Lower)/2
	}
	return x[1].I > dead, x[1].I > gone
}

func (m *intervalModel) take(at moment) {
	if at.row == nil {
		m.marks[at.input] = at.time
		return
	}
	own := &metRow{row: at.row}
	m.all[at.input] = append(m.all[at.input], own)
	for _, x := range m.rows[1-at.input] {
		l, r := own, x
		if at.input == 1 {
			l, r = x, own
		}
		if _, kept := m.left(1-at.input, x.row); kept && m.near(l.row, r.row) {
			l.met, r.met = true, true
			m.emit(l.row, r.row)
		}
	}
	if useful, _ := m.left(at.input, at.row); useful {
		m.rows[at.input] = append(m.rows[at.input], own)
	}
}

func (m *intervalModel) emit(l, r row) {
	var parts []string
	for c, t := range intervalTypes[0] {
		parts = append(parts, text(t, l, c))
	}
	for c, t := range intervalTypes[1] {
		parts = append(parts, text(t, r, c))
	}
	m.out = append(m.out, joinText(parts))
}

// end is the answer, with the rows of outer sides that have met none.
func (m *intervalModel) end() []string {
	k := m.spec.Kind
	for _, x := range m.all[0] {
		if !x.met && (k == logical.Left || k == logical.Full) {
			m.emit(x.row, nil)
		}
	}
	for _, x := range m.all[1] {
		if !x.met && (k == logical.Right || k == logical.Full) {
			m.emit(nil, x.row)
		}
	}
	slices.Sort(m.out)
	return m.out
}

// pairs are all that are near, whenever they came.
func (m *intervalModel) pairs(line timeline) []string {
	all := &intervalModel{spec: m.spec, marks: [2]int64{math.MinInt64, math.MinInt64}}
	for _, at := range line {
		if at.row != nil {
			all.take(at)
		}
	}
	return all.end()
}

// play feeds a timeline to an operator, in batches of at most size rows; every
// restart events it goes on from a checkpoint.
func (line timeline) play(t *testing.T, spec *physical.IntervalJoin, state jointest.State, size, restart int) []string {
	t.Helper()
	out := &sink{}
	marks := [2]stream.Watermark{stream.MinWatermark, stream.MinWatermark}
	start := func(parts [][]byte) *join.Interval {
		ctx := newContext(t, plenty, schemaOf(intervalTypes[0]...), schemaOf(intervalTypes[1]...))
		ctx.Store, ctx.Restored = state.Store(), parts
		ctx.InputFloor = func(i int) stream.Watermark { return marks[i] }
		op := join.NewInterval(spec)
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		return op
	}
	op := start(nil)
	restarts := 0
	for i := 0; i < len(line); {
		if line[i].row == nil {
			marks[line[i].input] = line[i].time
			if at := min(marks[0], marks[1]); at > stream.MinWatermark {
				pass(t, op, at, out)
			}
			i++
			continue
		}
		var rows []row
		input := line[i].input
		for ; i < len(line) && line[i].row != nil && line[i].input == input && len(rows) < size; i++ {
			rows = append(rows, line[i].row)
		}
		for _, b := range cut(intervalTypes[input], rows, size) {
			out.Room = 1
			if err := op.Process(input, b, out); err != nil {
				t.Fatal(err)
			}
			if err := drain(op, out); err != nil {
				t.Fatal(err)
			}
		}
		if restart > 0 && i/restart > restarts {
			restarts++
			parts, err := op.Snapshot(1)
			if err != nil {
				t.Fatal(err)
			}
			if err := op.Close(); err != nil {
				t.Fatal(err)
			}
			state.Restart()
			op = start(parts)
		}
	}
	if restart > 0 && restarts < 2 {
		t.Errorf("%d restarts", restarts)
	}
	for i := range marks {
		marks[i] = stream.MaxWatermark
	}
	pass(t, op, stream.MaxWatermark, out)
	return out.Sorted()
}

// pass lets time reach a watermark.
func pass(t *testing.T, op *join.Interval, at stream.Watermark, out *sink) {
	t.Helper()
	out.Room = 1
	if _, err := op.Watermark(at, out); err != nil {
		t.Fatal(err)
	}
	if err := drain(op, out); err != nil {
		t.Fatal(err)
	}
}

func TestIntervalJoinIsTheModels(t *testing.T) {
	r := newRand(t)
	attributed, never := physical.Expiry{When: physical.Attributed}, physical.Expiry{}
	promised := func(by int64) physical.Expiry { return physical.Expiry{When: physical.Promised, By: by} }
	for name, c := range map[string]struct {
		left, right physical.Expiry
		late        [2]bool
		all         bool // every pair is found, whatever was forgotten
	}{
		"times of both":        {attributed, attributed, [2]bool{}, true},
		"late rows":            {attributed, attributed, [2]bool{true, true}, false},
		"one promise":          {promised(0), never, [2]bool{true, false}, true},
		"the other promise":    {never, promised(0), [2]bool{false, true}, true},
		"both promise":         {promised(0), promised(0), [2]bool{}, true},
		"a promise with slack": {promised(-300), never, [2]bool{true, false}, true},
		"promise and time":     {promised(0), attributed, [2]bool{true, false}, false},
	} {
		for round := range 4 {
			lower := r.Int64N(2000) - 1000
			spec := intervalSpec(lower, lower+r.Int64N(1500))
			spec.LeftExpiry, spec.RightExpiry = c.left, c.right
			if c.left.When != physical.Never && c.right.When != physical.Never {
				spec.Kind = []logical.JoinKind{logical.Inner, logical.Left, logical.Right, logical.Full}[round%4]
			}
			if round%3 == 1 {
				spec.Residual = less(intervalTypes[0], intervalTypes[1], 2, 2)
			}
			line := randomTimeline(r, 300+r.IntN(300), 1+r.IntN(6), 1+r.Int64N(60), c.late)
			m := &intervalModel{spec: spec, marks: [2]int64{math.MinInt64, math.MinInt64}}
			for _, at := range line {
				m.take(at)
			}
			m.end()
			if all := m.pairs(line); c.all && !slices.Equal(m.out, all) {
				t.Fatalf("%s: the model has %d of %d pairs", name, len(m.out), len(all))
			}
			for i, size := range []int{1, 7, 8192} {
				kind := jointest.Kinds[(i+round)%3]
				got := line.play(t, &spec, jointest.New(t, kind), size, (round%2)*100)
				if !slices.Equal(got, m.out) {
					t.Fatalf("%s, %s, %s, [%d, %d], batches of %d: %d rows, want %d:\n got %v\nwant %v", name, spec.Kind, kind, spec.Lower, spec.Upper, size, len(got), len(m.out), got, m.out)
				}
			}
		}
	}
}

// A key with many rows is kept in pieces, and all are found, and marked, also after restarts.
func TestIntervalJoinOfOneHeavyKey(t *testing.T) {
	spec := intervalSpec(-1000, 1000)
	spec.Kind = logical.Right
	spec.LeftExpiry, spec.RightExpiry = physical.Expiry{When: physical.Attributed}, physical.Expiry{When: physical.Attributed}
	line := timeline{}
	var want []string
	const n = 3000
	for i := range int64(n) {
		at, name := types.IntValue(i%6000), fmt.Sprint("a string that is long enough to be kept apart ", i)
		line = append(line, moment{input: 1, row: row{types.StringValue(name), at, types.IntValue(7)}})
		left := 0
		for _, l := range []int64{500, 1500} {
			if d := l - at.I; d >= -1000 && d <= 1000 {
				want = append(want, fmt.Sprintf("7|%d|%d|%s|%d|7", l, l, name, at.I))
				left++
			}
		}
		if left == 0 {
			want = append(want, fmt.Sprintf("NULL|NULL|NULL|%s|%d|7", name, at.I))
		}
	}
	for i, l := range []int64{500, 1500} {
		line = slices.Insert(line, 2000+500*i, moment{input: 0, row: row{types.IntValue(7), types.IntValue(l), types.IntValue(l)}})
	}
	slices.Sort(want)
	for i, size := range []int{1, 100, 8192} {
		for _, kind := range jointest.Kinds {
			if got := line.play(t, &spec, jointest.New(t, kind), size, 300+i); !slices.Equal(got, want) {
				t.Errorf("%s, batches of %d: %d rows, want %d", kind, size, len(got), len(want))
			}
		}
	}
}

// What is kept follows the watermark, and ends with the input.
func TestIntervalJoinForgets(t *testing.T) {
	spec := intervalSpec(-1000, 0)
	spec.LeftExpiry, spec.Rowtime = physical.Expiry{When: physical.Promised, By: 1}, true
	store := aggregatetest.NewStore()
	mark := stream.MinWatermark
	ctx := newContext(t, plenty, schemaOf(intervalTypes[0]...), schemaOf(intervalTypes[1]...))
	ctx.Store, ctx.InputFloor = store, func(int) stream.Watermark { return mark }
	op, out := join.NewInterval(&spec), &sink{Room: 1 << 20}
	if err := op.Open(ctx); err != nil {
		t.Fatal(err)
	}
	most := 0
	for i := range int64(10000) {
		b := batchOf(intervalTypes[0], []row{{types.IntValue(i), types.IntValue(10 * i), types.IntValue(i)}})
		if err := op.Process(0, b, out); err != nil {
			t.Fatal(err)
		}
		mark = 10 * i
		forward, err := op.Watermark(mark, out)
		if err != nil {
			t.Fatal(err)
		}
		if forward != mark-1000 {
			t.Fatalf("watermark %d goes on as %d", mark, forward)
		}
		most = max(most, store.Rows())
	}
	if most < 100 || most > 160 { // 1000 ms of rows each 10 ms, and a bucket
		t.Errorf("%d rows were kept, want about 100 to 150", most)
	}
	late := batchOf(intervalTypes[0], []row{{types.IntValue(1), types.IntValue(1), types.IntValue(1)}})
	before := store.Rows()
	if err := op.Process(0, late, out); err != nil || store.Rows() != before {
		t.Errorf("a row that nothing can meet is kept: %d rows, %d before, %v", store.Rows(), before, err)
	}
	mark = stream.MaxWatermark
	if forward, err := op.Watermark(mark, out); err != nil || forward != stream.MaxWatermark {
		t.Errorf("the end of time goes on as %d, %v", forward, err)
	}
	if n := store.Rows(); n != 0 {
		t.Errorf("%d rows are left in state", n)
	}
}

// Every bound holds to the millisecond, wherever in its bucket a row lies.
func TestIntervalJoinBounds(t *testing.T) {
	const lower, upper = -150, 250
	left := func(at int64) *stream.Batch {
		return batchOf(intervalTypes[0], []row{{types.IntValue(1), types.IntValue(at), types.IntValue(1)}})
	}
	right := func(at int64) *stream.Batch {
		return batchOf(intervalTypes[1], []row{{types.StringValue(""), types.IntValue(at), types.IntValue(1)}})
	}
	ctx := newContext(t, plenty, schemaOf(intervalTypes[0]...), schemaOf(intervalTypes[1]...))
	for _, expiry := range []physical.Expiry{{When: physical.Attributed}, {When: physical.Promised, By: 3}} {
		spec := intervalSpec(lower, upper)
		spec.LeftExpiry = expiry
		last := int64(lower - 1 - (upper-lower)/2) // what is forgotten, from the watermark
		if expiry.When == physical.Promised {
			last = 3 + lower
		}
		for at := int64(-450); at < 450; at++ {
			for _, c := range []struct {
				right, mark int64
				meets       bool
			}{
				{at - upper, at - 1000, true},
				{at - upper - 1, at - 1000, false},
				{at - lower, at - 1000, true},
				{at - lower + 1, at - 1000, false},
				{at, at - last - 1, true},
				{at, at - last, false},
			} {
				mark := stream.MinWatermark
				ctx.Store, ctx.InputFloor = aggregatetest.NewStore(), func(int) stream.Watermark { return mark }
				op, out := join.NewInterval(&spec), &sink{Room: 100}
				if err := op.Open(ctx); err != nil {
					t.Fatal(err)
				}
				if err := op.Process(0, left(at), out); err != nil {
					t.Fatal(err)
				}
				mark = c.mark
				if _, err := op.Watermark(mark, out); err != nil {
					t.Fatal(err)
				}
				if err := op.Process(1, right(c.right), out); err != nil {
					t.Fatal(err)
				}
				if (len(out.Rows) == 1) != c.meets {
					t.Fatalf("%d, %v: at watermark %d a right row at %d meets %d left rows at %d", expiry.When, c.meets, c.mark, c.right, len(out.Rows), at)
				}
			}
		}
	}
}
