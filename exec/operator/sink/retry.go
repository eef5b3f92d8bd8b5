package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// DefaultRetries is how often a commit is tried again, as in Flink.
const DefaultRetries = 10

// The waits between two tries of what cannot be committed yet.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 5 * time.Second
	// silent is how long a commit is tried without a word: a transaction that
	// still ends is no news, a broker that does not answer is.
	silent = time.Second
)

// commits is how a sink commits: again where it is told to, and not for ever,
// because a job that waits for a commit moves on and keeps more and more open.
type commits struct {
	inner   connector.Committer
	retries int
	log     *slog.Logger
	retried *metric.Counter
}

func newCommits(inner connector.Committer, retries int, log *slog.Logger, group *metric.Group) commits {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return commits{inner: inner, retries: retries, log: log, retried: group.Counter("retriedCommittables")}
}

// all commits until every committable is through, or one is lost, or there were tries enough.
func (c *commits) all(ctx context.Context, cs []connector.Committable) error {
	began, wait := time.Now(), firstRetry
	for try := 1; len(cs) > 0; try++ {
		outcomes, why := c.inner.Commit(ctx, cs)
		if why != nil && outcomes == nil {
			return why
		}
		again, lost := sorted(outcomes, cs)
		switch {
		case lost != nil:
			return lostError(lost, why)
		case len(again) == 0:
			return nil
		case try > c.retries:
			return gaveUp(try, again[0], why)
		}
		c.retried.Add(int64(len(again)))
		if time.Since(began) > silent {
			c.log.Warn("a commit is tried again", "try", try+1, "of", c.retries+1, "committables", len(again), "cause", why)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		cs, wait = again, min(2*wait, lastRetry)
	}
	return nil
}

// sorted is what must be committed again, and the first that cannot be.
func sorted(outcomes []connector.Outcome, cs []connector.Committable) (again []connector.Committable, lost connector.Committable) {
	for i, o := range outcomes {
		switch o {
		case connector.Retry:
			again = append(again, cs[i])
		case connector.Lost:
			return nil, cs[i]
		}
	}
	return again, nil
}

func lostError(c connector.Committable, why error) error {
	if se := sqlerr.As(why); se != nil { // the connector knows best what to say
		e := *se
		e.Cause = errors.Join(connector.ErrLost, why)
		return &e
	}
	if why == nil {
		why = fmt.Errorf("committable %q", string(c))
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, fmt.Errorf("%w: %w", connector.ErrLost, why), "commit").
		WithHint("it was prepared for a checkpoint and is gone outside: rows are missing there. Restore an older checkpoint, or accept the loss and start fresh")
}

func gaveUp(tries int, c connector.Committable, why error) error {
	if why == nil {
		why = fmt.Errorf("committable %q", string(c))
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, why, "a commit was tried %d times in vain", tries).
		WithHint("the checkpoint keeps it: the job commits it first when it goes on from there. 'sink.committer.retries' says how often it is tried")
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Recover commits what the restored checkpoint left uncommitted, then rolls
// back whatever else of this job lies open outside.
func (s *Sink) Recover(ctx context.Context, wc connector.WriterContext, committables []connector.Committable) error {
	inner, err := s.spec.OpenCommitter(ctx, wc)
	if err != nil || inner == nil {
		return err
	}
	c := newCommits(inner, s.retries, wc.Log, metric.NewGroup())
	err = c.all(ctx, committables)
	if err == nil {
		err = inner.AbortLeftovers(ctx, committables)
	}
	if cerr := inner.Close(); err == nil {
		err = cerr
	}
	return err
}
