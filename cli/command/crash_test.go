package command

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// killsVariable says how often each job of TestCrash is killed.
const killsVariable = "WEIR_CRASH_KILLS"

func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return 6
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is a number of kills, not %q", killsVariable, text)
	}
	return n
}

// TestCrash kills a job at the three places where a crash hurts most, again and
// again, resumes it by the same command, at changing parallelism, and wants the
// batch answer: no row lost, none twice, no file left over.
func TestCrash(t *testing.T) {
	seed := uint64(os.Getpid())
	for i, c := range []struct {
		name, format, backend string
		partitioned           bool
	}{
		{"parquet pebble", "parquet", "pebble", false},
		{"csv hashmap", "csv", "hashmap", false},
		{"parquet hashmap partitioned", "parquet", "hashmap", true},
		{"csv pebble", "csv", "pebble", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // each mostly waits for the clock
			n := kills(t)
			j := &eventJob{t: t, dir: t.TempDir(), format: c.format, backend: c.backend, partitioned: c.partitioned, events: 20_000 * (n + 2), rate: 50_000, checkpointing: true}
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			t.Logf("seed %d", seed)
			crash(t, j, n, r)
		})
	}
}

func crash(t *testing.T, j *eventJob, n int, r *rand.Rand) {
	file := j.write(countQuery)
	last := 0
	for k := range n {
		point := failpoint(k, r)
		c := newChild(t, []string{"WEIR_FAILPOINTS=" + point}, "run", file, "--restore", "latest", "-p", strconv.Itoa(1+r.IntN(3)), "-D", "weir.spill.dir="+j.path("spill"))
		c.start(t)
		if code, killed := c.end(t); killed != syscall.SIGKILL {
			t.Fatalf("kill %d at %s: the job ended with %d\n%s", k+1, point, code, c.stderr.String())
		}
		if k > 0 {
			last = resumed(t, c.stderr.String(), last)
		}
	}
	c := newChild(t, nil, "run", file, "--restore", "latest", "-p", "2", "-D", "weir.spill.dir="+j.path("spill"))
	c.start(t)
	if code, _ := c.end(t); code != 0 {
		t.Fatalf("the last run: exit %d\n%s", code, c.stderr.String())
	}
	if last = resumed(t, c.stderr.String(), last); last < n/2 {
		t.Errorf("%d checkpoints in %d runs", last, n)
	}
	j.checkEnd()
	if left, err := os.ReadDir(j.path("spill")); err != nil || len(left) > 0 {
		t.Errorf("left in the spill folder: %v, %v", left, err)
	}
}

// failpoint is where and at which hit the k-th run is killed. The first lives to
// complete a checkpoint: each of its tasks passes a barrier.
func failpoint(k int, r *rand.Rand) string {
	tasks, least := 1+r.IntN(6), 0
	if k == 0 {
		least = 1
	}
	switch k % 3 {
	case 0:
		return fmt.Sprintf("before-barrier:kill:%d", 12*least+tasks)
	case 1:
		return fmt.Sprintf("after-prepare-before-manifest:kill:%d", tasks)
	}
	return fmt.Sprintf("after-manifest-before-commit:kill:%d", 1+r.IntN(2))
}

var startLine = regexp.MustCompile(`starting from checkpoint (\d+) of job 'windows'`)

// resumed is the checkpoint that a run says it started from.
func resumed(t *testing.T, stderr string, before int) int {
	t.Helper()
	m := startLine.FindStringSubmatch(stderr)
	if m == nil {
		t.Fatalf("the run does not say where it started from:\n%s", stderr)
	}
	id, err := strconv.Atoi(m[1])
	if err != nil || id < 1 || id < before {
		t.Fatalf("started from checkpoint %d, after %d: %v", id, before, err)
	}
	if strings.Contains(stderr, "error[") {
		t.Fatal(stderr)
	}
	return id
}
