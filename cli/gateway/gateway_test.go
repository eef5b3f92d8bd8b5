package gateway

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/option"
)

const endless = `CREATE TABLE endless (a BIGINT) WITH ('connector' = 'datagen', 'fields.a.kind' = 'sequence', 'fields.a.start' = '0', 'fields.a.end' = '1000000000', 'rows-per-second' = '100000000')`

func TestInfoAndVersions(t *testing.T) {
	c := newClient(t, Config{})
	for _, want := range []struct {
		method, path string
		code         int
		body         string
	}{
		{"GET", "/info", 200, `{"productName":"weir","version":"test"}`},
		{"GET", "/v1/info", 200, `{"productName":"weir","version":"test"}`},
		{"GET", "/v4/info", 200, `{"productName":"weir","version":"test"}`},
		{"GET", "/v5/info", 404, `{"errors":["Not found: /v5/info"]}`},
		{"GET", "/api_versions", 200, `{"versions":["V1","V2","V3","V4"]}`},
		{"GET", "/nope", 404, `{"errors":["Not found: /nope"]}`},
		{"DELETE", "/sessions/00000000-0000-0000-0000-000000000000", 404, "Session '00000000-0000-0000-0000-000000000000' does not exist."},
		{"GET", "/v3/sessions/zzz", 400, `Cannot resolve path parameter (session_handle) from value \"zzz\"`},
		{"POST", "/v1/sessions", 200, `{"sessionHandle":"`},
		{"POST", "/sessions/", 404, `{"errors":["Not found: /sessions/"]}`},
	} {
		if code, body := c.call(want.method, want.path, ""); code != want.code || !strings.Contains(body, want.body) {
			t.Errorf("%s %s: %d %s, want %d %s", want.method, want.path, code, body, want.code, want.body)
		}
	}
	if code, body := c.call("POST", "/v1/sessions", "null"); code != 400 || !strings.Contains(body, "the body is no JSON object") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := c.call("POST", "/v1/sessions", `{"properties":{"pipeline.name":null}}`); code != 400 || !strings.Contains(body, "property 'pipeline.name' is null") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := c.call("POST", c.open(nil)+"/statements", "{}"); code != 400 || !strings.Contains(body, "the body has no statement") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := c.call("POST", "/v1/sessions", "{bad"); code != 400 || !strings.Contains(body, "the body is not what is expected") {
		t.Errorf("%d %s", code, body)
	}
}

func TestSessionsKeepTheirOwnSettings(t *testing.T) {
	c := newClient(t, Config{})
	one, two := c.open(map[string]string{"pipeline.name": "one", "jobmanager.rpc.address": "here"}), c.open(nil)
	c.page(c.submit(one, "SET 'sql-client.verbose' = 'true'"), "0")
	c.page(c.submit(one, "SET 'parallelism.default' = '2'"), "0")
	_, config := c.call("GET", one, "")
	want := `{"properties":{"jobmanager.rpc.address":"here","parallelism.default":"2","pipeline.name":"one","sql-client.verbose":"true","table.dml-sync":"false"}}`
	if config != want {
		t.Errorf("settings %s", config)
	}
	if _, config := c.call("GET", two, ""); config != `{"properties":{"table.dml-sync":"false"}}` {
		t.Errorf("settings of the other session %s", config)
	}
	if code, body := c.fetch(c.submit(one, "SET 'no.such.key' = '1'"), "0", "JSON"); code != 500 || !strings.Contains(body, "no.such.key") {
		t.Errorf("%d %s", code, body)
	}
	for _, key := range []string{"weir.memory.size", "parallelism.default"} {
		if code, body := c.call("POST", "/sessions", `{"properties":{"`+key+`":"x"}}`); code != 400 || !strings.Contains(body, key) {
			t.Errorf("%s: %d %s", key, code, body)
		}
	}
}

func TestConfigureAndComplete(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(nil)
	for statement, want := range map[string]string{
		"CREATE TABLE my_table (a INT) WITH ('connector' = 'blackhole');": "{}",
		"SET 'parallelism.default' = '1'":                                 "{}",
		"SELECT 1":                                                        "Unsupported statement for configuring session",
		"DROP TABLE nothing":                                              "nothing",
	} {
		code, body := c.call("POST", s+"/configure-session", `{"statement":"`+statement+`"}`)
		if !strings.Contains(body, want) || code == 200 != (want == "{}") {
			t.Errorf("%s: %d %s", statement, code, body)
		}
	}
	if _, body := c.call("GET", s+"/complete-statement", `{"statement":"SELECT * FROM my","position":16}`); body != `{"candidates":["my_table"]}` {
		t.Errorf("candidates %s", body)
	}
	if code, _ := c.call("GET", strings.Replace(s, "v3", "v1", 1)+"/complete-statement", "{}"); code != 404 {
		t.Errorf("version 1 has no complete-statement: %d", code)
	}
}

