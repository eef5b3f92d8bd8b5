package spool_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/optest"
	"github.com/weir-engine/weir/exec/operator/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// port takes as many batches as it has room for.
type port struct {
	optest.Sink
	closed, ended bool
}

func (p *port) Closed() bool { return p.closed }
func (p *port) End()         { p.ended = true }

// rig drives a spool as a task does.
type rig struct {
	t     *testing.T
	op    *spool.Spool
	ctx   *operator.Context
	ports []*port
	rows  []string // that came
}

var columns = []types.Type{types.BigIntType, types.StringType}

func newRig(t *testing.T, ports int, memory int64) *rig {
	r := &rig{t: t, op: spool.New(), ctx: optest.NewContext(t, memory, optest.SchemaOf(columns...))}
	r.ctx.Output = r.ctx.Inputs[0]
	var ps []operator.Port
	for range ports {
		p := &port{}
		r.ports = append(r.ports, p)
		ps = append(ps, p)
	}
	r.op.Fork(ps)
	r.check(r.op.Open(r.ctx))
	t.Cleanup(func() {
		r.check(r.op.Close())
		if held := r.ctx.Memory.InUse(); held != 0 {
			t.Errorf("%d bytes are held in the end", held)
		}
	})
	return r
}

func (r *rig) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// take hands the spool rows, some of them not selected.
func (r *rig) take(rows int) {
	r.t.Helper()
	var in []optest.Values
	var sel []uint32
	for i := range 2 * rows {
		n := len(r.rows)
		text := fmt.Sprintf("%d-%0200d", n, n)
		in = append(in, optest.Values{types.IntValue(int64(n)), types.StringValue(text)})
		if i%2 == 1 {
			sel = append(sel, uint32(i))
			r.rows = append(r.rows, fmt.Sprintf("%d|%s", n, text))
		}
	}
	b := optest.BatchOf(columns, in)
	b.Sel = sel
	if r.op.Full() {
		r.t.Fatal("a spool is full before its input has ended")
	}
	r.check(r.op.Process(0, b, nil))
	r.resume()
}

// resume is what a task does when it is woken.
func (r *rig) resume() (more bool) {
	r.t.Helper()
	for first := true; first || r.op.Lags(); first = false {
		var err error
		more, err = r.op.Resume(nil)
		r.check(err)
		if !more {
			break
		}
	}
	return more
}

func (r *rig) end() bool {
	r.check(r.op.EndInput(0, nil))
	return r.resume()
}

func (r *rig) has(p int, rows int) {
	r.t.Helper()
	if got := r.ports[p].Rows; !slices.Equal(got, r.rows[:rows]) {
		r.t.Fatalf("port %d has %d rows, want the first %d", p, len(got), rows)
	}
}

const ample = 1 << 30

func TestReadersThatKeepUpLeaveNothingBehind(t *testing.T) {
	r := newRig(t, 2, 0)
	for _, p := range r.ports {
		p.Room = 1000
	}
	for range 10 {
		r.take(300)
	}
	r.has(0, 3000)
	r.has(1, 3000)
	if r.ctx.Memory.InUse() != 0 || r.ctx.Metric.Counter("spilledRows").Value() != 0 {
		t.Error("rows were kept that all readers had")
	}
	if r.end() || !r.ports[0].ended || !r.ports[1].ended {
		t.Error("the end was not passed on")
	}
}

// One reader gets everything, its end too, before another takes its first row.
func TestReaderThatWaitsHoldsNobodyUp(t *testing.T) {
	for _, memory := range []int64{ample, 1 << 20, 0} {
		r := newRig(t, 2, memory)
		r.ports[0].Room = 1 << 20
		for range 50 {
			r.take(1000)
		}
		if !r.end() || !r.op.Full() {
			t.Error("a reader has had nothing, and the spool has no more")
		}
		r.has(0, len(r.rows))
		if !r.ports[0].ended || r.ports[1].ended {
			t.Errorf("the readers ended: %v, %v", r.ports[0].ended, r.ports[1].ended)
		}
		if spilled := r.ctx.Metric.Counter("spilledRows").Value(); spilled > 0 != (memory < ample) {
			t.Errorf("%d rows were spilled with %d bytes of memory", spilled, memory)
		}
		for r.op.Full() {
			r.ports[1].Room = 1
			r.resume()
		}
		r.has(1, len(r.rows))
		if !r.ports[1].ended {
			t.Error("the end was not passed on")
		}
	}
}

func TestReaderThatWantsNoMoreIsForgotten(t *testing.T) {
	r := newRig(t, 3, ample)
	r.ports[0].Room, r.ports[1].Room = 1<<20, 2
	r.take(20_000)
	r.ports[1].closed, r.ports[2].closed = true, true
	r.resume()
	if held := r.ctx.Memory.InUse(); held > 16<<20 {
		t.Errorf("%d bytes are kept for readers that have gone", held)
	}
	r.take(1000)
	if r.end() || !r.ports[0].ended {
		t.Error("readers that have gone hold the end up")
	}
	r.has(0, len(r.rows))
}

// TestAnyPace plays random paces, with others taking memory back in between.
func TestAnyPace(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			r := newRig(t, 1+rnd.IntN(4), int64(rnd.IntN(6))<<20)
			if rnd.IntN(2) == 0 {
				r.ctx.BatchRows = 1 + rnd.IntN(500)
			}
			ended := false
			for step := 0; !ended || r.op.Full(); step++ {
				switch p := r.ports[rnd.IntN(len(r.ports))]; rnd.IntN(4) {
				case 0, 1:
					if !ended {
						r.take(1 + rnd.IntN(2000))
					}
				case 2:
					p.Room = rnd.IntN(8)
					r.resume()
				case 3:
					other, err := r.ctx.Memory.Manager().Open("other", 0)
					r.check(err)
					other.TryGrow(5 << 20)
					other.Close()
				}
				if step > 60 && !ended {
					ended = true
					r.end()
				}
			}
			for i, p := range r.ports {
				r.has(i, len(r.rows))
				if !p.ended {
					t.Errorf("port %d has not heard of the end", i)
				}
			}
		})
	}
}

var _ operator.Forked = (*spool.Spool)(nil)
