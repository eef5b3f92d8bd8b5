package rest

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/weir-engine/weir/exec/job"
)

// TaskManagers answers /taskmanagers.
type TaskManagers struct {
	TaskManagers []TaskManager `json:"taskmanagers"`
}

// TaskManager is one of them. What only its own process knows is -1 of another's.
type TaskManager struct {
	ID        string              `json:"id"`
	Path      string              `json:"path"`
	DataPort  int                 `json:"dataPort"`
	JMXPort   int                 `json:"jmxPort"`
	Heartbeat int64               `json:"timeSinceLastHeartbeat"`
	Slots     int                 `json:"slotsNumber"`
	Free      int                 `json:"freeSlots"`
	Tasks     int                 `json:"assignedTasks"`
	Total     Resource            `json:"totalResource"`
	Unused    Resource            `json:"freeResource"`
	Hardware  Hardware            `json:"hardware"`
	Memory    MemoryConfiguration `json:"memoryConfiguration"`
}

// Resource is a share of a task manager, memory in MiB.
type Resource struct {
	Cores    Double         `json:"cpuCores"`
	Heap     int64          `json:"taskHeapMemory"`
	OffHeap  int64          `json:"taskOffHeapMemory"`
	Managed  int64          `json:"managedMemory"`
	Network  int64          `json:"networkMemory"`
	Extended map[string]any `json:"extendedResources"`
}

// Hardware is the machine, memory in bytes.
type Hardware struct {
	Cores    int   `json:"cpuCores"`
	Physical int64 `json:"physicalMemory"`
	Free     int64 `json:"freeMemory"`
	Managed  int64 `json:"managedMemory"`
}

// MemoryConfiguration is how the memory of the process is dealt, in bytes.
type MemoryConfiguration struct {
	FrameworkHeap    int64 `json:"frameworkHeap"`
	TaskHeap         int64 `json:"taskHeap"`
	FrameworkOffHeap int64 `json:"frameworkOffHeap"`
	TaskOffHeap      int64 `json:"taskOffHeap"`
	Network          int64 `json:"networkMemory"`
	Managed          int64 `json:"managedMemory"`
	Metaspace        int64 `json:"jvmMetaspace"`
	Overhead         int64 `json:"jvmOverhead"`
	Flink            int64 `json:"totalFlinkMemory"`
	Process          int64 `json:"totalProcessMemory"`
}

// TaskManagerDetails answers /taskmanagers/:taskmanagerid.
type TaskManagerDetails struct {
	TaskManager
	Allocated []AllocatedSlot    `json:"allocatedSlots"`
	Metrics   TaskManagerMetrics `json:"metrics"`
}

// AllocatedSlot is a slot that a job holds.
type AllocatedSlot struct {
	Job      string   `json:"jobId"`
	Resource Resource `json:"resource"`
	Tasks    int      `json:"assignedTasks"`
}

// TaskManagerMetrics is what its process uses.
type TaskManagerMetrics struct {
	HeapUsed          int64              `json:"heapUsed"`
	HeapCommitted     int64              `json:"heapCommitted"`
	HeapMax           int64              `json:"heapMax"`
	NonHeapUsed       int64              `json:"nonHeapUsed"`
	NonHeapCommitted  int64              `json:"nonHeapCommitted"`
	NonHeapMax        int64              `json:"nonHeapMax"`
	DirectCount       int64              `json:"directCount"`
	DirectUsed        int64              `json:"directUsed"`
	DirectMax         int64              `json:"directMax"`
	MappedCount       int64              `json:"mappedCount"`
	MappedUsed        int64              `json:"mappedUsed"`
	MappedMax         int64              `json:"mappedMax"`
	SegmentsAvailable int64              `json:"nettyShuffleMemorySegmentsAvailable"`
	SegmentsUsed      int64              `json:"nettyShuffleMemorySegmentsUsed"`
	SegmentsTotal     int64              `json:"nettyShuffleMemorySegmentsTotal"`
	ShuffleAvailable  int64              `json:"nettyShuffleMemoryAvailable"`
	ShuffleUsed       int64              `json:"nettyShuffleMemoryUsed"`
	ShuffleTotal      int64              `json:"nettyShuffleMemoryTotal"`
	Collectors        []GarbageCollector `json:"garbageCollectors"`
}

