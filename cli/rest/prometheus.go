package rest

import (
	"bytes"
	"strings"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
)

// prometheusType is the media type of the text format.
const prometheusType = "text/plain; version=0.0.4; charset=utf-8"

// prometheus answers /metrics: the readings of REST under the names that Flink's
// Prometheus reporter gives them, scope before name.
func (s *Server) prometheus(*request) (any, error) {
	var e metric.Exposition
	add := func(scope string, r *reading, labels []metric.Label) {
		if r.numeric() {
			e.Add("flink_"+scope+"_"+r.name, r.name+" (scope: "+scope+")", r.value, labels)
		}
	}
	all := s.managerReadings()
	for i := range all {
		add("jobmanager", &all[i], []metric.Label{{Name: "host", Value: "localhost"}})
	}
	for _, w := range s.config.Jobs.Workers() {
		all := s.workerReadings(w)
		for i := range all {
			add("taskmanager", &all[i], []metric.Label{{Name: "host", Value: hostOf(endpoint(w))}, {Name: "tm_id", Value: w.ID}})
		}
	}
	for _, v := range s.all() {
		labels := []metric.Label{{Name: "host", Value: "localhost"}, {Name: "job_id", Value: v.status.ID}, {Name: "job_name", Value: v.status.Name}}
		all := v.jobReadings()
		for i := range all {
			add("jobmanager_job", &all[i], labels)
		}
		if v.over() {
			continue // its tasks are gone, and a page must not grow with what has been
		}
		for _, x := range v.graph.Vertices {
			for _, t := range v.subtasks(x) {
				s.exposeTask(v, x, &t, add)
			}
		}
	}
	var b bytes.Buffer
	err := e.Write(&b)
	return b.Bytes(), err
}

// splitOf is the split whose watermark a metric is.
func splitOf(name string) (split string, ok bool) {
	if rest, ok := strings.CutPrefix(name, "split."); ok {
		return strings.CutSuffix(rest, ".watermark.currentWatermark")
	}
	return "", false
}

func (s *Server) exposeTask(v *view, x *graph.Vertex, t *worker.TaskStatus, add func(string, *reading, []metric.Label)) {
	r := s.rates.of(t, v.now)
	labels := []metric.Label{
		{Name: "host", Value: hostOf(v.endpoint(t))},
		{Name: "tm_id", Value: v.taskManager(t)},
		{Name: "job_id", Value: v.status.ID},
		{Name: "job_name", Value: v.status.Name},
		{Name: "task_id", Value: vertexID(x.ID)},
		{Name: "task_name", Value: v.plan.vertices[x.ID]},
		{Name: "subtask_index", Value: itoa(t.ID.Subtask)},
		{Name: "task_attempt_num", Value: itoa(t.ID.Attempt)},
	}
	all := v.taskReadings(t, r)
	for i := range all {
		add("taskmanager_job_task", &all[i], labels)
	}
	for at := range t.Operators {
		mine := append(labels[:len(labels):len(labels)], metric.Label{Name: "operator_id", Value: vertexID(t.Operators[at].ID)}, metric.Label{Name: "operator_name", Value: v.plan.operators[x.ID][at]})
		all := operatorReadings(t, at, r)
		for i := range all {
			m, of := all[i], mine
			if split, ok := splitOf(m.name); ok { // a family a metric, not one a split
				m.name, of = "split.watermark.currentWatermark", append(mine[:len(mine):len(mine)], metric.Label{Name: "split", Value: split})
			}
			add("taskmanager_job_task_operator", &m, of)
		}
	}
}
