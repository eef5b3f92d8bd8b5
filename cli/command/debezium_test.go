package command

import (
	"context"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestDebeziumChanges aggregates the changes of a database's table, and writes
// the changes of the answer, which read back are the answer.
func TestDebeziumChanges(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders", "sums"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, change := range []string{
		`{"before":null,"after":{"id":1,"k":"a","v":10},"op":"r"}`,
		`{"before":null,"after":{"id":2,"k":"b","v":5},"op":"c"}`,
		`{"before":{"id":1,"k":"a","v":10},"after":{"id":1,"k":"a","v":7},"op":"u"}`,
		`{"before":{"id":2,"k":"b","v":5},"after":null,"op":"d"}`,
		`{"before":null,"after":{"id":3,"k":"a","v":1},"op":"c"}`,
	} {
		if err := client.ProduceSync(context.Background(), &kgo.Record{Value: []byte(change)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	with := func(topic string) string {
		return " WITH ('connector' = 'kafka', 'topic' = '" + topic + "', 'properties.bootstrap.servers' = '" + c.ListenAddrs()[0] +
			"', 'format' = 'debezium-json', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');\n"
	}
	tables := "CREATE TABLE orders (id INT, k STRING, v INT, o BIGINT METADATA FROM 'offset' VIRTUAL, PRIMARY KEY (id) NOT ENFORCED)" + with("orders") +
		"CREATE TABLE sums (k STRING, s INT)" + with("sums")
	run := func(statements, want string) {
		t.Helper()
		code, out, stderr := weir(tables+statements, "sql", "--quiet", "--mode", "streaming", "-p", "1", "-D", "weir.batch.rows=1")
		if code != 0 || strings.TrimSpace(out) != strings.TrimSpace(want) {
			t.Errorf("exit %d, out:\n%s\nwant:\n%s\n%s", code, out, want, stderr)
		}
	}
	run("SELECT id, v, o FROM orders;", "op,id,v,o\n+I,1,10,0\n+I,2,5,1\n-U,1,10,2\n+U,1,7,2\n-D,2,5,3\n+I,3,1,4")
	run("INSERT INTO sums SELECT k, SUM(v) FROM orders GROUP BY k;", "")
	run("SET 'weir.materialize' = 'true'; SELECT k, s FROM sums;", "k,s\na,8")
}
