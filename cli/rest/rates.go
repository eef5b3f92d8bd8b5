package rest

import (
	"context"
	"sync"
	"time"

	"github.com/weir-engine/weir/exec/worker"
)

// Rates are taken over the last few seconds, from what was measured once a second.
const (
	measureEvery = time.Second
	rateWindow   = 5 // measurements
)

// rates remembers what tasks had counted a few seconds ago.
type rates struct {
	mu  sync.Mutex
	all map[worker.TaskID]*trail
}

// trail is the last measurements of a task, the oldest first.
type trail struct {
	points []point
	seen   bool
}

// point is what a task had counted at a time.
type point struct {
	at     int64 // milliseconds
	status worker.TaskStatus
}

// rate is what a task does: times are parts of one, the rest is a second.
type rate struct {
	busy, idle, backPressured float64
	seconds                   float64 // 0: nothing is known yet
	before                    *worker.TaskStatus
}

// measure takes measurements until ctx is done.
func (s *Server) measure(ctx context.Context) {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		s.rates.take(s)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// take measures all jobs that run, and forgets the tasks of others.
func (r *rates) take(s *Server) {
	jobs := map[string]bool{}
	var tasks []worker.TaskStatus
	for _, j := range s.config.Jobs.Jobs() {
		jobs[j.ID()] = true
		if st := j.Status(); !terminal(st.State) {
			tasks = append(tasks, st.Tasks...)
		}
	}
	s.plans.keep(jobs)
	now := s.config.Clock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[worker.TaskID]*trail{}
	}
	for _, t := range r.all {
		t.seen = false
	}
	for _, t := range tasks {
		tr := r.all[t.ID]
		if tr == nil {
			tr = &trail{}
			r.all[t.ID] = tr
		}
		tr.seen = true
		if len(tr.points) == rateWindow {
			copy(tr.points, tr.points[1:])
			tr.points = tr.points[:rateWindow-1]
		}
		tr.points = append(tr.points, point{now, t})
	}
	for id, t := range r.all {
		if !t.seen {
			delete(r.all, id)
		}
	}
}

// of is what a task does now. One that has ended does nothing; of one that has
// just begun it is what it did since then.
func (r *rates) of(t *worker.TaskStatus, now int64) rate {
	if t.Stamps.Running == 0 || t.Stamps.Ended > 0 {
		return rate{}
	}
	before, since := &worker.TaskStatus{}, t.Stamps.Running
	r.mu.Lock()
	if tr := r.all[t.ID]; tr != nil && tr.points[0].at < now {
		before, since = &tr.points[0].status, tr.points[0].at
	}
	r.mu.Unlock()
	if now <= since {
		return rate{}
	}
	out := rate{seconds: float64(now-since) / 1000, before: before}
	b, i, p := t.Times.Busy-before.Times.Busy, t.Times.Idle-before.Times.Idle, t.Times.BackPressured-before.Times.BackPressured
	if all := b + i + p; all > 0 {
		out.busy, out.idle, out.backPressured = part(b, all), part(i, all), part(p, all)
	}
	return out
}

func part(d, all time.Duration) float64 { return min(1, max(0, float64(d)/float64(all))) }

// perSecond is how fast a count grows.
func (r *rate) perSecond(now, before int64) float64 {
	if r.seconds == 0 {
		return 0
	}
	return max(0, float64(now-before)/r.seconds)
}
