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
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "demo",
		Short: "A batch job, and a continuous job that is killed and resumes",
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
	d.say("%s\nstarted, planned, run and ended in %s\n", out, time.Since(start).Round(time.Millisecond))
	return nil
}

// continuous runs a job over a live stream, kills it, resumes it, and compares.
func (d *demo) continuous(ctx context.Context) error {
	d.say("2. A continuous job over a live stream of 150,000 events, 15,000 a second, killed on the way\n\n%s\n", demoQuery)
	job := filepath.Join(d.dir, "job.sql")
	result := filepath.Join(d.dir, "result")
	text := fmt.Sprintf(demoEvents, "true") + fmt.Sprintf(`CREATE TABLE counts (window_start TIMESTAMP(3), channel STRING, bids BIGINT, highest BIGINT)
WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');
SET 'pipeline.name' = 'demo';
SET 'state.backend.type' = 'pebble';
SET 'execution.runtime-mode' = 'streaming';
SET 'execution.checkpointing.interval' = '500 ms';
SET 'execution.checkpointing.dir' = '%s';
INSERT INTO counts %s;
`, result, filepath.Join(d.dir, "checkpoints"), demoQuery)
	if err := os.WriteFile(job, []byte(text), 0o600); err != nil {
		return err
	}
	if err := d.startAndKill(ctx, job, result); err != nil {
		return err
	}
	d.say("resumed by the same command: weir run job.sql --restore latest")
	start := time.Now()
	if _, err := d.run(ctx, "run", job, "--restore", "latest", "--quiet"); err != nil {
		return err
	}
	d.say("ran to the end of the stream in %s\n", time.Since(start).Round(time.Millisecond))
	return d.compare(ctx, result)
}

// startAndKill ends the job with SIGKILL when some windows have come out and checkpoints are complete.
func (d *demo) startAndKill(ctx context.Context, job, result string) error {
	c := exec.CommandContext(ctx, d.weir, "run", job, "--restore", "latest", "--quiet")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		return err
	}
	seen := 0
	for range 100 {
		select {
		case <-ctx.Done():
			return errors.Join(errInterrupted, c.Process.Kill(), c.Wait())
		case <-time.After(100 * time.Millisecond):
		}
		if lines := d.visible(result); len(lines) > seen {
			for _, l := range lines[seen:] {
				d.say("   %s", l)
			}
			seen = len(lines)
		}
		if seen >= 4 {
			break
		}
	}
	if err := c.Process.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("the job ended before it could be killed: %w\n%s", err, stderr.String())
	}
	_ = c.Wait() // killed: that is what it says
	if n := newestCheckpoint(filepath.Join(d.dir, "checkpoints")); n > 0 {
		d.say("\nkilled with SIGKILL, after checkpoint %d", n)
		return nil
	}
	return fmt.Errorf("no checkpoint was complete when the job was killed\n%s", stderr.String())
}

// visible is the committed rows of the sink.
func (d *demo) visible(result string) []string {
	files, _ := filepath.Glob(filepath.Join(result, "*")) // the pattern is well formed
	var out []string
	for _, f := range files {
		if strings.HasPrefix(filepath.Base(f), ".") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			continue // it was renamed meanwhile: the next look finds it
		}
		for _, l := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			if l != "" {
				out = append(out, l)
			}
		}
	}
	return out
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
func (d *demo) compare(ctx context.Context, result string) error {
	want, err := d.run(ctx, "sql", "--format", "csv", "--quiet", "--mode", "batch", "-e", fmt.Sprintf(demoEvents, "false")+demoQuery+" ORDER BY window_start, channel")
	if err != nil {
		return err
	}
	table := fmt.Sprintf("CREATE TABLE counts (window_start TIMESTAMP(3), channel STRING, bids BIGINT, highest BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');\n", result)
	got, err := d.run(ctx, "sql", "--format", "csv", "--quiet", "--mode", "batch", "-e", table+"SELECT * FROM counts ORDER BY window_start, channel")
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("the continuous job's result differs from the batch answer\n--- continuous\n%s--- batch\n%s", got, want)
	}
	d.say("the result of the continuous job, %d rows, equals the batch answer over the same events", strings.Count(got, "\n")-1)
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
