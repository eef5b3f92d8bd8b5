package rest

import (
	"net/http"
	"slices"

	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
)

// JobList answers /jobs.
type JobList struct {
	Jobs []JobState `json:"jobs"`
}

// JobState is a job in that list.
type JobState struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

func (s *Server) jobs(*request) (*JobList, error) {
	out := &JobList{Jobs: []JobState{}}
	for _, v := range s.all() {
		out.Jobs = append(out.Jobs, JobState{v.status.ID, string(v.status.State)})
	}
	return out, nil
}

// JobOverviews answers /jobs/overview.
type JobOverviews struct {
	Jobs []JobOverview `json:"jobs"`
}

// JobOverview is a job in that list.
type JobOverview struct {
	ID        string     `json:"jid"`
	Name      string     `json:"name"`
	Type      string     `json:"jobType"`
	Scheduler string     `json:"schedulerType"`
	Start     int64      `json:"start-time"`
	End       int64      `json:"end-time"`
	Duration  int64      `json:"duration"`
	State     string     `json:"state"`
	Modified  int64      `json:"last-modification"`
	Tasks     TaskCounts `json:"tasks"`
	Pending   int        `json:"pending-operators"`
}

// TaskCounts counts the tasks of a job by state.
type TaskCounts struct {
	Running      int `json:"running"`
	Canceling    int `json:"canceling"`
	Canceled     int `json:"canceled"`
	Total        int `json:"total"`
	Created      int `json:"created"`
	Scheduled    int `json:"scheduled"`
	Deploying    int `json:"deploying"`
	Reconciling  int `json:"reconciling"`
	Finished     int `json:"finished"`
	Initializing int `json:"initializing"`
	Failed       int `json:"failed"`
}

func (s *Server) jobsOverview(*request) (*JobOverviews, error) {
	out := &JobOverviews{Jobs: []JobOverview{}}
	for _, v := range s.all() {
		o := JobOverview{ID: v.status.ID, Name: v.status.Name, Type: jobType(v.graph), Scheduler: scheduler(v.graph), State: string(v.status.State), Modified: v.status.Started}
		o.Start, o.End, o.Duration = span(v.status.Started, v.status.Ended, v.now)
		for _, at := range v.history.Entered {
			o.Modified = max(o.Modified, at)
		}
		c := count(v.allTasks())
		o.Tasks = TaskCounts{
			Running: c["RUNNING"], Canceling: c["CANCELING"], Canceled: c["CANCELED"], Created: c["CREATED"], Scheduled: c["SCHEDULED"],
			Deploying: c["DEPLOYING"], Finished: c["FINISHED"], Initializing: c["INITIALIZING"], Failed: c["FAILED"], Total: v.graph.Subtasks(),
		}
		out.Jobs = append(out.Jobs, o)
	}
	return out, nil
}

// allTasks is every subtask of the job.
func (v *view) allTasks() (out []worker.TaskStatus) {
	for _, x := range v.graph.Vertices {
		out = append(out, v.subtasks(x)...)
	}
	return out
}

// scheduler names the one of Flink's whose promises a job has: streaming ones are rescaled in place.
func scheduler(g *graph.Job) string {
	if g.Config.Streaming {
		return "Adaptive"
	}
	return "Default"
}

// JobDetails answers /jobs/:jobid.
type JobDetails struct {
	ID             string           `json:"jid"`
	Application    string           `json:"application-id"`
	Name           string           `json:"name"`
	Stoppable      bool             `json:"isStoppable"`
	State          string           `json:"state"`
	Type           string           `json:"job-type"`
	Scheduler      string           `json:"schedulerType"`
	Start          int64            `json:"start-time"`
	End            int64            `json:"end-time"`
	Duration       int64            `json:"duration"`
	MaxParallelism int              `json:"maxParallelism"`
	Now            int64            `json:"now"`
	Timestamps     map[string]int64 `json:"timestamps"`
	Vertices       []JobVertex      `json:"vertices"`
	StatusCounts   map[string]int   `json:"status-counts"`
	Plan           Plan             `json:"plan"`
	Pending        int              `json:"pending-operators"`
}

// JobVertex is a vertex of a job.
type JobVertex struct {
	ID             string         `json:"id"`
	SharingGroup   string         `json:"slotSharingGroupId"`
	Name           string         `json:"name"`
	MaxParallelism int            `json:"maxParallelism"`
	Parallelism    int            `json:"parallelism"`
	Status         string         `json:"status"`
	Start          int64          `json:"start-time"`
	End            int64          `json:"end-time"`
	Duration       int64          `json:"duration"`
	Tasks          map[string]int `json:"tasks"`
	Metrics        IOMetrics      `json:"metrics"`
}

// jobStates are Flink's.
var jobStates = []job.State{"INITIALIZING", job.Created, job.Running, job.Failing, job.Failed, job.Cancelling, job.Canceled, job.Finished, job.Restarting, "SUSPENDED", "RECONCILING"}

func (s *Server) jobDetails(r *request) (*JobDetails, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	d := &JobDetails{
		ID: v.status.ID, Application: v.status.ID, Name: v.status.Name, State: string(v.status.State), Type: jobType(v.graph), Scheduler: scheduler(v.graph),
		MaxParallelism: v.graph.Config.MaxParallelism, Now: v.now, Timestamps: map[string]int64{}, Vertices: []JobVertex{}, StatusCounts: map[string]int{}, Plan: v.plan.json,
	}
	d.Start, d.End, d.Duration = span(v.status.Started, v.status.Ended, v.now)
	for _, st := range jobStates {
		d.Timestamps[string(st)] = v.history.Entered[st]
	}
	d.Timestamps["INITIALIZING"] = v.status.Started
	for _, st := range taskStates {
		d.StatusCounts[st] = 0
	}
	for _, x := range v.graph.Vertices {
		jv := v.jobVertex(x)
		d.StatusCounts[jv.Status]++
		d.Vertices = append(d.Vertices, jv)
	}
	return d, nil
}

