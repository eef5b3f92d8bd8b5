package worker

import "sync"

// lanes runs what concerns one job in the order in which it came, without keeping
// other jobs waiting: deploying, and making sinks whole, takes time.
type lanes struct {
	mu   sync.Mutex
	work map[string][]func() // of jobs at work
	wg   sync.WaitGroup
}

func newLanes() *lanes { return &lanes{work: map[string][]func(){}} }

func (l *lanes) run(job string, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue, busy := l.work[job]
	l.work[job] = append(queue, f)
	if !busy {
		l.wg.Go(func() { l.drain(job) })
	}
}

func (l *lanes) drain(job string) {
	for {
		l.mu.Lock()
		queue := l.work[job]
		if len(queue) == 0 {
			delete(l.work, job)
			l.mu.Unlock()
			return
		}
		l.work[job] = queue[1:]
		l.mu.Unlock()
		queue[0]()
	}
}
