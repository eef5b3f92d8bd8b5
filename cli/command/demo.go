package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "demo",
		Short: "A batch job, and a continuous job that is killed and resumes",
		Long:  "Run a batch job over Parquet, then a continuous job that is killed with SIGKILL, resumes, and is compared\nwith the batch answer. It writes into a temporary folder only.",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), data) },
	}
	c.Flags().StringVar(&data, "data", "testdata/tpch", "folder of TPC-H's Parquet files")
	return c
}

const demoBatch = `SELECT l_returnflag, l_linestatus, COUNT(*) AS orders, SUM(l_quantity) AS quantity, AVG(l_extendedprice) AS price
FROM '%s/lineitem.parquet'
WHERE l_shipdate <= DATE '1998-09-02'
GROUP BY l_returnflag, l_linestatus
ORDER BY l_returnflag, l_linestatus`

// demoEvents is what both the continuous job and the batch answer read.
const demoEvents = `CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, ` + "`dateTime`" + ` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, ` + "`dateTime`" + ` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, ` + "`dateTime`" + ` TIMESTAMP(3), extra STRING>,
  ts AS CASE WHEN event_type = 0 THEN person.` + "`dateTime`" + ` WHEN event_type = 1 THEN auction.` + "`dateTime`" + ` ELSE bid.` + "`dateTime`" + ` END,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '150000', 'first-event.rate' = '15000', 'rate.limited' = '%s');
`

const demoQuery = `SELECT window_start, bid.channel, COUNT(*) AS bids, MAX(bid.price) AS highest
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '2' SECOND))
WHERE event_type = 2 AND bid.channel IN ('Google', 'Apple')
GROUP BY window_start, window_end, bid.channel`

// demo shows the two things weir is for, each in under a minute.
func (a *app) demo(ctx context.Context, data string) (err error) {
	dir, err := os.MkdirTemp("", "weir-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &demo{app: a, dir: dir}
	if d.weir, err = os.Executable(); err != nil {
		return err
	}
	if err := d.batch(ctx, data); err != nil {
		return err
	}
	return d.continuous(ctx)
}

type demo struct {
	*app
	weir, dir string
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.streams.Out, format+"\n", args...) }

func (d *demo) batch(ctx context.Context, data string) error {
	query := fmt.Sprintf(demoBatch, data)
	d.say("1. A batch job over Parquet\n\n%s\n", query)
	start := time.Now()
	out, err := d.run(ctx, "sql", "--format", "table", "--quiet", "-e", query)
	if err != nil {
		return err
	}
	d.say("%s\nprocess started, query planned and run, process ended: %s\n", strings.TrimSpace(out), time.Since(start).Round(time.Millisecond))
	return nil
}

// continuous runs a job over a live stream, kills it, resumes it, and compares.
func (d *demo) continuous(ctx context.Context) error {
	d.say("2. A continuous job over a live stream: 150,000 events, 15,000 a second, a checkpoint twice a second\n\n%s\n", demoQuery)
	job := filepath.Join(d.dir, "job.sql")
	text := fmt.Sprintf(demoEvents, "true") + d.resultTable() + fmt.Sprintf(`SET 'pipeline.name' = 'demo';
SET 'state.backend.type' = 'pebble';
SET 'execution.runtime-mode' = 'streaming';
SET 'execution.checkpointing.interval' = '500 ms';
SET 'execution.checkpointing.dir' = '%s';
INSERT INTO counts %s;
`, d.checkpoints(), demoQuery)
	if err := os.WriteFile(job, []byte(text), 0o600); err != nil {
		return err
	}
	live := &liveRows{folder: d.result(), seen: map[string]bool{}}
	d.say("$ weir run job.sql --restore latest\n%s", live.header())
	if err := d.startAndKill(ctx, job, live); err != nil {
		return err
	}
	d.say("\n$ weir run job.sql --restore latest        # the same command again")
	if err := d.resume(ctx, job, live); err != nil {
		return err
	}
	return d.compare(ctx)
}

func (d *demo) result() string      { return filepath.Join(d.dir, "result") }
func (d *demo) checkpoints() string { return filepath.Join(d.dir, "checkpoints") }

