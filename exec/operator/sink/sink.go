package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
)

// Sink writes its input to a connector.
type Sink struct {
	spec      connector.Sink
	ctx       *operator.Context
	writer    connector.Writer
	committer *committer // nil: nothing to commit
	dense     *stream.Builder
	pending   []prepared // not known to be committed, oldest first
	endless   bool       // the input may never end
	retries   int        // of a commit
	required  required
}

// prepared is what one checkpoint prepared.
type prepared struct {
	Checkpoint   int64
	Committables []connector.Committable
	handed       bool // to the committer
}

// New makes a Sink of a connector's.
func New(spec connector.Sink) *Sink { return &Sink{spec: spec, retries: DefaultRetries} }

// Retries says how often a commit is tried again before the job fails.
func (s *Sink) Retries(n int) *Sink { s.retries = n; return s }

// Endless says that the input may never end: a Sink that commits at checkpoints
// alone is then refused where the job takes none.
func (s *Sink) Endless() *Sink { s.endless = true; return s }

// Require fails the job on a NULL for one of t's columns that are NOT NULL; in
// is the schema of the rows, of t's persisted columns.
func (s *Sink) Require(t *catalog.Table, in *types.Schema) *Sink {
	s.required = requiredOf(t, in)
	return s
}

func writerContext(ctx *operator.Context) connector.WriterContext {
	return connector.WriterContext{
		Job: ctx.Job, Sink: ctx.ID, Subtask: ctx.Subtask, Parallelism: ctx.Parallelism,
		Attempt: ctx.Attempt, CheckpointInterval: ctx.CheckpointInterval, Log: ctx.Log,
	}
}

// Open opens the writer. What the restored checkpoint had prepared is committed by now.
func (s *Sink) Open(ctx *operator.Context) error {
	s.ctx = ctx
	s.dense = stream.NewBuilder(ctx.Inputs[0].Types())
	wc := writerContext(ctx)
	c, err := s.spec.OpenCommitter(ctx.Ctx, wc)
	if err != nil {
		return fmt.Errorf("open committer: %w", err)
	}
	if c != nil && s.endless && ctx.CheckpointInterval == 0 {
		return errors.Join(errNeverCommits(), c.Close())
	}
	if c != nil {
		s.committer = newCommitter(ctx.Ctx, newCommits(c, s.retries, ctx.Log, ctx.Metric), s.committed)
	}
	if s.writer, err = s.spec.OpenWriter(ctx.Ctx, wc, ctx.Restored); err != nil {
		return fmt.Errorf("open writer: %w", err)
	}
	return nil
}

func errNeverCommits() error {
	return sqlerr.Newf(sqlerr.InvalidOption, "the sink commits at checkpoints, and this job without end takes none: no row would ever be seen").
		WithHint("SET 'execution.checkpointing.interval' = '10 s', and 'execution.checkpointing.dir' to a folder that survives this process")
}

// Process writes a batch.
func (s *Sink) Process(_ int, b *stream.Batch, _ operator.Output) error {
	if b.Sel != nil {
		s.dense.Reset()
		s.dense.Append(b, nil)
		b = s.dense.Finish()
	}
	if err := s.required.check(b); err != nil {
		return err
	}
	return s.writer.Write(s.ctx.Ctx, b)
}

// Watermark tells the writer, where it wants to know.
func (s *Sink) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	if t, ok := s.writer.(connector.TimedWriter); ok {
		t.Watermark(w)
	}
	return w, nil
}

// Flush makes what was written visible when the input goes quiet or a barrier
// comes; where that takes a commit, the barrier alone does.
func (s *Sink) Flush(operator.Output) error {
	if s.committer != nil {
		return nil
	}
	return s.writer.Flush(s.ctx.Ctx)
}

// EndInput makes the rest durable; it becomes visible with the last checkpoint of the job.
func (s *Sink) EndInput(int, operator.Output) error {
	if t, ok := s.writer.(connector.TimedWriter); ok {
		t.Watermark(stream.MaxWatermark)
	}
	return s.writer.Flush(s.ctx.Ctx)
}

// Snapshot ends what was written since the last one.
func (s *Sink) Snapshot(checkpoint int64) ([][]byte, error) {
	if s.committer != nil {
		if err := s.writer.Flush(s.ctx.Ctx); err != nil {
			return nil, fmt.Errorf("flush: %w", err)
		}
		cs, err := s.writer.PrepareCommit(s.ctx.Ctx, checkpoint)
		if err != nil {
			return nil, fmt.Errorf("prepare commit: %w", err)
		}
		if len(cs) > 0 {
			s.pending = append(s.pending, prepared{Checkpoint: checkpoint, Committables: cs})
		}
	}
	state, err := s.writer.Snapshot(checkpoint)
	if err != nil {
		return nil, fmt.Errorf("snapshot writer: %w", err)
	}
	if state == nil {
		return nil, nil
	}
	return [][]byte{state}, nil
}

// Redistribution deals writer states round robin.
func (s *Sink) Redistribution() operator.Redistribution { return operator.Deal }

// Committables is everything prepared and not known to be committed.
func (s *Sink) Committables() []connector.Committable {
	var out []connector.Committable
	for _, p := range s.pending {
		out = append(out, p.Committables...)
	}
	return out
}

// Completed commits what the checkpoint, and earlier ones, had prepared.
func (s *Sink) Completed(_ context.Context, checkpoint int64) error {
	if s.committer == nil {
		return nil
	}
	for i := range s.pending {
		if p := &s.pending[i]; p.Checkpoint <= checkpoint && !p.handed {
			p.handed = true
			s.committer.commit(*p)
		}
	}
	return nil
}

// Aborted leaves what was prepared to the next checkpoint that completes.
func (s *Sink) Aborted(int64) {}

// committed comes from the committer's goroutine.
func (s *Sink) committed(checkpoint int64, err error) {
	s.ctx.Post(func(operator.Output) error {
		if err != nil {
			return err
		}
		for i, p := range s.pending {
			if p.Checkpoint == checkpoint {
				s.pending = append(s.pending[:i:i], s.pending[i+1:]...)
				break
			}
		}
		return nil
	})
}

// Settled reports that everything prepared is committed.
func (s *Sink) Settled() bool { return s.committer == nil || len(s.pending) == 0 }

// Close closes writer and committer.
func (s *Sink) Close() error {
	var err error
	if s.writer != nil {
		err = s.writer.Close()
	}
	if s.committer != nil {
		if cerr := s.committer.close(); err == nil {
			err = cerr
		}
	}
	return err
}

var (
	_ operator.Operator   = (*Sink)(nil)
	_ operator.Committing = (*Sink)(nil)
	_ operator.Settler    = (*Sink)(nil)
	_ operator.Notified   = (*Sink)(nil)
	_ operator.Flusher    = (*Sink)(nil)
)
