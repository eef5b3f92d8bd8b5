package rest

import (
	"context"
	"math"
	"net/http"
	"slices"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/io/fs/s3"
)

// Checkpoints answers /jobs/:jobid/checkpoints.
type Checkpoints struct {
	Counts  CheckpointCounts  `json:"counts"`
	Summary CheckpointSummary `json:"summary"`
	Latest  LatestCheckpoints `json:"latest"`
	History []Checkpoint      `json:"history"`
}

// CheckpointCounts counts them.
type CheckpointCounts struct {
	Restored   int `json:"restored"`
	Total      int `json:"total"`
	InProgress int `json:"in_progress"`
	Completed  int `json:"completed"`
	Failed     int `json:"failed"`
}

// CheckpointSummary is over the completed ones that are remembered.
type CheckpointSummary struct {
	CheckpointedSize Stats `json:"checkpointed_size"`
	StateSize        Stats `json:"state_size"`
	Duration         Stats `json:"end_to_end_duration"`
	Buffered         Stats `json:"alignment_buffered"`
	Processed        Stats `json:"processed_data"`
	Persisted        Stats `json:"persisted_data"`
}

// Stats is how a number differs.
type Stats struct {
	Min  int64  `json:"min"`
	Max  int64  `json:"max"`
	Avg  int64  `json:"avg"`
	P50  Double `json:"p50"`
	P90  Double `json:"p90"`
	P95  Double `json:"p95"`
	P99  Double `json:"p99"`
	P999 Double `json:"p999"`
}

func stats(values []int64) Stats {
	nan := Double(math.NaN())
	if len(values) == 0 {
		return Stats{P50: nan, P90: nan, P95: nan, P99: nan, P999: nan}
	}
	v := slices.Sorted(slices.Values(values))
	q := func(p float64) Double { return Double(quantile(v, p)) }
	sum := int64(0)
	for _, x := range v {
		sum += x
	}
	return Stats{Min: v[0], Max: v[len(v)-1], Avg: sum / int64(len(v)), P50: q(0.5), P90: q(0.9), P95: q(0.95), P99: q(0.99), P999: q(0.999)}
}

// LatestCheckpoints is the newest of each kind.
type LatestCheckpoints struct {
	Completed *Checkpoint         `json:"completed"`
	Savepoint *Checkpoint         `json:"savepoint"`
	Failed    *Checkpoint         `json:"failed"`
	Restored  *RestoredCheckpoint `json:"restored"`
}

// RestoredCheckpoint is what the job started from.
type RestoredCheckpoint struct {
	ID        int64  `json:"id"`
	At        int64  `json:"restore_timestamp"`
	Savepoint bool   `json:"is_savepoint"`
	Path      string `json:"external_path"`
}

// Checkpoint is one of them; what stands last depends on how it ended.
type Checkpoint struct {
	Class     string  `json:"className" enum:"completed,failed,in_progress"`
	ID        int64   `json:"id"`
	Status    string  `json:"status" enum:"IN_PROGRESS,COMPLETED,FAILED"`
	Savepoint bool    `json:"is_savepoint"`
	Format    *string `json:"savepointFormat"`
	PartTotals
	Triggered int64                 `json:"trigger_timestamp"`
	Type      string                `json:"checkpoint_type" enum:"CHECKPOINT,SAVEPOINT,SYNC_SAVEPOINT"`
	Tasks     map[string]VertexPart `json:"tasks"`

	Path      *string `json:"external_path,omitempty"`
	Discarded *bool   `json:"discarded,omitempty"`
	FailedAt  *int64  `json:"failure_timestamp,omitempty"`
	Failure   *string `json:"failure_message,omitempty"`
}

// PartTotals sums up what subtasks did.
type PartTotals struct {
	LastAck          int64 `json:"latest_ack_timestamp"`
	CheckpointedSize int64 `json:"checkpointed_size"`
	StateSize        int64 `json:"state_size"`
	Duration         int64 `json:"end_to_end_duration"`
	Buffered         int64 `json:"alignment_buffered"`
	Processed        int64 `json:"processed_data"`
	Persisted        int64 `json:"persisted_data"`
	Subtasks         int   `json:"num_subtasks"`
	Acknowledged     int   `json:"num_acknowledged_subtasks"`
}

// VertexPart is what the subtasks of a vertex did for a checkpoint.
type VertexPart struct {
	ID     int64  `json:"id"`
	Status string `json:"status"`
	PartTotals
}

// add takes a subtask's part in. Barriers are aligned: no rows in flight are kept.
func (p *PartTotals) add(part *job.Part, triggered int64) {
	p.Subtasks++
	if part.Acknowledged == 0 {
		return
	}
	p.Acknowledged++
	p.LastAck = max(p.LastAck, part.Acknowledged)
	p.Duration = max(p.Duration, part.Acknowledged-triggered)
	p.CheckpointedSize += part.Stored
	p.StateSize += part.State
}