func (d *demo) resultTable() string {
	return fmt.Sprintf("CREATE TABLE counts (window_start TIMESTAMP(3), channel STRING, bids BIGINT, highest BIGINT)\nWITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');\n", d.result())
}

// startAndKill ends the job with SIGKILL when rows have come out.
func (d *demo) startAndKill(ctx context.Context, job string, live *liveRows) error {
	c, ended, err := d.start(ctx, job)
	if err != nil {
		return err
	}
	for live.count < 4 {
		select {
		case err := <-ended:
			return fmt.Errorf("the job ended before it could be killed: %w\n%s", err, c.Stderr)
		case <-time.After(demoPoll):
		}
		d.showLive(live)
	}
	if err := c.Process.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the job: %w", err)
	}
	if err := <-ended; err == nil {
		return errors.New("the job ended before it could be killed")
	}
	d.showLive(live)
	last := newestCheckpoint(d.checkpoints())
	if last == 0 {
		return fmt.Errorf("no checkpoint was complete when the job was killed\n%s", c.Stderr)
	}
	d.say("\n$ kill -9 %d\nthe job is dead; its newest complete checkpoint is %d", c.Process.Pid, last)
	return nil
}

// resume runs the job from its checkpoint to the end of the stream.
func (d *demo) resume(ctx context.Context, job string, live *liveRows) error {
	start := time.Now()
	c, ended, err := d.start(ctx, job)
	if err != nil {
		return err
	}
	for over := false; !over; {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("the resumed job: %w\n%s", err, c.Stderr)
			}
			over = true
		case <-time.After(demoPoll):
		}
		if first, _, ok := strings.Cut(c.Stderr.(*syncBuffer).String(), "\n"); ok && !live.resumed {
			live.resumed = true
			d.say("%s", first)
		}
		d.showLive(live)
	}
	d.say("\nran to the end of the stream in %s", time.Since(start).Round(time.Millisecond))
	return nil
}

// demoPoll is how often the demo looks for news.
const demoPoll = 20 * time.Millisecond

// start runs the job; what it ended with comes through the channel.
func (d *demo) start(ctx context.Context, job string) (*exec.Cmd, <-chan error, error) {
	c := exec.CommandContext(ctx, d.weir, "run", job, "--restore", "latest")
	c.Stderr = &syncBuffer{}
	if err := c.Start(); err != nil {
		return nil, nil, fmt.Errorf("start the job: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return c, ended, nil
}

func (d *demo) showLive(live *liveRows) {
	for _, line := range live.next(newestCheckpoint(d.checkpoints())) {
		d.say("%s", line)
	}
}

// syncBuffer is what a running child has said so far.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newestCheckpoint is the number of the newest completed checkpoint under
// execution.checkpointing.dir; 0 where there is none.
func newestCheckpoint(dir string) int {
	manifests, _ := filepath.Glob(filepath.Join(dir, "*", "chk-*", "manifest")) // the pattern is well formed
	newest := 0
	for _, m := range manifests {
		n := 0
		if _, err := fmt.Sscanf(filepath.Base(filepath.Dir(m)), "chk-%d", &n); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// compare holds the sink's rows against the batch answer over the same events.
func (d *demo) compare(ctx context.Context) error {
	want, err := d.run(ctx, "sql", "--format", "csv", "--quiet", "--mode", "batch", "-e", fmt.Sprintf(demoEvents, "false")+demoQuery+" ORDER BY window_start, channel")
	if err != nil {
		return err
	}
	got, err := d.run(ctx, "sql", "--format", "csv", "--quiet", "--mode", "batch", "-e", d.resultTable()+"SELECT * FROM counts ORDER BY window_start, channel")
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("the continuous job's result differs from the batch answer\n--- continuous\n%s--- batch\n%s", got, want)
	}
	d.say("no row lost, none twice: its %d rows equal the batch answer over the same events", strings.Count(got, "\n")-1)
	return nil
}

// run runs this program again and gives its output.
func (d *demo) run(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, d.weir, args...)
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("weir %s: %w\n%s", args[0], err, stderr.String())
	}
	return out.String(), nil
}
