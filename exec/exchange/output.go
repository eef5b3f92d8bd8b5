package exchange

import (
	"errors"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/state/spill"
)

// Output is what a subtask writes for an edge whose receivers start when it is done:
// a file of blocks, a part for each channel. Its ports stand where a Writer has
// senders, and are never full. The task's goroutine alone uses it.
type Output struct {
	file  *spill.PartedWriter
	grant *memory.Grant
	err   error
}

// NewOutput starts the output of an edge. What is gathered for its channels is under the grant.
func NewOutput(space *spill.Space, ts []types.Type, channels int, grant *memory.Grant) (*Output, error) {
	file, err := space.Parted(ts, channels)
	if err != nil {
		return nil, fmt.Errorf("write shuffle file: %w", err)
	}
	return &Output{file: file, grant: grant}, nil
}

// Ports are the senders of a Writer, one a channel.
func (o *Output) Ports(channels int) []Sender {
	out := make([]Sender, channels)
	for i := range out {
		out[i] = outputPort{o, i}
	}
	return out
}

// Finish ends the file; an error where a block could not be written.
func (o *Output) Finish() (*spill.PartedRun, error) {
	if o.err != nil {
		o.Abort()
		return nil, o.err
	}
	return o.file.Close()
}

// Abort gives the file up.
func (o *Output) Abort() { o.file.Abort() }

// holds asks for the memory of so many bytes that are gathered; false: send them.
func (o *Output) holds(bytes int64) bool {
	if o.grant.Yield() {
		o.grant.Shrink(o.grant.InUse())
		return false
	}
	more := bytes - o.grant.InUse()
	return more <= 0 || o.grant.TryGrow(more)
}

// outputPort is a channel of an Output.
type outputPort struct {
	o    *Output
	part int
}

func (p outputPort) Send(e Element) {
	if e.Kind != stream.ElemBatch { // time and the end of the input are told by the end of the part
		return
	}
	if p.o.err == nil {
		if err := p.o.file.Write(p.part, e.Buffer.Batch); err != nil {
			p.o.err = fmt.Errorf("write shuffle file: %w", err)
		}
	}
	e.Buffer.Release()
}

func (p outputPort) Full() bool   { return false }
func (p outputPort) Closed() bool { return false }

// OutputID names what a subtask has written for one edge.
type OutputID struct {
	Leader  int64  `json:"leader,omitempty"`
	Job     string `json:"job"`
	Attempt int    `json:"attempt"`
	From    string `json:"from"` // vertex
	Subtask int    `json:"subtask"`
	Edge    int    `json:"edge"` // of the job's
}

// LostError is the failure of a receiver whose input cannot be read: it is to be
// produced again.
type LostError struct {
	Output OutputID
	Cause  error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the output of %s, subtask %d, attempt %d, is lost: %v", e.Output.From, e.Output.Subtask, e.Output.Attempt, e.Cause)
}
func (e *LostError) Unwrap() error { return e.Cause }

// SQLState is that of a connection: what reads it may be well.
func (e *LostError) SQLState() sqlerr.Code { return sqlerr.ConnectionFailure }

// Outputs are the finished outputs of a process. It is safe for concurrent use.
type Outputs struct {
	mu   sync.Mutex
	runs map[OutputID]*spill.PartedRun
}

// NewOutputs makes an empty set.
func NewOutputs() *Outputs { return &Outputs{runs: map[OutputID]*spill.PartedRun{}} }

// Add takes a finished output in.
func (o *Outputs) Add(id OutputID, run *spill.PartedRun) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.runs[id] = run
}

// Has reports whether an output is here.
func (o *Outputs) Has(id OutputID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.runs[id] != nil
}

var errNoOutput = errors.New("it is not here")

// open starts reading parts of an output.
func (o *Outputs) open(p Parts) (*spill.PartReader, error) {
	o.mu.Lock()
	run := o.runs[p.Output]
	o.mu.Unlock()
	if run == nil {
		return nil, errNoOutput
	}
	if p.End < 0 {
		p.End = run.Parts()
	}
	return run.Open(p.First, p.End)
}

// Drop removes the outputs of a job but for those that are kept. A file that is
// still read is gone when its reader closes it.
func (o *Outputs) Drop(job string, kept func(OutputID) bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var first error
	for id, run := range o.runs {
		if job != "" && id.Job != job || kept != nil && kept(id) {
			continue
		}
		delete(o.runs, id)
		if err := run.Remove(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