func (s *Server) checkpoints(r *request) (*Checkpoints, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	c := v.history.Counts
	out := &Checkpoints{Counts: CheckpointCounts{Restored: c.Restored, Total: c.Triggered, Completed: c.Completed, Failed: c.Failed}, History: []Checkpoint{}}
	out.Counts.InProgress = c.Triggered - c.Completed - c.Failed
	var sizes, states, durations []int64
	for i := len(v.history.Checkpoints) - 1; i >= 0; i-- {
		h := &v.history.Checkpoints[i]
		one := v.checkpoint(h, false)
		out.History = append(out.History, one)
		switch {
		case h.State == job.Aborted && out.Latest.Failed == nil:
			out.Latest.Failed = &one
		case h.State == job.Completed && h.Savepoint && out.Latest.Savepoint == nil:
			out.Latest.Savepoint = &one
		case h.State == job.Completed && !h.Savepoint && out.Latest.Completed == nil:
			out.Latest.Completed = &one
		}
		if h.State == job.Completed {
			sizes, states, durations = append(sizes, one.CheckpointedSize), append(states, one.StateSize), append(durations, one.Duration)
		}
	}
	none := make([]int64, len(sizes))
	out.Summary = CheckpointSummary{stats(sizes), stats(states), stats(durations), stats(none), stats(none), stats(none)}
	if h := v.history.Restored; h != nil {
		out.Latest.Restored = &RestoredCheckpoint{h.ID, h.At, h.Savepoint, uri(h.Path)}
	}
	return out, nil
}

// uri is a path as Flink writes it.
func uri(path string) string {
	if path == "" {
		return "<checkpoint-not-externally-addressable>"
	}
	if s3.Is(path) {
		return path
	}
	return "file:" + path
}

// checkpoint is one of the history; tasks adds what each vertex did.
func (v *view) checkpoint(h *job.Checkpoint, tasks bool) Checkpoint {
	out := Checkpoint{ID: h.ID, Status: string(h.State), Savepoint: h.Savepoint, Triggered: h.Triggered, Type: "CHECKPOINT", Tasks: map[string]VertexPart{}}
	for _, p := range h.Parts {
		out.add(p, h.Triggered)
	}
	if h.Savepoint {
		format := "NATIVE"
		out.Format, out.Type = &format, "SAVEPOINT"
		if h.Stops {
			out.Type = "SYNC_SAVEPOINT"
		}
	}
	switch h.State {
	case job.Completed:
		path, discarded := uri(h.Path), v.discarded(h)
		out.Class, out.Path, out.Discarded = "completed", &path, &discarded
		out.Duration = max(out.Duration, h.Ended-h.Triggered)
	case job.Aborted:
		at, why := h.Ended, h.Failure
		out.Class, out.FailedAt, out.Failure = "failed", &at, &why
		out.Duration = h.Ended - h.Triggered
	default:
		out.Class, out.Duration = "in_progress", v.now-h.Triggered
	}
	if tasks {
		for _, x := range v.graph.Vertices {
			if part, ok := vertexPart(h, x); ok {
				out.Tasks[vertexID(x.ID)] = part
			}
		}
	}
	return out
}

// discarded reports that a checkpoint has been retired for newer ones.
func (v *view) discarded(h *job.Checkpoint) bool {
	retained, err := v.graph.Config.Options.Int(engine.OptRetained)
	if err != nil || h.Savepoint {
		return false
	}
	newer := int64(0)
	for i := range v.history.Checkpoints {
		if o := &v.history.Checkpoints[i]; o.ID > h.ID && o.State == job.Completed && !o.Savepoint {
			newer++
		}
	}
	return newer >= max(retained, 1)
}

func vertexPart(h *job.Checkpoint, x *graph.Vertex) (VertexPart, bool) {
	out := VertexPart{ID: h.ID, Status: string(h.State)}
	for s := range x.Parallelism {
		if p := h.Parts[checkpoint.Task{Vertex: x.ID, Subtask: s}]; p != nil {
			out.add(p, h.Triggered)
		}
	}
	return out, out.Subtasks > 0
}

// findCheckpoint is the one that the request names.
func (v *view) findCheckpoint(r *request) (*job.Checkpoint, error) {
	id := r.number("checkpointid")
	for i := range v.history.Checkpoints {
		if h := &v.history.Checkpoints[i]; h.ID == id {
			return h, nil
		}
	}
	return nil, notFound("Could not find checkpointing statistics for checkpoint %d.", id)
}

func (s *Server) checkpointDetails(r *request) (*Checkpoint, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	h, err := v.findCheckpoint(r)
	if err != nil {
		return nil, err
	}
	out := v.checkpoint(h, true)
	return &out, nil
}

