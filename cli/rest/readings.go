package rest

import (
	"math"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
)

// reading is one metric under Flink's name: a number, or text where it is none.
type reading struct {
	name  string
	value float64
	exact int64 // value, where it is a whole number
	whole bool
	text  string // "" : a number
}

func number(name string, n int64) reading {
	return reading{name: name, value: float64(n), exact: n, whole: true}
}

func fraction(name string, x float64) reading { return reading{name: name, value: x} }

func words(name, text string) reading { return reading{name: name, text: text} }

func flag(name string, on bool) reading {
	r := words(name, strconv.FormatBool(on))
	if on {
		r.value = 1
	}
	return r
}

// String is the value as Flink's REST writes it.
func (r *reading) String() string {
	switch {
	case r.text != "":
		return r.text
	case r.whole:
		return strconv.FormatInt(r.exact, 10)
	}
	return strconv.FormatFloat(r.value, 'f', -1, 64)
}

// numeric reports that Prometheus takes it.
func (r *reading) numeric() bool { return r.text == "" || r.text == "true" || r.text == "false" }

func itoa(n int) string { return strconv.Itoa(n) }

// jobReadings are the metrics of a job.
func (v *view) jobReadings() []reading {
	last, h := v.lastCompleted(), v.history
	inProgress := h.Counts.Triggered - h.Counts.Completed - h.Counts.Failed
	out := []reading{
		number("numRestarts", int64(v.status.Restarts)),
		number("fullRestarts", int64(v.status.Restarts)),
		number("totalNumberOfCheckpoints", int64(h.Counts.Triggered)),
		number("numberOfInProgressCheckpoints", int64(inProgress)),
		number("numberOfCompletedCheckpoints", int64(h.Counts.Completed)),
		number("numberOfFailedCheckpoints", int64(h.Counts.Failed)),
		number("lastCompletedCheckpointId", last.ID),
		number("lastCheckpointDuration", last.Duration),
		number("lastCheckpointSize", last.CheckpointedSize),
		number("lastCheckpointFullSize", last.StateSize),
		number("lastCheckpointCompletedTimestamp", last.LastAck),
		number("lastCheckpointProcessedData", 0),
		number("lastCheckpointPersistedData", 0),
	}
	path, restored := "n/a", int64(-1)
	if last.Path != nil {
		path = *last.Path
	}
	if h.Restored != nil {
		restored = h.Restored.At
	}
	out = append(out, words("lastCheckpointExternalPath", path), number("lastCheckpointRestoreTimestamp", restored))
	return append(out, v.stateTimes()...)
}

// lastCompleted is the newest checkpoint that counts; its numbers are -1 where there is none.
func (v *view) lastCompleted() Checkpoint {
	for i := len(v.history.Checkpoints) - 1; i >= 0; i-- {
		if h := &v.history.Checkpoints[i]; h.State == job.Completed && !h.Savepoint {
			return v.checkpoint(h, false)
		}
	}
	return Checkpoint{ID: -1, PartTotals: PartTotals{Duration: -1, CheckpointedSize: -1, StateSize: -1, LastAck: -1}}
}

// stateTimes is how long the job has been in its state; uptime and downtime as Flink has them.
func (v *view) stateTimes() (out []reading) {
	since := func(states ...job.State) int64 {
		for _, s := range states {
			if v.status.State == s {
				return max(0, v.now-v.history.Entered[s])
			}
		}
		return 0
	}
	uptime, downtime := since(job.Running), since(job.Restarting, job.Failing)
	if v.over() {
		uptime = -1
	}
	return append(out,
		number("uptime", uptime), number("downtime", downtime), number("runningTime", since(job.Running)), number("restartingTime", since(job.Restarting)),
		number("createdTime", since(job.Created)), number("failingTime", since(job.Failing)), number("cancellingTime", since(job.Cancelling)),
	)
}

