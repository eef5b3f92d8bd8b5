package rest

import (
	"cmp"
	"net"
	"slices"
	"strconv"

	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
)

// view is a job at one moment.
type view struct {
	job     *job.Job
	graph   *graph.Job
	plan    *plan
	status  job.Status
	history job.History
	now     int64
	tasks   map[string][]worker.TaskStatus // by vertex of the graph, by subtask
	places  map[string]string              // data address by worker
}

// look takes a view of a job.
func (s *Server) look(j *job.Job) *view {
	v := &view{job: j, graph: j.Graph(), status: j.Status(), history: j.History(), now: s.config.Clock(), tasks: map[string][]worker.TaskStatus{}, places: map[string]string{}}
	v.plan = s.plans.of(v.graph)
	for _, t := range v.status.Tasks {
		t.ID.Attempt = v.attempt(t.ID.Vertex)
		v.tasks[t.ID.Vertex] = append(v.tasks[t.ID.Vertex], t)
	}
	for _, w := range s.config.Jobs.Workers() {
		v.places[w.ID] = endpoint(w)
	}
	return v
}

// attempt is the number of a vertex's last attempt, as Flink counts: where a job runs
// region by region, each has its own.
func (v *view) attempt(vertex string) int {
	if !v.graph.Config.Blocking {
		return v.status.Attempt
	}
	return max(0, v.status.Runs[vertex]-1)
}

// endpoint is where a worker is reached; the one in this process is not.
func endpoint(w *job.Worker) string {
	if w.Data == "" {
		return "localhost:0"
	}
	return w.Data
}

// hostOf is the host of an address.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// port is the port of an address; 0: none.
func port(address string) int {
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(p) // of a listener
	return n
}

// find is a view of the job that the request names.
func (s *Server) find(r *request) (*view, error) {
	j := s.config.Jobs.Job(r.PathValue("jobid"))
	if j == nil {
		return nil, notFound("Job %s not found", r.PathValue("jobid"))
	}
	return s.look(j), nil
}

// all is a view of every job, the first started first.
func (s *Server) all() []*view {
	var out []*view
	for _, j := range s.config.Jobs.Jobs() {
		out = append(out, s.look(j))
	}
	slices.SortFunc(out, func(a, b *view) int {
		return cmp.Or(cmp.Compare(a.status.Started, b.status.Started), cmp.Compare(a.status.ID, b.status.ID))
	})
	return out
}

// vertex is the vertex that the request names, with its job.
func (s *Server) vertex(r *request) (*view, *graph.Vertex, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range v.graph.Vertices {
		if vertexID(x.ID) == r.PathValue("vertexid") {
			return v, x, nil
		}
	}
	return nil, nil, notFound("No vertex with ID '%s' exists.", r.PathValue("vertexid"))
}

// subtask is the subtask that the request names.
func (s *Server) subtask(r *request) (*view, *graph.Vertex, *worker.TaskStatus, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, nil, nil, err
	}
	i := int(r.number("subtaskindex"))
	if i >= x.Parallelism {
		return nil, nil, nil, notFound("No subtask with index %d: vertex %s has %d.", i, vertexID(x.ID), x.Parallelism)
	}
	t := v.subtasks(x)[i]
	return v, x, &t, nil
}

// subtasks is how each subtask of a vertex fares; one that nothing is known of
// has not been deployed.
func (v *view) subtasks(x *graph.Vertex) []worker.TaskStatus {
	out := make([]worker.TaskStatus, x.Parallelism)
	for i := range out {
		out[i].ID = worker.TaskID{Job: v.status.ID, Attempt: v.attempt(x.ID), Vertex: x.ID, Subtask: i}
		out[i].State = v.undeployed()
	}
	for _, t := range v.tasks[x.ID] {
		if t.ID.Subtask < len(out) { // a job that is being rescaled has had more
			out[t.ID.Subtask] = t
		}
	}
	return out
}

// undeployed is the state of a task that no worker has.
func (v *view) undeployed() string {
	switch v.status.State {
	case job.Canceled, job.Cancelling:
		return "CANCELED"
	case job.Failed, job.Failing:
		return "CANCELED"
	case job.Finished:
		return "FINISHED"
	}
	return "CREATED"
}

// over reports that the job will change no more.
func (v *view) over() bool { return terminal(v.status.State) }

func terminal(s job.State) bool {
	return s == job.Canceled || s == job.Failed || s == job.Finished
}

// span is a start, an end and the time between; -1: not yet.
func span(from, to, now int64) (start, end, took int64) {
	switch {
	case from == 0:
		return -1, -1, -1
	case to == 0:
		return from, -1, max(0, now-from)
	}
	return from, to, max(0, to-from)
}

// taskState is a task's state in Flink's words: one that waits for its sinks runs.
func taskState(t *worker.TaskStatus) string {
	if t.State == "ENDED" {
		return "RUNNING"
	}
	return t.State
}

// taskStates are Flink's, in the order of a life.
var taskStates = []string{"CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RECONCILING", "RUNNING", "FINISHED", "CANCELING", "CANCELED", "FAILED"}

// count counts tasks by state; every state has its number.
func count(tasks []worker.TaskStatus) map[string]int {
	out := map[string]int{}
	for _, s := range taskStates {
		out[s] = 0
	}
	for i := range tasks {
		out[taskState(&tasks[i])]++
	}
	return out
}

// together is the state of a vertex by those of its subtasks, as Flink has it.
func together(counts map[string]int, n int) string {
	for _, s := range []string{"FAILED", "CANCELING", "CANCELED", "INITIALIZING", "RUNNING"} {
		if counts[s] > 0 {
			return s
		}
	}
	switch {
	case counts["FINISHED"] == n:
		return "FINISHED"
	case counts["FINISHED"] > 0:
		return "RUNNING"
	case counts["DEPLOYING"] > 0:
		return "DEPLOYING"
	case counts["SCHEDULED"] > 0:
		return "SCHEDULED"
	}
	return "CREATED"
}