// VertexCheckpoint answers …/checkpoints/details/:checkpointid/subtasks/:vertexid.
type VertexCheckpoint struct {
	VertexPart
	Summary  VertexCheckpointSummary `json:"summary"`
	Subtasks []SubtaskCheckpoint     `json:"subtasks"`
}

// VertexCheckpointSummary is over the subtasks that have acknowledged.
type VertexCheckpointSummary struct {
	CheckpointedSize Stats          `json:"checkpointed_size"`
	StateSize        Stats          `json:"state_size"`
	Duration         Stats          `json:"end_to_end_duration"`
	Phases           PhaseStats     `json:"checkpoint_duration"`
	Alignment        AlignmentStats `json:"alignment"`
	StartDelay       Stats          `json:"start_delay"`
}

// PhaseStats is of the two phases of a capture.
type PhaseStats struct {
	Sync  Stats `json:"sync"`
	Async Stats `json:"async"`
}

// AlignmentStats is of the wait for barriers.
type AlignmentStats struct {
	Buffered  Stats `json:"buffered"`
	Processed Stats `json:"processed"`
	Persisted Stats `json:"persisted"`
	Duration  Stats `json:"duration"`
}

// SubtaskCheckpoint is a subtask's part; one that has not acknowledged has nothing to say but that.
type SubtaskCheckpoint struct {
	Class            string     `json:"className" enum:"completed,pending"`
	Index            int        `json:"index"`
	Status           string     `json:"status" enum:"completed,pending_or_failed"`
	Ack              *int64     `json:"ack_timestamp,omitempty"`
	Duration         *int64     `json:"end_to_end_duration,omitempty"`
	CheckpointedSize *int64     `json:"checkpointed_size,omitempty"`
	StateSize        *int64     `json:"state_size,omitempty"`
	Phases           *Phases    `json:"checkpoint,omitempty"`
	Alignment        *Alignment `json:"alignment,omitempty"`
	StartDelay       *int64     `json:"start_delay,omitempty"`
	Unaligned        *bool      `json:"unaligned_checkpoint,omitempty"`
	Aborted          *bool      `json:"aborted,omitempty"`
}

// Phases is how long a capture took, in milliseconds.
type Phases struct {
	Sync  int64 `json:"sync"`
	Async int64 `json:"async"`
}

// Alignment is the wait for barriers.
type Alignment struct {
	Buffered  int64 `json:"buffered"`
	Processed int64 `json:"processed"`
	Persisted int64 `json:"persisted"`
	Duration  int64 `json:"duration"`
}

// startDelay is the time before the first barrier: what is left of the whole.
func startDelay(p *job.Part, triggered int64) int64 {
	return max(0, p.Acknowledged-triggered-p.Took.Align-p.Took.Sync-p.Took.Async)
}

func (s *Server) vertexCheckpoint(r *request) (*VertexCheckpoint, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	h, err := v.findCheckpoint(r)
	if err != nil {
		return nil, err
	}
	total, ok := vertexPart(h, x)
	if !ok {
		return nil, notFound("There is no checkpoint statistics for task %s in checkpoint %d.", vertexID(x.ID), h.ID)
	}
	out := &VertexCheckpoint{VertexPart: total, Subtasks: []SubtaskCheckpoint{}}
	var stored, state, whole, sync, async, align, delay, none []int64
	for i := range x.Parallelism {
		p := h.Parts[checkpoint.Task{Vertex: x.ID, Subtask: i}]
		if p == nil || p.Acknowledged == 0 {
			out.Subtasks = append(out.Subtasks, SubtaskCheckpoint{Class: "pending", Index: i, Status: "pending_or_failed"})
			continue
		}
		one := subtaskCheckpoint(i, p, h.Triggered)
		out.Subtasks = append(out.Subtasks, one)
		stored, state, whole, none = append(stored, p.Stored), append(state, p.State), append(whole, *one.Duration), append(none, 0)
		sync, async, align, delay = append(sync, p.Took.Sync), append(async, p.Took.Async), append(align, p.Took.Align), append(delay, *one.StartDelay)
	}
	out.Summary = VertexCheckpointSummary{
		CheckpointedSize: stats(stored), StateSize: stats(state), Duration: stats(whole), Phases: PhaseStats{stats(sync), stats(async)},
		Alignment: AlignmentStats{stats(none), stats(none), stats(none), stats(align)}, StartDelay: stats(delay),
	}
	return out, nil
}

func subtaskCheckpoint(index int, p *job.Part, triggered int64) SubtaskCheckpoint {
	whole, delay, no := p.Acknowledged-triggered, startDelay(p, triggered), false
	return SubtaskCheckpoint{
		Class: "completed", Index: index, Status: "completed", Ack: &p.Acknowledged, Duration: &whole, CheckpointedSize: &p.Stored, StateSize: &p.State,
		Phases: &Phases{p.Took.Sync, p.Took.Async}, Alignment: &Alignment{Duration: p.Took.Align}, StartDelay: &delay, Unaligned: &no, Aborted: &no,
	}
}

