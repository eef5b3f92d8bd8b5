package gateway

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	answer = regexp.MustCompile(`(?s)^\{"resultType":"(PAYLOAD|EOS)",(.*),"results":\{"columns":(\[.*?\]),"rowFormat":"[A-Z_]+","data":\[(.*)\]\}(?:,"nextResultUri":"(.*)")?\}$`)
	jobID  = regexp.MustCompile(`"[0-9a-f]{32}"`)
)

// TestAnswersAsFlink runs recorded statements and compares every byte of the
// answers, whose pages may be cut elsewhere.
func TestAnswersAsFlink(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := newClient(t, Config{})
			session := c.open(map[string]string{
				"execution.runtime-mode": "batch", "table.local-time-zone": "UTC", "parallelism.default": "1", "weir.batch.rows": "1",
				"jobmanager.rpc.address": "localhost",
			})
			for _, want := range strings.Split(string(text), "\n### ")[1:] {
				want = strings.TrimSpace(want)
				sql := want[:strings.Index(want, "\nM ")]
				if got := c.transcript(session, sql); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
}

// transcript is a statement and its answer, as recorded.
func (c *client) transcript(session, sql string) string {
	operation := c.submit(session, sql)
	var meta, columns string
	data := map[string]string{}
	for uri := operation + "/result/0?rowFormat=JSON"; uri != ""; {
		for _, format := range []string{"JSON", "PLAIN_TEXT"} { // the second repeats the token
			token := strings.TrimPrefix(uri[:strings.Index(uri, "?")], operation+"/result/")
			code, text := c.fetch(operation, token, format)
			m := answer.FindStringSubmatch(text)
			if m == nil {
				return sql + "\n" + text
			}
			if code != 200 || m[1] == "EOS" != (m[5] == "") {
				c.t.Errorf("%s: status %d, %s", sql, code, text)
			}
			if m[4] != "" && data[format] != "" {
				data[format] += ","
			}
			data[format] += m[4]
			if format == "PLAIN_TEXT" {
				uri = strings.Replace(m[5], "PLAIN_TEXT", "JSON", 1)
				meta, columns = m[2], m[3]
			}
		}
	}
	out := sql + "\nM {" + meta + "}\nC " + columns + "\nJ [" + data["JSON"] + "]\nP [" + data["PLAIN_TEXT"] + "]"
	return jobID.ReplaceAllString(out, `"JOB"`)
}
