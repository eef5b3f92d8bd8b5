package command

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// freeAddress is one that nobody listens on: a job manager that is killed and
// started again must be found where it was.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// processes is a cluster for one job.
type processes struct {
	t       *testing.T
	job     *eventJob
	file    string
	address string
	lead    *child
	workers []*child
}

func (p *processes) startLead() {
	p.lead = newChild(p.t, nil, "jobmanager", p.file, "--rpc-address", p.address, "-p", "2",
		"-D", "high-availability.type=filesystem", "-D", "high-availability.storageDir="+p.job.path("jobs"),
		"-D", "restart-strategy.type=fixed-delay", "-D", "restart-strategy.fixed-delay.attempts=100000", "-D", "restart-strategy.fixed-delay.delay=20ms")
	p.lead.start(p.t)
}

func (p *processes) startWorker(i int) {
	p.workers[i] = newChild(p.t, nil, "taskmanager", "--jobmanager", p.address, "--slots", "1", "--memory", "256MiB", "--spill-dir", p.job.path("spill"))
	p.workers[i].start(p.t)
}

// tell shows what the processes said, when the test has failed.
func (p *processes) tell() {
	if !p.t.Failed() {
		return
	}
	for name, c := range map[string]*child{"job manager": p.lead, "task manager 0": p.workers[0], "task manager 1": p.workers[1]} {
		_ = c.Process.Kill() // so that its output stands still
		_ = c.Wait()
		p.t.Logf("%s:\n%s", name, c.stderr.String())
	}
}

func kill(t *testing.T, c *child) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code, killed := c.end(t); killed != syscall.SIGKILL {
		t.Fatalf("it ended with %d before it could be killed\n%s", code, c.stderr.String())
	}
}

// TestClusterCrash kills each process of a cluster in turn, again and again, and
// wants the batch answer: no row lost, none twice, no file left over.
func TestClusterCrash(t *testing.T) {
	for _, c := range []struct{ format, backend string }{{"parquet", "pebble"}, {"csv", "hashmap"}} {
		t.Run(c.format+" "+c.backend, func(t *testing.T) {
			t.Parallel()
			n := kills(t)
			j := &eventJob{t: t, dir: t.TempDir(), format: c.format, backend: c.backend, events: 20_000 * (n + 2), rate: 30_000, checkpointing: true}
			p := &processes{t: t, job: j, file: j.write(countQuery), address: freeAddress(t), workers: make([]*child, 2)}
			defer p.tell()
			p.startLead()
			p.startWorker(0)
			p.startWorker(1)
			for k := range n {
				before := j.completed()
				eventually(t, "another checkpoint", func() bool { return j.completed() > before })
				if i := k % 3; i < 2 {
					kill(t, p.workers[i])
					p.startWorker(i)
					continue
				}
				kill(t, p.lead)
				p.startLead()
			}
			if code, _ := p.lead.end(t); code != 0 {
				t.Fatalf("the job manager: exit %d\n%s", code, p.lead.stderr.String())
			}
			if n >= 3 && !strings.Contains(p.lead.stderr.String(), "going on with job windows") {
				t.Errorf("the job manager does not say that it goes on:\n%s", p.lead.stderr.String())
			}
			for _, w := range p.workers {
				if err := w.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				if code, killed := w.end(t); code != 0 {
					t.Errorf("a task manager ended with %d, %v\n%s", code, killed, w.stderr.String())
				}
			}
			j.checkEnd()
			if left, err := os.ReadDir(j.path("jobs/jobs")); err != nil || len(left) > 0 {
				t.Errorf("jobs are still recorded: %v, %v", left, err)
			}
		})
	}
}