// CheckpointConfig answers …/checkpoints/config.
type CheckpointConfig struct {
	Mode            string          `json:"mode"`
	Interval        int64           `json:"interval"`
	Timeout         int64           `json:"timeout"`
	Pause           int64           `json:"min_pause"`
	Concurrent      int             `json:"max_concurrent"`
	Externalization Externalization `json:"externalization"`
	Backend         string          `json:"state_backend"`
	Storage         string          `json:"checkpoint_storage"`
	Unaligned       bool            `json:"unaligned_checkpoints"`
	Tolerable       int             `json:"tolerable_failed_checkpoints"`
	AlignedTimeout  int64           `json:"aligned_checkpoint_timeout"`
	AfterFinish     bool            `json:"checkpoints_after_tasks_finish"`
	Changelog       bool            `json:"state_changelog_enabled"`
	Materialize     int64           `json:"changelog_periodic_materialization_interval"`
	ChangelogStore  string          `json:"changelog_storage"`
}

// Externalization is what becomes of the checkpoints of a job that is cancelled: they stay.
type Externalization struct {
	Enabled bool `json:"enabled"`
	Delete  bool `json:"delete_on_cancellation"`
}

func (s *Server) checkpointConfig(r *request) (*CheckpointConfig, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	c := v.graph.Config
	out := &CheckpointConfig{
		Mode: "exactly_once", Interval: c.CheckpointInterval, Timeout: c.CheckpointTimeout, Pause: c.CheckpointPause, Concurrent: 1,
		Externalization: Externalization{Enabled: true}, Backend: backendOf(c.Options), Storage: "FileSystemCheckpointStorage",
		Tolerable: c.TolerableFailures, AfterFinish: true, ChangelogStore: "none",
	}
	if c.CheckpointInterval == 0 {
		out.Interval = math.MaxInt64 // Flink's word for never
	}
	return out, nil
}

// backendOf names the state backend as Flink's answers do.
func backendOf(o option.Values) string {
	if b, err := o.Enum(engine.OptBackend); err == nil && b == "hashmap" {
		return "HashMapStateBackend"
	}
	return "PebbleStateBackend"
}

// CheckpointTrigger is the body of POST …/checkpoints.
type CheckpointTrigger struct {
	Type string `json:"checkpointType,omitempty" enum:"CONFIGURED"`
	ID   string `json:"triggerId,omitempty"`
}

// CheckpointOutcome answers …/checkpoints/:triggerid.
type CheckpointOutcome struct {
	Status    State               `json:"status"`
	Operation *CheckpointFinished `json:"operation"`
}

// CheckpointFinished is what became of it.
type CheckpointFinished struct {
	ID      *int64 `json:"checkpointId,omitempty"`
	Failure *Cause `json:"failure-cause,omitempty"`
}

func (s *Server) triggerCheckpoint(r *request) (*Triggered, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	var body CheckpointTrigger
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if body.Type != "" && body.Type != "CONFIGURED" {
		return nil, badRequest("checkpointType takes CONFIGURED: what a checkpoint stores is the state backend's choice, not %q.", body.Type)
	}
	if err := v.takesCheckpoints(); err != nil {
		return nil, err
	}
	return s.operations.start("checkpoints of "+v.status.ID, body.ID, func(ctx context.Context) (any, error) {
		snap, err := v.job.Checkpoint(ctx)
		if err != nil {
			return nil, err
		}
		return snap.Checkpoint, nil
	})
}

// takesCheckpoints refuses a job that has nowhere to keep any.
func (v *view) takesCheckpoints() error {
	switch {
	case v.over():
		return refuse(http.StatusConflict, "Job %s is over (%s).", v.status.ID, v.status.State)
	case !v.graph.Config.Streaming:
		return refuse(http.StatusConflict, "Job %s is a batch job, which takes no checkpoints.", v.status.ID)
	case v.graph.Config.Options.Text(engine.OptDir) == "":
		return badRequest("Job %s keeps no checkpoints: '%s' was not set when it was submitted.", v.status.ID, engine.OptDir.Key)
	}
	return nil
}

func (s *Server) checkpointOutcome(r *request) (*CheckpointOutcome, error) {
	op, err := s.operations.find("checkpoints of "+r.PathValue("jobid"), r.PathValue("triggerid"))
	if err != nil {
		return nil, err
	}
	if !op.done {
		return &CheckpointOutcome{Status: underWay}, nil
	}
	out := &CheckpointFinished{Failure: causeOf(op.err)}
	if id, ok := op.outcome.(int64); ok {
		out.ID = &id
	}
	return &CheckpointOutcome{complete, out}, nil
}
