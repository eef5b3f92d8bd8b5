package engine

import (
	"time"

	"github.com/weir-engine/weir/core/plan/implement"
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
	c.Spread = s.engine.spread
	if name, ok := localZone(); ok && c.Spread && s.options.Text(OptZone) == OptZone.Default {
		c.Options[OptZone.Key] = name // the system's of this process, not of those where tasks run
	}
	r := optionReader{options: s.options}
	c.MaxParallelism = int(r.integer(OptMaxPar))
	c.BatchRows = int(r.integer(OptBatchRows))
	c.QueueBatches = int(r.integer(OptQueue))
	c.NetworkExchange = r.choice(OptExchange) == "network"
	c.Blocking = !streaming && r.choice(OptShuffle) == OptShuffle.Default && (c.Spread || s.options.Has(OptShuffle))
	if c.Blocking && r.choice(OptAdaptiveJoin) == "auto" {
		c.BroadcastRows = implement.BroadcastRows
	}
	c.FullRestart = r.choice(OptFailover) == "full"
	// What operators in batch mode hold stands in no checkpoint: none is taken on the
	// way, and a job that fails begins anew.
	if interval := r.millis(OptInterval); streaming {
		c.CheckpointInterval = interval
	}
	c.CheckpointTimeout = r.millis(OptTimeout)
	c.CheckpointPause = r.millis(OptPause)
	c.TolerableFailures = int(r.integer(OptTolerable))
	c.AutoWatermarkInterval = r.millis(OptWatermark)
	c.LatencyInterval = r.millis(OptLatency)
	c.IdleTimeout = r.millis(OptIdle)
	c.CommitRetries = int(r.integer(OptCommitRetries))
	c.Restart = r.restart()
	if c.Spread && !s.options.Has(OptRestart) {
		c.Restart = clusterRestart(streaming && c.CheckpointInterval > 0)
	}
	return c.WithDefaults(), r.err
}

// mostLosses is how many lost task managers a job survives that says nothing of restarts.
const mostLosses = 3

// clusterRestart is what a cluster does where the user has not said: a job with
// checkpoints goes on, as in Flink; another begins anew when it was not its fault.
func clusterRestart(checkpoints bool) graph.Restart {
	if checkpoints {
		return graph.Restart{Strategy: "exponential-delay"}
	}
	return graph.Restart{Strategy: "none", Losses: mostLosses}
}
