package command

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestRawRecords writes keys and values of one column each, NULL as no value, and
// reads them back; somebody else's records are looked at byte by byte.
func TestRawRecords(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "readings", "upserts"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	with := func(topic, more string) string {
		return " WITH ('connector' = 'kafka', 'topic' = '" + topic + "', 'properties.bootstrap.servers' = '" + c.ListenAddrs()[0] +
			"', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'raw'" + more + ");\n"
	}
	keyed := "CREATE TABLE readings (k STRING, v SMALLINT, o BIGINT METADATA FROM 'offset' VIRTUAL)" +
		with("readings", ", 'raw.endianness' = 'little-endian', 'key.format' = 'raw', 'key.fields' = 'k', 'key.raw.charset' = 'ISO-8859-1', 'value.fields-include' = 'EXCEPT_KEY'")
	run := func(statements, want string) {
		t.Helper()
		code, out, stderr := weir(statements, "sql", "--quiet", "--mode", "streaming", "-p", "1")
		if code != 0 || strings.TrimSpace(out) != strings.TrimSpace(want) {
			t.Errorf("exit %d, out:\n%s\nwant:\n%s\n%s", code, out, want, stderr)
		}
	}
	fails := func(statements, want string) {
		t.Helper()
		if code, _, stderr := weir(statements, "sql", "--quiet", "--mode", "streaming", "-p", "1"); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("exit %d, want %q in:\n%s", code, want, stderr)
		}
	}
	run(keyed+"INSERT INTO readings SELECT k, CAST(v AS SMALLINT) FROM (VALUES ('é', 258), (CAST(NULL AS STRING), -2), ('', CAST(NULL AS INT))) AS t (k, v);", "")

	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics("readings"), kgo.DefaultProduceTopic("readings"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var got []*kgo.Record
	wait, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(got) < 3 {
		fetches := client.PollFetches(wait)
		if wait.Err() != nil {
			t.Fatalf("%d records were written", len(got))
		}
		got = append(got, fetches.Records()...)
	}
	for i, want := range []struct{ key, value []byte }{{[]byte{0xe9}, []byte{2, 1}}, {nil, []byte{0xfe, 0xff}}, {[]byte{}, nil}} {
		r := got[i]
		if string(r.Key) != string(want.key) || (r.Key == nil) != (want.key == nil) || string(r.Value) != string(want.value) || (r.Value == nil) != (want.value == nil) {
			t.Errorf("record %d: key %#v, value %#v, want %#v", i, r.Key, r.Value, want)
		}
	}
	run(keyed+"SELECT k IS NULL, k, v, o FROM readings;", "op,EXPR$0,k,v,o\n+I,false,é,258,0\n+I,true,,-2,1\n+I,false,\"\",,2")
	run(keyed+"SELECT COUNT(*) FROM readings WHERE v IS NULL;", "op,EXPR$0\n+I,1")

	if err := client.ProduceSync(context.Background(), &kgo.Record{Value: []byte("long")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	run("CREATE TABLE plain (b BYTES)"+with("readings", "")+"SELECT b FROM plain;", "op,b\n+I,\\x0201\n+I,\\xfeff\n+I,\n+I,\\x6c6f6e67")
	fails(keyed+"SELECT v FROM readings;", "'v' of type SMALLINT has 2 bytes, not 4")
	fails("CREATE TABLE two (a INT, b INT)"+with("readings", "")+"SELECT * FROM two;", "format 'raw' holds one column, not 2: 'a', 'b'")
	fails("CREATE TABLE ts (a TIMESTAMP(3))"+with("readings", "")+"INSERT INTO ts VALUES (TIMESTAMP '2020-01-01 00:00:00');", "column 'a' of type TIMESTAMP(3)")

	upserts := "CREATE TABLE upserts (k BIGINT, v STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'upserts', 'properties.bootstrap.servers' = '" + c.ListenAddrs()[0] +
		"', 'key.format' = 'raw', 'value.format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY', 'scan.bounded.mode' = 'latest-offset');\n"
	run(upserts+"INSERT INTO upserts VALUES (1, 'a'), (2, 'b'), (1, 'c'), (2, CAST(NULL AS STRING));", "")
	run(upserts+"SET 'weir.materialize' = 'true'; SELECT k, v FROM upserts;", "k,v\n1,c") // NULL deletes the key, as in Flink
}
