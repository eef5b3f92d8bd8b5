package worker

import (
	"context"
	"sync"
	"time"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/io/connector"
)

// session is a task manager in another process, as the job manager sees it: calls
// become messages, and messages become calls of its JobManager.
type session struct {
	*peer
	registration Registration
	jobs         JobManager

	mu      sync.Mutex
	results map[attemptKey]*delivery
}

// delivery is where the rows of an attempt go.
type delivery struct {
	types []types.Type
	to    graph.Results
}

var _ Member = (*session)(nil)

func newSession(r Registration, send func(*message) error) *session {
	return &session{peer: newPeer("task manager "+r.ID, send), registration: r, results: map[attemptKey]*delivery{}}
}

// Registration is what the task manager said of itself.
func (s *session) Registration() Registration { return s.registration }

// Deploy makes subtasks ready there.
func (s *session) Deploy(ctx context.Context, deployment []byte, results graph.Results) error {
	b, err := s.deployment(deployment, results)
	if err != nil {
		return err
	}
	return s.call(ctx, kindDeploy, b, nil)
}

// deployment is the message of a deployment; where its rows go is kept here.
func (s *session) deployment(deployment []byte, results graph.Results) (*deployBody, error) {
	d, job, err := decodeDeployment(deployment)
	if err != nil {
		return nil, err
	}
	if results != nil {
		s.mu.Lock()
		s.results[attemptKey{job.ID, d.Attempt}] = &delivery{rowTypes(job), results}
		s.mu.Unlock()
	}
	return &deployBody{Job: job.ID, Attempt: d.Attempt, Deployment: deployment, Collects: results != nil}, nil
}

// rowTypes are those of the rows that a query's job gives its client.
func rowTypes(job *graph.Job) []types.Type {
	return job.Vertices[len(job.Vertices)-1].Schema().Types()
}

// Start runs what was deployed.
func (s *session) Start(job string, attempt int) {
	s.post(kindStart, 0, attemptBody{Job: job, Attempt: attempt})
}

// Recover makes a sink whole.
func (s *session) Recover(ctx context.Context, job []byte, attempt int, vertex, op string, committables []connector.Committable) error {
	return s.call(ctx, kindRecover, recoverBody{Job: job, Attempt: attempt, Vertex: vertex, Op: op, Committables: committables}, nil)
}

// Trigger starts a checkpoint in a task.
func (s *session) Trigger(id TaskID, b stream.Barrier) {
	s.post(kindTrigger, 0, taskBody{ID: id, Barrier: &b})
}

// Completed tells a task that a checkpoint counts.
func (s *session) Completed(id TaskID, checkpoint int64) {
	s.post(kindCompleted, 0, taskBody{ID: id, Checkpoint: checkpoint})
}

// Aborted tells a task that a checkpoint was given up.
func (s *session) Aborted(id TaskID, checkpoint int64) {
	s.post(kindAborted, 0, taskBody{ID: id, Checkpoint: checkpoint})
}

// AssignSplits hands splits to a source.
func (s *session) AssignSplits(id TaskID, op string, splits []connector.Split, done bool, epoch int64) {
	s.post(kindAssignSplits, 0, taskBody{ID: id, Op: op, Splits: splits, Done: done, Epoch: epoch})
}

// Drain ends a source.
func (s *session) Drain(id TaskID) { s.post(kindDrain, 0, taskBody{ID: id}) }

// Release lets a task close.
func (s *session) Release(id TaskID) { s.post(kindRelease, 0, taskBody{ID: id}) }

// Cancel stops an attempt.
func (s *session) Cancel(job string, attempt int, cause error) {
	s.post(kindCancel, 0, attemptBody{Job: job, Attempt: attempt, Cause: encodeError(cause)})
}

// Dismiss drops an attempt.
func (s *session) Dismiss(job string, attempt int) {
	s.mu.Lock()
	delete(s.results, attemptKey{job, attempt})
	s.mu.Unlock()
	s.post(kindDismiss, 0, attemptBody{Job: job, Attempt: attempt})
}

// Drop removes the outputs of a job.
func (s *session) Drop(job string) { s.post(kindDrop, 0, attemptBody{Job: job}) }

// patience is how long the state of tasks is waited for: it is only shown.
const patience = 2 * time.Second

// Tasks asks how the tasks of an attempt fare; who does not answer has none.
func (s *session) Tasks(job string, attempt int) []TaskStatus {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out []TaskStatus
	if err := s.call(ctx, kindTasks, attemptBody{Job: job, Attempt: attempt}, &out); err != nil {
		return nil
	}
	return out
}

// take acts on a message of the task manager.
func (s *session) take(m *message) error {
	s.hear()
	switch m.kind {
	case kindHeartbeat:
		return nil
	case kindReply:
		return s.replied(m)
	case kindRows:
		return s.rows(m)
	}
	var b taskBody
	if err := m.decode(&b); err != nil {
		return err
	}
	switch m.kind {
	case kindTaskRunning:
		s.jobs.TaskRunning(b.ID)
	case kindAcknowledge:
		if b.State == nil {
			return errDamaged
		}
		s.jobs.Acknowledge(b.ID, b.Checkpoint, *b.State)
	case kindDecline:
		s.jobs.Decline(b.ID, b.Checkpoint, b.Error.decode())
	case kindRequestSplits:
		s.jobs.RequestSplits(b.ID, b.Op)
	case kindTaskEnded:
		s.jobs.TaskEnded(b.ID, b.Waits)
	case kindTaskClosed:
		s.jobs.TaskClosed(b.ID, b.Error.decode())
	default:
		return errDamaged
	}
	return nil
}

// rows hands a batch to the client. The task manager may send the next when the
// client has room.
func (s *session) rows(m *message) error {
	var b attemptBody
	if err := m.decode(&b); err != nil {
		return err
	}
	s.mu.Lock()
	d := s.results[attemptKey{b.Job, b.Attempt}]
	s.mu.Unlock()
	if d == nil {
		return nil // of an attempt that is over
	}
	batch, err := exchange.DecodeBatch(m.rows, d.types)
	if err != nil {
		return err
	}
	if err := d.to.Deliver(batch); err != nil {
		return err
	}
	taken := func() { s.post(kindRowsTaken, 0, b) }
	if !d.to.Full(m, taken) {
		taken()
	}
	return nil
}
