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
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// patience is how long a job may take for anything.
const patience = time.Minute

// weirBinary is weir as users run it.
func weirBinary(t *testing.T) string {
	t.Helper()
	binary := os.Getenv("WEIR_BINARY")
	if binary != "" {
		return binary
	}
	binary = filepath.Join(t.TempDir(), "weir")
	if text, err := exec.Command("go", "build", "-o", binary, "github.com/weir-engine/weir/cli/weir").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return binary
}

// query is the answer of a batch query, in CSV.
func query(t *testing.T, binary, sql string) string {
	t.Helper()
	return answer(t, binary, sql, "--mode", "batch")
}

func answer(t *testing.T, binary, sql string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary, append([]string{"sql", "--quiet", "--format", "csv", "-e", sql}, args...)...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", sql, err, stderr.String())
	}
	return string(text)
}

func bidsTable(in *broker, options ...string) string {
	return fmt.Sprintf(`CREATE TABLE bids (auction BIGINT, price BIGINT, bidtime TIMESTAMP(3), WATERMARK FOR bidtime AS bidtime - INTERVAL '4' SECOND)
WITH (%s);
`, strings.Join(append(options, "'connector' = 'kafka'", "'format' = 'json'", "'scan.startup.mode' = 'earliest-offset'",
		"'topic' = '"+in.topic+"'", "'properties.bootstrap.servers' = '"+in.seeds+"'"), ", "))
}

// windowQuery takes a WHERE clause.
var windowQuery = fmt.Sprintf(`SELECT auction, window_start, COUNT(*) AS bids
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(bidtime), INTERVAL '%d' SECOND)) %%s
GROUP BY auction, window_start, window_end;
`, windowSeconds)

func countsTable(options string) string {
	return "CREATE TABLE counts (auction BIGINT, window_start TIMESTAMP(3), bids BIGINT) WITH (" + options + ");\n"
}

// weirJob is a job under test: the windows of the bids, into some sink.
type weirJob struct {
	name, binary, dir string
	files             string                          // folder of the sink, where it is one
	read              func(t *testing.T) windowCounts // what readers of the sink see
	restored          int                             // checkpoint that the last start went on from
	killed            int
	process           *exec.Cmd
	out               *bytes.Buffer
	done              chan error
}

// topicJob takes further options of both its tables.
func topicJob(t *testing.T, binary string, in, out *broker, options ...string) *weirJob {
	topic := strings.Join(append(options, "'connector' = 'kafka'", "'format' = 'json'", "'topic' = '"+out.topic+"'", "'properties.bootstrap.servers' = '"+out.seeds+"'",
		"'sink.delivery-guarantee' = 'exactly-once'", "'sink.transactional-id-prefix' = 'p-"+out.topic+"'"), ", ")
	j := &weirJob{name: "topic", binary: binary, dir: t.TempDir()}
	j.read = out.windows
	j.write(t, in, countsTable(topic), fmt.Sprintf(windowQuery, ""), options...)
	return j
}

func fileJob(t *testing.T, binary string, in *broker) *weirJob {
	j := &weirJob{name: "files", binary: binary, dir: t.TempDir()}
	j.files = filepath.Join(j.dir, "counts")
	sink := countsTable(fmt.Sprintf("'connector' = 'filesystem', 'format' = 'parquet', 'path' = '%s'", j.files))
	j.read = func(t *testing.T) windowCounts { return parseCounts(t, query(t, binary, sink+"SELECT * FROM counts")) }
	j.write(t, in, sink, fmt.Sprintf(windowQuery, ""))
	return j
}

// write writes the job's file.
func (j *weirJob) write(t *testing.T, in *broker, sink, query string, options ...string) {
	t.Helper()
	t.Cleanup(func() {
		if j.process != nil && j.process.Process != nil {
			_ = j.process.Process.Kill()
		}
	})
	sql := bidsTable(in, options...) + sink + "INSERT INTO counts " + query
	if err := os.WriteFile(j.file(), []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (j *weirJob) file() string { return filepath.Join(j.dir, "job.sql") }

// start starts a run of the job, at some parallelism, that no failure restarts:
// what it does not live through ends it.
func (j *weirJob) start(armed string) error {
	j.out, j.done = &bytes.Buffer{}, make(chan error, 1)
	j.process = exec.Command(j.binary, "run", j.file(), "--restore", "latest", "-D", "pipeline.name=bids", "-p", strconv.Itoa(1+rand.IntN(3)),
		"-D", "execution.checkpointing.interval=200ms", "-D", "execution.checkpointing.dir="+filepath.Join(j.dir, "checkpoints"),
		"-D", "restart-strategy.type=none")
	j.process.Env = append(os.Environ(), "WEIR_FAILPOINTS="+armed)
	j.process.Stdout, j.process.Stderr = j.out, j.out
	if err := j.process.Start(); err != nil {
		return err
	}
	p, done := j.process, j.done
	go func() { done <- p.Wait() }()
	return nil
}

// completes waits until the job has completed some more checkpoints.
func (j *weirJob) completes(more int) error {
	from := j.newest()
	for deadline := time.Now().Add(patience); j.newest() < from+more; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-j.done:
			return fmt.Errorf("%s ended: %w\n%s", j.name, err, j.out)
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s completes no checkpoint behind %d", j.name, from)
		}
	}
	return nil
}

