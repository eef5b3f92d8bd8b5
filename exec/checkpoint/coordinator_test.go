package checkpoint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// Each line of a coordinator file is "TIME event ARGS": running T, closed T,
// ask [savepoint] [stop], frozen ID [fails], ack T ID, decline T ID, written ID
// [fails], advance, stop. It prints the actions and when Advance is due.
func TestCoordinator(t *testing.T) {
	datadriven.RunTest(t, "testdata/coordinator", func(t *testing.T, d *datadriven.TestData) string {
		var c Config
		var tasks, first int
		d.ScanArgs(t, "tasks", &tasks)
		for key, to := range map[string]*int64{"interval": &c.Interval, "timeout": &c.Timeout, "pause": &c.Pause} {
			d.MaybeScanArgs(t, key, to)
		}
		d.MaybeScanArgs(t, "tolerable", &c.Tolerable)
		first = 1
		d.MaybeScanArgs(t, "first", &first)
		var all []Task
		for i := range tasks {
			all = append(all, Task{"t", i})
		}
		co := NewCoordinator(c, all, int64(first))
		var out strings.Builder
		for line := range strings.SplitSeq(d.Input, "\n") {
			fmt.Fprintf(&out, "%-20s", line)
			for _, a := range feed(t, co, strings.Fields(line)) {
				fmt.Fprintf(&out, " %s", a.Kind)
				if a.Checkpoint != 0 {
					fmt.Fprintf(&out, " %d", a.Checkpoint)
				}
				describe(&out, a)
				out.WriteByte(';')
			}
			if at := co.NextTime(); at > 0 {
				fmt.Fprintf(&out, " next %d", at)
			}
			out.WriteByte('\n')
		}
		return out.String()
	})
}

func feed(t *testing.T, co *Coordinator, f []string) []Action {
	num := func(i int) int64 {
		n, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var failed error
	if f[len(f)-1] == "fails" {
		failed = errors.New("no luck")
	}
	now := num(0)
	switch f[1] {
	case "running":
		return co.Running(now, Task{"t", int(num(2))})
	case "closed":
		return co.Closed(now, Task{"t", int(num(2))})
	case "ask":
		r := Request{}
		for _, x := range f[2:] {
			r.Stop = r.Stop || x == "stop"
			if x == "savepoint" {
				r.Savepoint = "there"
			}
		}
		return co.Ask(now, r)
	case "frozen":
		return co.Frozen(now, num(2), nil, failed)
	case "ack":
		return co.Acknowledge(now, Task{"t", int(num(2))}, num(3), SubtaskState{})
	case "decline":
		return co.Decline(now, Task{"t", int(num(2))}, num(3), errors.New("busy"))
	case "written":
		return co.Written(now, num(2), failed)
	case "advance":
		return co.Advance(now)
	case "stop":
		return co.Stop()
	}
	t.Fatalf("unknown event %v", f)
	return nil
}

func describe(out *strings.Builder, a Action) {
	if a.Kind == Trigger || a.Kind == Complete || a.Kind == Abort {
		fmt.Fprintf(out, " %d tasks", len(a.Tasks))
	}
	if a.Barrier.Savepoint {
		out.WriteString(" savepoint")
	}
	if a.Barrier.Drain {
		out.WriteString(" drain")
	}
	finished := 0
	for _, s := range a.States {
		if s.Finished {
			finished++
		}
	}
	if finished > 0 {
		fmt.Fprintf(out, " %d finished", finished)
	}
	if a.Reason != nil {
		fmt.Fprintf(out, " (%v)", a.Reason)
	}
}

// TestFailedSavepoints: none of them fails a job that tolerates no failed checkpoint.
func TestFailedSavepoints(t *testing.T) {
	task := Task{Vertex: "t"}
	for where, fails := range map[string]bool{"somewhere": false, "": true} {
		co := NewCoordinator(Config{Timeout: 10}, []Task{task}, 1)
		co.Running(0, task)
		co.Ask(0, Request{Savepoint: where})
		failed := false
		for _, a := range co.Advance(20) {
			failed = failed || a.Kind == FailJob
		}
		if failed != fails {
			t.Errorf("savepoint %q: the job fails: %v", where, failed)
		}
	}
}
