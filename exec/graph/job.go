package graph

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// Job is a program ready to run.
type Job struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Config Config `json:"config"`
	// Vertices stand behind those they read from.
	Vertices []*Vertex `json:"vertices"`
}

// Vertex is a chain of operators that runs in Parallelism subtasks.
type Vertex struct {
	ID             string         `json:"id"` // semantic: of its first operator
	Name           string         `json:"name"`
	Parallelism    int            `json:"parallelism"`
	MaxParallelism int            `json:"maxParallelism"`
	Chain          []OperatorSpec `json:"chain"`
	Inputs         []Edge         `json:"inputs,omitempty"`
	Bounded        bool           `json:"bounded"`
}

// OperatorSpec is one operator of a chain.
type OperatorSpec struct {
	ID     string          `json:"id"`     // of the plan node: names state and metrics
	Name   string          `json:"name"`   // of the plan node's Op
	Params json.RawMessage `json:"params"` // the Op
	// Chained is the input that the operator before it in the chain feeds; the others come over edges.
	Chained int               `json:"chained,omitempty"`
	Inputs  []*types.Schema   `json:"inputs,omitempty"`
	Output  *types.Schema     `json:"output"`
	Bounded bool              `json:"bounded"`
	Source  string            `json:"source,omitempty"` // of a watermark assigner: the scan it is chained to
	Traits  physical.Traits   `json:"traits"`
	Memory  int64             `json:"memory,omitempty"` // minimum bytes; 0: what the operator itself says
	Hints   map[string]string `json:"hints,omitempty"`
}

// Op is the plan node's parameters.
func (s *OperatorSpec) Op() (physical.Op, error) { return physical.DecodeOp(s.Name, s.Params) }

// Edge is an input of a vertex.
type Edge struct {
	From  string                `json:"from"` // vertex id
	Dist  physical.Distribution `json:"dist"`
	Op    int                   `json:"op"`    // position in the chain
	Input int                   `json:"input"` // input number of that operator
	// Blocking: the receiver starts when the output is whole, a file that can be read again.
	Blocking bool `json:"blocking,omitempty"`
	ID       int  `json:"id,omitempty"` // of a blocking edge, whatever becomes of its ends
}

// Config is how a job runs. Times are milliseconds.
type Config struct {
	Parallelism           int           `json:"parallelism"`
	MaxParallelism        int           `json:"maxParallelism"`
	BatchRows             int           `json:"batchRows"`
	QueueBatches          int           `json:"queueBatches"` // a channel holds before its sender stops
	Streaming             bool          `json:"streaming"`
	NetworkExchange       bool          `json:"networkExchange,omitempty"` // every exchange goes through sockets
	Spread                bool          `json:"spread,omitempty"`          // planned so that subtasks may run in several processes
	Blocking              bool          `json:"blocking,omitempty"`        // exchanges of a batch job are blocking
	BroadcastRows         int64         `json:"broadcastRows,omitempty"`   // most rows of a build side that is broadcast when they are known; 0: none is
	FullRestart           bool          `json:"fullRestart,omitempty"`     // a failure has all regions run again, not only those it concerns
	CheckpointInterval    int64         `json:"checkpointInterval,omitempty"`
	CheckpointTimeout     int64         `json:"checkpointTimeout,omitempty"`
	CheckpointPause       int64         `json:"checkpointPause,omitempty"`
	TolerableFailures     int           `json:"tolerableFailures,omitempty"`
	AutoWatermarkInterval int64         `json:"autoWatermarkInterval"`
	IdleTimeout           int64         `json:"idleTimeout,omitempty"`
	LatencyInterval       int64         `json:"latencyInterval,omitempty"` // between two markers of a source; 0: none
	CommitRetries         int           `json:"commitRetries"`
	Profile               bool          `json:"profile,omitempty"` // tasks tell how long each operator takes
	Restart               Restart       `json:"restart"`
	Options               option.Values `json:"options,omitempty"` // as the session had them
}

