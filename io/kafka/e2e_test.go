package kafka

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	bidPartitions = 4
	windowSeconds = 10
	fedBids       = 1_000_000
)

// failpoints are where a process is killed, and how many hits of one a checkpoint
// makes: when one does and nothing is committed, before a barrier goes out, and
// when a transaction is prepared and no manifest names it. The first comes
// first, because it leaves a checkpoint behind for certain.
var failpoints = []struct {
	name string
	hits int
}{{"after-manifest-before-commit", 1}, {"before-barrier", 4}, {"after-prepare-before-manifest", 4}}

// TestWindowsSurviveKills feeds a million bids to two jobs of the same query, one
// into a topic and one into files, each in a process of its own. While the bids
// come both are killed over and over and go on from their newest checkpoint, and
// the broker is killed once and stopped once beneath them, which they live
// through. In the end each window stands exactly once in either sink, as weir's
// own batch query over the topic and the feeder's counts have it.
//
// WEIR_KAFKA_KILLS says how often the jobs are killed at failpoints, 3 is the
// default; WEIR_BINARY names a weir that is built already.
func TestWindowsSurviveKills(t *testing.T) {
	in := realTopic(t, bidPartitions)
	out := realTopic(t, 3)
	in.leftRunning(t)
	binary := weirBinary(t)
	jobs := []*weirJob{topicJob(t, binary, in, out, "'properties.group.id' = 'g-"+in.topic+"'"), fileJob(t, binary, in)}
	feed := startFeed(t, in)
	n := kills(t)
	outages := map[int]string{n / 3: "kill", 2 * n / 3: "stop"}
	restarts := 0
	for i := range n {
		feed.allow(fedBids / n)
		if how, ok := outages[i]; ok && in.ours() {
			restarts++
			surviveOutage(t, in, jobs, how)
		}
		together(t, jobs, func(j *weirJob) error { return j.runUntilKilled(i) })
	}
	together(t, jobs, func(j *weirJob) error { return j.start("") })
	feed.finish(t)
	want := oracle(t, binary, in, feed)
	for _, j := range jobs {
		got := j.result(t, len(want))
		compare(t, j.name, got, want)
		j.stop(t)
		compare(t, j.name+" after the end", j.result(t, len(want)), want)
	}
	out.settles(t)
	in.caughtUp(t, "g-"+in.topic)
	t.Logf("%d bids, %d windows, %d and %d kills, %d restarts of the broker", feed.bids, len(want), jobs[0].killed, jobs[1].killed, restarts)
}

func kills(t *testing.T) int {
	s := os.Getenv("WEIR_KAFKA_KILLS")
	if s == "" {
		return 3
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("WEIR_KAFKA_KILLS is a number of kills, not %q", s)
	}
	return n
}

