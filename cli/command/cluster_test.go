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

func (p *processes) startLead(more ...string) {
	args := []string{
		"jobmanager", p.file, "--rpc-address", p.address, "--rest-address", "127.0.0.1:0", "-p", "2",
		"-D", "high-availability.type=filesystem", "-D", "high-availability.storageDir=" + p.job.path("jobs"),
		"-D", "restart-strategy.type=fixed-delay", "-D", "restart-strategy.fixed-delay.attempts=100000", "-D", "restart-strategy.fixed-delay.delay=20ms",
	}
	p.lead = newChild(p.t, nil, append(args, more...)...)
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
	for i, c := range append([]*child{p.lead}, p.workers...) {
		if c != nil {
			p.t.Logf("process %d, of which 0 is the job manager:\n%s", i, c.errors())
		}
	}
}

func kill(t *testing.T, c *child) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code, killed := c.end(t); killed != syscall.SIGKILL {
		t.Fatalf("it ended with %d before it could be killed\n%s", code, c.errors())
	}
}

// dismiss ends the task managers in order.
func (p *processes) dismiss() {
	p.t.Helper()
	for _, w := range p.workers {
		if err := w.Process.Signal(syscall.SIGTERM); err != nil {
			p.t.Fatal(err)
		}
		if code, killed := w.end(p.t); code != 0 {
			p.t.Errorf("a task manager ended with %d, %v\n%s", code, killed, w.errors())
		}
	}
}

// TestClusterZombie stops a task manager so that it counts as gone, lets the job go
// on with another, and wakes it: it must do nothing that is seen, and join again.
// In between the job manager is stopped in order, and started again.
func TestClusterZombie(t *testing.T) {
	t.Parallel()
	j := &eventJob{t: t, dir: t.TempDir(), format: "csv", backend: "pebble", events: 150_000, rate: 30_000, checkpointing: true}
	p := &processes{t: t, job: j, file: j.write(countQuery), address: freeAddress(t), workers: make([]*child, 3)}
	defer p.tell()
	silence := []string{"-D", "heartbeat.interval=50ms", "-D", "heartbeat.timeout=1s"}
	p.startLead(silence...)
	p.startWorker(0)
	p.startWorker(1)
	further := func() {
		t.Helper()
		before := j.completed()
		eventually(t, "another checkpoint", func() bool { return j.completed() > before })
	}
	further()
	signal := func(c *child, s syscall.Signal) {
		t.Helper()
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	signal(p.workers[0], syscall.SIGSTOP)
	p.startWorker(2)
	eventually(t, "the zombie to be given up", func() bool { return strings.Contains(p.lead.errors(), "has said nothing for") })
	further()
	signal(p.workers[0], syscall.SIGCONT)
	eventually(t, "the zombie to notice", func() bool { return strings.Contains(p.workers[0].errors(), "the job manager is lost") })
	further()

	signal(p.lead, syscall.SIGTERM)
	if code, _ := p.lead.end(t); code != exitInterrupted || !strings.Contains(p.lead.errors(), "stopped behind checkpoint") {
		t.Errorf("exit %d\n%s", code, p.lead.errors())
	}
	p.startLead(append(silence, "--restore", "latest")...)
	if code, _ := p.lead.end(t); code != 0 {
		t.Fatalf("exit %d\n%s", code, p.lead.errors())
	}
	p.dismiss()
	j.checkEnd()
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
				t.Fatalf("the job manager: exit %d\n%s", code, p.lead.errors())
			}
			if n >= 3 && !strings.Contains(p.lead.errors(), "going on with job windows") {
				t.Errorf("the job manager does not say that it goes on:\n%s", p.lead.errors())
			}
			p.dismiss()
			j.checkEnd()
			if left, err := os.ReadDir(j.path("jobs/jobs")); err != nil || len(left) > 0 {
				t.Errorf("jobs are still recorded: %v, %v", left, err)
			}
		})
	}
}
