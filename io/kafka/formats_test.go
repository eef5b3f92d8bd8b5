package kafka

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/connector"
)

// records reads the raw records of a topic.
func (b *broker) records(t *testing.T) []*kgo.Record {
	t.Helper()
	ends, err := b.admin.ListEndOffsets(t.Context(), b.topic)
	if err != nil {
		t.Fatal(err)
	}
	left := int64(0)
	for _, e := range ends[b.topic] {
		left += e.Offset
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(b.seeds, ",")...), kgo.ConsumeTopics(b.topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var out []*kgo.Record
	for int64(len(out)) < left && t.Context().Err() == nil {
		out = append(out, client.PollFetches(t.Context()).Records()...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Partition < out[j].Partition })
	return out
}

func shown(r *kgo.Record) string {
	value := "-"
	if r.Value != nil {
		value = string(r.Value)
	}
	return string(r.Key) + "=" + value
}

// kinds are the batches' changes: key INT, name STRING.
func changes(kinds []stream.RowKind, ids ...int) *stream.Batch {
	b := stream.NewBuilder([]types.Type{types.IntType, types.StringType})
	for i, id := range ids {
		vector.Append(b.Column(0), int32(id))
		b.Column(1).AppendBytes(fmt.Appendf(nil, "n%d.%d", id, i))
		kind := stream.Insert
		if kinds != nil {
			kind = kinds[i]
		}
		b.Advance(1, kind)
	}
	return b.Finish()
}

func writeOnce(t *testing.T, table *catalog.Table, batches ...*stream.Batch) {
	t.Helper()
	s, err := Factory{Upsert: len(table.PrimaryKey) > 0}.NewSink(table, connector.SinkSpec{Upsert: table.PrimaryKey})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.OpenWriter(t.Context(), connector.WriterContext{Parallelism: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, b := range batches {
		if err := w.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func bounded(b *broker, options ...string) *catalog.Table {
	return b.table(append([]string{"scan.bounded.mode", "latest-offset"}, options...)...)
}

func TestKeyAndValueFormats(t *testing.T) {
	for name, tc := range map[string]struct {
		options []string
		record  string
	}{
		"json":            {nil, `={"id":7,"name":"n7.0"}`},
		"csv":             {[]string{"format", "csv"}, "=7,n7.0"},
		"csv with |":      {[]string{"format", "csv", "csv.field-delimiter", "|"}, "=7|n7.0"},
		"key in both":     {[]string{"key.format", "json", "key.fields", "id"}, `{"id":7}={"id":7,"name":"n7.0"}`},
		"key apart":       {[]string{"key.format", "csv", "key.fields", "id", "value.fields-include", "EXCEPT_KEY"}, `7={"name":"n7.0"}`},
		"key of both":     {[]string{"key.format", "csv", "key.csv.field-delimiter", ";", "key.fields", "name;id"}, `n7.0;7={"id":7,"name":"n7.0"}`},
		"value's options": {[]string{"format", "", "value.format", "csv", "value.csv.field-delimiter", "#", "key.format", "json", "key.fields", "name", "value.fields-include", "EXCEPT_KEY"}, `{"name":"n7.0"}=7`},
	} {
		t.Run(name, func(t *testing.T) {
			b := fakeTopic(t, 1)
			table := bounded(b, tc.options...)
			if table.Options["format"] == "" {
				delete(table.Options, "format")
			}
			writeOnce(t, table, changes(nil, 7))
			if got := shown(b.records(t)[0]); got != tc.record {
				t.Errorf("written %s, want %s", got, tc.record)
			}
			s := source1(t, table)
			splits, _ := splitsOf(t, s, nil)
			got, _, err := read(t, s, splits, 10, -1)
			if err != nil || !slices.Equal(got["rows[0]"], []string{"7 n7.0"}) {
				t.Errorf("read %v, %v", got, err)
			}
		})
	}
}

func TestKeyPrefix(t *testing.T) {
	b := fakeTopic(t, 1)
	b.put(t, 0, `{"id":1,"name":"v"}`) // the key is k
	table := bounded(b, "key.format", "csv", "key.fields", "k_id", "key.fields-prefix", "k_", "value.fields-include", "EXCEPT_KEY")
	table.Columns = append(table.Columns, catalog.Column{Name: "k_id", Type: types.StringType})
	s := source1(t, table)
	splits, _ := splitsOf(t, s, nil)
	got, _, err := read(t, s, splits, 10, -1)
	if err != nil || !slices.Equal(got["rows[0]"], []string{"1 v k"}) {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestRecordsWithoutKey(t *testing.T) {
	b := fakeTopic(t, 1)
	if err := b.client.ProduceSync(t.Context(), &kgo.Record{Topic: b.topic, Value: []byte(`{"name":"x"}`)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	s := source1(t, bounded(b, "key.format", "json", "key.fields", "id", "value.fields-include", "EXCEPT_KEY"))
	splits, _ := splitsOf(t, s, nil)
	if _, _, err := read(t, s, splits, 10, -1); !strings.Contains(explainAll(err), "record at offset 0 of rows[0]") {
		t.Errorf("%v", err)
	}
}

func TestWrittenMetadata(t *testing.T) {
	b := fakeTopic(t, 1)
	table := bounded(b)
	headers := types.MapType(types.StringType, types.BytesType)
	table.Columns = []catalog.Column{
		{Name: "ts", Type: types.TimestampLTZType(3), Kind: catalog.Metadata, MetadataKey: "timestamp"},
		{Name: "id", Type: types.IntType},
		{Name: "part", Type: types.IntType, Kind: catalog.Metadata, MetadataKey: "partition", Virtual: true},
		{Name: "h", Type: headers, Kind: catalog.Metadata, MetadataKey: "headers"},
	}
	rows := stream.NewBuilder([]types.Type{types.TimestampLTZType(3), types.IntType, headers})
	vector.Append(rows.Column(0), int64(1234567))
	vector.Append(rows.Column(1), int32(1))
	h := rows.Column(2)
	h.Kid(0).AppendBytes([]byte("a"))
	h.Kid(1).AppendBytes([]byte("x"))
	h.Kid(0).AppendBytes([]byte("b"))
	h.Kid(1).AppendNull()
	h.CloseList()
	rows.Advance(1, stream.Insert)
	before := time.Now().UnixMilli()
	rows.Column(0).AppendNull()
	vector.Append(rows.Column(1), int32(2))
	h.AppendNull()
	rows.Advance(1, stream.Insert)
	writeOnce(t, table, rows.Finish())
	got := b.records(t)
	first, second := got[0], got[1]
	if first.Timestamp.UnixMilli() != 1234567 || len(first.Headers) != 2 || first.Headers[0].Key != "a" || string(first.Headers[0].Value) != "x" || first.Headers[1].Value != nil {
		t.Errorf("%v %v", first.Timestamp, first.Headers)
	}
	if second.Timestamp.UnixMilli() < before || len(second.Headers) != 0 || string(second.Value) != `{"id":2}` {
		t.Errorf("%v %v %s", second.Timestamp, second.Headers, second.Value)
	}
	s := source1(t, table)
	splits, _ := splitsOf(t, s, nil)
	all, _, err := read(t, s, splits[:1], 1, 1)
	if err != nil || !strings.HasPrefix(all["rows[0]"][0], "1234567 1 0 ") {
		t.Errorf("read %v, %v", all, err)
	}
}

func upsertTable(b *broker, options ...string) *catalog.Table {
	t := bounded(b, append([]string{"connector", "upsert-kafka", "key.format", "json", "value.format", "json"}, options...)...)
	delete(t.Options, "format")
	delete(t.Options, "scan.startup.mode")
	t.PrimaryKey = []int{0}
	t.Columns[0].Type = types.IntType.WithNull(false)
	return t
}

func TestUpsertWritesTombstones(t *testing.T) {
	kinds := []stream.RowKind{stream.Insert, stream.UpdateBefore, stream.UpdateAfter, stream.Insert, stream.Delete}
	for name, tc := range map[string]struct {
		options []string
		want    []string
	}{
		"each change":  {nil, []string{`{"id":1}={"id":1,"name":"n1.0"}`, `{"id":1}={"id":1,"name":"n1.2"}`, `{"id":2}={"id":2,"name":"n2.3"}`, `{"id":2}=-`}},
		"last of keys": {[]string{"sink.buffer-flush.max-rows", "100", "sink.buffer-flush.interval", "1 h"}, []string{`{"id":1}={"id":1,"name":"n1.2"}`, `{"id":2}=-`}},
		"except key":   {[]string{"value.fields-include", "EXCEPT_KEY"}, []string{`{"id":1}={"name":"n1.0"}`, `{"id":1}={"name":"n1.2"}`, `{"id":2}={"name":"n2.3"}`, `{"id":2}=-`}},
	} {
		t.Run(name, func(t *testing.T) {
			b := fakeTopic(t, 1)
			writeOnce(t, upsertTable(b, tc.options...), changes(kinds, 1, 1, 1, 2, 2))
			var got []string
			for _, r := range b.records(t) {
				got = append(got, shown(r))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestUpsertReadsChanges(t *testing.T) {
	b := fakeTopic(t, 1)
	table := upsertTable(b)
	writeOnce(t, table, changes([]stream.RowKind{stream.Insert, stream.Insert, stream.Delete}, 1, 2, 1))
	s := source1(t, table)
	splits, _ := splitsOf(t, s, nil)
	r, err := s.Open(t.Context(), connector.ReaderContext{Parallelism: 1, BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Assign(splits); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < 3 {
		f, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Batch != nil {
			for i := range f.Batch.Rows {
				got = append(got, fmt.Sprint(f.Batch.Kind(i), " ", text(f.Batch, i)))
			}
		}
	}
	if want := []string{"+I 1 n1.0", "+I 2 n2.1", "-D 1 NULL"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestOneKeyOnePartition: all records of a key lie in order.
func TestOneKeyOnePartition(t *testing.T) {
	b := fakeTopic(t, 4)
	var many []int
	for i := range 40 {
		many = append(many, i%5)
	}
	writeOnce(t, upsertTable(b), changes(nil, many...))
	partitions := map[string]map[int32]bool{}
	for _, r := range b.records(t) {
		if partitions[string(r.Key)] == nil {
			partitions[string(r.Key)] = map[int32]bool{}
		}
		partitions[string(r.Key)][r.Partition] = true
	}
	for k, ps := range partitions {
		if len(ps) != 1 {
			t.Errorf("key %s lies in partitions %v", k, ps)
		}
	}
}

func TestFieldRefusals(t *testing.T) {
	b := &broker{seeds: "localhost:1", topic: "rows"}
	open := upsertTable(b)
	open.PrimaryKey = nil
	for _, tc := range []struct {
		table *catalog.Table
		want  string
	}{
		{b.table("key.fields", "id"), "'key.fields' needs the option 'key.format'"},
		{b.table("key.format", "json", "key.fields", "nope"), "'nope', which is no stored column"},
		{b.table("key.format", "json", "key.fields", "id;id"), "twice"},
		{b.table("key.format", "json", "key.fields", "id", "key.fields-prefix", "i"), "EXCEPT_KEY"},
		{b.table("key.format", "json", "key.fields", "id", "key.fields-prefix", "k", "value.fields-include", "EXCEPT_KEY"), "does not begin with"},
		{open, "needs a PRIMARY KEY"},
		{b.table("scan.parallelism", "0"), "scan.parallelism"},
	} {
		_, err := Factory{}.Info(tc.table)
		if got := explainAll(err); !strings.Contains(got, tc.want) {
			t.Errorf("%v: %s does not say %s", tc.table.Options, got, tc.want)
		}
	}
	topic := b.table()
	topic.Columns = append(topic.Columns, catalog.Column{Name: "offset", Type: types.BigIntType, Kind: catalog.Metadata, MetadataKey: "offset"})
	for _, tc := range []struct {
		table *catalog.Table
		want  string
	}{
		{topic, "declare others VIRTUAL"},
		{b.table("sink.partitioner", "org.example.Mine"), "class of Java"},
		{upsertTable(b, "sink.buffer-flush.max-rows", "5"), "sink.buffer-flush.interval"},
	} {
		_, err := Factory{}.SinkInfo(tc.table)
		if got := explainAll(err); !strings.Contains(got, tc.want) {
			t.Errorf("%v: %s does not say %s", tc.table.Options, got, tc.want)
		}
	}
}

// TestPatternFindsNewTopics: a topic that is made later is read from its beginning.
func TestPatternFindsNewTopics(t *testing.T) {
	b := fakeTopic(t, 1)
	b.put(t, 0, row(1))
	table := b.table("topic-pattern", "r.*s", "scan.topic-partition-discovery.interval", "20 ms")
	delete(table.Options, "topic")
	e, err := source1(t, table).Enumerate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	first, _, err := e.Assign(t.Context(), 0, 1)
	if err != nil || len(first) != 1 || first[0].ID != "rows[0]" {
		t.Fatalf("%v, %v", first, err)
	}
	for _, topic := range []string{"other", "rivers"} {
		if _, err := b.admin.CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-e.Wake():
	case <-time.After(10 * time.Second):
		t.Fatal("the new topic is not found")
	}
	second, _, err := e.Assign(t.Context(), 0, 1)
	if err != nil || len(second) != 1 || second[0].ID != "rivers[0]" {
		t.Errorf("%v, %v", second, err)
	}
}
