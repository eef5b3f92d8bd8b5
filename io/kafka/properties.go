package kafka

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// defaultTransactionTimeout is the longest that a broker with its own defaults grants.
const defaultTransactionTimeout = 15 * time.Minute

// defaultPatience is how long brokers may not answer, as in the Java client.
const defaultPatience = time.Minute

// properties are the properties.* of a table, as options of our client.
type properties struct {
	common, reading, writing []kgo.Opt

	group              string
	reset              string // auto.offset.reset: earliest, latest or none
	readCommitted      bool
	transactionTimeout time.Duration
	patience           time.Duration // with brokers that do not answer
	keepsOffsets       bool          // commit.offsets.on.checkpoint is false
	weakAcks           bool          // acks below all, or no idempotence
}

// property takes one value; an error says what it should be.
type property func(p *properties, s string) (want string)

// known maps the properties that have a meaning here. Those of the Java client's
// inner workings are in ignored; everything else is refused, because a property
// that is dropped silently may be the one that the user counts on.
var known = map[string]property{
	"bootstrap.servers": func(p *properties, s string) string {
		var seeds []string
		for b := range strings.SplitSeq(s, ",") {
			if b = strings.TrimSpace(b); b != "" {
				seeds = append(seeds, b)
			}
		}
		p.common = append(p.common, kgo.SeedBrokers(seeds...))
		return ""
	},
	"client.id":   func(p *properties, s string) string { p.common = append(p.common, kgo.ClientID(s)); return "" },
	"client.rack": func(p *properties, s string) string { p.reading = append(p.reading, kgo.Rack(s)); return "" },
	"commit.offsets.on.checkpoint": func(p *properties, s string) string {
		p.keepsOffsets = s == "false"
		return oneOf(s, "true", "false")
	},
	"default.api.timeout.ms": millis(func(p *properties, d time.Duration) {
		p.patience = d
		p.common = append(p.common, kgo.RetryTimeout(d))
	}),
	"group.id": func(p *properties, s string) string { p.group = s; return "" },
	"auto.offset.reset": func(p *properties, s string) string {
		p.reset = s
		return oneOf(s, "earliest", "latest", "none")
	},
	"isolation.level": func(p *properties, s string) string {
		p.readCommitted = s == "read_committed"
		return oneOf(s, "read_committed", "read_uncommitted")
	},
	"transaction.timeout.ms": millis(func(p *properties, d time.Duration) { p.transactionTimeout = d }),
	"acks": func(p *properties, s string) string {
		switch s {
		case "all", "-1":
			return ""
		case "1":
			p.writing = append(p.writing, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
		case "0":
			p.writing = append(p.writing, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
		default:
			return "all, 1 or 0"
		}
		p.weakAcks = true
		return ""
	},
	"enable.idempotence": func(p *properties, s string) string {
		if s == "false" {
			p.writing = append(p.writing, kgo.DisableIdempotentWrite())
			p.weakAcks = true
		}
		return oneOf(s, "true", "false")
	},
	"compression.type": func(p *properties, s string) string {
		codec, ok := map[string]kgo.CompressionCodec{
			"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
			"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
		}[s]
		p.writing = append(p.writing, kgo.ProducerBatchCompression(codec))
		if !ok {
			return "none, gzip, snappy, lz4 or zstd"
		}
		return ""
	},
	"linger.ms":           millis(func(p *properties, d time.Duration) { p.writing = append(p.writing, kgo.ProducerLinger(d)) }),
	"delivery.timeout.ms": millis(func(p *properties, d time.Duration) { p.writing = append(p.writing, kgo.RecordDeliveryTimeout(d)) }),
	"request.timeout.ms":  millis(func(p *properties, d time.Duration) { p.common = append(p.common, kgo.RequestTimeoutOverhead(d)) }),
	"metadata.max.age.ms": millis(func(p *properties, d time.Duration) { p.common = append(p.common, kgo.MetadataMaxAge(d)) }),
	"fetch.max.wait.ms":   millis(func(p *properties, d time.Duration) { p.reading = append(p.reading, kgo.FetchMaxWait(d)) }),
	"max.request.size":    count(func(p *properties, n int32) { p.writing = append(p.writing, kgo.ProducerBatchMaxBytes(n)) }),
	"buffer.memory":       count(func(p *properties, n int32) { p.writing = append(p.writing, kgo.MaxBufferedBytes(int(n))) }),
	"fetch.min.bytes":     count(func(p *properties, n int32) { p.reading = append(p.reading, kgo.FetchMinBytes(n)) }),
	"fetch.max.bytes":     count(func(p *properties, n int32) { p.reading = append(p.reading, kgo.FetchMaxBytes(n)) }),
	"max.partition.fetch.bytes": count(func(p *properties, n int32) {
		p.reading = append(p.reading, kgo.FetchMaxPartitionBytes(n))
	}),
}

// ignored tune the Java client and change nothing of what is read or written.
// enable.auto.commit is among them because offsets are committed by checkpoints alone.
var ignored = map[string]bool{
	"batch.size": true, "max.poll.records": true, "max.poll.interval.ms": true, "session.timeout.ms": true, "heartbeat.interval.ms": true,
	"enable.auto.commit": true, "auto.commit.interval.ms": true, "key.serializer": true, "value.serializer": true,
	"key.deserializer": true, "value.deserializer": true, "retries": true, "retry.backoff.ms": true, "max.block.ms": true,
	"max.in.flight.requests.per.connection": true, "send.buffer.bytes": true, "receive.buffer.bytes": true,
	"reconnect.backoff.ms": true, "reconnect.backoff.max.ms": true, "connections.max.idle.ms": true,
	"partition.discovery.interval.ms": true, "check.crcs": true, "client.dns.lookup": true, "allow.auto.create.topics": true,
}

func parseProperties(connector string, v option.Values) (*properties, error) {
	p := &properties{reset: "none", readCommitted: true, transactionTimeout: defaultTransactionTimeout, patience: defaultPatience}
	// After a broker restarts or leaders move, the next try waits for fresh
	// metadata: the client's own least age of 5 s would make each of them a stall.
	p.common = append(p.common, kgo.MetadataMinAge(250*time.Millisecond))
	given := map[string]string{}
	for k, s := range v {
		if name, ok := strings.CutPrefix(k, optProperties.Key); ok {
			given[name] = s
		}
	}
	if given["bootstrap.servers"] == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "connector '%s' needs the option 'properties.bootstrap.servers'", connector).WithHint("host:port of a broker, several with commas between them")
	}
	for _, name := range sortedKeys(given) {
		set := known[name]
		if set == nil {
			if ignored[name] || securing[name] {
				continue
			}
			return nil, refuseProperty(name)
		}
		if want := set(p, given[name]); want != "" {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.%s' cannot be '%s'", name, given[name]).WithHint("it takes %s", want)
		}
	}
	return p, p.secure(given)
}

