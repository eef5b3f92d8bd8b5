package window_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

func proctimeSpec(kind logical.WindowKind, size, slide int64) *physical.WindowAggregate {
	return &physical.WindowAggregate{
		Keys: []int{0}, Aggs: []physical.Agg{agg("COUNT"), agg("SUM", 2)}, Time: -1, Proctime: true,
		Spec: logical.WindowSpec{Kind: kind, Size: size, Slide: slide}, Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd, physical.WindowTime},
	}
}

// advance lets time pass, alarm by alarm, as a task does.
func (r *rig) advance(now int64) {
	r.t.Helper()
	for r.now = now; r.alarm != 0 && r.alarm <= r.now; {
		r.alarm = 0
		r.out.room = 1
		next, err := r.op.Tick(r.now, r.out)
		if err != nil {
			r.t.Fatal(err)
		}
		if r.alarm == 0 || next != 0 && next < r.alarm {
			r.alarm = next
		}
		r.drain()
		if r.alarm > r.now {
			break
		}
	}
}

// TestProctime: rows count when they come, and windows end by the clock.
func TestProctime(t *testing.T) {
	tests := map[string]struct {
		spec *physical.WindowAggregate
		want []string
	}{
		"tumble": {proctimeSpec(logical.Tumble, 10, 0), []string{
			"+I 1 2 3 100 110 110", "+I 2 1 4 100 110 110", "+I 1 1 8 110 120 125", "+I 1 1 16 120 130 126", "+I 2 1 32 120 130 126", "+I 3 1 1 120 130 126",
		}},
		"hop": {proctimeSpec(logical.Hop, 20, 10), []string{
			"+I 1 2 3 90 110 110", "+I 2 1 4 90 110 110", "+I 1 3 11 100 120 125", "+I 2 1 4 100 120 125",
			"+I 1 2 24 110 130 126", "+I 2 1 32 110 130 126", "+I 3 1 1 110 130 126", "+I 1 1 16 120 140 126", "+I 2 1 32 120 140 126", "+I 3 1 1 120 140 126",
		}},
		"session": {proctimeSpec(logical.Session, 5, 0), []string{
			"+I 1 2 3 101 107 110", "+I 2 1 4 102 107 110", "+I 1 1 8 113 118 125", "+I 1 1 16 125 130 126", "+I 2 1 32 125 130 126", "+I 3 1 1 125 130 126",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, test.spec)
			r.advance(101)
			r.process(event{k: 1, x: 1})
			r.advance(102)
			r.process(event{k: 1, x: 2}, event{k: 2, x: 4})
			r.watermark(1000) // says nothing of processing time
			r.advance(110)
			r.advance(113)
			r.process(event{k: 1, x: 8})
			r.restart()
			r.advance(125)
			r.process(event{k: 1, x: 16}, event{k: 2, x: 32})
			r.now = 90 // a clock that goes back: on another machine
			r.process(event{k: 3, x: 1})
			r.now = 126
			r.end()
			slices.Sort(r.out.rows)
			slices.Sort(test.want)
			if !slices.Equal(r.out.rows, test.want) {
				t.Errorf("got %q\nwant %q", r.out.rows, test.want)
			}
		})
	}
}
