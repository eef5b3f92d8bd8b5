package rest

import (
	"math"
	"slices"

	"github.com/weir-engine/weir/exec/worker"
)

// IOMetrics is what went over the edges of a vertex or a subtask. What weir
// measures is complete: there is no reporter that could be late.
type IOMetrics struct {
	ReadBytes            int64  `json:"read-bytes"`
	ReadBytesComplete    bool   `json:"read-bytes-complete"`
	WriteBytes           int64  `json:"write-bytes"`
	WriteBytesComplete   bool   `json:"write-bytes-complete"`
	ReadRecords          int64  `json:"read-records"`
	ReadRecordsComplete  bool   `json:"read-records-complete"`
	WriteRecords         int64  `json:"write-records"`
	WriteRecordsComplete bool   `json:"write-records-complete"`
	BackPressured        int64  `json:"accumulated-backpressured-time"`
	Idle                 int64  `json:"accumulated-idle-time"`
	Busy                 Double `json:"accumulated-busy-time"`
}

func ioMetrics(tasks []worker.TaskStatus) IOMetrics {
	out := IOMetrics{ReadBytesComplete: true, WriteBytesComplete: true, ReadRecordsComplete: true, WriteRecordsComplete: true}
	for _, t := range tasks {
		out.ReadBytes += t.IO.BytesIn
		out.WriteBytes += t.IO.BytesOut
		out.ReadRecords += t.IO.RowsIn
		out.WriteRecords += t.IO.RowsOut
		out.BackPressured += t.Times.BackPressured.Milliseconds()
		out.Idle += t.Times.Idle.Milliseconds()
		out.Busy += Double(t.Times.Busy.Milliseconds())
	}
	return out
}

// Aggregated sums up the subtasks of a vertex.
type Aggregated struct {
	Metrics  AggregatedIO      `json:"metrics"`
	Duration map[string]Spread `json:"status-duration"`
}

// AggregatedIO is the spread of each number of IOMetrics.
type AggregatedIO struct {
	ReadBytes     Spread `json:"read-bytes"`
	WriteBytes    Spread `json:"write-bytes"`
	ReadRecords   Spread `json:"read-records"`
	WriteRecords  Spread `json:"write-records"`
	BackPressured Spread `json:"accumulated-backpressured-time"`
	Idle          Spread `json:"accumulated-idle-time"`
	Busy          Spread `json:"accumulated-busy-time"`
}

// Spread is how a number differs between subtasks.
type Spread struct {
	Min    int64 `json:"min"`
	Max    int64 `json:"max"`
	Avg    int64 `json:"avg"`
	Sum    int64 `json:"sum"`
	Median int64 `json:"median"`
	P25    int64 `json:"p25"`
	P75    int64 `json:"p75"`
	P95    int64 `json:"p95"`
}

func spread(values []int64) (s Spread) {
	if len(values) == 0 {
		return s
	}
	v := slices.Sorted(slices.Values(values))
	for _, x := range v {
		s.Sum += x
	}
	s.Min, s.Max, s.Avg = v[0], v[len(v)-1], s.Sum/int64(len(v))
	s.Median = int64(quantile(v, 0.5))
	s.P25, s.P75, s.P95 = int64(quantile(v, 0.25)), int64(quantile(v, 0.75)), int64(quantile(v, 0.95))
	return s
}

// quantile estimates one of sorted values as Flink does: at q·(n+1), between neighbours.
func quantile(sorted []int64, q float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	at := q * float64(n+1)
	switch i := int(at); {
	case i < 1:
		return float64(sorted[0])
	case i >= n:
		return float64(sorted[n-1])
	default:
		below, above := float64(sorted[i-1]), float64(sorted[i])
		return below + (at-float64(i))*(above-below)
	}
}

func (v *view) aggregated(tasks []worker.TaskStatus) Aggregated {
	of := func(f func(m IOMetrics) int64) Spread {
		var values []int64
		for i := range tasks {
			values = append(values, f(ioMetrics(tasks[i:i+1])))
		}
		return spread(values)
	}
	out := Aggregated{Duration: map[string]Spread{}, Metrics: AggregatedIO{
		ReadBytes: of(func(m IOMetrics) int64 { return m.ReadBytes }), WriteBytes: of(func(m IOMetrics) int64 { return m.WriteBytes }),
		ReadRecords: of(func(m IOMetrics) int64 { return m.ReadRecords }), WriteRecords: of(func(m IOMetrics) int64 { return m.WriteRecords }),
		BackPressured: of(func(m IOMetrics) int64 { return m.BackPressured }), Idle: of(func(m IOMetrics) int64 { return m.Idle }),
		Busy: of(func(m IOMetrics) int64 { return int64(m.Busy) }),
	}}
	values := map[string][]int64{}
	for i := range tasks {
		for state, d := range v.durations(&tasks[i]) {
			values[state] = append(values[state], d)
		}
	}
	for state, list := range values {
		out.Duration[state] = spread(list)
	}
	return out
}

// stamps are when a task entered Flink's states; 0: it has not. A task is created
// and scheduled when its attempt begins, which is when the job entered it.
func (v *view) stamps(t *worker.TaskStatus) map[string]int64 {
	out := map[string]int64{}
	for _, s := range taskStates {
		out[s] = 0
	}
	out["CREATED"] = v.status.Started
	out["SCHEDULED"], out["DEPLOYING"], out["INITIALIZING"], out["RUNNING"] = t.Stamps.Deployed, t.Stamps.Deployed, t.Stamps.Opening, t.Stamps.Running
	if t.Stamps.Ended > 0 {
		out[taskState(t)] = t.Stamps.Ended
	}
	return out
}

// durations is how long a task has been in the states on its way.
func (v *view) durations(t *worker.TaskStatus) map[string]int64 {
	at := v.stamps(t)
	order := []string{"CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING"}
	end := v.now
	if t.Stamps.Ended > 0 {
		end = t.Stamps.Ended
	}
	out := map[string]int64{}
	for i, s := range order {
		if at[s] == 0 {
			out[s] = -1
			continue
		}
		next := end
		for _, later := range order[i+1:] {
			if at[later] > 0 {
				next = at[later]
				break
			}
		}
		out[s] = max(0, next-at[s])
	}
	return out
}
