package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/format/arrow"
	"github.com/weir-engine/weir/io/format/csv"
	"github.com/weir-engine/weir/io/format/json"
	"github.com/weir-engine/weir/io/format/parquet"
	"github.com/weir-engine/weir/io/fs/s3"
)

var (
	optPath        = &option.Definition{Key: "path", Type: "string", Required: true, Text: "a file, a folder or a pattern such as dir/*.parquet"}
	optDefaultName = &option.Definition{Key: "partition.default-name", Type: "string", Default: "__DEFAULT_PARTITION__", Text: "the folder's value for NULL and for the empty string in a partition column"}
	optPattern     = &option.Definition{Key: "source.path.regex-pattern", Type: "string", Text: "reads only files whose absolute path matches this regular expression as a whole"}
	optFormat      = &option.Definition{Key: "format", Type: "enum", Required: true, Choices: []string{"parquet", "csv", "json", "arrow"}, Text: "how the files are written"}

	optMonitor      = &option.Definition{Key: "source.monitor-interval", Type: "duration", Text: "looks for new files so often; the source then has no end. Each file is read once, by its name, and must appear whole"}
	optStatistics   = &option.Definition{Key: "source.report-statistics", Type: "enum", Default: "ALL", Choices: []string{"ALL", "NONE"}, Text: "whether planning asks Parquet files for their statistics"}
	optParallelism  = &option.Definition{Key: "sink.parallelism", Type: "int", Text: "subtasks that write; without it as many as the query's last step has"}
	optShuffle      = &option.Definition{Key: "sink.shuffle-by-partition.enable", Type: "boolean", Default: "false", Text: "each partition is written by one subtask: fewer files, but a large partition is not written side by side"}
	optRollBytes    = &option.Definition{Key: "sink.rolling-policy.file-size", Type: "memory", Default: "128 mb", Text: "a file of this size is finished; of inputs that end only where it is given"}
	optRollAge      = &option.Definition{Key: "sink.rolling-policy.rollover-interval", Type: "duration", Default: "30 min", Text: "a file that is open for so long is finished; every checkpoint finishes all"}
	optRollInactive = &option.Definition{Key: "sink.rolling-policy.inactivity-interval", Type: "duration", Default: "30 min", Text: "a file that has got no rows for so long is finished"}
	optRollCheck    = &option.Definition{Key: "sink.rolling-policy.check-interval", Type: "duration", Default: "1 min", Text: "how often the ages of files are looked at, while there are rows"}
	optTrigger      = &option.Definition{
		Key: "sink.partition-commit.trigger", Type: "enum", Default: "process-time", Choices: []string{"process-time", "partition-time"},
		Text: "what makes a partition complete: the delay since its first row, or a watermark behind its own time and the delay",
	}
	optDelay       = &option.Definition{Key: "sink.partition-commit.delay", Type: "duration", Default: "0 s", Text: "how long a partition waits for rows"}
	optZone        = &option.Definition{Key: "sink.partition-commit.watermark-time-zone", Type: "string", Default: "UTC", Text: "zone of the times of partitions"}
	optPolicy      = &option.Definition{Key: "sink.partition-commit.policy.kind", Type: "string", Text: "how it is made known that a partition is complete: success-file; then each partition is written by one subtask"}
	optSuccess     = &option.Definition{Key: "sink.partition-commit.success-file.name", Aliases: []string{"sink.partition-commit.policy.success-file.name"}, Type: "string", Default: "_SUCCESS", Text: "the empty file that marks a partition"}
	optExtractor   = &option.Definition{Key: "partition.time-extractor.kind", Type: "string", Default: "default", Text: "how the time of a partition is found; only default"}
	optTimePattern = &option.Definition{Key: "partition.time-extractor.timestamp-pattern", Type: "string", Text: "makes the time of a partition of its columns: $dt $hour:00:00; without it the first column is the time"}
	optTimeFormat  = &option.Definition{Key: "partition.time-extractor.timestamp-formatter", Type: "string", Text: "pattern of that time; without it yyyy-MM-dd HH:mm:ss or yyyy-MM-dd"}

	// Timestamps are stored as they are in memory: neither option would change a value.
	optUTC = &option.Definition{Key: "parquet.utc-timezone", Type: "boolean", Default: "true", Text: "timestamps are in UTC; only true is supported"}
)

// Options are the keys, those of the table's format included.
func (*Factory) Options(t *catalog.Table) []*option.Definition {
	out := []*option.Definition{
		optPath, optFormat, optDefaultName, optPattern, optMonitor, optStatistics,
		optParallelism, optShuffle, optRollBytes, optRollAge, optRollInactive, optRollCheck,
		optTrigger, optDelay, optZone, optPolicy, optSuccess, optExtractor, optTimePattern, optTimeFormat,
	}
	out = append(out, s3.Options()...)
	switch t.Options["format"] {
	case "parquet":
		out = append(append(out, parquet.Options()...), optUTC)
	case "arrow":
		out = append(out, arrow.Options()...)
	case "csv":
		out = append(out, csv.Options()...)
	case "json":
		out = append(out, json.Options()...)
	}
	return out
}

// StorageOptions are those that a session may say for all its tables.
func (*Factory) StorageOptions() []*option.Definition { return s3.Options() }

func formatOf(t *catalog.Table) (string, error) {
	if !t.Options.Has(optFormat) {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "connector 'filesystem' needs the option 'format'").WithHint("one of parquet, csv, json, arrow")
	}
	if t.Options.Text(optPath) == "" {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "connector 'filesystem' needs the option 'path'").WithHint("%s", optPath.Text)
	}
	if utc, err := t.Options.Bool(optUTC); err != nil || !utc {
		return "", sqlerr.Newf(sqlerr.FeatureNotSupported, "'parquet.utc-timezone' = 'false' is not supported")
	}
	return t.Options.Enum(optFormat)
}
