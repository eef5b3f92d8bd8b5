package rest

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Metric is one of a list: its name, and its value where it was asked for by get.
type Metric struct {
	ID    string  `json:"id"`
	Value *string `json:"value,omitempty"`
}

func metricOf(name string, n int64) Metric {
	r := number(name, n)
	text := r.String()
	return Metric{name, &text}
}

// AggregatedMetric is a metric over several subtasks, jobs or task managers.
type AggregatedMetric struct {
	ID   string  `json:"id"`
	Min  *Double `json:"min,omitempty"`
	Max  *Double `json:"max,omitempty"`
	Avg  *Double `json:"avg,omitempty"`
	Sum  *Double `json:"sum,omitempty"`
	Skew *Double `json:"skew,omitempty"`
}

// The parameters of metrics.
var (
	getMetrics = parameter{name: "get", kind: "string", about: "names of metrics, separated by commas; without it all names are listed, without values"}
	aggregates = parameter{name: "agg", kind: "string", about: "what to make of the values: min, max, sum, avg, skew, separated by commas; without it all", form: choices("min", "max", "sum", "avg", "skew")}
)

// listed answers a list of metrics.
func listed(r *request, all []reading) []Metric {
	out := []Metric{}
	want := r.list(getMetrics.name)
	slices.SortStableFunc(all, func(a, b reading) int { return cmp.Compare(a.name, b.name) })
	for i := range all {
		m := &all[i]
		if want == nil {
			out = append(out, Metric{ID: m.name})
			continue
		}
		if slices.Contains(want, m.name) {
			text := m.String()
			out = append(out, Metric{m.name, &text})
		}
	}
	return out
}

// together answers metrics over several sets of readings.
func aggregate(r *request, sets [][]reading) []AggregatedMetric {
	want := r.list(getMetrics.name)
	values, names := map[string][]float64{}, []string{}
	for _, set := range sets {
		for i := range set {
			m := &set[i]
			if want != nil && (!slices.Contains(want, m.name) || !m.numeric()) {
				continue
			}
			if values[m.name] == nil {
				names = append(names, m.name)
			}
			values[m.name] = append(values[m.name], m.value)
		}
	}
	slices.Sort(names)
	out := []AggregatedMetric{}
	for _, n := range names {
		m := AggregatedMetric{ID: n}
		if want != nil {
			m.fill(values[n], r.list(aggregates.name))
		}
		out = append(out, m)
	}
	return out
}

func (m *AggregatedMetric) fill(values []float64, what []string) {
	least, most, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, x := range values {
		least, most, sum = min(least, x), max(most, x), sum+x
	}
	avg := sum / float64(len(values))
	for name, into := range map[string]struct {
		to *(*Double)
		x  float64
	}{"min": {&m.Min, least}, "max": {&m.Max, most}, "sum": {&m.Sum, sum}, "avg": {&m.Avg, avg}, "skew": {&m.Skew, skew(values, avg)}} {
		if what == nil || slices.Contains(what, name) {
			d := Double(into.x)
			*into.to = &d
		}
	}
}

// skew is how far values lie from their mean, as Flink has it: in percent of it.
func skew(values []float64, avg float64) float64 {
	if avg == 0 {
		return 0
	}
	far := 0.0
	for _, x := range values {
		far += math.Abs(x - avg)
	}
	return min(100, far/float64(len(values))/math.Abs(avg)*100)
}

func (s *Server) jobMetrics(r *request) ([]Metric, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return listed(r, v.jobReadings()), nil
}

var jobsFilter = parameter{name: "jobs", kind: "string", form: regexp.MustCompile(`^([0-9a-f]{32}(,[0-9a-f]{32})*)?$`), about: "ids of jobs, separated by commas; without it all"}

func (s *Server) jobsMetrics(r *request) ([]AggregatedMetric, error) {
	want := r.list(jobsFilter.name)
	var sets [][]reading
	for _, v := range s.all() {
		if want == nil || slices.Contains(want, v.status.ID) {
			sets = append(sets, v.jobReadings())
		}
	}
	return aggregate(r, sets), nil
}

func (s *Server) vertexMetrics(r *request) ([]Metric, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	var all []reading
	for _, t := range v.subtasks(x) {
		for _, m := range s.subtaskReadings(v, x, &t) {
			m.name = itoa(t.ID.Subtask) + "." + m.name
			all = append(all, m)
		}
	}
	return listed(r, all), nil
}

func (s *Server) subtaskMetrics(r *request) ([]Metric, error) {
	v, x, t, err := s.subtask(r)
	if err != nil {
		return nil, err
	}
	return listed(r, s.subtaskReadings(v, x, t)), nil
}

var subtasksFilter = parameter{name: "subtasks", kind: "string", form: regexp.MustCompile(`^([0-9]{1,9}(-[0-9]{1,9})?(,[0-9]{1,9}(-[0-9]{1,9})?)*)?$`), about: "which subtasks, such as 0,2-4; without it all"}

func (s *Server) subtasksMetrics(r *request) ([]AggregatedMetric, error) {
	v, x, err := s.vertex(r)
	if err != nil {
		return nil, err
	}
	want := ranges(r.list(subtasksFilter.name))
	var sets [][]reading
	for _, t := range v.subtasks(x) {
		if want(t.ID.Subtask) {
			sets = append(sets, s.subtaskReadings(v, x, &t))
		}
	}
	return aggregate(r, sets), nil
}

// ranges reads 0,2-4, which check has found to be of that form.
func ranges(parts []string) (has func(int) bool) {
	var all [][2]int
	for _, p := range parts {
		from, to, isRange := strings.Cut(p, "-")
		lo, _ := strconv.Atoi(from)
		hi := lo
		if isRange {
			hi, _ = strconv.Atoi(to)
		}
		all = append(all, [2]int{lo, hi})
	}
	return func(n int) bool {
		return all == nil || slices.ContainsFunc(all, func(r [2]int) bool { return r[0] <= n && n <= r[1] })
	}
}
