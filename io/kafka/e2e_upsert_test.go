package kafka

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const totalsQuery = "SELECT auction, COUNT(*), SUM(price), MAX(bidtime) FROM bids GROUP BY auction;\n"

// totalsTable keeps the last row of each auction in a compacted topic.
func (b *broker) totalsTable(options ...string) string {
	return fmt.Sprintf(`CREATE TABLE counts (auction BIGINT, bids BIGINT, total BIGINT, lasttime TIMESTAMP(3), PRIMARY KEY (auction) NOT ENFORCED) WITH (%s);
`, strings.Join(append(options, "'connector' = 'upsert-kafka'", "'topic' = '"+b.topic+"'", "'properties.bootstrap.servers' = '"+b.seeds+"'",
		"'key.format' = 'json'", "'value.format' = 'csv'"), ", "))
}

// TestUpsertTopicSurvivesKills keeps the totals of each auction in two compacted
// topics, exactly once and at least once, by jobs that are killed over and over.
// What is read back in the end is the answer of the batch query.
func TestUpsertTopicSurvivesKills(t *testing.T) {
	in, outs := realTopic(t, bidPartitions), []*broker{compactedTopic(t, "exactly"), compactedTopic(t, "atleast")}
	binary := weirBinary(t)
	var jobs []*weirJob
	for i, options := range [][]string{
		{"'sink.delivery-guarantee' = 'exactly-once'", "'sink.transactional-id-prefix' = 'u-" + outs[0].topic + "'"},
		{"'sink.buffer-flush.max-rows' = '1000'", "'sink.buffer-flush.interval' = '50 ms'"},
	} {
		j := &weirJob{name: outs[i].topic, binary: binary, dir: t.TempDir()}
		j.write(t, in, outs[i].totalsTable(options...), totalsQuery)
		jobs = append(jobs, j)
	}
	feed := startFeed(t, in)
	const rounds = 3
	for range rounds {
		feed.allow(fedBids / 20)
		together(t, jobs, func(j *weirJob) error {
			if err := j.start(""); err != nil {
				return err
			}
			if err := j.completes(2 + rand.IntN(3)); err != nil {
				return err
			}
			_ = j.process.Process.Kill()
			return j.awaitKill("outside")
		})
	}
	together(t, jobs, func(j *weirJob) error { return j.start("") })
	feed.finish(t)
	want := sortedLines(query(t, binary, bidsTable(in, "'scan.bounded.mode' = 'latest-offset'")+totalsQuery))
	for i, out := range outs {
		var got []string
		for deadline := time.Now().Add(patience); !slices.Equal(got, want) && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			got = sortedLines(answer(t, binary, out.totalsTable("'scan.bounded.mode' = 'latest-offset'")+"SELECT * FROM counts", "--mode", "streaming", "--materialize"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", jobs[i].name, got, want)
		}
		jobs[i].stop(t)
	}
	t.Logf("%d bids of %d auctions, %d kills", feed.bids, len(want), 2*rounds)
}

// compactedTopic makes a topic of which the broker keeps the last record of each key.
func compactedTopic(t *testing.T, suffix string) *broker {
	t.Helper()
	b := realTopic(t, 1)
	b.topic += "-" + suffix
	compact := "compact"
	if _, err := b.admin.CreateTopic(t.Context(), 3, 1, map[string]*string{"cleanup.policy": &compact}, b.topic); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = b.admin.DeleteTopics(context.Background(), b.topic) })
	return b
}

func sortedLines(csv string) []string {
	lines := strings.Split(strings.TrimSpace(csv), "\n")[1:]
	slices.Sort(lines)
	return lines
}