func TestErrorsTellPlaceAndHint(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(nil)
	for _, e := range []struct{ sql, want string }{
		{"SELECT nme FROM (VALUES (1)) AS t(name)", `error[42703] column ` + "`nme`" + ` does not exist\n  --> <statement>:1:8\n   | SELECT nme FROM (VALUES (1)) AS t(name)\n   |        ^^^\nhint: did you mean ` + "`name`"},
		{"SELECT 1 / 0", "error[22012]"},
		{"SELECT 1; SELECT 2", "only single statement supported"},
		{"-- nothing", "there is no statement"},
		{"BEGIN STATEMENT SET; INSERT INTO x SELECT 1;", `Encountered \"<EOF>\"`},
		{"SELECT", `Encountered \"<EOF>\"`},
		{"END", "No Statement Set to submit"},
	} {
		o := c.submit(s, strings.ReplaceAll(e.sql, "\n", " "))
		for range 2 { // an error can be fetched again
			if code, body := c.fetch(o, "0", "JSON"); code != 500 || !strings.Contains(body, e.want) {
				t.Errorf("%s: %d %s", e.sql, code, body)
			}
		}
		var status struct{ Status string }
		if c.must("GET", o+"/status", "", &status); status.Status != "ERROR" {
			t.Errorf("%s: status %s", e.sql, status.Status)
		}
	}
}

func TestTokens(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(map[string]string{"weir.batch.rows": "100"})
	o := c.submit(s, "SELECT x FROM (VALUES (1), (2)) AS t(x)")
	first := c.page(o, "0")
	if again := c.page(o, "0"); fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("the last token again gives %v, not %v", again, first)
	}
	if code, body := c.fetch(o, "7", "JSON"); code != 400 || !strings.Contains(body, "Expecting token to be 1 or 0, but found 7.") {
		t.Errorf("%d %s", code, body)
	}
	token := 1
	for p := first; p.ResultType != "EOS"; token++ {
		p = c.page(o, fmt.Sprint(token))
	}
	if end := c.page(o, fmt.Sprint(token-1)); end.ResultType != "EOS" {
		t.Errorf("the end again gives %v", end)
	}
	if code, _ := c.fetch(o, "x", "JSON"); code != 400 {
		t.Errorf("token x: %d", code)
	}
	if code, _ := c.fetch(o, "0", "XML"); code != 400 {
		t.Errorf("row format XML: %d", code)
	}
	eventually(t, "the job to be forgotten", func() bool { return len(c.engine.Jobs().Jobs()) == 0 })
	if code, body := c.call("POST", o+"/cancel", ""); code != 409 || !strings.Contains(body, "from FINISHED to CANCELED") {
		t.Errorf("cancel of what is over: %d %s", code, body)
	}
	for range 2 {
		if code, body := c.call("DELETE", o+"/close", ""); code != 200 || body != `{"status":"CLOSED"}` {
			t.Errorf("close: %d %s", code, body)
		}
	}
	if code, body := c.call("GET", o+"/status", ""); code != 404 || !strings.Contains(body, "Can not find the submitted operation") {
		t.Errorf("%d %s", code, body)
	}
}

// TestRowsThatNobodyFetchesHoldTheJobBack reads two pages of an endless query; what
// is read is in order, and cancelling ends the job.
func TestRowsThatNobodyFetchesHoldTheJobBack(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(map[string]string{"execution.runtime-mode": "streaming", "parallelism.default": "1"})
	c.page(c.submit(s, endless), "0")
	o := c.submit(s, "SELECT a FROM endless")
	next, rows := 0, 0
	for token := 0; rows < 20_000; token++ {
		p := c.page(o, fmt.Sprint(token))
		if len(p.Results.Data) > pageRows {
			t.Fatalf("a page of %d rows", len(p.Results.Data))
		}
		for _, r := range p.Results.Data {
			if r.Fields[0] != float64(next) {
				t.Fatalf("row %v, want %d", r, next)
			}
			next++
		}
		rows += len(p.Results.Data)
	}
	var status struct{ Status string }
	if c.must("GET", o+"/status", "", &status); status.Status != "FINISHED" {
		t.Errorf("a query whose rows flow is %s", status.Status)
	}
	if c.must("POST", o+"/cancel", "", &status); status.Status != "CANCELED" {
		t.Errorf("cancel: %s", status.Status)
	}
	if n := len(c.engine.Jobs().Jobs()); n != 0 {
		t.Errorf("%d jobs after cancel", n)
	}
	if code, body := c.fetch(o, "3", "JSON"); code != 500 || !strings.Contains(body, "was cancelled") {
		t.Errorf("%d %s", code, body)
	}
}