// commitsOffsets reports that completed checkpoints commit offsets of the group.
func (p *properties) commitsOffsets() bool { return p.group != "" && !p.keepsOffsets }

func refuseProperty(name string) error {
	if name == "transactional.id" {
		return sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.transactional.id' is not the user's to choose").
			WithHint("'sink.delivery-guarantee' = 'exactly-once' with 'sink.transactional-id-prefix'")
	}
	names := append(sortedKeys(known), sortedKeys(securing)...)
	return sqlerr.Newf(sqlerr.InvalidOption, "option 'properties.%s' is not supported", name).
		WithHint("nearest: %s", strings.Join(option.Nearest(name, names, 3), ", "))
}

func oneOf(s string, choices ...string) string {
	for _, c := range choices {
		if s == c {
			return ""
		}
	}
	return "one of " + strings.Join(choices, ", ")
}

func millis(set func(*properties, time.Duration)) property {
	return func(p *properties, s string) string {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
		if err != nil || n < 0 {
			return "milliseconds"
		}
		set(p, time.Duration(n)*time.Millisecond)
		return ""
	}
}

func count(set func(*properties, int32)) property {
	return func(p *properties, s string) string {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
		if err != nil || n < 0 {
			return "a whole number"
		}
		set(p, int32(n))
		return ""
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
