// Package kafka_test proves the broker that start.sh runs before anything else is tested against it: what is produced
// is consumed, and what a transaction aborts stays unseen.
package kafka_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const topic = "broker-check"

func TestBroker(t *testing.T) {
	brokers := os.Getenv("WEIR_KAFKA_BROKERS")
	if brokers == "" {
		t.Skip("WEIR_KAFKA_BROKERS is not set; benchmarks/peers/kafka/start.sh starts a broker")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seeds := kgo.SeedBrokers(strings.Split(brokers, ",")...)
	recreate(ctx, t, seeds)

	producer, err := kgo.NewClient(seeds, kgo.TransactionalID("broker-check"))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	produce(ctx, t, producer, "kept", kgo.TryCommit)
	produce(ctx, t, producer, "aborted", kgo.TryAbort)
	produce(ctx, t, producer, "last", kgo.TryCommit)

	// The last record of the topic's only partition is visible once everything before it is decided.
	got := consumeUntil(ctx, t, seeds, "last 9")
	for i, value := range got {
		prefix := "kept"
		if i >= 10 {
			prefix = "last"
		}
		if want := fmt.Sprintf("%s %d", prefix, i%10); value != want {
			t.Errorf("record %d: got %q, want %q", i, value, want)
		}
	}
	if len(got) != 20 {
		t.Errorf("got %d committed records, want 20", len(got))
	}
}

func recreate(ctx context.Context, t *testing.T, seeds kgo.Opt) {
	t.Helper()
	client, err := kgo.NewClient(seeds)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.DeleteTopics(ctx, topic); err != nil {
		t.Fatalf("delete %s: %v", topic, err)
	}
	for { // the deletion ends in the background
		r, err := admin.CreateTopic(ctx, 1, 1, nil, topic)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("create %s: %v %v", topic, err, r.Err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func produce(ctx context.Context, t *testing.T, client *kgo.Client, prefix string, end kgo.TransactionEndTry) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		r := &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, "%s %d", prefix, i)}
		if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
			t.Fatalf("produce: %v", err)
		}
	}
	if err := client.EndTransaction(ctx, end); err != nil {
		t.Fatalf("end transaction: %v", err)
	}
}

func consumeUntil(ctx context.Context, t *testing.T, seeds kgo.Opt, last string) []string {
	t.Helper()
	client, err := kgo.NewClient(seeds, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var values []string
	for len(values) == 0 || values[len(values)-1] != last {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("consume after %d records: %v", len(values), err)
		}
		fetches.EachRecord(func(r *kgo.Record) { values = append(values, string(r.Value)) })
	}
	return values
}