// taskReadings are the metrics of a subtask. A batch is a buffer in Flink's words.
func (v *view) taskReadings(t *worker.TaskStatus, r rate) []reading {
	io, was := t.IO, worker.TaskStatus{}
	if r.before != nil {
		was = *r.before
	}
	in, _ := inputWatermark(t)
	ms := func(part float64) reading { return fraction("", math.Round(part*1000)) }
	named := func(name string, r reading) reading { r.name = name; return r }
	out := []reading{
		number("numRecordsIn", io.RowsIn), number("numRecordsOut", io.RowsOut),
		number("numBytesIn", io.BytesIn), number("numBytesOut", io.BytesOut),
		number("numBuffersIn", io.BatchesIn), number("numBuffersOut", io.BatchesOut),
		fraction("numRecordsInPerSecond", r.perSecond(io.RowsIn, was.IO.RowsIn)), fraction("numRecordsOutPerSecond", r.perSecond(io.RowsOut, was.IO.RowsOut)),
		fraction("numBytesInPerSecond", r.perSecond(io.BytesIn, was.IO.BytesIn)), fraction("numBytesOutPerSecond", r.perSecond(io.BytesOut, was.IO.BytesOut)),
		fraction("numBuffersOutPerSecond", r.perSecond(io.BatchesOut, was.IO.BatchesOut)),
		named("busyTimeMsPerSecond", ms(r.busy)), named("idleTimeMsPerSecond", ms(r.idle)), named("backPressuredTimeMsPerSecond", ms(r.backPressured)),
		number("accumulateBusyTimeMs", t.Times.Busy.Milliseconds()), number("accumulateIdleTimeMs", t.Times.Idle.Milliseconds()),
		number("accumulateBackPressuredTimeMs", t.Times.BackPressured.Milliseconds()),
		flag("isBackPressured", r.backPressured > 0.5),
		number("currentInputWatermark", in),
		number("initializationTime", max(0, t.Stamps.Running-t.Stamps.Opening)),
		number("Shuffle.Netty.Input.Buffers.inputQueueLength", io.QueuedIn),
		number("stateRows", t.Keyed.Rows), number("stateBytes", t.Keyed.Bytes), number("stateEvictedBytes", t.Keyed.EvictedBytes),
		number("memoryGrantedBytes", t.Memory),
	}
	if delay, align, ok := v.lastCapture(t); ok {
		out = append(out, number("checkpointStartDelayNanos", delay*1e6), number("checkpointAlignmentTime", align*1e6))
	}
	return out
}

// lastCapture is how long a subtask waited for the barriers of its last checkpoint.
func (v *view) lastCapture(t *worker.TaskStatus) (delay, align int64, ok bool) {
	for i := len(v.history.Checkpoints) - 1; i >= 0; i-- {
		h := &v.history.Checkpoints[i]
		for task, p := range h.Parts {
			if task.Vertex == t.ID.Vertex && task.Subtask == t.ID.Subtask && p.Acknowledged > 0 {
				return startDelay(p, h.Triggered), p.Took.Align, true
			}
		}
	}
	return 0, 0, false
}

// operatorReadings are the metrics of one operator of a subtask.
func operatorReadings(t *worker.TaskStatus, at int, r rate) (out []reading) {
	for _, s := range t.Operators[at].Samples {
		if s.Value == stream.MinWatermark && strings.HasSuffix(s.Name, "Watermark") && at == 0 && s.Name == "currentInputWatermark" && t.IO.BatchesIn == 0 {
			continue // a source's: nothing comes in
		}
		out = append(out, number(s.Name, s.Value))
		if s.Name == "numRecordsIn" || s.Name == "numRecordsOut" {
			before := int64(0)
			if r.before != nil && at < len(r.before.Operators) {
				before, _ = countOf(&r.before.Operators[at], s.Name)
			}
			out = append(out, fraction(s.Name+"PerSecond", r.perSecond(s.Value, before)))
		}
	}
	return out
}

func countOf(o *worker.OperatorStatus, name string) (int64, bool) {
	n, ok := sample(o, name)
	if !ok {
		return 0, false
	}
	return n, true
}

// subtaskReadings are the metrics of a subtask and of its operators, whose names stand before.
func (s *Server) subtaskReadings(v *view, x *graph.Vertex, t *worker.TaskStatus) []reading {
	r := s.rates.of(t, v.now)
	out := v.taskReadings(t, r)
	for i := range t.Operators {
		name := metricScope(v.plan.operators[x.ID][i])
		for _, m := range operatorReadings(t, i, r) {
			m.name = name + "." + m.name
			out = append(out, m)
		}
	}
	return out
}

// metricScope is an operator's name in a metric's: Flink writes _ for what parts names.
func metricScope(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" :.,;*'\"<>|?\\/", r) {
			return '_'
		}
		return r
	}, name)
}
