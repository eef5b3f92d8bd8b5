package kafka

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// Factory makes sources and sinks of Kafka topics.
type Factory struct {
	// Upsert makes the connector upsert-kafka: records are changes by key.
	Upsert bool
}

// Name is the connector's name.
func (f Factory) Name() string {
	if f.Upsert {
		return upsertName
	}
	return plainName
}

// Doc is the connector's page.
func (f Factory) Doc() connector.Doc {
	if f.Upsert {
		return upsertDoc()
	}
	return connector.Doc{
		Reads: true, Writes: true,
		Text: "Topics of Apache Kafka. 'format' or 'value.format' says what the values are, 'key.format' with 'key.fields' which columns are the key; without them records are written without key. A column may be METADATA: topic, partition, offset, leader-epoch, timestamp, timestamp-type, headers and key are read, headers and timestamp written too. With 'sink.delivery-guarantee' = 'exactly-once' they become visible to readers of committed records when a checkpoint is complete. With 'properties.group.id' completed checkpoints commit how far they are as the group's offsets, unless 'properties.commit.offsets.on.checkpoint' = 'false'; a restore goes by the checkpoint alone. Brokers that do not answer for 'properties.default.api.timeout.ms', a minute, fail the job. 'properties.security.protocol' is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL: certificates and keys are in PEM, and 'properties.sasl.mechanism' is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
		Examples: []string{
			"CREATE TABLE bids (auction BIGINT, price BIGINT, bidtime TIMESTAMP(3), WATERMARK FOR bidtime AS bidtime - INTERVAL '4' SECOND) WITH ('connector' = 'kafka', 'topic' = 'bids', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset')",
			"CREATE TABLE counts (auction BIGINT, bids BIGINT) WITH ('connector' = 'kafka', 'topic' = 'counts', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json', 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'counts')",
			"CREATE TABLE orders (id BIGINT, part INT METADATA FROM 'partition' VIRTUAL) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'localhost:9093', 'properties.security.protocol' = 'SASL_SSL', 'properties.ssl.truststore.type' = 'PEM', 'properties.ssl.truststore.location' = 'ca.pem', 'properties.sasl.mechanism' = 'SCRAM-SHA-512', 'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.scram.ScramLoginModule required username=\"u\" password=\"p\";', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset')",
		},
	}
}

// Options are the keys.
func (f Factory) Options(*catalog.Table) []*option.Definition { return options(f.Name()) }

// MetadataColumns are what a record has beside its value.
func (Factory) MetadataColumns(*catalog.Table) (map[string]types.Type, error) {
	return metadataTypes(), nil
}

// Info tells the planner whether reading ends.
func (Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	r, err := parseRange(c)
	if err != nil {
		return nil, err
	}
	readers, err := subtasks(t, optScanParallelism)
	return &catalog.SourceInfo{Bounded: r.bounded != "unbounded", Rows: -1, Bytes: -1, Readers: readers, UpsertBy: c.upsert, Retracts: c.changelog}, err
}

// subtasks reads a number of subtasks; 0 where the user does not say.
func subtasks(t *catalog.Table, d *option.Definition) (int, error) {
	if !t.Options.Has(d) {
		return 0, nil
	}
	n, err := t.Options.Int(d)
	if err == nil && (n < 1 || n > 1<<15) {
		err = sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, t.Options.Text(d)).WithHint("it takes a number of subtasks, 1 at least")
	}
	return int(n), err
}

// NewSource makes a source.
func (Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	s := &source{config: c}
	if s.scan, err = parseRange(c); err != nil {
		return nil, err
	}
	produced := t.Produced()
	for _, o := range spec.Columns {
		s.columns = append(s.columns, produced[o])
	}
	return s, nil
}

// SinkInfo says that rows are only added, or changed by key.
func (f Factory) SinkInfo(t *catalog.Table) (*catalog.SinkInfo, error) {
	s, err := newSink(t)
	if err != nil {
		return nil, err
	}
	writers, err := subtasks(t, optSinkParallelism)
	return &catalog.SinkInfo{TakesUpdates: f.Upsert || s.config.changelog, NeedsBefore: s.config.changelog, Parallelism: writers}, err
}

// NewSink makes a sink.
func (Factory) NewSink(t *catalog.Table, spec connector.SinkSpec) (connector.Sink, error) {
	s, err := newSink(t)
	if err != nil {
		return nil, err
	}
	return s, s.refuse(spec)
}

func upsertDoc() connector.Doc {
	return connector.Doc{
		Reads: true, Writes: true,
		Text: "Topics of Apache Kafka whose records are changes by key: the last record of a key is its row, and a record without value deletes it. The columns of the PRIMARY KEY are the records' keys. Reading begins with the first record, in streaming mode, and remembers the last row of each key. Written topics should be compacted (cleanup.policy = compact). Else as 'kafka'; all records of a key go to one partition.",
		Examples: []string{
			"CREATE TABLE counts (auction BIGINT, bids BIGINT, PRIMARY KEY (auction) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'counts', 'properties.bootstrap.servers' = 'localhost:9092', 'key.format' = 'json', 'value.format' = 'json')",
		},
	}
}