// together does the same with all jobs at once.
func together(t *testing.T, jobs []*weirJob, do func(*weirJob) error) {
	t.Helper()
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() { errs[i] = do(j) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// ours reports that the broker is the one that benchmarks/peers/kafka/start.sh runs.
func (b *broker) ours() bool {
	port := os.Getenv("KAFKA_PORT")
	if port == "" {
		port = "19092"
	}
	return b.seeds == "127.0.0.1:"+port
}

// leftRunning leaves the broker running, for the tests behind one that ends it.
func (b *broker) leftRunning(t *testing.T) {
	if !b.ours() {
		return
	}
	t.Cleanup(func() {
		if err := brokerScript(context.WithoutCancel(t.Context()), "start"); err != nil {
			t.Error(err)
		}
	})
}

func brokerScript(ctx context.Context, command string) error {
	text, err := exec.CommandContext(ctx, "../../benchmarks/peers/kafka/start.sh", command).CombinedOutput()
	if err != nil {
		return fmt.Errorf("broker %s: %w\n%s", command, err, text)
	}
	return nil
}

// surviveOutage ends the broker under running jobs, at once or in order, and
// starts it again; only when they have completed checkpoints behind that are
// they killed.
func surviveOutage(t *testing.T, b *broker, jobs []*weirJob, how string) {
	t.Helper()
	together(t, jobs, func(j *weirJob) error { return errors.Join(j.start(""), j.completes(2)) })
	for _, command := range []string{how, "start"} {
		if err := brokerScript(t.Context(), command); err != nil {
			t.Fatal(err)
		}
	}
	together(t, jobs, func(j *weirJob) error {
		if err := j.completes(3); err != nil {
			return fmt.Errorf("after the broker's %s: %w", how, err)
		}
		_ = j.process.Process.Kill()
		return j.awaitKill("outside")
	})
}

// runUntilKilled lets a failpoint kill the process, some checkpoints from its start.
func (j *weirJob) runUntilKilled(i int) error {
	p := failpoints[i%len(failpoints)]
	armed := fmt.Sprintf("%s:kill:%d", p.name, p.hits*(2+rand.IntN(5))+rand.IntN(p.hits)+1)
	if err := j.start(armed); err != nil {
		return err
	}
	return j.awaitKill(armed)
}

// settles wants no open transaction, and nothing that holds readers of committed
// records back, within 5 seconds.
func (b *broker) settles(t *testing.T) {
	t.Helper()
	var open []string
	stuck := true
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if open, stuck = b.open(t), b.stuck(t); len(open) == 0 && !stuck {
			return
		}
	}
	t.Errorf("transactions are left open: %v; readers wait: %v", open, stuck)
}

// caughtUp wants the group's offsets at the end of the topic.
func (b *broker) caughtUp(t *testing.T, group string) {
	t.Helper()
	lag, err := b.admin.Lag(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	if total := lag[group].Lag.Total(); len(lag[group].Lag[b.topic]) != bidPartitions || total != 0 {
		t.Errorf("the group's offsets: %v", lag[group].Lag[b.topic])
	}
}

// TestJobSaysThatBrokerIsGone: a job whose broker does not come back ends with
// exit 1 and says why; when the broker is back, it goes on.
func TestJobSaysThatBrokerIsGone(t *testing.T) {
	in := realTopic(t, bidPartitions)
	if !in.ours() {
		t.Skip("the broker is not that of benchmarks/peers/kafka/start.sh")
	}
	in.leftRunning(t)
	out := realTopic(t, 3)
	j := topicJob(t, weirBinary(t), in, out, "'properties.default.api.timeout.ms' = '2000'")
	feed := startFeed(t, in)
	feed.allow(fedBids)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(errors.Join(j.start(""), j.completes(2)))
	must(brokerScript(t.Context(), "kill"))
	select {
	case <-j.done:
	case <-time.After(patience):
		t.Errorf("the job does not end\n%s", j.out)
	}
	must(brokerScript(t.Context(), "start"))
	if code, said := j.process.ProcessState.ExitCode(), j.out.String(); code != 1 || !strings.Contains(said, "58030") || !strings.Contains(said, "no broker has answered for 2s") {
		t.Errorf("exit %d\n%s", code, said)
	}
	must(errors.Join(j.start(""), j.completes(2)))
	j.stop(t)
	out.settles(t)
}

// windowCounts are the counts of each window, by start and auction.
type windowCounts map[string][]int64

func compare(t *testing.T, name string, got, want windowCounts) {
	t.Helper()
	wrong := 0
	report := func(key string) {
		if wrong++; wrong <= 20 {
			t.Errorf("%s: window %s: got %v, want %v", name, key, got[key], want[key])
		}
	}
	for key, n := range want {
		if len(got[key]) != 1 || got[key][0] != n[0] {
			report(key)
		}
	}
	for key := range got {
		if want[key] == nil {
			report(key)
		}
	}
	if wrong > 0 {
		t.Fatalf("%s: %d windows are wrong of %d", name, wrong, len(want))
	}
}

// oracle is what weir's batch query says of the topic; the feeder's counts must agree.
func oracle(t *testing.T, binary string, in *broker, feed *feed) windowCounts {
	t.Helper()
	text := query(t, binary, bidsTable(in, "'scan.bounded.mode' = 'latest-offset'")+
		fmt.Sprintf(windowQuery, fmt.Sprintf("WHERE bidtime < TIMESTAMP '%s'", feed.last.Format(timeLayout))))
	want := parseCounts(t, text)
	compare(t, "batch query against feeder", want, feed.counts)
	return want
}

func parseCounts(t *testing.T, csv string) windowCounts {
	t.Helper()
	counts := windowCounts{}
	for _, line := range strings.Split(strings.TrimSpace(csv), "\n")[1:] {
		f := strings.Split(line, ",")
		n, err := strconv.ParseInt(f[len(f)-1], 10, 64)
		if err != nil || len(f) != 3 {
			t.Fatalf("line %q: %v", line, err)
		}
		key := f[1] + "/" + f[0]
		counts[key] = append(counts[key], n)
	}
	return counts
}
