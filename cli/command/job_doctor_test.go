package command

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// patient is a cluster that answers as it is told, by path.
func patient(t *testing.T, answers map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if r.URL.RawQuery != "" {
			path += "?"
		}
		a, ok := answers[path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			a = fmt.Sprintf(`{"errors":["Not found: %s"]}`, path)
		}
		_, _ = w.Write([]byte(a))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// ill is a job with a source of two splits, a slow join and a sink.
func ill(change map[string]string) map[string]string {
	const at = "/jobs/00000000000000000000000000000001"
	out := map[string]string{
		"/jobs/overview": `{"jobs":[{"jid":"00000000000000000000000000000001","name":"ill","state":"RUNNING","start-time":1000,"end-time":-1}]}`,
		at: `{"jid":"00000000000000000000000000000001","name":"ill","state":"RUNNING","job-type":"STREAMING","now":1000000,
 "vertices":[{"id":"a","name":"Source: s"},{"id":"b","name":"Join"},{"id":"c","name":"Sink"}],
 "plan":{"nodes":[{"id":"c","inputs":[{"id":"b"}]},{"id":"b","inputs":[{"id":"a"}]},{"id":"a"}]}}`,
		at + "/exceptions":              `{"exceptionHistory":{"entries":[],"truncated":false}}`,
		at + "/checkpoints":             `{"counts":{"completed":3,"total":3},"latest":{"completed":{"id":3,"external_path":"file:/x","end_to_end_duration":20,"state_size":2048}},"history":[{"id":3,"status":"COMPLETED"}]}`,
		at + "/checkpoints/config":      `{"interval":1000}`,
		at + "/vertices/a/metrics":      `[{"id":"0.Source.split.p-0.watermark.currentWatermark"},{"id":"1.Source.split.p-1.watermark.currentWatermark"},{"id":"0.numRecordsIn"},{"id":"0.Source.currentOutputWatermark"}]`,
		at + "/vertices/a/metrics?":     `[{"id":"0.Source.split.p-0.watermark.currentWatermark","value":"999000"},{"id":"1.Source.split.p-1.watermark.currentWatermark","value":"998000"}]`,
		at + "/vertices/a/backpressure": `{"subtasks":[{"ratio":0.0,"busyRatio":0.2},{"ratio":0.02,"busyRatio":0.1}]}`,
		at + "/vertices/b/backpressure": `{"subtasks":[{"ratio":0.0,"busyRatio":0.5}]}`,
		at + "/vertices/c/backpressure": `{"subtasks":[{"ratio":0.0,"busyRatio":0.3}]}`,
	}
	for k, v := range change {
		out[at+k] = v
	}
	return out
}

func TestDoctor(t *testing.T) {
	for _, x := range []struct {
		change map[string]string
		says   string
	}{
		{nil, "ok  backpressure  none; the busiest vertex, 50 % of its time, is Join"},
		{nil, "2.0 s behind the clock, held by split p-1 (subtask 1) of Source: s; split p-0 (subtask 0) is 1.0 s ahead"},
		{nil, "ok  checkpoints   3 completed, 0 failed; the last took 20 ms and has 2.0 KiB of state"},
		{
			map[string]string{"/vertices/a/metrics?": `[{"id":"0.Source.split.p-0.watermark.currentWatermark","value":"999000"},{"id":"1.Source.split.p-1.watermark.currentWatermark","value":"-9223372036854775808"}]`},
			"warning  watermark     stands still: split p-1 (subtask 1) of Source: s has brought no row yet",
		},
		{ // an idle split holds nothing back
			map[string]string{"/vertices/a/metrics?": `[{"id":"0.Source.split.p-0.watermark.currentWatermark","value":"999000"},{"id":"1.Source.split.p-1.watermark.currentWatermark","value":"9223372036854775807"}]`},
			"held by split p-0 (subtask 0) of Source: s",
		},
		{
			map[string]string{"/vertices/a/metrics?": `[{"id":"0.Source.split.p-0.watermark.currentWatermark","value":"999000"},{"id":"1.Source.split.p-1.watermark.currentWatermark","value":"99000"}]`},
			"warning  watermark ",
		},
		{
			map[string]string{"/vertices/a/backpressure": `{"subtasks":[{"ratio":0.9,"busyRatio":0.1},{"ratio":0.2,"busyRatio":0.8}]}`, "/vertices/b/backpressure": `{"subtasks":[{"ratio":0.0,"busyRatio":0.97}]}`},
			"warning  backpressure  Source: s is held back 90 % of its time; it waits for Join, which is busy 97 %",
		},
		{ // the join is held back as well: it is the sink
			map[string]string{"/vertices/a/backpressure": `{"subtasks":[{"ratio":0.4,"busyRatio":0.1}]}`, "/vertices/b/backpressure": `{"subtasks":[{"ratio":0.3,"busyRatio":0.7}]}`, "/vertices/c/backpressure": `{"subtasks":[{"ratio":0,"busyRatio":0.65}]}`},
			"note  backpressure  Source: s is held back 40 % of its time; it waits for Sink, which is busy 65 %",
		},
		{
			map[string]string{"/checkpoints": `{"counts":{"completed":3,"failed":2,"total":5},"latest":{"failed":{"id":5,"failure_message":"no answer","num_subtasks":4,"num_acknowledged_subtasks":3}},"history":[{"id":5,"status":"FAILED"}]}`},
			"warning  checkpoints   the last one failed, 2 of 5 in all: no answer, 3 of 4 subtasks had answered",
		},
		{
			map[string]string{"/checkpoints": `{"counts":{"total":1},"latest":{},"history":[{"id":1,"status":"IN_PROGRESS","end_to_end_duration":5000,"num_subtasks":4,"num_acknowledged_subtasks":1}]}`},
			"warning  checkpoints   1 is under way for 5.0 s, and one is due every 1.0 s; 1 of 4 subtasks have answered",
		},
		{map[string]string{"/checkpoints/config": `{"interval":9223372036854775807}`}, "warning  checkpoints   none are taken"},
		{
			map[string]string{"/exceptions": `{"exceptionHistory":{"entries":[{"stacktrace":"division by zero\n\tat","timestamp":5000,"taskName":"Join (1/2)"}],"truncated":true}}`},
			"in Join (1/2): division by zero",
		},
	} {
		url := patient(t, ill(x.change))
		code, out, stderr := weir("", "job", "doctor", "ill", "--target", url)
		if code != 0 || !strings.Contains(squeezed(out), squeezed(x.says)) {
			t.Errorf("exit %d %s\n%s\nlacks %s", code, stderr, out, x.says)
		}
	}
}

// squeezed is a table without its widths.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestJobIsFound(t *testing.T) {
	jobs := ""
	for i, name := range []string{"one", "two", "two", "ab"} {
		jobs += fmt.Sprintf(`,{"jid":"%dabc%028d","name":"%s"}`, i/3, i, name)
	}
	url := patient(t, map[string]string{"/jobs/overview": `{"jobs":[` + jobs[1:] + `]}`})
	for name, says := range map[string]string{"two": "may be one of 2 jobs", "0abc": "may be one of 3 jobs", "three": "no job 'three'", "": "may be one of 4 jobs", "1": "Not found", "ab": "Not found", "one": "Not found"} {
		code, out, stderr := weir("", "job", "show", name, "--target", url)
		if code != 1 || out != "" || !strings.Contains(stderr, says) {
			t.Errorf("%q: exit %d %s%s", name, code, out, stderr)
		}
	}
}