// GarbageCollector is Go's.
type GarbageCollector struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Time  int64  `json:"time"`
}

func (s *Server) taskManagers(*request) (*TaskManagers, error) {
	out := &TaskManagers{TaskManagers: []TaskManager{}}
	slots := s.slots()
	for _, w := range s.config.Jobs.Workers() {
		out.TaskManagers = append(out.TaskManagers, s.taskManager(w, slots[w.ID]))
	}
	return out, nil
}

// slots is what jobs hold on each worker: subtask i of every vertex shares slot i.
func (s *Server) slots() map[string][]AllocatedSlot {
	type place struct {
		job  string
		slot int
	}
	held := map[string]map[place]int{}
	for _, j := range s.config.Jobs.Jobs() {
		st := j.Status()
		if terminal(st.State) {
			continue
		}
		for _, t := range st.Tasks {
			if held[t.Worker] == nil {
				held[t.Worker] = map[place]int{}
			}
			held[t.Worker][place{st.ID, t.ID.Subtask}]++
		}
	}
	out := map[string][]AllocatedSlot{}
	for w, places := range held {
		for p, tasks := range places {
			out[w] = append(out[w], AllocatedSlot{Job: p.job, Tasks: tasks})
		}
		slices.SortFunc(out[w], func(a, b AllocatedSlot) int { return cmp.Or(cmp.Compare(a.Job, b.Job), cmp.Compare(b.Tasks, a.Tasks)) })
	}
	return out
}

func (s *Server) taskManager(w *job.Worker, held []AllocatedSlot) TaskManager {
	out := TaskManager{ID: w.ID, Path: "weir://" + endpoint(w) + "/taskmanager", DataPort: port(w.Data), JMXPort: -1, Heartbeat: s.config.Clock(), Slots: w.Slots, Free: w.Slots - len(held)}
	for _, h := range held {
		out.Tasks += h.Tasks
	}
	pages, promise := w.Memory, int64(-1)
	out.Hardware = Hardware{Cores: -1, Physical: -1, Free: -1, Managed: pages}
	if l := s.config.Local; l != nil && l.Worker == w.ID {
		pages, promise = l.Memory.Limit(), l.Promise
		cores, total, free := machine()
		out.Hardware = Hardware{cores, total, free, pages}
	}
	out.Memory = memoryOf(pages, promise)
	out.Total, out.Unused = resource(w.Slots, w.Slots, pages, out.Memory.TaskHeap), resource(out.Free, w.Slots, pages, out.Memory.TaskHeap)
	return out
}

// memoryOf is how weir deals the one number: pages that are granted, and the Go
// heap with all else. There is no share for frameworks, networks or metaspace.
func memoryOf(pages, promise int64) MemoryConfiguration {
	m := MemoryConfiguration{Managed: pages, TaskHeap: -1, Flink: -1, Process: promise}
	if promise >= 0 {
		m.TaskHeap = promise - pages
		m.Flink = promise
	}
	return m
}

// resource is what some of a worker's slots have.
func resource(slots, of int, pages, heap int64) Resource {
	share := func(n int64) int64 {
		if n < 0 || of == 0 {
			return n
		}
		return n / int64(of) * int64(slots) >> 20
	}
	return Resource{Cores: Double(slots), Heap: share(heap), Managed: share(pages), Extended: map[string]any{}}
}

// findWorker is the task manager that the request names.
func (s *Server) findWorker(r *request) (*job.Worker, error) {
	id := r.PathValue("taskmanagerid")
	for _, w := range s.config.Jobs.Workers() {
		if w.ID == id {
			return w, nil
		}
	}
	return nil, notFound("TaskExecutor with id %q was not found.", id)
}