func TestClosingEndsWhatRuns(t *testing.T) {
	c := newClient(t, Config{})
	setup := func() (session string) {
		s := c.open(map[string]string{"execution.runtime-mode": "streaming", "table.dml-sync": "true"})
		c.page(c.submit(s, endless), "0")
		c.page(c.submit(s, "CREATE TABLE sink (a BIGINT) WITH ('connector' = 'blackhole')"), "0")
		return s
	}
	s := setup()
	query, insert := c.submit(s, "SELECT a FROM endless"), c.submit(s, "INSERT INTO sink SELECT a FROM endless")
	behind := c.submit(s, "SHOW TABLES") // waits for the INSERT
	c.page(query, "0")
	eventually(t, "two jobs", func() bool { return len(c.engine.Jobs().Jobs()) == 2 })
	for o, want := range map[string]string{query: "FINISHED", insert: "RUNNING", behind: "RUNNING"} {
		var status struct{ Status string }
		if c.must("GET", o+"/status", "", &status); status.Status != want {
			t.Errorf("status %s, want %s", status.Status, want)
		}
	}
	if _, body := c.call("GET", insert+"/result/0", ""); !strings.Contains(body, `"NOT_READY"`) {
		t.Errorf("fetch of what executes: %s", body)
	}
	if code, body := c.call("POST", insert+"/cancel", ""); code != 200 {
		t.Errorf("cancel: %d %s", code, body)
	}
	c.page(behind, "0")
	c.submit(s, "INSERT INTO sink SELECT a FROM endless")
	if code, body := c.call("DELETE", s, ""); code != 200 || body != `{"status":"CLOSED"}` {
		t.Errorf("close: %d %s", code, body)
	}
	running := func() (n int) {
		for _, j := range c.engine.Jobs().Jobs() {
			if j.Status().Ended == 0 {
				n++
			}
		}
		return n
	}
	eventually(t, "no job", func() bool { return running() == 0 })

	// What was submitted without waiting for it is no operation of the session.
	s = setup()
	c.page(c.submit(s, "SET 'table.dml-sync' = 'false'"), "0")
	p := c.page(c.submit(s, "INSERT INTO sink SELECT a FROM endless"), "0")
	c.call("DELETE", s, "")
	j := c.engine.Jobs().Job(p.JobID)
	if j == nil || j.Status().Ended != 0 {
		t.Fatalf("job %s does not run on", p.JobID)
	}
	j.Cancel()
}

func TestIdleSessionsEnd(t *testing.T) {
	var mu sync.Mutex
	now := time.Unix(0, 0)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	c := newClient(t, Config{IdleTimeout: 10 * time.Minute, MaxSessions: 2, Clock: clock})
	kept, idle := c.open(nil), c.open(map[string]string{"execution.runtime-mode": "streaming"})
	c.page(c.submit(idle, endless), "0")
	c.page(c.submit(idle, "SELECT a FROM endless"), "0")
	if code, body := c.call("POST", "/sessions", ""); code != 503 || !strings.Contains(body, "there are 2 sessions already") {
		t.Errorf("a third session: %d %s", code, body)
	}
	pass(9 * time.Minute)
	c.must("POST", kept+"/heartbeat", "", &struct{}{})
	pass(2 * time.Minute)
	c.gateway.expire()
	if code, _ := c.call("GET", kept, ""); code != 200 {
		t.Error("a session with a heartbeat has timed out")
	}
	if code, _ := c.call("GET", idle, ""); code != 404 {
		t.Error("an idle session has not timed out")
	}
	eventually(t, "its job to end", func() bool { return len(c.engine.Jobs().Jobs()) == 0 })
	c.open(nil)
}

