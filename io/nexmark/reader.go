package nexmark

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weir-engine/weir/io/connector"
)

// pacedEvents is the most events of a batch of a source that keeps to its rate.
const pacedEvents = 64

// reader makes the events of its splits, block by block, always of the split
// that is furthest behind.
type reader struct {
	config  *config
	columns []int
	need    need
	rows    int
	splits  []position
	paused  map[int]bool
	free    chan *batch // batches that came back
	started time.Time   // of rate limiting
	first   int64
}

func newReader(c *config, columns []int, need need, rows int) *reader {
	return &reader{config: c, columns: columns, need: need, rows: rows, paused: map[int]bool{}, free: make(chan *batch, 16)}
}

// Assign adds splits.
func (r *reader) Assign(splits []connector.Split) error {
	for _, s := range splits {
		var p position
		if err := json.Unmarshal(s.Data, &p); err != nil {
			return fmt.Errorf("nexmark: read split %s: %w", s.ID, err)
		}
		r.splits = append(r.splits, p)
	}
	return nil
}

// Pause stops and resumes splits.
func (r *reader) Pause(ids []string, on bool) {
	for _, id := range ids {
		for _, p := range r.splits {
			if p.split().ID == id {
				r.paused[p.Split] = on
			}
		}
	}
}

// Next makes up to a batch of events.
func (r *reader) Next(ctx context.Context) (connector.Fetch, error) {
	if len(r.splits) == 0 {
		return connector.Fetch{}, connector.ErrNeedSplits
	}
	i := r.behind()
	if i < 0 {
		return connector.Fetch{}, r.wait(ctx, 10*time.Millisecond)
	}
	if r.config.Limited {
		if err := r.keepRate(ctx, r.splits[i].Next); err != nil {
			return connector.Fetch{}, err
		}
	}
	return r.fill(i), nil
}

// behind is the split to read next; -1 when all are paused.
func (r *reader) behind() int {
	best := -1
	for i, p := range r.splits {
		if !r.paused[p.Split] && (best < 0 || p.Next < r.splits[best].Next) {
			best = i
		}
	}
	return best
}

func (r *reader) fill(i int) connector.Fetch {
	p := &r.splits[i]
	b := r.batch()
	b.start()
	for b.rows < b.cap && !r.ended(p.Next) {
		run := r.run(p.Next, b.cap-b.rows)
		b.add(p.Next, run)
		p.Next = p.after(p.Next + int64(run) - 1)
		if r.config.Limited && p.Next%pacedEvents == 0 || len(r.splits) > 1 && p.Next%blockEvents == 0 {
			break // small batches live; turns between splits
		}
	}
	s := p.split()
	f := connector.Fetch{Release: func() { r.giveBack(b) }}
	f.Spans = []connector.Span{{Split: s.ID, To: b.rows, After: s.Data, Finished: r.ended(p.Next)}}
	if b.rows > 0 {
		f.Batch = b.finish(r.columns)
	}
	if f.Spans[0].Finished {
		r.splits = append(r.splits[:i], r.splits[i+1:]...)
	}
	return f
}

// run is how many events from n on may be made in one go.
func (r *reader) run(n int64, room int) int {
	run := min(int64(room), blockEvents-n%blockEvents)
	if r.config.Events > 0 {
		run = min(run, r.config.Events-n)
	}
	if r.config.Limited {
		run = min(run, pacedEvents-n%pacedEvents)
	}
	return int(run)
}

func (r *reader) ended(n int64) bool { return r.config.Events > 0 && n >= r.config.Events }

func (r *reader) batch() *batch {
	select {
	case b := <-r.free:
		return b
	default:
		return newBatch(r.config, r.need, r.rows)
	}
}

func (r *reader) giveBack(b *batch) {
	select {
	case r.free <- b:
	default:
	}
}

// keepRate waits until event n is due.
func (r *reader) keepRate(ctx context.Context, n int64) error {
	if r.started.IsZero() {
		r.started, r.first = time.Now(), n
	}
	due := r.started.Add(time.Duration(float64(n-r.first) / float64(r.config.Rate) * float64(time.Second)))
	return r.wait(ctx, time.Until(due))
}

func (r *reader) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close has nothing to give back.
func (r *reader) Close() error { return nil }
