package kafka

import (
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/io/format"
)

// The two connectors of this package.
const (
	plainName  = "kafka"
	upsertName = "upsert-kafka"
)

var (
	optTopic      = &option.Definition{Key: "topic", Type: "string", Text: "topics to read, separated by semicolons, or the topic to write"}
	optPattern    = &option.Definition{Key: "topic-pattern", Type: "string", Text: "regular expression of the topics to read"}
	optProperties = &option.Definition{Key: "properties.", Type: "string", Prefix: true, Text: "properties of Kafka's Java client: bootstrap.servers (required), group.id, auto.offset.reset, isolation.level, acks, compression.type, security.protocol, sasl.mechanism, …; those that only tune that client are accepted, others are refused"}

	optFormat      = &option.Definition{Key: "format", Type: "string", Aliases: []string{"value.format"}, Text: "format of the records' values: csv, json, raw: one column's bytes, or debezium-json: changes of rows"}
	optValueFormat = &option.Definition{Key: "value.format", Type: "string", Required: true, Text: "format of the records' values: csv, json, or raw: one column's bytes"}
	optKeyFormat   = &option.Definition{Key: "key.format", Type: "string", Text: "format of the records' keys: csv, json, or raw: one column's bytes; without it records are written without key"}
	optKeyFields   = &option.Definition{Key: "key.fields", Type: "string", Text: "columns that are a record's key, in its order, separated by semicolons"}
	optKeyPrefix   = &option.Definition{Key: "key.fields-prefix", Type: "string", Text: "begins the names of the key's columns in the table, not in the key; needs 'value.fields-include' = 'EXCEPT_KEY'"}
	optInclude     = &option.Definition{
		Key: "value.fields-include", Type: "enum", Default: "ALL", Choices: []string{"ALL", "EXCEPT_KEY"},
		Text: "whether the value holds the key's columns too",
	}

	optStartup = &option.Definition{
		Key: "scan.startup.mode", Type: "enum", Default: "group-offsets",
		Choices: []string{"earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"},
		Text:    "where reading begins when there is no checkpoint",
	}
	optStartupMillis  = &option.Definition{Key: "scan.startup.timestamp-millis", Type: "int", Text: "begin with the first record of this time, milliseconds since the epoch"}
	optStartupOffsets = &option.Definition{Key: "scan.startup.specific-offsets", Type: "string", Text: "offset of each partition: partition:0,offset:42;partition:1,offset:300"}
	optBounded        = &option.Definition{
		Key: "scan.bounded.mode", Type: "enum", Default: "unbounded",
		Choices: []string{"unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"},
		Text:    "where reading ends",
	}
	optBoundedMillis  = &option.Definition{Key: "scan.bounded.timestamp-millis", Type: "int", Text: "end before the first record of this time, milliseconds since the epoch"}
	optBoundedOffsets = &option.Definition{Key: "scan.bounded.specific-offsets", Type: "string", Text: "end before this offset of each partition: partition:0,offset:42"}
	optDiscovery      = &option.Definition{
		Key: "scan.topic-partition-discovery.interval", Type: "duration", Default: "5 min",
		Text: "how often new partitions, and new topics of a pattern, are looked for, which are read from their beginning; 0: never",
	}
	optScanParallelism = &option.Definition{Key: "scan.parallelism", Type: "int", Text: "subtasks that read, and what they feed without an exchange; without it those of the job"}

	optGuarantee = &option.Definition{
		Key: "sink.delivery-guarantee", Type: "enum", Default: "at-least-once",
		Choices: []string{"at-least-once", "exactly-once", "none"},
		Text:    "exactly-once writes in transactions that the checkpoints commit; none is served as at-least-once",
	}
	optIDPrefix = &option.Definition{Key: "sink.transactional-id-prefix", Type: "string", Text: "begins the transactional ids of exactly-once; no other job of the cluster may use it"}
	optNaming   = &option.Definition{
		Key: "sink.transaction-naming-strategy", Type: "enum", Default: "INCREMENTING", Choices: []string{"INCREMENTING", "POOLING"},
		Text: "accepted; transactional ids always come from a pool",
	}
	optPartitioner = &option.Definition{
		Key: "sink.partitioner", Type: "enum", Default: "default", Choices: []string{"default", "fixed", "round-robin"},
		Text: "default: by key, and where there is none batches to partitions in turn; fixed: each subtask to one partition; round-robin: records in turn, for records without key",
	}
	optSinkParallelism = &option.Definition{Key: "sink.parallelism", Type: "int", Text: "subtasks that write; without it those of the query"}
	optFlushRows       = &option.Definition{Key: "sink.buffer-flush.max-rows", Type: "int", Default: "0", Text: "keep up to this many changes, of each key the last alone; 0: none. Needs the interval too"}
	optFlushInterval   = &option.Definition{Key: "sink.buffer-flush.interval", Type: "duration", Default: "0 s", Text: "write what is kept after this time; 0: keep none. A checkpoint writes it in any case"}
)

// options declares all keys of a connector.
func options(connector string) []*option.Definition {
	out := []*option.Definition{optTopic, optPattern, optProperties}
	if connector == upsertName {
		key := *optKeyFormat
		key.Required, key.Text = true, "format of the records' keys: csv or json"
		out = append(out, &key, optValueFormat, optKeyPrefix, optInclude)
	} else {
		out = append(out, optFormat, optKeyFormat, optKeyFields, optKeyPrefix, optInclude, optStartup, optStartupMillis, optStartupOffsets)
	}
	out = append(out, optBounded, optBoundedMillis, optBoundedOffsets, optDiscovery, optScanParallelism, optGuarantee, optIDPrefix, optNaming, optSinkParallelism)
	if connector == upsertName {
		out = append(out, optFlushRows, optFlushInterval)
	} else {
		out = append(out, optPartitioner)
	}
	out = append(out, format.Options(valuePrefix, connector == plainName)...)
	return append(out, format.Options(keyPrefix, false)...)
}

// What stands before the options of a format.
const (
	valuePrefix = "value."
	keyPrefix   = "key."
)
