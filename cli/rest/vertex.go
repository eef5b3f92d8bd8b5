package rest

import (
	"cmp"
	"slices"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/worker"
)

// VertexDetails answers /jobs/:jobid/vertices/:vertexid.
type VertexDetails struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	Parallelism    int        `json:"parallelism"`
	MaxParallelism int        `json:"maxParallelism"`
	Now            int64      `json:"now"`
	Subtasks       []Subtask  `json:"subtasks"`
	Aggregated     Aggregated `json:"aggregated"`
}

// Subtask is one subtask of a vertex.
type Subtask struct {
	Subtask     int              `json:"subtask"`
	Status      string           `json:"status"`
	Attempt     int              `json:"attempt"`
	Endpoint    string           `json:"endpoint"`
	Start       int64            `json:"start-time"`
	End         int64            `json:"end-time"`
	Duration    int64            `json:"duration"`
	Metrics     IOMetrics        `json:"metrics"`
	TaskManager string           `json:"taskmanager-id"`
	Durations   map[string]int64 `json:"status-duration"`
	StartAgain  int64            `json:"start_time"` // as Flink has it, twice
}

func (s *Server) vertexDetails(r *request) (*VertexDetails, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	tasks := v.subtasks(x)
	out := &VertexDetails{ID: vertexID(x.ID), Name: v.plan.vertices[x.ID], Parallelism: x.Parallelism, MaxParallelism: x.MaxParallelism, Now: v.now, Aggregated: v.aggregated(tasks)}
	for i := range tasks {
		out.Subtasks = append(out.Subtasks, v.subtask(&tasks[i]))
	}
	return out, nil
}

func (v *view) subtask(t *worker.TaskStatus) Subtask {
	out := Subtask{
		Subtask: t.ID.Subtask, Status: taskState(t), Attempt: t.ID.Attempt, Endpoint: v.endpoint(t), TaskManager: v.taskManager(t),
		Metrics: ioMetrics([]worker.TaskStatus{*t}), Durations: v.durations(t),
	}
	out.Start, out.End, out.Duration = span(t.Stamps.Deployed, t.Stamps.Ended, v.now)
	out.StartAgain = out.Start
	return out
}

// endpoint is where the worker of a task is reached.
func (v *view) endpoint(t *worker.TaskStatus) string {
	if p := v.places[t.Worker]; p != "" {
		return p
	}
	return "(unassigned)"
}

func (v *view) taskManager(t *worker.TaskStatus) string {
	if t.Worker == "" {
		return "(unassigned)"
	}
	return t.Worker
}

func (s *Server) subtaskDetails(r *request) (*Subtask, error) {
	v, _, t, err := s.subtask(r)
	if err != nil {
		return nil, err
	}
	out := v.subtask(t)
	return &out, nil
}

// attempt answers for an attempt of a subtask; earlier ones are not kept.
func (s *Server) attempt(r *request) (*Subtask, error) {
	v, _, t, err := s.subtask(r)
	if err != nil {
		return nil, err
	}
	if n := int(r.number("attempt")); n != t.ID.Attempt {
		return nil, notFound("Attempt %d of subtask %d is not there, only %d, the last one.", n, t.ID.Subtask, t.ID.Attempt)
	}
	out := v.subtask(t)
	return &out, nil
}

// SubtaskTimes answers …/subtasktimes.
type SubtaskTimes struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Now      int64         `json:"now"`
	Subtasks []SubtaskTime `json:"subtasks"`
}

// SubtaskTime is when a subtask entered its states.
type SubtaskTime struct {
	Subtask    int              `json:"subtask"`
	Endpoint   string           `json:"endpoint"`
	Duration   int64            `json:"duration"`
	Timestamps map[string]int64 `json:"timestamps"`
}

func (s *Server) subtaskTimes(r *request) (*SubtaskTimes, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	out := &SubtaskTimes{ID: vertexID(x.ID), Name: v.plan.vertices[x.ID], Now: v.now}
	tasks := v.subtasks(x)
	for i := range tasks {
		t := &tasks[i]
		st := SubtaskTime{Subtask: t.ID.Subtask, Endpoint: v.endpoint(t), Timestamps: v.stamps(t)}
		_, _, st.Duration = span(t.Stamps.Deployed, t.Stamps.Ended, v.now)
		out.Subtasks = append(out.Subtasks, st)
	}
	return out, nil
}

// VertexTaskManagers answers …/taskmanagers.
type VertexTaskManagers struct {
	ID           string              `json:"id"`
	Name         string              `json:"name"`
	Now          int64               `json:"now"`
	TaskManagers []VertexTaskManager `json:"taskmanagers"`
}

// VertexTaskManager is the subtasks of a vertex on one task manager.
type VertexTaskManager struct {
	Endpoint   string         `json:"endpoint"`
	Status     string         `json:"status"`
	Start      int64          `json:"start-time"`
	End        int64          `json:"end-time"`
	Duration   int64          `json:"duration"`
	Metrics    IOMetrics      `json:"metrics"`
	Counts     map[string]int `json:"status-counts"`
	ID         string         `json:"taskmanager-id"`
	Aggregated Aggregated     `json:"aggregated"`
}

