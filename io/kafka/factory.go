package kafka

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// Factory makes sources and sinks of Kafka topics.
type Factory struct{}

// Name is the connector's name.
func (Factory) Name() string { return "kafka" }

// Doc is the connector's page.
func (Factory) Doc() connector.Doc {
	return connector.Doc{
		Reads: true, Writes: true,
		Text: "Topics of Apache Kafka with records in JSON. Records that are written have no key. With 'sink.delivery-guarantee' = 'exactly-once' they become visible to readers of committed records when a checkpoint is complete. With 'properties.group.id' completed checkpoints commit how far they are as the group's offsets, unless 'properties.commit.offsets.on.checkpoint' = 'false'; a restore goes by the checkpoint alone. Brokers that do not answer for 'properties.default.api.timeout.ms', a minute, fail the job. 'properties.security.protocol' is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL: certificates and keys are in PEM, and 'properties.sasl.mechanism' is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
		Examples: []string{
			"CREATE TABLE bids (auction BIGINT, price BIGINT, bidtime TIMESTAMP(3), WATERMARK FOR bidtime AS bidtime - INTERVAL '4' SECOND) WITH ('connector' = 'kafka', 'topic' = 'bids', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset')",
			"CREATE TABLE counts (auction BIGINT, bids BIGINT) WITH ('connector' = 'kafka', 'topic' = 'counts', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json', 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'counts')",
			"CREATE TABLE orders (id BIGINT, part INT METADATA FROM 'partition' VIRTUAL) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'localhost:9093', 'properties.security.protocol' = 'SASL_SSL', 'properties.ssl.truststore.type' = 'PEM', 'properties.ssl.truststore.location' = 'ca.pem', 'properties.sasl.mechanism' = 'SCRAM-SHA-512', 'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.scram.ScramLoginModule required username=\"u\" password=\"p\";', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset')",
		},
	}
}

// Options are the keys.
func (Factory) Options(*catalog.Table) []*option.Definition { return options() }

// MetadataColumns are what a record has beside its value.
func (Factory) MetadataColumns(*catalog.Table) (map[string]types.Type, error) {
	return metadataTypes(), nil
}

// Info tells the planner whether reading ends.
func (Factory) Info(t *catalog.Table) (*catalog.SourceInfo, error) {
	if _, err := parse(t); err != nil {
		return nil, err
	}
	r, err := parseRange(t.Options)
	if err != nil {
		return nil, err
	}
	return &catalog.SourceInfo{Bounded: r.bounded != "unbounded", Rows: -1, Bytes: -1}, nil
}

// NewSource makes a source.
func (Factory) NewSource(t *catalog.Table, spec connector.ScanSpec) (connector.Source, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	s := &source{config: c}
	if s.scan, err = parseRange(t.Options); err != nil {
		return nil, err
	}
	produced := t.Produced()
	for _, o := range spec.Columns {
		s.columns = append(s.columns, t.Columns[produced[o]])
	}
	return s, nil
}

// SinkInfo says that rows are only added.
func (Factory) SinkInfo(t *catalog.Table) (*catalog.SinkInfo, error) {
	_, err := newSink(t)
	return &catalog.SinkInfo{}, err
}

// NewSink makes a sink.
func (Factory) NewSink(t *catalog.Table, spec connector.SinkSpec) (connector.Sink, error) {
	if err := refuseSpec(spec); err != nil {
		return nil, err
	}
	return newSink(t)
}
