package engine

import (
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/implement"
	"github.com/weir-engine/weir/io/fs/s3"
)

func opt(key, typ, def, text string) *option.Definition {
	return &option.Definition{Key: key, Type: typ, Default: def, Text: text}
}

func enum(key, def, text string, choices ...string) *option.Definition {
	return &option.Definition{Key: key, Type: "enum", Default: def, Choices: choices, Text: text}
}

// The options of a session, with Flink's keys; those of weir. are ours.
var (
	OptMode        = enum("execution.runtime-mode", "auto", "batch runs bounded inputs with batch algorithms; streaming emits changes as they come; auto: batch if every source is bounded", "auto", "batch", "streaming", "automatic")
	OptParallelism = opt("parallelism.default", "int", "0", "subtasks of each operator; 0: all cores")
	OptName        = opt("pipeline.name", "string", "", "name of the job; checkpoints are found again by it")
	OptMaxPar      = opt("pipeline.max-parallelism", "int", "128", "key groups of a new job: the most it can be rescaled to")
	OptWatermark   = opt("pipeline.auto-watermark-interval", "duration", "200 ms", "how often watermarks are passed on while rows flow; 0: behind every batch")
	OptBackend     = func() *option.Definition {
		d := enum("state.backend.type", "hashmap", "hashmap keeps state in memory, pebble on disk below a table in memory; rocksdb is an alias of pebble", "hashmap", "pebble", "rocksdb")
		d.Aliases = []string{"state.backend"}
		return d
	}()

	OptInterval = opt("execution.checkpointing.interval", "duration", "", "time between two checkpoints; none without it")
	OptDir      = func() *option.Definition {
		d := opt("execution.checkpointing.dir", "string", "", "folder of checkpoints")
		d.Aliases = []string{"state.checkpoints.dir"}
		return d
	}()
	OptSavepoints = func() *option.Definition {
		d := opt("execution.checkpointing.savepoint-dir", "string", "", "folder of savepoints: a job that is stopped in order leaves a copy of its last checkpoint there, which stands alone and can be moved")
		d.Aliases = []string{"state.savepoints.dir"}
		return d
	}()
	OptIncremental = enum("execution.checkpointing.incremental", "true", "pebble stores only what changed since the last checkpoint", "true")
	OptCkptMode    = enum("execution.checkpointing.mode", "EXACTLY_ONCE", "barriers are aligned", "EXACTLY_ONCE")
	OptUnaligned   = enum("execution.checkpointing.unaligned.enabled", "false", "barriers are aligned", "false")
	OptRetained    = opt("execution.checkpointing.num-retained", "int", "1", "completed checkpoints that are kept")
	OptTimeout     = opt("execution.checkpointing.timeout", "duration", "10 min", "a checkpoint that takes longer is given up")
	OptPause       = opt("execution.checkpointing.min-pause", "duration", "0", "least time between the end of a checkpoint and the next")
	OptTolerable   = opt("execution.checkpointing.tolerable-failed-checkpoints", "int", "0", "failed checkpoints in a row before the job fails")
	OptRestore     = opt("execution.state-recovery.path", "string", "", "checkpoint or savepoint to start from; latest: the newest of this pipeline.name, or a fresh start")
	OptUnclaimed   = opt("execution.state-recovery.ignore-unclaimed-state", "boolean", "false", "state of a checkpoint that no operator of the job takes is dropped instead of refused")

	OptRestart      = enum("restart-strategy.type", "none", "what happens when a job fails", "none", "off", "disable", "fixed-delay", "exponential-delay")
	OptAttempts     = opt("restart-strategy.fixed-delay.attempts", "int", "1", "restarts before the job fails for good")
	OptDelay        = opt("restart-strategy.fixed-delay.delay", "duration", "1 s", "pause before a restart")
	OptBackoff      = opt("restart-strategy.exponential-delay.initial-backoff", "duration", "1 s", "pause before the first restart")
	OptMaxBackoff   = opt("restart-strategy.exponential-delay.max-backoff", "duration", "1 min", "longest pause before a restart")
	OptResetBackoff = opt("restart-strategy.exponential-delay.reset-backoff-threshold", "duration", "1 h", "running this long starts over with the first pause")

	OptCommitRetries = opt("sink.committer.retries", "int", "10", "how often a commit that a sink cannot make yet is tried again, at growing intervals, before the job fails; the checkpoint keeps it")

	OptTTL       = opt("table.exec.state.ttl", "duration", "0", "how long a group, a row of a join, a Top-N partition or a key of a deduplication, of an upsert source or of a sink is kept after it was last written; 0: for ever. Windows and joins by intervals of time forget by event time")
	OptIdle      = opt("table.exec.source.idle-timeout", "duration", "0", "a split without rows for this long holds event time back no more; 0: never")
	OptZone      = opt("table.local-time-zone", "string", "default", "zone of TIMESTAMP_LTZ values as text; default: the system's")
	OptDMLSync   = opt("table.dml-sync", "boolean", "true", "an INSERT is run to its end before the next statement")
	OptMiniBatch = opt("table.exec.mini-batch.enabled", "boolean", "false", "accepted; operators work in batches anyway")
	OptMiniWait  = opt("table.exec.mini-batch.allow-latency", "duration", "0", "accepted; see table.exec.mini-batch.enabled")
	OptMiniSize  = opt("table.exec.mini-batch.size", "int", "-1", "accepted; see table.exec.mini-batch.enabled")

	OptShuffle  = enum("execution.batch-shuffle-mode", "ALL_EXCHANGES_BLOCKING", "how rows cross exchanges of a batch job: BLOCKING writes them to files, and who reads them starts when the files are whole, so that a failure concerns but a part of the job; PIPELINED hands them on as they come. Unless it is set, a job of one process is pipelined", "ALL_EXCHANGES_BLOCKING", "ALL_EXCHANGES_PIPELINED")
	OptFailover = enum("jobmanager.execution.failover-strategy", "region", "what runs again when a batch job with blocking exchanges fails: the regions that it concerns, or all of them", "region", "full")

	OptAdaptiveJoin = enum("table.optimizer.adaptive-broadcast-join.strategy", "auto", "a hash join of a batch job with blocking exchanges is broadcast, and its probe side not dealt, where its build side turns out to be small", "auto", "none")

	OptDisabled = opt(implement.DisabledKey, "string", "", "algorithms that batch plans do without, separated by commas; a statement for which none is left is refused: NestedLoopJoin, ShuffleHashJoin, BroadcastHashJoin, SortMergeJoin, HashAgg, SortAgg")

	OptLatency = opt("metrics.latency.interval", "duration", "0", "how often sources send a marker whose age at the end of the job is its latency, which weir bench nexmark prints; 0: never")

	OptBatchRows = opt("weir.batch.rows", "int", "8192", "most rows of a batch")
	OptMemory    = opt("weir.memory.size", "memory", "", "the one memory number of the process; default: 60 % of the machine, or of what its cgroups leave it")
	OptTempDir   = opt("weir.spill.dir", "string", "", "folder for spilled data, which several processes may share; default: weir-spill in the system's temporary folder")
	OptExchange  = enum("weir.exchange", "local", "network sends every exchange through sockets, as between processes", "local", "network")
	OptQueue     = opt("taskmanager.network.memory.buffers-per-channel", "int", "4", "batches that wait in a channel before its sender stops")
	OptMaterial  = opt("weir.materialize", "boolean", "false", "a streaming SELECT returns its final table instead of the changelog")
)

// Options lists the options of a session, in the order of the documentation.
func Options() []*option.Definition {
	return append([]*option.Definition{
		OptMode, OptParallelism, OptName, OptMaxPar, OptWatermark, OptBackend,
		OptInterval, OptDir, OptSavepoints, OptIncremental, OptCkptMode, OptUnaligned, OptRetained, OptTimeout, OptPause, OptTolerable, OptRestore, OptUnclaimed,
		OptRestart, OptAttempts, OptDelay, OptBackoff, OptMaxBackoff, OptResetBackoff, OptShuffle, OptFailover, OptAdaptiveJoin,
		OptCommitRetries, OptTTL, OptIdle, OptZone, OptDMLSync, OptMiniBatch, OptMiniWait, OptMiniSize,
		OptDisabled, OptLatency, OptBatchRows, OptMemory, OptTempDir, OptExchange, OptQueue, OptMaterial,
	}, s3.Options()...)
}