func (v *view) jobVertex(x *graph.Vertex) JobVertex {
	tasks := v.subtasks(x)
	c := count(tasks)
	jv := JobVertex{
		ID: vertexID(x.ID), SharingGroup: vertexID(v.graph.ID), Name: v.plan.vertices[x.ID], MaxParallelism: x.MaxParallelism, Parallelism: x.Parallelism,
		Status: together(c, x.Parallelism), Tasks: c, Metrics: ioMetrics(tasks),
	}
	jv.Start, jv.End, jv.Duration = spanOf(tasks, v.now)
	return jv
}

// spanOf is from the first start of some tasks to the last end.
func spanOf(tasks []worker.TaskStatus, now int64) (start, end, took int64) {
	var from, to int64
	open := false
	for _, t := range tasks {
		if t.Stamps.Deployed > 0 && (from == 0 || t.Stamps.Deployed < from) {
			from = t.Stamps.Deployed
		}
		to = max(to, t.Stamps.Ended)
		open = open || t.Stamps.Ended == 0
	}
	if open {
		to = 0
	}
	return span(from, to, now)
}

// JobStatus answers /jobs/:jobid/status.
type JobStatus struct {
	Status string `json:"status"`
}

func (s *Server) jobStatus(r *request) (*JobStatus, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return &JobStatus{string(v.status.State)}, nil
}

// JobConfig answers /jobs/:jobid/config.
type JobConfig struct {
	ID        string          `json:"jid"`
	Name      string          `json:"name"`
	Execution ExecutionConfig `json:"execution-config"`
}

// ExecutionConfig is how a job runs.
type ExecutionConfig struct {
	Restart     string            `json:"restart-strategy"`
	Parallelism int               `json:"job-parallelism"`
	ObjectReuse bool              `json:"object-reuse-mode"`
	User        map[string]string `json:"user-config"`
}

func (s *Server) jobConfig(r *request) (*JobConfig, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	c := v.graph.Config
	return &JobConfig{ID: v.status.ID, Name: v.status.Name, Execution: ExecutionConfig{
		Restart: c.Restart.Strategy, Parallelism: c.Parallelism, ObjectReuse: true, User: redacted(c.Options),
	}}, nil
}

// ExecutionResult answers /jobs/:jobid/execution-result.
type ExecutionResult struct {
	Status State      `json:"status"`
	Result *JobResult `json:"job-execution-result,omitempty"`
}

// JobResult is how a job ended.
type JobResult struct {
	ID           string            `json:"id"`
	Application  string            `json:"application-status" enum:"SUCCEEDED,FAILED,CANCELED"`
	Accumulators map[string]string `json:"accumulator-results"`
	Runtime      int64             `json:"net-runtime"`
	Failure      *Cause            `json:"failure-cause,omitempty"`
}

func (s *Server) executionResult(r *request) (*ExecutionResult, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	if !v.over() {
		return &ExecutionResult{Status: underWay}, nil
	}
	out := &JobResult{ID: v.status.ID, Application: "SUCCEEDED", Accumulators: map[string]string{}, Runtime: v.status.Ended - v.status.Started}
	switch v.status.State {
	case job.Failed:
		out.Application, out.Failure = "FAILED", causeOf(v.status.Err)
	case job.Canceled:
		out.Application = "CANCELED"
	}
	return &ExecutionResult{complete, out}, nil
}

// Empty is an answer that has nothing to say but its status.
type Empty struct{}

func (s *Server) cancel(r *request) (*Empty, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	switch {
	case v.status.State == job.Canceled:
	case v.over():
		return nil, refuse(http.StatusConflict, "Job cancellation failed because the job has already reached another terminal state (%s).", v.status.State)
	default:
		v.job.Cancel()
	}
	return &Empty{}, nil
}

// JobAccumulators answers /jobs/:jobid/accumulators. SQL has no accumulators of its own.
type JobAccumulators struct {
	Job        []Accumulator     `json:"job-accumulators"`
	Tasks      []Accumulator     `json:"user-task-accumulators"`
	Serialized map[string]string `json:"serialized-user-task-accumulators"`
}

// Accumulator is a value that a program of Java's gathers.
type Accumulator struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (s *Server) jobAccumulators(r *request) (*JobAccumulators, error) {
	if _, err := s.find(r); err != nil {
		return nil, err
	}
	return &JobAccumulators{[]Accumulator{}, []Accumulator{}, map[string]string{}}, nil
}

// Applications answers /applications/overview: each job is one of its own.
type Applications struct {
	Applications []Application `json:"applications"`
}

// Application is one of them.
type Application struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Start    int64          `json:"start-time"`
	End      int64          `json:"end-time"`
	Duration int64          `json:"duration"`
	Status   string         `json:"status"`
	Jobs     map[string]int `json:"jobs"`
}

func (s *Server) applications(*request) (*Applications, error) {
	out := &Applications{Applications: []Application{}}
	for _, v := range s.all() {
		a := Application{ID: v.status.ID, Name: "SingleJobApplication(" + v.status.Name + ")", Status: string(v.status.State), Jobs: map[string]int{string(v.status.State): 1}}
		if !v.over() {
			a.Status = string(job.Running)
		}
		a.Start, a.End, a.Duration = span(v.status.Started, v.status.Ended, v.now)
		out.Applications = append(out.Applications, a)
	}
	slices.SortFunc(out.Applications, func(a, b Application) int { return int(b.Start - a.Start) })
	return out, nil
}
