package lookup_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/lookup"
	"github.com/weir-engine/weir/exec/operator/optest"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table has, for the key n, n rows "n.0", "n.1", …; asked counts the keys of requests.
type table struct {
	asked, requests atomic.Int64
	fails           error
	hangs           bool
}

func (t *table) Open(context.Context) (connector.LookupReader, error) { return t, nil }
func (t *table) Close() error                                         { return nil }

func (t *table) Lookup(ctx context.Context, keys *stream.Batch) (*stream.Batch, []uint32, error) {
	t.asked.Add(int64(keys.Rows))
	t.requests.Add(1)
	if t.hangs {
		<-ctx.Done()
		return nil, nil, ctx.Err()
	}
	b, of := stream.NewBuilder([]types.Type{types.StringType}), []uint32(nil)
	for k := range keys.Rows {
		n := keys.Cols[0].ValueAt(k).I
		for i := range n {
			b.Column(0).AppendBytes(fmt.Appendf(nil, "%d.%d", n, i))
			b.Advance(1, stream.Insert)
			of = append(of, uint32(k))
		}
	}
	return b.Finish(), of, t.fails
}

var dim = &catalog.Table{Name: "dim", Columns: []catalog.Column{{Name: "n", Type: types.BigIntType}, {Name: "s", Type: types.StringType}}}

func spec(outer bool, cache catalog.LookupCache) *physical.LookupJoin {
	return &physical.LookupJoin{Table: dim, Args: []int{0}, Keys: []int{0}, Outer: outer, Pass: []int{0, 1}, Columns: []int{1}, Cache: cache}
}

func TestJoin(t *testing.T) {
	in := optest.SchemaOf(types.BigIntType, types.StringType)
	events := []optest.Event{
		optest.Rows(0, optest.R(2, "a"), optest.R(0, "b"), optest.R(nil, "c"), optest.R(2, "d")),
		optest.Watermark(0, 5),
		optest.Rows(0, optest.R(1, "e"), optest.R(3, "f")),
		optest.End(0),
	}
	inner := []string{"2, a, 2.0", "2, a, 2.1", "2, d, 2.0", "2, d, 2.1", "1, e, 1.0", "3, f, 3.0", "3, f, 3.1", "3, f, 3.2"}
	padded := slices.Insert(slices.Clone(inner), 2, "0, b, NULL", "NULL, c, NULL")
	for name, cache := range map[string]catalog.LookupCache{"no cache": {}, "cache": {Rows: 100, Missing: true}, "small cache": {Rows: 2}} {
		for _, outer := range []bool{false, true} {
			want := inner
			if outer {
				want = padded
			}
			var log []string
			for _, w := range want {
				log = append(log, "+I "+w)
			}
			for _, streaming := range []bool{false, true} {
				optest.Run(t, optest.Case{
					Name:   fmt.Sprintf("%s, outer %v, streaming %v", name, outer, streaming),
					New:    func() operator.Operator { return lookup.New(spec(outer, cache), &table{}) },
					Inputs: []*types.Schema{in}, Output: optest.SchemaOf(types.BigIntType, types.StringType, types.StringType),
					Events: events, Want: want, Log: log, Streaming: streaming,
				})
			}
		}
	}
}

func TestFailureEndsTheJoin(t *testing.T) {
	in := optest.SchemaOf(types.BigIntType, types.StringType)
	optest.Run(t, optest.Case{
		Name: "fails", New: func() operator.Operator {
			return lookup.New(spec(false, catalog.LookupCache{}), &table{fails: errors.New("it is gone")})
		},
		Inputs: []*types.Schema{in}, Output: optest.SchemaOf(types.BigIntType, types.StringType, types.StringType),
		Events: []optest.Event{optest.Rows(0, optest.R(1, "a")), optest.End(0)}, Fails: "look up 1 keys of table dim: it is gone",
	})
}

// rig runs a join by hand, with a clock.
type rig struct {
	join  *lookup.Join
	posts chan func(operator.Output) error
	out   optest.Sink
	now   int64
}

func newRig(t *testing.T, cache catalog.LookupCache, table *table) *rig {
	t.Helper()
	in := optest.SchemaOf(types.BigIntType, types.StringType)
	r := &rig{join: lookup.New(spec(false, cache), table), posts: make(chan func(operator.Output) error, 1), out: optest.Sink{Room: 1 << 30}}
	ctx := optest.NewContext(t, 1<<20, in)
	ctx.Clock, ctx.Await, ctx.Post = func() int64 { return r.now }, func() {}, func(f func(operator.Output) error) { r.posts <- f }
	if err := r.join.Open(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.join.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) feed(t *testing.T, keys ...int64) {
	t.Helper()
	var rows []optest.Values
	for _, k := range keys {
		rows = append(rows, optest.Values{types.IntValue(k), {B: []byte("x")}})
	}
	if err := r.join.Process(0, optest.BatchOf([]types.Type{types.BigIntType, types.StringType}, rows), &r.out); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) answer(t *testing.T) {
	t.Helper()
	if err := (<-r.posts)(&r.out); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = r.join.Resume(&r.out); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOneRequestForManyKeys: and while it is under way nothing is emitted.
func TestOneRequestForManyKeys(t *testing.T) {
	table := &table{}
	r := newRig(t, catalog.LookupCache{}, table)
	r.feed(t, 1, 2, 1, 1, 2)
	if more, err := r.join.Resume(&r.out); !more || err != nil {
		t.Errorf("while an answer is awaited: more %v, %v", more, err)
	}
	r.answer(t)
	if table.requests.Load() != 1 || table.asked.Load() != 2 {
		t.Errorf("%d requests for %d keys, want 1 for 2", table.requests.Load(), table.asked.Load())
	}
}

func TestCacheForgets(t *testing.T) {
	for name, tc := range map[string]struct {
		cache catalog.LookupCache
		steps string // of time: key, at 10 ms a letter
		asked int64
	}{
		"kept":          {catalog.LookupCache{Rows: 10}, "1111", 1},
		"since written": {catalog.LookupCache{Rows: 10, AfterWrite: 25}, "111111", 2},
		"since used":    {catalog.LookupCache{Rows: 10, AfterAccess: 25}, "1111 1 1   1", 2},
		"missing":       {catalog.LookupCache{Rows: 10, Missing: true}, "000", 1},
		"missing asked": {catalog.LookupCache{Rows: 10}, "000", 3},
		"room for one":  {catalog.LookupCache{Rows: 2}, "121211", 5},
	} {
		t.Run(name, func(t *testing.T) {
			table := &table{}
			r := newRig(t, tc.cache, table)
			for _, c := range tc.steps {
				r.now += 10
				if c == ' ' {
					continue
				}
				r.feed(t, int64(c-'0'))
				if more, _ := r.join.Resume(&r.out); more {
					r.answer(t)
				}
			}
			if got := table.asked.Load(); got != tc.asked {
				t.Errorf("asked %d times, want %d", got, tc.asked)
			}
		})
	}
}

// TestCloseGivesUpRequest: a request that hangs does not hold up the end.
func TestCloseGivesUpRequest(t *testing.T) {
	r := newRig(t, catalog.LookupCache{}, &table{hangs: true})
	r.feed(t, 1)
	if err := r.join.Close(); err != nil && !strings.Contains(err.Error(), "canceled") {
		t.Error(err)
	}
}
