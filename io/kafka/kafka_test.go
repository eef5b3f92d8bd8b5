package kafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeTopic starts a cluster in this process with one topic.
func fakeTopic(t *testing.T, partitions int32) *broker {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, "rows"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return newBroker(t, strings.Join(c.ListenAddrs(), ","), "rows")
}

// realTopic makes a topic on the broker that the environment names.
func realTopic(t *testing.T, partitions int32) *broker {
	t.Helper()
	seeds := os.Getenv("WEIR_KAFKA_BROKERS")
	if seeds == "" {
		t.Skip("WEIR_KAFKA_BROKERS is not set; benchmarks/peers/kafka/start.sh starts a broker")
	}
	b := newBroker(t, seeds, fmt.Sprintf("rows-%d", time.Now().UnixNano()))
	if _, err := b.admin.CreateTopic(t.Context(), partitions, 1, nil, b.topic); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = b.admin.DeleteTopics(context.Background(), b.topic) })
	return b
}

// broker is a topic under test.
type broker struct {
	seeds, topic string
	client       *kgo.Client
	admin        *kadm.Client
}

func newBroker(t *testing.T, seeds, topic string) *broker {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(seeds, ",")...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &broker{seeds: seeds, topic: topic, client: client, admin: kadm.NewClient(client)}
}

// put writes records to a partition.
func (b *broker) put(t *testing.T, partition int32, values ...string) {
	t.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: b.topic, Partition: partition, Value: []byte(v), Key: []byte("k")}
		if err := b.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// table is a table of the topic: id INT, name STRING, and metadata on request.
