package kafka

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// failpoints are where a process is killed: before a barrier goes out, when a
// transaction is prepared and no manifest names it, and when one does and
// nothing is committed.
var failpoints = []string{"before-barrier", "after-prepare-before-manifest", "after-manifest-before-commit"}

const (
	bidPartitions = 4
	windowSeconds = 10
)

// TestWindowsSurviveKills runs a job from a topic to a topic in a process of its
// own, kills it over and over, each time resuming from the newest checkpoint, and
// expects each window exactly once among the committed records.
// WEIR_KAFKA_KILLS says how often, 3 is the default; WEIR_BINARY names a weir
// that is built already.
func TestWindowsSurviveKills(t *testing.T) {
	in := realTopic(t, bidPartitions)
	out := realTopic(t, 3)
	j := newJob(t, in, out)
	feed := startFeed(t, in)
	for i := range kills(t) {
		j.runUntilKilled(t, i)
	}
	last := j.start(t, "")
	feed.finish(t)
	want := feed.windows()
	got := out.windows(t, want)
	for w, n := range want {
		if len(got[w]) != 1 || got[w][0] != n {
			t.Errorf("window %s: got %v, want [%d]", w, got[w], n)
		}
		delete(got, w)
	}
	for w, n := range got {
		t.Errorf("window %s: got %v, want none", w, n)
	}
	last.stop(t)
	if open := out.open(t); len(open) > 0 || out.stuck(t) {
		t.Errorf("transactions are left open: %v", open)
	}
	t.Logf("%d windows after %d kills", len(want), kills(t))
}

func kills(t *testing.T) int {
	s := os.Getenv("WEIR_KAFKA_KILLS")
	if s == "" {
		return 3
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("WEIR_KAFKA_KILLS: %v", err)
	}
	return n
}

// weirJob is the job under test.
type weirJob struct{ binary, dir, file string }

func newJob(t *testing.T, in, out *broker) *weirJob {
	t.Helper()
	j := &weirJob{dir: t.TempDir()}
	j.binary, j.file = os.Getenv("WEIR_BINARY"), filepath.Join(j.dir, "job.sql")
	if j.binary == "" {
		j.binary = filepath.Join(j.dir, "weir")
		if text, err := exec.Command("go", "build", "-o", j.binary, "github.com/weir-engine/weir/cli/weir").CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, text)
		}
	}
	sql := fmt.Sprintf(`
CREATE TABLE bids (auction BIGINT, price BIGINT, bidtime TIMESTAMP(3), WATERMARK FOR bidtime AS bidtime - INTERVAL '4' SECOND)
WITH ('connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE counts (auction BIGINT, window_start TIMESTAMP(3), bids BIGINT)
WITH ('connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'p-%[3]s');
INSERT INTO counts
SELECT auction, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(bidtime), INTERVAL '%[5]d' SECOND))
GROUP BY auction, window_start, window_end;
`, in.topic, in.seeds, out.topic, out.seeds, windowSeconds)
	if err := os.WriteFile(j.file, []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
	return j
}

// process is one run of the job.
type process struct {
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan error
}

func (j *weirJob) start(t *testing.T, armed string) *process {
	t.Helper()
	p := &process{out: &bytes.Buffer{}, done: make(chan error, 1)}
	p.cmd = exec.Command(j.binary, "run", j.file, "--restore", "latest", "-D", "pipeline.name=bids", "-D", "parallelism.default=2",
		"-D", "execution.checkpointing.interval=200ms", "-D", "execution.checkpointing.dir="+filepath.Join(j.dir, "checkpoints"),
		"-D", "restart-strategy.type=none")
	p.cmd.Env = append(os.Environ(), "WEIR_FAILPOINTS="+armed)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// runUntilKilled lets one of the failpoints kill the process, or, each fourth
// time, kills it from outside at no place in particular.
func (j *weirJob) runUntilKilled(t *testing.T, i int) {
	t.Helper()
	armed := ""
	if k := i % (len(failpoints) + 1); k < len(failpoints) {
		armed = fmt.Sprintf("%s:kill:%d", failpoints[k], 1+rand.IntN(12))
	}
	p := j.start(t, armed)
	if armed == "" {
		time.Sleep(time.Duration(500+rand.IntN(2000)) * time.Millisecond)
		_ = p.cmd.Process.Kill()
	}
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("run %d (%s) ended by itself: %v\n%s", i, armed, err, p.out)
		}
		p.done <- err
	case <-time.After(time.Minute):
		t.Fatalf("run %d was not killed at %s", i, armed)
	}
}

// stop ends a run in order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("the job does not stop\n%s", p.out)
	}
}

// feed writes bids, in event time order in each partition, and keeps count.
type feed struct {
	topic  *broker
	cancel context.CancelFunc
	wg     sync.WaitGroup
	err    error

	second int64
	counts map[string]int64
}

// began is the event time of the first bid.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func startFeed(t *testing.T, topic *broker) *feed {
	ctx, cancel := context.WithCancel(t.Context())
	f := &feed{topic: topic, cancel: cancel, counts: map[string]int64{}}
	t.Cleanup(func() { cancel(); f.wg.Wait() })
	f.wg.Go(func() {
		for ctx.Err() == nil && f.err == nil {
			f.err = f.tick(40)
			time.Sleep(20 * time.Millisecond)
		}
	})
	return f
}

// tick writes the bids of one second of event time.
func (f *feed) tick(bids int) error {
	at := began.Add(time.Duration(f.second) * time.Second)
	start := at.Truncate(windowSeconds * time.Second).Format("2006-01-02 15:04:05.000")
	f.second++
	var records []*kgo.Record
	for i := range bids {
		auction := rand.IntN(10)
		value := fmt.Sprintf(`{"auction":%d,"price":%d,"bidtime":"%s"}`, auction, i, at.Format("2006-01-02 15:04:05.000"))
		records = append(records, &kgo.Record{Topic: f.topic.topic, Partition: int32(i % bidPartitions), Value: []byte(value)})
		f.counts[fmt.Sprintf("%s/%d", start, auction)]++
	}
	return f.topic.client.ProduceSync(context.Background(), records...).FirstErr()
}

// finish ends the feed with bids so late that all windows before them close;
// their own window stays open.
func (f *feed) finish(t *testing.T) {
	t.Helper()
	f.cancel()
	f.wg.Wait()
	if f.err != nil {
		t.Fatal(f.err)
	}
	kept := f.counts
	f.counts = map[string]int64{}
	f.second += 10 * windowSeconds
	if err := f.tick(10 * bidPartitions); err != nil {
		t.Fatal(err)
	}
	f.counts = kept
}

func (f *feed) windows() map[string]int64 { return f.counts }

// windows reads committed records until all that are wanted have come, and a
// while longer, for those that come twice.
func (b *broker) windows(t *testing.T, want map[string]int64) map[string][]int64 {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(b.seeds, ",")...), kgo.ConsumeTopics(b.topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got := map[string][]int64{}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		fetches := client.PollFetches(ctx)
		cancel()
		fetches.EachRecord(func(r *kgo.Record) {
			var w struct {
				Auction int64  `json:"auction"`
				Start   string `json:"window_start"`
				Bids    int64  `json:"bids"`
			}
			if err := json.Unmarshal(r.Value, &w); err != nil {
				t.Fatal(err)
			}
			key := fmt.Sprintf("%s/%d", w.Start, w.Auction)
			got[key] = append(got[key], w.Bids)
		})
		if len(got) >= len(want) && fetches.NumRecords() == 0 {
			break
		}
	}
	return got
}
