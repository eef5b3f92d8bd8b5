package job

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
)

func TestHistoryOfCheckpoints(t *testing.T) {
	a, b := checkpoint.Task{Vertex: "v"}, checkpoint.Task{Vertex: "v", Subtask: 1}
	var h History
	h.begun(1, nil, []checkpoint.Task{a, b}, 100)
	h.acknowledged(1, a, &checkpoint.SubtaskState{Operators: map[string]checkpoint.OperatorState{"o": {Parts: [][]byte{{1, 2, 3}}}}, Took: &checkpoint.Took{Sync: 7}}, 110)
	h.acknowledged(2, a, &checkpoint.SubtaskState{}, 111)                            // unknown
	h.acknowledged(1, checkpoint.Task{Vertex: "w"}, &checkpoint.SubtaskState{}, 112) // does not take part
	c := h.Checkpoints[0]
	if c.State != InProgress || len(c.Parts) != 2 || c.Parts[b].Acknowledged != 0 {
		t.Fatalf("%+v", c)
	}
	if p := c.Parts[a]; p.Acknowledged != 110 || p.State != 3 || p.Stored != 3 || p.Took.Sync != 7 {
		t.Fatalf("%+v", p)
	}
	h.ended(1, "dir/chk-1", nil, 120)
	h.ended(1, "", errors.New("late"), 130) // it is over
	if c := h.Checkpoints[0]; c.State != Completed || c.Ended != 120 || c.Path != "dir/chk-1" || h.Counts != (CheckpointCounts{Triggered: 1, Completed: 1}) {
		t.Fatalf("%+v %+v", c, h.Counts)
	}
	for id := int64(2); id <= 20; id++ {
		h.begun(id, &checkpoint.Request{Savepoint: "sp", Stop: true}, nil, id)
		h.ended(id, "dir", errors.New("no answer"), id)
	}
	if n := len(h.Checkpoints); n != remembered || h.Checkpoints[n-1].ID != 20 || h.Counts.Failed != 19 {
		t.Fatalf("%d %+v", n, h.Counts)
	}
	if c := h.Checkpoints[0]; c.ID != 11 || !c.Savepoint || !c.Stops || c.State != Aborted || c.Failure != "no answer" || c.Path != "sp" {
		t.Fatalf("%+v", c)
	}
}

func TestHistoryIsACopy(t *testing.T) {
	j := &Job{manager: NewManager(Config{Clock: func() int64 { return 5 }})}
	j.note(func(h *History, now int64) {
		h.entered(Running, now)
		h.begun(1, nil, []checkpoint.Task{{Vertex: "v"}}, now)
		h.failed(Failure{At: now, Err: errors.New("x"), Task: &worker.TaskID{Vertex: "v"}})
	})
	h := j.History()
	j.note(func(h *History, now int64) {
		h.entered(Failed, now)
		h.acknowledged(1, checkpoint.Task{Vertex: "v"}, &checkpoint.SubtaskState{}, now)
		h.ended(1, "p", nil, now)
	})
	if len(h.Entered) != 1 || h.Checkpoints[0].State != InProgress || h.Checkpoints[0].Parts[checkpoint.Task{Vertex: "v"}].Acknowledged != 0 {
		t.Fatalf("changed behind the reader's back: %+v", h)
	}
}

func TestJobsThatAreOverExpire(t *testing.T) {
	now := int64(10 * toldFor)
	m := NewManager(Config{Clock: func() int64 { return now }})
	add := func(id string, ended int64) {
		j := &Job{manager: m, graph: &graph.Job{ID: id}, done: make(chan struct{})}
		if j.status.Ended = ended; ended > 0 {
			close(j.done)
		}
		m.jobs[id] = j
	}
	add("runs", 0)
	add("old", now-toldFor-1)
	add("young", now-toldFor)
	m.expire()
	if len(m.jobs) != 2 || m.jobs["old"] != nil {
		t.Fatalf("%v", m.jobs)
	}
	for i := range mostTold {
		add(fmt.Sprint(i), now-int64(mostTold-i))
	}
	m.expire()
	if len(m.jobs) != 1+mostTold/2 || m.jobs["runs"] == nil || m.jobs["0"] != nil || m.jobs[fmt.Sprint(mostTold-1)] == nil {
		t.Fatalf("%d jobs", len(m.jobs))
	}
}
