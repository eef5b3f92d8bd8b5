package rest

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var line = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (NaN|[+-]Inf|[-+0-9.e]+)$`)

// page is what a scrape gives: values by name and labels.
type page map[string]map[string]float64

// scrape reads a page as strictly as Prometheus does.
func (c *cluster) scrape() page {
	c.Helper()
	status, answer := c.ask("GET", "/metrics", "")
	if status != 200 {
		c.Fatal(status, string(answer))
	}
	out, typed := page{}, ""
	for _, l := range strings.Split(strings.TrimSuffix(string(answer), "\n"), "\n") {
		if name, ok := strings.CutPrefix(l, "# TYPE "); ok {
			typed = strings.TrimSuffix(name, " gauge")
			if out[typed] != nil {
				c.Fatalf("family %s twice", typed)
			}
			out[typed] = map[string]float64{}
			continue
		}
		if strings.HasPrefix(l, "# HELP ") {
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil || m[1] != typed {
			c.Fatalf("behind %s: %q", typed, l)
		}
		x, err := strconv.ParseFloat(m[4], 64)
		if err != nil {
			c.Fatal(err)
		}
		if _, twice := out[typed][m[3]]; twice {
			c.Fatalf("twice: %q", l)
		}
		out[typed][m[3]] = x
	}
	return out
}

// sum adds up the readings whose labels contain all of some texts.
func (p page) sum(name string, labels ...string) (sum float64, n int) {
	for l, x := range p[name] {
		all := true
		for _, want := range labels {
			all = all && strings.Contains(l, want)
		}
		if all {
			sum, n = sum+x, n+1
		}
	}
	return sum, n
}

func TestPrometheus(t *testing.T) {
	c := newCluster(t, nil)
	j := c.running()
	c.server.rates.take(c.server)
	c.eventually("rows at the sink", func() bool {
		n, _ := c.scrape().sum("flink_taskmanager_job_task_operator_numRecordsIn", `operator_name="b[7]: Writer"`)
		return n > 0
	})
	p := c.scrape()
	id := `job_id="` + j.ID() + `",job_name="sample"`
	for name, want := range map[string]struct{ readings, least float64 }{
		"flink_jobmanager_numRunningJobs":                     {1, 1},
		"flink_jobmanager_taskSlotsTotal":                     {1, 16},
		"flink_jobmanager_job_lastCheckpointDuration":         {1, 0},
		"flink_jobmanager_job_lastCheckpointSize":             {1, 1},
		"flink_jobmanager_job_numberOfCompletedCheckpoints":   {1, 2},
		"flink_jobmanager_job_numRestarts":                    {1, 0},
		"flink_jobmanager_job_uptime":                         {1, 0},
		"flink_taskmanager_job_task_numRecordsIn":             {4, 1},
		"flink_taskmanager_job_task_numRecordsOut":            {4, 1},
		"flink_taskmanager_job_task_numBytesOut":              {4, 1},
		"flink_taskmanager_job_task_numRecordsInPerSecond":    {4, 0},
		"flink_taskmanager_job_task_accumulateIdleTimeMs":     {4, 1},
		"flink_taskmanager_job_task_isBackPressured":          {4, 0},
		"flink_taskmanager_Status_JVM_Memory_Heap_Used":       {1, 1 << 20},
		"flink_taskmanager_Status_Flink_Memory_Managed_Total": {1, 1 << 20},
	} {
		sum, n := p.sum(name)
		if float64(n) != want.readings || sum < want.least {
			t.Errorf("%s: %d readings, %g in all", name, n, sum)
		}
		if strings.HasPrefix(name, "flink_taskmanager_job_") {
			if _, mine := p.sum(name, id, `tm_id="local"`, `task_name="Source: g[1] -> `, `subtask_index="1"`); mine != 1 {
				t.Errorf("%s lacks labels: %v", name, p[name])
			}
		}
	}
	// Rows that one vertex sends, the other receives; times are of one second.
	out, _ := p.sum("flink_taskmanager_job_task_numRecordsOut", `task_name="Source`)
	if _, n := p.sum("flink_taskmanager_job_task_operator_currentOutputWatermark", `operator_name="WatermarkAssigner[`); out == 0 || n != 2 {
		t.Errorf("%g rows sent, %d watermarks", out, n)
	}
	if _, n := p.sum("flink_taskmanager_job_task_operator_split_watermark_currentWatermark", `split="`); n != 2 {
		t.Errorf("%d splits", n)
	}
	c.eventually("rates", func() bool {
		p := c.scrape()
		for i := range 2 {
			one := `subtask_index="` + itoa(i) + `"`
			busy, _ := p.sum("flink_taskmanager_job_task_busyTimeMsPerSecond", one, "Source")
			idle, _ := p.sum("flink_taskmanager_job_task_idleTimeMsPerSecond", one, "Source")
			held, _ := p.sum("flink_taskmanager_job_task_backPressuredTimeMsPerSecond", one, "Source")
			if all := busy + idle + held; all < 990 || all > 1010 || idle == 0 {
				return false
			}
		}
		n, _ := p.sum("flink_taskmanager_job_task_operator_numRecordsOutPerSecond", `operator_name="Source`)
		return n > 0
	})
	j.Cancel()
	<-j.Done()
	if _, n := c.scrape().sum("flink_taskmanager_job_task_numRecordsIn"); n != 0 {
		t.Errorf("%d tasks of a job that is over", n)
	}
}
