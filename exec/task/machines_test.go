package task

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Each line of an align file is one event: barrier CH ID, trigger ID, end CH,
// abort ID, captured. It prints the verdict and which channels are blocked.
func TestAligner(t *testing.T) {
	datadriven.RunTest(t, "testdata/align", func(t *testing.T, d *datadriven.TestData) string {
		var n int
		d.ScanArgs(t, "channels", &n)
		a := NewAligner(n)
		var out strings.Builder
		for line := range strings.SplitSeq(d.Input, "\n") {
			f := strings.Fields(line)
			var v Verdict
			switch f[0] {
			case "barrier":
				v = a.Barrier(number(f[1]), stream.Barrier{Checkpoint: int64(number(f[2]))})
			case "trigger":
				v = a.Trigger(stream.Barrier{Checkpoint: int64(number(f[1]))})
			case "end":
				v = a.End(number(f[1]))
			case "abort":
				a.Abort(int64(number(f[1])))
			case "captured":
				a.Captured()
			default:
				t.Fatalf("unknown event %q", line)
			}
			fmt.Fprintf(&out, "%-14s →", line)
			if v.Cancelled != 0 {
				fmt.Fprintf(&out, " cancelled %d", v.Cancelled)
			}
			if v.Aligned {
				out.WriteString(" aligned")
			}
			out.WriteString(" [")
			for c := range n {
				switch {
				case a.Ended(c):
					out.WriteByte('E')
				case a.Blocked(c):
					out.WriteByte('B')
				default:
					out.WriteByte('.')
				}
			}
			out.WriteString("]\n")
		}
		return out.String()
	})
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// Each line of a merge file is one event: at IN W, idle IN, active IN, end IN; floor asks for the lowest of all.
// It prints the combined watermark when it has risen, and idleness.
func TestMerge(t *testing.T) {
	datadriven.RunTest(t, "testdata/merge", func(t *testing.T, d *datadriven.TestData) string {
		var n int
		d.ScanArgs(t, "inputs", &n)
		m := NewMerge(n)
		var out strings.Builder
		for line := range strings.SplitSeq(d.Input, "\n") {
			f := strings.Fields(line)
			var risen bool
			switch f[0] {
			case "at":
				risen = m.Advance(number(f[1]), int64(number(f[2])))
			case "idle", "active":
				risen = m.SetIdle(number(f[1]), f[0] == "idle")
			case "end":
				risen = m.End(number(f[1]))
			case "floor":
				fmt.Fprintf(&out, "%-9s = %d\n", line, m.Floor())
				continue
			default:
				t.Fatalf("unknown event %q", line)
			}
			fmt.Fprintf(&out, "%-9s →", line)
			switch {
			case risen && m.Out() == math.MaxInt64:
				out.WriteString(" end of time")
			case risen:
				fmt.Fprintf(&out, " %d", m.Out())
			}
			if m.Idle() {
				out.WriteString(" idle")
			}
			out.WriteByte('\n')
		}
		return out.String()
	})
}
