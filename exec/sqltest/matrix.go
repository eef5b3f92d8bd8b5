package sqltest

// Config is one way to run a program.
type Config struct {
	Name        string
	Streaming   bool
	Parallelism int
	BatchRows   int
	Backend     string // hashmap or pebble
	Memory      int64  // of the process; 0: ample
	Network     bool   // exchanges through sockets
	Queue       int    // batches that a channel holds; 0: as many as ever
	// Restore: a checkpoint is taken while the sources are held, the job is
	// killed, and another goes on from the checkpoint with RestoreTo subtasks.
	Restore   bool
	RestoreTo int
	// Disabled algorithms of batch plans, as table.exec.disabled-operators names them.
	Disabled string
	Cluster  bool // a job manager and two task managers, over sockets
	Large    bool // for programs marked large, whose rows do not fit into Memory
	Any      bool // for all programs
}

const (
	smallMemory = 192 << 20
	// spillMemory leaves tens of megabytes for pages: what large programs hold is more.
	spillMemory = 136 << 20
)

// noHash leaves joins and aggregations to sorting.
const noHash = "ShuffleHashJoin, BroadcastHashJoin, HashAgg"

// Matrix lists the ways every program runs in.
func Matrix() []Config {
	return []Config{
		{Name: "batch", Parallelism: 1, BatchRows: 8192, Any: true},
		{Name: "batch-parallel", Parallelism: 4, BatchRows: 3, Queue: 1},
		{Name: "batch-cluster", Parallelism: 3, BatchRows: 8192, Cluster: true},
		{Name: "batch-small", Parallelism: 2, BatchRows: 1, Queue: 2, Memory: smallMemory},
		{Name: "batch-sort", Parallelism: 1, BatchRows: 2, Disabled: noHash},
		{Name: "batch-sort-parallel", Parallelism: 3, BatchRows: 8192, Disabled: noHash, Network: true},
		{Name: "streaming", Streaming: true, Parallelism: 1, BatchRows: 1, Backend: "hashmap"},
		{Name: "streaming-parallel", Streaming: true, Parallelism: 4, BatchRows: 8192, Backend: "pebble"},
		{Name: "streaming-cluster", Streaming: true, Parallelism: 3, BatchRows: 2, Backend: "hashmap", Cluster: true},
		{Name: "restore-hashmap", Streaming: true, Parallelism: 2, BatchRows: 2, Backend: "hashmap", Restore: true, RestoreTo: 3},
		{Name: "restore-pebble", Streaming: true, Parallelism: 3, BatchRows: 1, Backend: "pebble", Restore: true, RestoreTo: 2},
		{Name: "batch-spill", Parallelism: 2, BatchRows: 8192, Memory: spillMemory, Large: true},
		{Name: "batch-sort-spill", Parallelism: 2, BatchRows: 8192, Memory: spillMemory, Disabled: noHash, Large: true},
		{Name: "streaming-evict", Streaming: true, Parallelism: 2, BatchRows: 8192, Backend: "pebble", Memory: spillMemory, Large: true},
		{Name: "restore-evict", Streaming: true, Parallelism: 2, BatchRows: 8192, Backend: "pebble", Memory: spillMemory, Large: true, Restore: true, RestoreTo: 3},
	}
}

// changelogConfig is the one that shows the exact changelog.
var changelogConfig = Config{Name: "changelog", Streaming: true, Parallelism: 1, BatchRows: 1, Backend: "hashmap"}

// Configs is the matrix and the configuration that shows changelogs.
func Configs() []Config { return append(Matrix(), changelogConfig) }
