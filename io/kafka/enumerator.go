package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// enumerator deals partitions, each a split. Which have been found is part of
// its state, so that a restored job begins only new ones, from their beginning.
type enumerator struct {
	source *source
	client *kgo.Client
	admin  *kadm.Client
	dealt  map[int]bool // subtasks that have had their share
	wake   chan struct{}
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex // of state: partitions are looked for on a goroutine of its own
	state enumeratorState
	wrong error // of a split that came back
}

// enumeratorState is stored in checkpoints.
type enumeratorState struct {
	Known []string   `json:"known"` // names of partitions, sorted
	Left  []position `json:"left,omitempty"`
}

// Enumerate finds the partitions and where each begins and ends.
func (s *source) Enumerate(ctx context.Context, restored []byte) (connector.Enumerator, error) {
	client, err := kgo.NewClient(s.config.client.common...)
	if err != nil {
		return nil, fmt.Errorf("kafka: make client: %w", err)
	}
	e := &enumerator{source: s, client: client, admin: kadm.NewClient(client), dealt: map[int]bool{}, wake: make(chan struct{}, 1), cancel: func() {}}
	if restored == nil {
		err = e.begin(ctx)
	} else if err = json.Unmarshal(restored, &e.state); err != nil {
		err = fmt.Errorf("kafka: read enumerator state: %w", err)
	} else if !s.ends() {
		err = e.discover(ctx)
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	if e.looks() {
		run, cancel := context.WithCancel(context.WithoutCancel(ctx))
		e.cancel = cancel
		e.wg.Go(func() { e.look(run) })
	}
	return e, nil
}

func (s *source) ends() bool { return s.scan.bounded != "unbounded" }

// looks reports that partitions that are added later are found.
func (e *enumerator) looks() bool { return !e.source.ends() && e.source.scan.discovery > 0 }

// begin finds the partitions of a fresh start.
func (e *enumerator) begin(ctx context.Context) error {
	topics, err := e.topics(ctx)
	if err != nil {
		return err
	}
	if len(topics) == 0 {
		return nil // none match the pattern yet
	}
	o := &offsets{admin: e.admin, client: e.source.config.client, topics: topics}
	start, err := o.start(ctx, &e.source.scan)
	if err != nil {
		return err
	}
	stop, err := o.stop(ctx, &e.source.scan)
	if err != nil {
		return err
	}
	e.add(start, stop)
	return nil
}

// topics are those that the table names.
func (e *enumerator) topics(ctx context.Context) ([]string, error) {
	c := e.source.config
	if c.pattern == nil {
		return c.topics, nil
	}
	all, err := e.admin.ListTopics(ctx)
	if err != nil {
		return nil, failed(err, "list topics")
	}
	var out []string
	for _, t := range all.Names() {
		if c.pattern.MatchString(t) {
			out = append(out, t)
		}
	}
	if len(out) == 0 && !e.looks() {
		return nil, sqlerr.Newf(sqlerr.UndefinedObject, "no topic matches '%s'", e.source.config.pattern)
	}
	return out, nil
}

// discover adds partitions that are not known, from their beginning.
func (e *enumerator) discover(ctx context.Context) error {
	topics, err := e.topics(ctx)
	if err != nil || len(topics) == 0 {
		return err
	}
	o := &offsets{admin: e.admin, client: e.source.config.client, topics: topics}
	start, err := o.at(ctx, "earliest-offset", 0, nil, "")
	if err == nil {
		e.add(start, nil)
	}
	return err
}

// add takes partitions that are not known yet.
func (e *enumerator) add(start, stop bound) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := map[string]bool{}
	for _, n := range e.state.Known {
		known[n] = true
	}
	for t, ps := range start {
		for p, at := range ps {
			if known[name(t, p)] {
				continue
			}
			x := position{Topic: t, Partition: p, Next: at}
			if stop != nil {
				last := stop[t][p]
				x.Stop = &last
			}
			e.state.Known = append(e.state.Known, name(t, p))
			e.state.Left = append(e.state.Left, x)
		}
	}
	sort.Strings(e.state.Known)
	sort.Slice(e.state.Left, func(i, j int) bool {
		a, b := &e.state.Left[i], &e.state.Left[j]
		return a.Topic < b.Topic || a.Topic == b.Topic && a.Partition < b.Partition
	})
}

// look looks for new partitions until it is cancelled. A broker that does not
// answer is asked again the next time: those that read what is known will notice.
func (e *enumerator) look(ctx context.Context) {
	tick := time.NewTicker(e.source.scan.discovery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if e.discover(ctx) != nil {
			continue
		}
		e.mu.Lock()
		some := len(e.state.Left) > 0
		e.mu.Unlock()
		if some {
			select {
			case e.wake <- struct{}{}:
			default:
			}
		}
	}
}

// Assign gives a subtask its share the first time it asks, and later whatever
// is left: a reader has all its partitions at once, since none of them ends.
func (e *enumerator) Assign(_ context.Context, subtask, parallelism int) ([]connector.Split, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wrong != nil {
		return nil, false, e.wrong
	}
	second := e.dealt[subtask]
	e.dealt[subtask] = true
	var out []connector.Split
	var left []position
	for i := range e.state.Left {
		p := &e.state.Left[i]
		if second || e.owner(p, parallelism) == subtask {
			out = append(out, p.split())
		} else {
			left = append(left, *p)
		}
	}
	e.state.Left = left
	return out, len(out) == 0 && !e.looks(), nil
}

// owner deals neighbours to different subtasks, and the first partitions of
// several topics too.
func (e *enumerator) owner(p *position, parallelism int) int {
	i := sort.SearchStrings(e.state.Known, p.Topic+"[")
	return (i + int(p.Partition)) % parallelism
}

func (e *enumerator) Wake() <-chan struct{} { return e.wake }

func (e *enumerator) AddSplitsBack(splits []connector.Split) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range splits {
		var p position
		if err := json.Unmarshal(s.Data, &p); err != nil {
			e.wrong = fmt.Errorf("kafka: read split %s: %w", s.ID, err)
			return
		}
		e.state.Left = append(e.state.Left, p)
	}
}

func (e *enumerator) Snapshot() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return json.Marshal(&e.state)
}

func (e *enumerator) Close() error {
	e.cancel()
	e.wg.Wait()
	e.client.Close()
	return nil
}