func (b *broker) table(options ...string) *catalog.Table {
	t := &catalog.Table{Name: "t", Options: option.Values{
		"connector": "kafka", "topic": b.topic, "properties.bootstrap.servers": b.seeds, "format": "json",
		"scan.startup.mode": "earliest-offset", "scan.topic-partition-discovery.interval": "0",
	}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	t.Columns = []catalog.Column{{Name: "id", Type: types.IntType}, {Name: "name", Type: types.StringType}}
	return t
}

func source1(t *testing.T, table *catalog.Table) connector.Source {
	t.Helper()
	var spec connector.ScanSpec
	for i := range table.Produced() {
		spec.Columns = append(spec.Columns, i)
	}
	s, err := Factory{}.NewSource(table, spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// splitsOf enumerates a source for one subtask.
func splitsOf(t *testing.T, s connector.Source, restored []byte) ([]connector.Split, []byte) {
	t.Helper()
	e, err := s.Enumerate(t.Context(), restored)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	splits, _, err := e.Assign(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	state, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return splits, state
}

// read reads splits until the reader has none, or want rows; it returns rows by
// split and the positions behind them.
func read(t *testing.T, s connector.Source, splits []connector.Split, batch, want int) (map[string][]string, map[string][]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: batch})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Assign(splits); err != nil {
		t.Fatal(err)
	}
	rows, after := map[string][]string{}, map[string][]byte{}
	for n := 0; want < 0 || n < want; {
		f, err := r.Next(ctx)
		if errors.Is(err, connector.ErrNeedSplits) {
			break
		}
		if err != nil {
			return rows, after, err
		}
		for _, sp := range f.Spans {
			for i := sp.From; i < sp.To; i++ {
				rows[sp.Split] = append(rows[sp.Split], text(f.Batch, i))
			}
			after[sp.Split] = sp.After
			n += sp.To - sp.From
		}
		if f.Release != nil {
			f.Release()
		}
	}
	return rows, after, nil
}

func text(b *stream.Batch, r int) string {
	var out []string
	for c := range b.Cols {
		if !b.Cols[c].IsValid(r) {
			out = append(out, "NULL")
			continue
		}
		v := b.Cols[c].ValueAt(r)
		if b.Cols[c].Phys == types.PhysBytes {
			out = append(out, string(b.Cols[c].Bytes(r)))
		} else {
			out = append(out, fmt.Sprint(v.I))
		}
	}
	return strings.Join(out, " ")
}

func row(id int) string { return fmt.Sprintf(`{"id": %d, "name": "n%d"}`, id, id) }

func ids(from, to int) (in, want []string) {
	for i := from; i < to; i++ {
		in = append(in, row(i))
		want = append(want, fmt.Sprintf("%d n%d", i, i))
	}
	return in, want
}

func TestReaderResumesInTheMiddle(t *testing.T) {
	b := fakeTopic(t, 2)
	in0, want0 := ids(0, 50)
	in1, want1 := ids(100, 120)
	b.put(t, 0, in0...)
	b.put(t, 1, in1...)
	s := source1(t, b.table("scan.bounded.mode", "latest-offset"))
	splits, _ := splitsOf(t, s, nil)
	if len(splits) != 2 {
		t.Fatalf("%d splits", len(splits))
	}
	got, after, err := read(t, s, splits, 7, 15)
	if err != nil {
		t.Fatal(err)
	}
	for i := range splits {
		if a := after[splits[i].ID]; a != nil {
			splits[i].Data = a
		}
	}
	rest, _, err := read(t, s, splits, 7, -1)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][]string{"rows[0]": want0, "rows[1]": want1} {
		all := append(append([]string{}, got[id]...), rest[id]...)
		if strings.Join(all, ",") != strings.Join(want, ",") {
			t.Errorf("%s: %v", id, all)
		}
	}
}

func TestBoundsAndStarts(t *testing.T) {
	b := fakeTopic(t, 1)
	in, want := ids(0, 10)
	b.put(t, 0, in[:5]...)
	time.Sleep(20 * time.Millisecond)
	middle := time.Now().UnixMilli()
	time.Sleep(20 * time.Millisecond)
	b.put(t, 0, in[5:]...)
	if err := b.admin.CommitAllOffsets(t.Context(), "g", kadm.OffsetsFromRecords(kgo.Record{Topic: b.topic, Partition: 0, Offset: 6})); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprint(middle)
	for _, tc := range []struct {
		options  []string
		from, to int
	}{
		{[]string{"scan.bounded.mode", "latest-offset"}, 0, 10},
		{[]string{"scan.bounded.mode", "timestamp", "scan.bounded.timestamp-millis", at}, 0, 5},
		{[]string{"scan.bounded.mode", "specific-offsets", "scan.bounded.specific-offsets", "partition:0,offset:3"}, 0, 3},
		{[]string{"scan.bounded.mode", "group-offsets", "properties.group.id", "g"}, 0, 7},
		{[]string{"scan.bounded.mode", "latest-offset", "scan.startup.mode", "timestamp", "scan.startup.timestamp-millis", at}, 5, 10},
		{[]string{"scan.bounded.mode", "latest-offset", "scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:8"}, 8, 10},
		{[]string{"scan.bounded.mode", "latest-offset", "scan.startup.mode", "group-offsets", "properties.group.id", "g"}, 7, 10},
		{[]string{"scan.bounded.mode", "latest-offset", "scan.startup.mode", "latest-offset"}, 10, 10},
		{[]string{"scan.bounded.mode", "latest-offset", "scan.startup.mode", "group-offsets", "properties.group.id", "new", "properties.auto.offset.reset", "earliest"}, 0, 10},
	} {
		s := source1(t, b.table(tc.options...))
		splits, _ := splitsOf(t, s, nil)
		got, _, err := read(t, s, splits, 4, -1)
		if err != nil {
			t.Errorf("%v: %v", tc.options, err)
		}
		if w := strings.Join(want[tc.from:tc.to], ","); strings.Join(got["rows[0]"], ",") != w {
			t.Errorf("%v: got %v, want %s", tc.options, got["rows[0]"], w)
		}
	}
}

// TestBoundBehindMarker ends at an offset that holds the marker of a
// transaction, which no row stands for.
func TestBoundBehindMarker(t *testing.T) { boundBehindMarker(t, fakeTopic(t, 1)) }

func TestBoundBehindMarkerOfBroker(t *testing.T) { boundBehindMarker(t, realTopic(t, 1)) }

func boundBehindMarker(t *testing.T, b *broker) {
	w := openWriter(t, exactly(b), writerContext(b), nil)
	w.write(t, 0, 3)
	w.commit(t, w.prepare(t, 1))
	w.write(t, 3, 5)
	w.close(t) // aborts
	b.settles(t)
	s := source1(t, b.table("scan.bounded.mode", "latest-offset"))
	splits, _ := splitsOf(t, s, nil)
	got, _, err := read(t, s, splits, 100, -1)
	if all := got[name(b.topic, 0)]; err != nil || strings.Join(all, ",") != "0 n0,1 n1,2 n2" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestBadRecords(t *testing.T) {
	b := fakeTopic(t, 1)
	b.put(t, 0, row(1), `{"id": `, row(2), `{"id": "x"}`)
	bounded := []string{"scan.bounded.mode", "latest-offset"}
	s := source1(t, b.table(bounded...))
	splits, _ := splitsOf(t, s, nil)
	_, _, err := read(t, s, splits, 100, -1)
	if shown := explainAll(err); !strings.Contains(shown, "record at offset 1 of rows[0]") || !strings.Contains(shown, "ignore-parse-errors") {
		t.Errorf("error %v", shown)
	}
	s = source1(t, b.table(append(bounded, "value.json.ignore-parse-errors", "true")...))
	got, _, err := read(t, s, splits, 100, -1)
	if err != nil || strings.Join(got["rows[0]"], ",") != "1 n1,2 n2,NULL NULL" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestMetadata(t *testing.T) {
	b := fakeTopic(t, 2)
	b.put(t, 1, row(1), row(2))
	table := b.table("scan.bounded.mode", "latest-offset")
	meta := func(key string, typ types.Type) catalog.Column {
		return catalog.Column{Name: "m_" + key, Type: typ, Kind: catalog.Metadata, MetadataKey: key, Virtual: true}
	}
	table.Columns = append([]catalog.Column{meta("offset", types.BigIntType), meta("topic", types.StringType)}, table.Columns...)
	table.Columns = append(table.Columns, meta("partition", types.IntType), meta("key", types.BytesType))
	s := source1(t, table)
	splits, _ := splitsOf(t, s, nil)
	got, _, err := read(t, s, splits, 100, -1)
	if err != nil || strings.Join(got["rows[1]"], ",") != "0 rows 1 n1 1 k,1 rows 2 n2 1 k" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestNewPartitionsAfterRestore(t *testing.T) {
	b := fakeTopic(t, 1)
	s := source1(t, b.table())
	splits, state := splitsOf(t, s, nil)
	if len(splits) != 1 {
		t.Fatalf("%d splits", len(splits))
	}
	if _, err := b.admin.CreatePartitions(t.Context(), 2, b.topic); err != nil {
		t.Fatal(err)
	}
	if splits, _ = splitsOf(t, s, state); len(splits) != 2 || splits[0].ID != "rows[1]" {
		t.Errorf("after the restore: %v", splits)
	}
}

func TestPauseAndCancelLoseNothing(t *testing.T) {
	b := fakeTopic(t, 1)
	s := source1(t, b.table())
	splits, _ := splitsOf(t, s, nil)
	r, err := s.Open(t.Context(), connector.ReaderContext{Parallelism: 1, BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Assign(splits); err != nil {
		t.Fatal(err)
	}
	in, want := ids(0, 40)
	b.put(t, 0, in...)
	var got []string
	for i := 0; len(got) < 40 && i < 500; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		if i%2 == 0 {
			cancel() // before the call, and during it
		}
		r.Pause([]string{splits[0].ID}, i%4 > 1)
		f, err := r.Next(ctx)
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if f.Batch != nil {
			for k := range f.Batch.Rows {
				got = append(got, text(f.Batch, k))
			}
			f.Release()
		}
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("%v", got)
	}
}

func TestMissingTopic(t *testing.T) {
	b := fakeTopic(t, 1)
	_, err := source1(t, b.table("topic", "absent")).Enumerate(t.Context(), nil)
	if !strings.Contains(explainAll(err), "topic 'absent' does not exist") {
		t.Errorf("error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	b := &broker{seeds: "localhost:1", topic: "rows"}
	keyed := b.table()
	keyed.PrimaryKey = []int{0}
	for _, tc := range []struct {
		table *catalog.Table
		want  string
	}{
		{keyed, "upsert-kafka"},
		{b.table("format", "avro"), "format 'avro' is not supported"},
		{b.table("key.format", "json"), "'key.format' needs the option 'key.fields'"},
		{b.table("properties.transactional.id", "x"), "sink.delivery-guarantee"},
		{b.table("properties.interceptor.classes", "x"), "is not supported"},
		{b.table("properties.isolation.level", "x"), "read_committed"},
		{b.table("scan.startup.mode", "group-offsets"), "properties.group.id"},
		{b.table("scan.bounded.mode", "timestamp"), "scan.bounded.timestamp-millis"},
	} {
		_, err := Factory{}.Info(tc.table)
		if shown := fmt.Sprintf("%+v", explainAll(err)); !strings.Contains(shown, tc.want) {
			t.Errorf("%v: %s does not say %s", tc.table.Options, shown, tc.want)
		}
	}
	for _, tc := range []struct {
		table *catalog.Table
		want  string
	}{
		{b.table("sink.delivery-guarantee", "exactly-once"), "sink.transactional-id-prefix"},
		{b.table("sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", "p", "properties.acks", "1"), "properties.acks"},
		{b.table("topic", "a;b"), "must name one topic"},
	} {
		_, err := Factory{}.SinkInfo(tc.table)
		if shown := explainAll(err); !strings.Contains(shown, tc.want) {
			t.Errorf("%v: %s does not say %s", tc.table.Options, shown, tc.want)
		}
	}
	_, err := Factory{}.NewSink(b.table(), connector.SinkSpec{Upsert: []int{0}})
	if !strings.Contains(explainAll(err), "upsert-kafka") {
		t.Errorf("upsert: %v", err)
	}
}