// newest is the number of the newest completed checkpoint; 0 where there is none.
func (j *weirJob) newest() (newest int) {
	found, _ := filepath.Glob(filepath.Join(j.dir, "checkpoints", "*", "chk-*", "manifest")) // the pattern is well formed
	for _, m := range found {
		n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(m)), "chk-"))
		if err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// awaitKill waits until the process was killed, and looks where it had gone on from.
func (j *weirJob) awaitKill(by string) error {
	select {
	case err := <-j.done:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			return fmt.Errorf("%s, armed %s, ended by itself: %w\n%s", j.name, by, err, j.out)
		}
	case <-time.After(patience):
		return fmt.Errorf("%s was not killed at %s", j.name, by)
	}
	j.killed++
	if j.killed == 1 {
		return nil
	}
	return j.wentOn()
}

var startLine = regexp.MustCompile(`starting from checkpoint (\d+) of job 'bids'`)

// wentOn wants a run that resumed a checkpoint, none older than the run before.
func (j *weirJob) wentOn() error {
	m := startLine.FindStringSubmatch(j.out.String())
	if m == nil {
		return fmt.Errorf("%s does not say where it started from:\n%s", j.name, j.out)
	}
	id, err := strconv.Atoi(m[1])
	if err != nil || id < 1 || id < j.restored {
		return fmt.Errorf("%s went on from checkpoint %d, after %d: %w", j.name, id, j.restored, err)
	}
	j.restored = id
	return nil
}

// stop ends a run in order.
func (j *weirJob) stop(t *testing.T) {
	t.Helper()
	_ = j.process.Process.Signal(os.Interrupt)
	select {
	case <-j.done:
	case <-time.After(patience):
		t.Fatalf("%s does not stop\n%s", j.name, j.out)
	}
	if err := j.wentOn(); err != nil {
		t.Fatal(err)
	}
	if j.files != "" {
		j.onlyParts(t)
	}
}

// onlyParts wants nothing in the folder but files of the sink that are complete.
func (j *weirJob) onlyParts(t *testing.T) {
	t.Helper()
	found, err := os.ReadDir(j.files)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !strings.HasPrefix(f.Name(), "part-") || !strings.HasSuffix(f.Name(), ".parquet") {
			t.Errorf("a stray file: %s", f.Name())
		}
	}
}

// result is what readers of the sink see, when it is as much as they wait for.
func (j *weirJob) result(t *testing.T, windows int) windowCounts {
	t.Helper()
	got := j.read(t)
	for deadline := time.Now().Add(patience); len(got) < windows && time.Now().Before(deadline); got = j.read(t) {
		time.Sleep(200 * time.Millisecond)
	}
	return got
}

// windows reads all records that are committed, with a client that is not weir's.
func (b *broker) windows(t *testing.T) windowCounts {
	t.Helper()
	stable, err := b.admin.ListCommittedOffsets(t.Context(), b.topic)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.seeds), kgo.ConsumeTopics(b.topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	left := map[int32]int64{} // offsets to come to
	for p, at := range stable[b.topic] {
		if at.Offset > 0 {
			left[p] = at.Offset
		}
	}
	got := windowCounts{}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for len(left) > 0 {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				got.add(t, r.Value)
			}
		})
		if ctx.Err() != nil {
			t.Fatalf("the committed records up to %v do not come", left)
		}
	}
	return got
}

func (c windowCounts) add(t *testing.T, record []byte) {
	t.Helper()
	var w struct {
		Auction int64  `json:"auction"`
		Start   string `json:"window_start"`
		Bids    int64  `json:"bids"`
	}
	if err := json.Unmarshal(record, &w); err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("%s/%d", w.Start, w.Auction)
	c[key] = append(c[key], w.Bids)
}