// local refuses a task manager of another process, of which only that can tell.
func (s *Server) local(r *request, what string) error {
	w, err := s.findWorker(r)
	if err != nil {
		return err
	}
	if s.config.Local == nil || s.config.Local.Worker != w.ID {
		return refuse(http.StatusNotImplemented, "%s of task manager %s is told by its own process only.", what, w.ID)
	}
	return nil
}

func (s *Server) taskManagerDetails(r *request) (*TaskManagerDetails, error) {
	w, err := s.findWorker(r)
	if err != nil {
		return nil, err
	}
	held := s.slots()[w.ID]
	out := &TaskManagerDetails{TaskManager: s.taskManager(w, held), Allocated: []AllocatedSlot{}, Metrics: unknownMetrics()}
	for _, h := range held {
		h.Resource = resource(1, w.Slots, out.Memory.Managed, out.Memory.TaskHeap)
		out.Allocated = append(out.Allocated, h)
	}
	if l := s.config.Local; l != nil && l.Worker == w.ID {
		p, used := readProcess(), l.Memory.Used()
		// Pages that are granted lie outside the Go heap: they are what Java calls direct.
		out.Metrics = TaskManagerMetrics{
			HeapUsed: p.heapUsed, HeapCommitted: p.heapCommitted, HeapMax: p.heapMax, NonHeapUsed: p.otherUsed, NonHeapCommitted: p.otherCommitted, NonHeapMax: -1,
			DirectCount: -1, DirectUsed: used, DirectMax: l.Memory.Limit(), Collectors: []GarbageCollector{{"All", p.collections, p.collecting.Milliseconds()}},
		}
	}
	return out, nil
}

func unknownMetrics() TaskManagerMetrics {
	return TaskManagerMetrics{
		HeapUsed: -1, HeapCommitted: -1, HeapMax: -1, NonHeapUsed: -1, NonHeapCommitted: -1, NonHeapMax: -1,
		DirectCount: -1, DirectUsed: -1, DirectMax: -1, Collectors: []GarbageCollector{},
	}
}

// workerReadings are the metrics of a task manager.
func (s *Server) workerReadings(w *job.Worker) []reading {
	out := []reading{number("taskSlotsTotal", int64(w.Slots))}
	if l := s.config.Local; l != nil && l.Worker == w.ID {
		p := readProcess()
		out = append(p.readings(), number("Status.Flink.Memory.Managed.Total", l.Memory.Limit()), number("Status.Flink.Memory.Managed.Used", l.Memory.Used()))
	} else if w.Memory > 0 {
		out = append(out, number("Status.Flink.Memory.Managed.Total", w.Memory))
	}
	return out
}

func (s *Server) taskManagerMetrics(r *request) ([]Metric, error) {
	w, err := s.findWorker(r)
	if err != nil {
		return nil, err
	}
	return listed(r, s.workerReadings(w)), nil
}

var workersFilter = parameter{name: "taskmanagers", kind: "string", about: "ids of task managers, separated by commas; without it all"}

func (s *Server) taskManagersMetrics(r *request) ([]AggregatedMetric, error) {
	want := r.list(workersFilter.name)
	var sets [][]reading
	for _, w := range s.config.Jobs.Workers() {
		if want == nil || slices.Contains(want, w.ID) {
			sets = append(sets, s.workerReadings(w))
		}
	}
	return aggregate(r, sets), nil
}

// Logs lists the files of a log: there are none, it goes to stderr.
type Logs struct {
	Logs []LogFile `json:"logs"`
}

// LogFile is one of them.
type LogFile struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	Modified int64  `json:"mtime"`
}

func (s *Server) taskManagerLogs(r *request) (*Logs, error) {
	if _, err := s.findWorker(r); err != nil {
		return nil, err
	}
	return &Logs{[]LogFile{}}, nil
}

func (s *Server) taskManagerThreads(r *request) (*Threads, error) {
	if err := s.local(r, "The thread dump"); err != nil {
		return nil, err
	}
	return threads(), nil
}
