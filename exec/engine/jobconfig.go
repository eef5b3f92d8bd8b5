package engine

import (
	"time"

	"github.com/weir-engine/weir/exec/graph"
)

// jobConfig is how the session's options say that a job runs.
func (s *Session) jobConfig(streaming bool) (graph.Config, error) {
	p, err := s.parallelism()
	if err != nil {
		return graph.Config{}, err
	}
	c := graph.Config{Parallelism: p, Streaming: streaming, Options: s.options.Clone()}
	c.Options[optNow] = time.Now().UTC().Format(time.RFC3339Nano)
	r := optionReader{options: s.options}
	c.MaxParallelism = int(r.integer(OptMaxPar))
	c.BatchRows = int(r.integer(OptBatchRows))
	c.NetworkExchange = r.choice(OptExchange) == "network"
	c.CheckpointInterval = r.millis(OptInterval)
	c.CheckpointTimeout = r.millis(OptTimeout)
	c.CheckpointPause = r.millis(OptPause)
	c.TolerableFailures = int(r.integer(OptTolerable))
	c.AutoWatermarkInterval = r.millis(OptWatermark)
	c.LatencyInterval = r.millis(OptLatency)
	c.IdleTimeout = r.millis(OptIdle)
	c.CommitRetries = int(r.integer(OptCommitRetries))
	c.Restart = r.restart()
	return c.WithDefaults(), r.err
}
