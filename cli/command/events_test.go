package command

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// eventsTable is Nexmark's events whose event time runs 200 times as fast as the
// clock that the source keeps to: windows of ten seconds close as often as
// checkpoints come, so that hardly a kill meets a sink with nothing in its hands.
func eventsTable(events, rate int, limited bool) string {
	const made = "CASE WHEN event_type = 0 THEN person.`dateTime` WHEN event_type = 1 THEN auction.`dateTime` ELSE bid.`dateTime` END"
	return fmt.Sprintf(`CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, %[1]sdateTime%[1]s TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, %[1]sdateTime%[1]s TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, %[1]sdateTime%[1]s TIMESTAMP(3), extra STRING>,
  ts AS TIMESTAMPADD(SECOND, 200 * TIMESTAMPDIFF(SECOND, TIMESTAMP '2015-07-15 00:00:00', %[2]s) + CAST(EXTRACT(MILLISECOND FROM %[2]s) AS INT) / 5, TIMESTAMP '2015-07-15 00:00:00'),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '%[3]d', 'first-event.rate' = '%[4]d', 'rate.limited' = '%[5]v');
`, "`", made, events, rate, limited)
}

const countQuery = `SELECT window_start, bid.auction AS auction, COUNT(*) AS bids
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND))
WHERE event_type = 2
GROUP BY window_start, window_end, bid.auction`

// eventJob is a continuous job over events into files of a folder.
type eventJob struct {
	t               *testing.T
	dir             string
	format, backend string
	events, rate    int
	checkpointing   bool
	objects         *objectStore // holds checkpoints and counts; nil: the disk
	partitioned     bool         // by window, each marked when the watermark has passed it
}

func (j *eventJob) path(name string) string { return filepath.Join(j.dir, name) }

// at is where checkpoints or counts lie.
func (j *eventJob) at(name string) string {
	if j.objects != nil {
		return j.objects.dir + "/" + name
	}
	return j.path(name)
}

func (j *eventJob) counts() string {
	text := j.objects.options()
	if j.partitioned {
		return text + fmt.Sprintf("CREATE TABLE counts (window_start TIMESTAMP(3), auction BIGINT, bids BIGINT) PARTITIONED BY (window_start) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = '%s', 'sink.partition-commit.trigger' = 'partition-time', 'sink.partition-commit.delay' = '10 s', 'sink.partition-commit.policy.kind' = 'success-file');\n", j.at("counts"), j.format)
	}
	return text + fmt.Sprintf("CREATE TABLE counts (window_start TIMESTAMP(3), auction BIGINT, bids BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = '%s');\n", j.at("counts"), j.format)
}

// write writes the job's file and gives its name.
func (j *eventJob) write(query string) string {
	j.t.Helper()
	text := fmt.Sprintf("SET 'pipeline.name' = 'windows';\nSET 'execution.runtime-mode' = 'streaming';\nSET 'state.backend.type' = '%s';\n", j.backend)
	if j.checkpointing {
		text += fmt.Sprintf("SET 'execution.checkpointing.interval' = '50 ms';\nSET 'execution.checkpointing.dir' = '%s';\n", j.at("checkpoints"))
	}
	text += eventsTable(j.events, j.rate, true) + j.counts() + "INSERT INTO counts " + query + ";\n"
	name := j.path("job.sql")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		j.t.Fatal(err)
	}
	return name
}

// answer is what the batch run gives over the same events.
func (j *eventJob) answer() string {
	j.t.Helper()
	return must(j.t, "sql", "--quiet", "--mode", "batch", "-e", eventsTable(j.events, j.rate, false)+countQuery+" ORDER BY window_start, auction")
}

// result is what stands in the files.
func (j *eventJob) result() string {
	j.t.Helper()
	return must(j.t, "sql", "--quiet", "--mode", "batch", "-e", j.counts()+"SELECT * FROM counts ORDER BY window_start, auction")
}

// files lists the sink's folder, hidden files too.
func (j *eventJob) files() (visible, hidden []string) {
	_ = filepath.WalkDir(j.path("counts"), func(_ string, e fs.DirEntry, err error) error {
		switch { // the job may not have made it yet, or may be renaming in it
		case err != nil || e.IsDir():
		case strings.HasPrefix(e.Name(), "."):
			hidden = append(hidden, e.Name())
		default:
			visible = append(visible, e.Name())
		}
		return nil
	})
	return visible, hidden
}

// completed is the newest completed checkpoint; 0 where there is none.
func (j *eventJob) completed() int { return newestCheckpoint(j.path("checkpoints")) }

// checkEnd wants the batch answer in the files, and nothing else anywhere.
func (j *eventJob) checkEnd() {
	j.t.Helper()
	want, got := j.answer(), j.result()
	if got != want {
		j.t.Errorf("the files hold %d rows, the batch answer has %d, or they differ: %s", strings.Count(got, "\n")-1, strings.Count(want, "\n")-1, firstDifference(got, want))
	}
	if strings.Count(want, "\n") < 100 {
		j.t.Errorf("an answer this short proves little:\n%s", want)
	}
	if j.objects != nil {
		j.objects.checkEnd(j)
		return
	}
	visible, hidden := j.files()
	j.checkMarks()
	for _, name := range visible {
		if j.partitioned && name == "_SUCCESS" {
			continue
		}
		if !strings.HasPrefix(name, "part-") || !strings.HasSuffix(name, "."+j.format) {
			j.t.Errorf("a stray file: %s", name)
		}
	}
	if len(hidden) > 0 {
		j.t.Errorf("left over: %v", hidden)
	}
}

// checkMarks wants each partition marked as complete.
func (j *eventJob) checkMarks() {
	j.t.Helper()
	partitions, err := filepath.Glob(j.path("counts") + "/window_start=*")
	if err != nil || j.partitioned != (len(partitions) > 3) {
		j.t.Errorf("%d partitions, %v", len(partitions), err)
	}
	for _, p := range partitions {
		if _, err := os.Stat(filepath.Join(p, "_SUCCESS")); err != nil {
			j.t.Error(err)
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is %q, not %q", i+1, g[i], w[i])
		}
	}
	return "one has more lines"
}