// Restart is what happens when a job fails.
type Restart struct {
	Strategy string `json:"strategy"`           // none, fixed-delay, exponential-delay
	Attempts int    `json:"attempts,omitempty"` // fixed-delay: at most; < 0: any number
	Delay    int64  `json:"delay,omitempty"`
	MaxDelay int64  `json:"maxDelay,omitempty"` // exponential-delay
	Reset    int64  `json:"reset,omitempty"`    // exponential-delay: running this long starts over
	Losses   int    `json:"losses,omitempty"`   // none: it restarts all the same when a task manager is lost, so often
}

// The defaults of a Config.
const (
	DefaultMaxParallelism = 128
	DefaultQueueBatches   = 4
	DefaultWatermark      = 200 // milliseconds
	DefaultTimeout        = 10 * 60 * 1000
)

// WithDefaults fills in what is not set.
func (c Config) WithDefaults() Config {
	c.Parallelism = max(c.Parallelism, 1)
	if c.MaxParallelism <= 0 {
		c.MaxParallelism = max(DefaultMaxParallelism, c.Parallelism)
	}
	if c.BatchRows <= 0 {
		c.BatchRows = 8192
	}
	if c.QueueBatches <= 0 {
		c.QueueBatches = DefaultQueueBatches
	}
	if c.CheckpointTimeout <= 0 {
		c.CheckpointTimeout = DefaultTimeout
	}
	if c.Restart.Strategy == "" {
		c.Restart.Strategy = "none"
	}
	return c
}

// Encode is the job as bytes.
func (j *Job) Encode() ([]byte, error) {
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", j.Name, err)
	}
	return b, nil
}

// Decode reads a job from bytes.
func Decode(b []byte) (*Job, error) {
	j := &Job{}
	if err := json.Unmarshal(b, j); err != nil {
		return nil, fmt.Errorf("decode job: %w", err)
	}
	return j, j.Check()
}

// Vertex finds a vertex by its id; nil where there is none.
func (j *Job) Vertex(id string) *Vertex {
	for _, v := range j.Vertices {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// Outgoing is one edge seen from the vertex it leaves.
type Outgoing struct {
	To   *Vertex
	Edge int // index of To.Inputs
}

// Outputs lists the edges that leave a vertex.
func (j *Job) Outputs(v *Vertex) []Outgoing {
	var out []Outgoing
	for _, to := range j.Vertices {
		for i := range to.Inputs {
			if to.Inputs[i].From == v.ID {
				out = append(out, Outgoing{To: to, Edge: i})
			}
		}
	}
	return out
}

// Schema is what a vertex emits.
func (v *Vertex) Schema() *types.Schema { return v.Chain[len(v.Chain)-1].Output }

// Subtasks is the number of subtasks of the job.
func (j *Job) Subtasks() int {
	n := 0
	for _, v := range j.Vertices {
		n += v.Parallelism
	}
	return n
}

// Check reports what makes a job impossible to run.
func (j *Job) Check() error {
	seen := map[string]*Vertex{}
	for _, v := range j.Vertices {
		if seen[v.ID] != nil {
			return fmt.Errorf("job %s: vertex %s occurs twice", j.Name, v.ID)
		}
		if len(v.Chain) == 0 || v.Parallelism < 1 || v.MaxParallelism < v.Parallelism {
			return fmt.Errorf("job %s: vertex %s has %d operators, parallelism %d of at most %d", j.Name, v.ID, len(v.Chain), v.Parallelism, v.MaxParallelism)
		}
		for _, e := range v.Inputs {
			from := seen[e.From]
			if from == nil {
				return fmt.Errorf("job %s: vertex %s reads %s, which does not stand before it", j.Name, v.ID, e.From)
			}
			if e.Op < 0 || e.Op >= len(v.Chain) || e.Input < 0 || e.Input >= max(1, len(v.Chain[e.Op].Inputs)) {
				return fmt.Errorf("job %s: an edge of vertex %s leads to input %d of operator %d", j.Name, v.ID, e.Input, e.Op)
			}
			if e.Dist.Kind == physical.Forward && from.Parallelism != v.Parallelism {
				return fmt.Errorf("job %s: forward edge from %s (%d) to %s (%d)", j.Name, from.ID, from.Parallelism, v.ID, v.Parallelism)
			}
		}
		seen[v.ID] = v
	}
	if j.cyclic() {
		return fmt.Errorf("job %s: a region waits for itself", j.Name)
	}
	return j.checkWaits()
}
