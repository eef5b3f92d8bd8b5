package job

import (
	"fmt"
	"testing"

	"github.com/weir-engine/weir/exec/graph"
)

func TestRestartDelays(t *testing.T) {
	delays := func(c graph.Restart, times ...int64) (out []int64) {
		r, err := newRestarts(c)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(times); i += 2 { // running from, failed at
			r.running(times[i])
			d, again := r.next(times[i+1], false)
			if !again {
				d = -1
			}
			out = append(out, d)
		}
		return out
	}
	for _, x := range []struct {
		config graph.Restart
		times  []int64
		want   string
	}{
		{graph.Restart{Strategy: "none"}, []int64{1, 2}, "[-1]"},
		{graph.Restart{Strategy: "fixed-delay", Attempts: 2, Delay: 7}, []int64{1, 2, 3, 4, 5, 6}, "[7 7 -1]"},
		{graph.Restart{Strategy: "fixed-delay", Attempts: -1, Delay: 7}, []int64{1, 2, 3, 4, 5, 6}, "[7 7 7]"},
		{graph.Restart{Strategy: "exponential-delay", Delay: 100, MaxDelay: 200, Reset: 1000}, []int64{1, 2, 3, 4, 5, 6, 7, 8, 10, 1010, 1011, 1012}, "[100 150 200 200 100 150]"},
	} {
		if got := fmt.Sprint(delays(x.config, x.times...)); got != x.want {
			t.Errorf("%+v: %s, want %s", x.config, got, x.want)
		}
	}
}
