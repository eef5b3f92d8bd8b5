package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	"github.com/weir-engine/weir/exec/graph"
)

// orders is what a job manager in another process wants of a task manager here.
type orders struct {
	manager *Manager
	peer    *peer
	lanes   *lanes

	mu      sync.Mutex
	calls   map[uint64]context.CancelFunc
	results map[attemptKey]*uplinkResults
}

func newOrders(m *Manager, p *peer) *orders {
	return &orders{manager: m, peer: p, lanes: newLanes(), calls: map[uint64]context.CancelFunc{}, results: map[attemptKey]*uplinkResults{}}
}

// obey does what comes until the connection ends, and waits for what is being done.
func (o *orders) obey(stream grpc.ClientStream) error {
	defer o.lanes.wg.Wait()
	defer o.abandonAll()
	for {
		m := &message{}
		if err := stream.RecvMsg(m); err != nil {
			return err
		}
		o.peer.hear()
		if err := o.take(m); err != nil {
			return err
		}
	}
}

func (o *orders) take(m *message) error {
	switch m.kind {
	case kindHeartbeat:
		return nil
	case kindAbandon:
		o.abandon(m.call)
		return nil
	case kindDeploy:
		return o.deploy(m)
	case kindRecover:
		return o.recover(m)
	case kindStart, kindCancel, kindDismiss, kindDrop, kindTasks, kindRowsTaken:
		return o.attempt(m)
	case kindTrigger, kindCompleted, kindAborted, kindAssignSplits, kindRelease, kindDrain:
		return o.task(m)
	}
	return fmt.Errorf("%w: kind %d", errDamaged, m.kind)
}

// call does something that takes time, in the job's turn, and answers.
func (o *orders) call(job string, id uint64, f func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	o.mu.Lock()
	o.calls[id] = cancel
	o.mu.Unlock()
	o.lanes.run(job, func() {
		err := f(ctx)
		o.abandon(id)
		o.peer.answer(id, nil, err)
	})
}

// abandon ends the context of a call.
func (o *orders) abandon(id uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if cancel := o.calls[id]; cancel != nil {
		cancel()
		delete(o.calls, id)
	}
}

func (o *orders) abandonAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, cancel := range o.calls {
		cancel()
	}
}

func (o *orders) deploy(m *message) error {
	var b deployBody
	if err := m.decode(&b); err != nil {
		return err
	}
	var results graph.Results
	if b.Collects {
		_, job, err := decodeDeployment(b.Deployment)
		if err != nil {
			return err
		}
		key := attemptKey{b.Job, b.Attempt}
		r := &uplinkResults{peer: o.peer, key: key, types: rowTypes(job)}
		o.mu.Lock()
		o.results[key] = r
		o.mu.Unlock()
		results = r
	}
	o.call(b.Job, m.call, func(ctx context.Context) error { return o.manager.Deploy(ctx, b.Deployment, results) })
	return nil
}

func (o *orders) recover(m *message) error {
	var b recoverBody
	if err := m.decode(&b); err != nil {
		return err
	}
	var job struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(b.Job, &job); err != nil {
		return fmt.Errorf("decode job to recover: %w", err)
	}
	o.call(job.ID, m.call, func(ctx context.Context) error {
		return o.manager.Recover(ctx, b.Job, b.Attempt, b.Vertex, b.Op, b.Committables)
	})
	return nil
}

// attempt takes what concerns an attempt as a whole.
func (o *orders) attempt(m *message) error {
	var b attemptBody
	if err := m.decode(&b); err != nil {
		return err
	}
	switch m.kind {
	case kindStart:
		o.lanes.run(b.Job, func() { o.manager.Start(b.Job, b.Attempt) })
	case kindCancel:
		o.lanes.run(b.Job, func() { o.manager.Cancel(b.Job, b.Attempt, b.Cause.decode()) })
	case kindDismiss:
		o.lanes.run(b.Job, func() {
			o.manager.Dismiss(b.Job, b.Attempt)
			o.mu.Lock()
			delete(o.results, attemptKey{b.Job, b.Attempt})
			o.mu.Unlock()
		})
	case kindDrop:
		o.lanes.run(b.Job, func() { o.manager.Drop(b.Job) })
	case kindTasks:
		o.peer.answer(m.call, o.manager.Tasks(b.Job, b.Attempt), nil)
	case kindRowsTaken:
		o.mu.Lock()
		r := o.results[attemptKey{b.Job, b.Attempt}]
		o.mu.Unlock()
		if r != nil {
			r.taken()
		}
	}
	return nil
}

// task takes what concerns one task.
func (o *orders) task(m *message) error {
	var b taskBody
	if err := m.decode(&b); err != nil {
		return err
	}
	switch m.kind {
	case kindTrigger:
		if b.Barrier == nil {
			return errDamaged
		}
		o.manager.Trigger(b.ID, *b.Barrier)
	case kindCompleted:
		o.manager.Completed(b.ID, b.Checkpoint)
	case kindAborted:
		o.manager.Aborted(b.ID, b.Checkpoint)
	case kindAssignSplits:
		o.manager.AssignSplits(b.ID, b.Op, b.Splits, b.Done, b.Epoch)
	case kindRelease:
		o.manager.Release(b.ID)
	case kindDrain:
		o.manager.Drain(b.ID)
	}
	return nil
}