func TestStatementSetTakesDefinitions(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(map[string]string{"table.dml-sync": "true"})
	for _, sql := range []string{
		"BEGIN STATEMENT SET",
		"CREATE TABLE a WITH ('connector' = 'blackhole') AS SELECT 1 AS x",
		"CREATE TABLE b (x INT) WITH ('connector' = 'blackhole')",
		"INSERT INTO b VALUES (1)",
	} {
		if p := c.page(c.submit(s, sql), "0"); p.ResultKind != "SUCCESS" {
			t.Errorf("%s: %v", sql, p)
		}
	}
	if code, body := c.fetch(c.submit(s, "SELECT 1"), "0", "JSON"); code != 500 || !strings.Contains(body, "a job cannot have a SELECT of its own") {
		t.Errorf("%d %s", code, body)
	}
	if p := c.page(c.submit(s, "END;"), "0"); p.JobID == "" || p.IsQueryResult {
		t.Errorf("END: %v", p)
	}
}

func TestOptionsOfOneStatement(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(map[string]string{"pipeline.name": "before"})
	var o struct{ OperationHandle string }
	c.must("POST", s+"/statements", `{"statement":"SELECT 1","executionConfig":{"pipeline.name":"mine","parallelism.default":"1"}}`, &o)
	c.page(s+"/operations/"+o.OperationHandle, "0")
	if _, config := c.call("GET", s, ""); config != `{"properties":{"pipeline.name":"before","table.dml-sync":"false"}}` {
		t.Errorf("settings %s", config)
	}
	if code, body := c.call("POST", s+"/statements", `{"statement":"SELECT 1","executionTimeout":1}`); code != 501 || !strings.Contains(body, "executionTimeout") {
		t.Errorf("%d %s", code, body)
	}
}

// TestWideRowsMakeSmallPages fetches rows of 10,000 bytes.
func TestWideRowsMakeSmallPages(t *testing.T) {
	c := newClient(t, Config{})
	s := c.open(map[string]string{"parallelism.default": "1"})
	c.page(c.submit(s, strings.Replace(endless, "1000000000", "1999", 1)), "0")
	o := c.submit(s, "SELECT REPEAT('0123456789', 1000) AS x FROM endless")
	rows, pages := 0, 0
	for token := 0; ; token++ {
		p := c.page(o, fmt.Sprint(token))
		if p.ResultType == "EOS" {
			break
		}
		if n := len(p.Results.Data); n > 0 {
			rows, pages = rows+n, pages+1
		}
	}
	if rows != 2000 || pages < 5 {
		t.Errorf("%d rows in %d pages", rows, pages)
	}
}

func TestOptions(t *testing.T) {
	for _, want := range []struct {
		timeout, sessions string
		idle              time.Duration
		most              int
		fails             bool
	}{
		{"", "", 10 * time.Minute, 1_000_000, false},
		{"0 s", "5", -time.Second, 5, false},
		{"30 s", "0", 0, 0, true},
		{"soon", "5", 0, 0, true},
	} {
		v := option.Values{}
		if want.timeout != "" {
			v[OptIdleTimeout.Key], v[OptMaxSessions.Key] = want.timeout, want.sessions
		}
		var c Config
		if err := c.Configure(v); err != nil != want.fails || err == nil && (c.IdleTimeout != want.idle || c.MaxSessions != want.most) {
			t.Errorf("%v: %v, %v", want, c, err)
		}
	}
}

// TestManySessions runs statements of many sessions at a time.
func TestManySessions(t *testing.T) {
	c := newClient(t, Config{})
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			s := c.open(map[string]string{"parallelism.default": "1"})
			for _, sql := range []string{
				"CREATE TABLE t (a INT) WITH ('connector' = 'values', 'rows' = '1; 2; 3')",
				"CREATE TABLE sink (a INT) WITH ('connector' = 'blackhole')",
				"SET 'pipeline.name' = 'x'",
				"INSERT INTO sink SELECT a FROM t",
			} {
				c.page(c.submit(s, sql), "0")
			}
			o := c.submit(s, fmt.Sprintf("SELECT SUM(a) + %d FROM t", n))
			got := ""
			for token := 0; ; token++ {
				p := c.page(o, fmt.Sprint(token))
				if p.ResultType == "EOS" {
					break
				}
				for _, r := range p.Results.Data {
					got += fmt.Sprint(r.Fields[0])
				}
			}
			if want := fmt.Sprint(6 + n); got != want {
				t.Errorf("session %d: %s, want %s", n, got, want)
			}
			c.call("GET", s, "")
			if code, _ := c.call("DELETE", s, ""); code != 200 {
				t.Errorf("session %d: close %d", n, code)
			}
		})
	}
	all.Wait()
}