func (s *Server) vertexTaskManagers(r *request) (*VertexTaskManagers, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	out := &VertexTaskManagers{ID: vertexID(x.ID), Name: v.plan.vertices[x.ID], Now: v.now, TaskManagers: []VertexTaskManager{}}
	by := map[string][]worker.TaskStatus{}
	for _, t := range v.subtasks(x) {
		by[t.Worker] = append(by[t.Worker], t)
	}
	for _, tasks := range by {
		c := count(tasks)
		m := VertexTaskManager{Endpoint: v.endpoint(&tasks[0]), ID: v.taskManager(&tasks[0]), Status: together(c, len(tasks)), Counts: c, Metrics: ioMetrics(tasks), Aggregated: v.aggregated(tasks)}
		m.Start, m.End, m.Duration = spanOf(tasks, v.now)
		out.TaskManagers = append(out.TaskManagers, m)
	}
	slices.SortFunc(out.TaskManagers, func(a, b VertexTaskManager) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// BackPressure answers …/backpressure. The keys of Flink's older form stand beside the newer.
type BackPressure struct {
	Status   string                `json:"status" enum:"ok,deprecated"`
	Level    string                `json:"backpressureLevel" enum:"ok,low,high"`
	OldLevel string                `json:"backpressure-level" enum:"ok,low,high"`
	End      int64                 `json:"end-timestamp"`
	Subtasks []SubtaskBackPressure `json:"subtasks"`
}

// SubtaskBackPressure is where the time of a subtask goes, as parts of one.
type SubtaskBackPressure struct {
	Subtask  int    `json:"subtask"`
	Level    string `json:"backpressureLevel" enum:"ok,low,high"`
	OldLevel string `json:"backpressure-level" enum:"ok,low,high"`
	Ratio    Double `json:"ratio"`
	Idle     Double `json:"idleRatio"`
	Busy     Double `json:"busyRatio"`
}

func (s *Server) backPressure(r *request) (*BackPressure, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	out := &BackPressure{Status: "ok", End: v.now, Subtasks: []SubtaskBackPressure{}}
	most := 0.0
	tasks := v.subtasks(x)
	for i := range tasks {
		rate := s.rates.of(&tasks[i], v.now)
		most = max(most, rate.backPressured)
		level := pressure(rate.backPressured)
		out.Subtasks = append(out.Subtasks, SubtaskBackPressure{
			Subtask: i, Level: level, OldLevel: level, Ratio: Double(rate.backPressured), Idle: Double(rate.idle), Busy: Double(rate.busy),
		})
	}
	out.Level = pressure(most)
	out.OldLevel = out.Level
	return out, nil
}

// pressure names a part of time as Flink does.
func pressure(ratio float64) string {
	switch {
	case ratio <= 0.10:
		return "ok"
	case ratio <= 0.5:
		return "low"
	}
	return "high"
}

// watermarks answers …/watermarks: the time that has come in, of each subtask; a source has none.
func (s *Server) watermarks(r *request) ([]Metric, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	out := []Metric{}
	if len(x.Inputs) == 0 {
		return out, nil
	}
	for _, t := range v.subtasks(x) {
		if w, ok := inputWatermark(&t); ok {
			out = append(out, metricOf(itoa(t.ID.Subtask)+".currentInputWatermark", w))
		}
	}
	return out, nil
}

// inputWatermark is the time that has come to a task's first operator.
func inputWatermark(t *worker.TaskStatus) (int64, bool) {
	if len(t.Operators) == 0 {
		return 0, false
	}
	return sample(&t.Operators[0], "currentInputWatermark")
}

func sample(o *worker.OperatorStatus, name string) (int64, bool) {
	for _, s := range o.Samples {
		if s.Name == name {
			return s.Value, true
		}
	}
	return stream.MinWatermark, false
}

// VertexAccumulators answers …/accumulators.
type VertexAccumulators struct {
	ID   string        `json:"id"`
	User []Accumulator `json:"user-accumulators"`
}

func (s *Server) vertexAccumulators(r *request) (*VertexAccumulators, error) {
	_, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	return &VertexAccumulators{vertexID(x.ID), []Accumulator{}}, nil
}

// SubtasksAccumulators answers …/subtasks/accumulators.
type SubtasksAccumulators struct {
	ID          string                `json:"id"`
	Parallelism int                   `json:"parallelism"`
	Subtasks    []SubtaskAccumulators `json:"subtasks"`
}

// SubtaskAccumulators is a subtask in it.
type SubtaskAccumulators struct {
	Subtask int           `json:"subtask"`
	Attempt int           `json:"attempt"`
	Host    string        `json:"host"`
	User    []Accumulator `json:"user-accumulators"`
}

func (s *Server) subtasksAccumulators(r *request) (*SubtasksAccumulators, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	out := &SubtasksAccumulators{ID: vertexID(x.ID), Parallelism: x.Parallelism, Subtasks: []SubtaskAccumulators{}}
	for _, t := range v.subtasks(x) {
		out.Subtasks = append(out.Subtasks, SubtaskAccumulators{t.ID.Subtask, t.ID.Attempt, v.endpoint(&t), []Accumulator{}})
	}
	return out, nil
}

// AttemptAccumulators answers …/attempts/:attempt/accumulators.
type AttemptAccumulators struct {
	Subtask int           `json:"subtask"`
	Attempt int           `json:"attempt"`
	ID      string        `json:"id"`
	User    []Accumulator `json:"user-accumulators"`
}

func (s *Server) attemptAccumulators(r *request) (*AttemptAccumulators, error) {
	t, err := s.attempt(r)
	if err != nil {
		return nil, err
	}
	return &AttemptAccumulators{t.Subtask, t.Attempt, r.PathValue("vertexid"), []Accumulator{}}, nil
}
