package jdbc

import "github.com/weir-engine/weir/core/option"

var (
	optURL      = &option.Definition{Key: "url", Type: "string", Required: true, Text: "jdbc:postgresql://host:port/database, with sslmode, connectTimeout, currentSchema or ApplicationName behind a ?"}
	optTable    = &option.Definition{Key: "table-name", Type: "string", Required: true, Text: "table of the database, with its schema where that is not the user's"}
	optDriver   = &option.Definition{Key: "driver", Type: "string", Text: "accepted where it is org.postgresql.Driver"}
	optUser     = &option.Definition{Key: "username", Type: "string", Text: "user; needs the password"}
	optPassword = &option.Definition{Key: "password", Type: "string", Text: "password of the user"}
	optTimeout  = &option.Definition{Key: "connection.max-retry-timeout", Type: "duration", Default: "60 s", Text: "how long it is tried to connect"}

	optPartition  = &option.Definition{Key: "scan.partition.column", Type: "string", Text: "numeric column by whose ranges the table is read in parallel; needs the three options below"}
	optPartitions = &option.Definition{Key: "scan.partition.num", Type: "int", Text: "number of ranges"}
	optLower      = &option.Definition{Key: "scan.partition.lower-bound", Type: "int", Text: "least value that is read"}
	optUpper      = &option.Definition{Key: "scan.partition.upper-bound", Type: "int", Text: "greatest value that is read"}
	optFetch      = &option.Definition{Key: "scan.fetch-size", Type: "int", Default: "0", Text: "accepted; rows come as a stream"}
	optCommit     = &option.Definition{Key: "scan.auto-commit", Type: "boolean", Default: "true", Text: "accepted; each split is one query"}
	optFilter     = &option.Definition{
		Key: "filter.handling.policy", Type: "enum", Default: "always", Choices: []string{"always", "never"},
		Text: "whether the database filters rows",
	}

	optCache = &option.Definition{
		Key: "lookup.cache", Type: "enum", Default: "NONE", Choices: []string{"NONE", "PARTIAL"},
		Text: "whether lookup joins keep the answers to keys, in each subtask",
	}
	optCacheRows     = &option.Definition{Key: "lookup.partial-cache.max-rows", Type: "int", Text: "rows that are kept; those not used for longest give way"}
	optCacheWrite    = &option.Definition{Key: "lookup.partial-cache.expire-after-write", Type: "duration", Text: "how long an answer is kept since it came"}
	optCacheAccess   = &option.Definition{Key: "lookup.partial-cache.expire-after-access", Type: "duration", Text: "how long an answer is kept since it was last used"}
	optCacheMissing  = &option.Definition{Key: "lookup.partial-cache.cache-missing-key", Type: "boolean", Default: "true", Text: "whether it is kept that a key has no row"}
	optLookupRetries = &option.Definition{Key: "lookup.max-retries", Type: "int", Default: "3", Text: "how often a lookup that failed for a passing reason is tried again"}

	optFlushRows     = &option.Definition{Key: "sink.buffer-flush.max-rows", Type: "int", Default: "100", Text: "write when this many rows are kept; 0: each batch at once"}
	optFlushInterval = &option.Definition{Key: "sink.buffer-flush.interval", Type: "duration", Default: "1 s", Text: "write what is kept after this time at the latest; a checkpoint, and a quiet input, write it in any case"}
	optRetries       = &option.Definition{Key: "sink.max-retries", Type: "int", Default: "3", Text: "how often a write that failed for a passing reason is tried again"}
	optParallelism   = &option.Definition{Key: "sink.parallelism", Type: "int", Text: "subtasks that write; without it those of the query"}
)

func options() []*option.Definition {
	return []*option.Definition{
		optURL, optTable, optDriver, optUser, optPassword, optTimeout,
		optPartition, optPartitions, optLower, optUpper, optFetch, optCommit, optFilter,
		optCache, optCacheRows, optCacheWrite, optCacheAccess, optCacheMissing, optLookupRetries,
		optFlushRows, optFlushInterval, optRetries, optParallelism,
	}
}
