package kafka

import (
	"regexp"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/format/json"
)

var (
	optTopic      = &option.Definition{Key: "topic", Type: "string", Text: "topics to read, separated by semicolons, or the topic to write"}
	optPattern    = &option.Definition{Key: "topic-pattern", Type: "string", Text: "regular expression of the topics to read"}
	optProperties = &option.Definition{Key: "properties.", Type: "string", Prefix: true, Text: "properties of Kafka's Java client: bootstrap.servers (required), group.id, auto.offset.reset, isolation.level, acks, compression.type, security.protocol, sasl.mechanism, …; those that only tune that client are accepted, others are refused"}
	optFormat     = &option.Definition{Key: "format", Type: "string", Aliases: []string{"value.format"}, Text: "format of the records: json"}

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
		Text: "how often new partitions are looked for, which are read from their beginning; 0: never",
	}

	optGuarantee = &option.Definition{
		Key: "sink.delivery-guarantee", Type: "enum", Default: "at-least-once",
		Choices: []string{"at-least-once", "exactly-once", "none"},
		Text:    "exactly-once writes in transactions that the checkpoints commit; none is served as at-least-once",
	}
	optIDPrefix    = &option.Definition{Key: "sink.transactional-id-prefix", Type: "string", Text: "begins the transactional ids of exactly-once; no other job of the cluster may use it"}
	optPartitioner = &option.Definition{
		Key: "sink.partitioner", Type: "enum", Default: "default", Choices: []string{"default", "fixed", "round-robin"},
		Text: "default: batches to partitions in turn; fixed: each subtask to one partition; round-robin: records in turn",
	}
	optKeyFormat = &option.Definition{Key: "key.format", Type: "string", Text: "not supported: records are written without key"}
)

// options declares all keys, those of the format with and without value. before them.
func options() []*option.Definition {
	out := []*option.Definition{
		optTopic, optPattern, optProperties, optFormat, optStartup, optStartupMillis, optStartupOffsets,
		optBounded, optBoundedMillis, optBoundedOffsets, optDiscovery, optGuarantee, optIDPrefix, optPartitioner, optKeyFormat,
	}
	for _, d := range json.Options() {
		c := *d
		c.Aliases = []string{"value." + d.Key}
		out = append(out, &c)
	}
	return out
}

// config is what the options of a table say to reading and writing alike.
type config struct {
	topics  []string
	pattern *regexp.Regexp
	client  *properties
	json    json.Settings
}

func parse(t *catalog.Table) (*config, error) {
	if len(t.PrimaryKey) > 0 {
		return nil, sqlerr.Newf(sqlerr.InvalidDefinition, "a table of connector 'kafka' with format 'json' has no PRIMARY KEY: its records are only ever added").
			WithHint("leave the PRIMARY KEY out; upsert-kafka, which keeps the last row of each key, is not supported")
	}
	if t.Options.Has(optKeyFormat) {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "option 'key.format' is not supported by connector 'kafka'").
			WithHint("the key of a record can be read as metadata: k BYTES METADATA FROM 'key' VIRTUAL")
	}
	c := &config{}
	if err := c.parseTopics(t.Options); err != nil {
		return nil, err
	}
	if err := c.parseFormat(t.Options); err != nil {
		return nil, err
	}
	var err error
	c.client, err = parseProperties(t.Options)
	return c, err
}

func (c *config) parseTopics(v option.Values) error {
	names, pattern := v.Text(optTopic), v.Text(optPattern)
	if (names == "") == (pattern == "") {
		return sqlerr.Newf(sqlerr.InvalidOption, "connector 'kafka' needs one of the options 'topic' and 'topic-pattern'")
	}
	for name := range strings.SplitSeq(names, ";") {
		if name = strings.TrimSpace(name); name != "" {
			c.topics = append(c.topics, name)
		}
	}
	if pattern == "" {
		return nil
	}
	var err error
	if c.pattern, err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
		return sqlerr.Wrap(sqlerr.InvalidOption, err, "option 'topic-pattern'")
	}
	return nil
}

func (c *config) parseFormat(v option.Values) error {
	switch f := v.Text(optFormat); f {
	case "json":
	case "":
		return sqlerr.Newf(sqlerr.InvalidOption, "connector 'kafka' needs the option 'format'").WithHint("'format' = 'json'")
	default:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "format '%s' is not supported by connector 'kafka'", f).WithHint("'format' = 'json'")
	}
	plain := option.Values{}
	for k, x := range v {
		if k = strings.TrimPrefix(k, "value."); strings.HasPrefix(k, "json.") {
			plain[k] = x
		}
	}
	var err error
	c.json, err = json.Read(plain)
	return err
}
