package kafka

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	timeLayout = "2006-01-02 15:04:05.000"
	// A second of event time every 20 ms: windows close as fast as checkpoints
	// come, so that hardly a kill meets a sink with nothing in its hands.
	bidsPerTick = 500
	tickPause   = 20 * time.Millisecond
	auctions    = 50
)

// began is the event time of the first bid.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// feed writes bids, in event time order in each partition, and keeps count.
type feed struct {
	topic   string
	client  *kgo.Client
	allowed atomic.Int64 // bids that may be written so far
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	err     error

	bids   int64
	second int64
	last   time.Time // of the bids that close the windows before
	counts windowCounts
}

func startFeed(t *testing.T, topic *broker) *feed {
	ctx, cancel := context.WithCancel(t.Context())
	client, err := kgo.NewClient(kgo.SeedBrokers(topic.seeds), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	f := &feed{topic: topic.topic, client: client, cancel: cancel, counts: windowCounts{}}
	t.Cleanup(func() { cancel(); client.Close(); f.wg.Wait() }) // closed, it waits for no broker
	f.wg.Go(func() {
		for ctx.Err() == nil && f.err == nil {
			if f.bids < f.allowed.Load() {
				f.err = f.tick(true)
			}
			time.Sleep(tickPause)
		}
	})
	return f
}

// allow lets the feed write more bids, at its pace.
func (f *feed) allow(bids int) { f.allowed.Add(int64(bids)) }

// tick writes the bids of one second of event time.
func (f *feed) tick(counted bool) error {
	at := began.Add(time.Duration(f.second) * time.Second)
	start := at.Truncate(windowSeconds * time.Second).Format(timeLayout)
	f.second++
	var records []*kgo.Record
	for i := range bidsPerTick {
		auction := rand.IntN(auctions)
		value := fmt.Appendf(nil, `{"auction":%d,"price":%d,"bidtime":"%s"}`, auction, i, at.Format(timeLayout))
		records = append(records, &kgo.Record{Topic: f.topic, Partition: int32(i % bidPartitions), Value: value})
		if counted {
			f.count(fmt.Sprintf("%s/%d", start, auction))
		}
	}
	f.bids += bidsPerTick
	return f.client.ProduceSync(context.Background(), records...).FirstErr()
}

func (f *feed) count(window string) {
	if f.counts[window] == nil {
		f.counts[window] = []int64{0}
	}
	f.counts[window][0]++
}

// finish writes what is still allowed, and then bids so late that all windows
// before them close; their own window stays open.
func (f *feed) finish(t *testing.T) {
	t.Helper()
	f.cancel()
	f.wg.Wait()
	for f.err == nil && f.bids < f.allowed.Load() {
		f.err = f.tick(true)
	}
	f.second += 10 * windowSeconds
	f.last = began.Add(time.Duration(f.second) * time.Second)
	if f.err == nil {
		f.err = f.tick(false)
	}
	if f.err != nil {
		t.Fatal(f.err)
	}
}
