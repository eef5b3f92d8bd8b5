package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/weir-engine/weir/io/connector"
)

// progress commits the positions of completed checkpoints as offsets of the
// consumer group, for those who watch how far it is and for jobs that start with
// 'group-offsets'. A restored job goes by its checkpoint, never by them: an
// offset that cannot be committed is a warning, and the next checkpoint's
// commit makes up for it.
type progress struct {
	admin *kadm.Client
	group string
	log   *slog.Logger
	wake  chan struct{}
	stop  chan struct{}
	wg    sync.WaitGroup

	mu      sync.Mutex
	pending kadm.Offsets
}

func newProgress(admin *kadm.Client, group string, log *slog.Logger) *progress {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &progress{admin: admin, group: group, log: log, wake: make(chan struct{}, 1), stop: make(chan struct{}), pending: kadm.Offsets{}}
	p.wg.Go(p.run)
	return p
}

// reached notes positions to be committed, instead of older ones that still wait.
func (p *progress) reached(splits []connector.Split) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range splits {
		var at position
		if err := json.Unmarshal(s.Data, &at); err != nil {
			return fmt.Errorf("kafka: read split %s: %w", s.ID, err)
		}
		p.pending.Add(kadm.Offset{Topic: at.Topic, Partition: at.Partition, At: at.Next, LeaderEpoch: -1})
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}

func (p *progress) run() {
	warned := false // of the failures in a row the first is told
	for over := false; !over; {
		select {
		case <-p.wake:
		case <-p.stop:
			over = true
		}
		err := p.commit()
		if err != nil && !warned {
			p.log.Warn("offsets of a consumer group are not committed; the job does not depend on them", "group", p.group, "cause", err)
		}
		warned = err != nil
	}
}

func (p *progress) commit() error {
	p.mu.Lock()
	offsets := p.pending
	p.pending = kadm.Offsets{}
	p.mu.Unlock()
	if len(offsets) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	answers, err := p.admin.CommitOffsets(ctx, p.group, offsets)
	if err == nil {
		err = answers.Error()
	}
	return err
}

// close commits what waits and ends.
func (p *progress) close() {
	close(p.stop)
	p.wg.Wait()
}
