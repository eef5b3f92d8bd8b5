package nexmark

import "github.com/weir-engine/weir/exec/job"

// addMetrics sums what the tasks counted.
func (l *Line) addMetrics(st *job.Status) {
	for _, t := range st.Tasks {
		l.StateBytes += t.Keyed.Bytes
		l.EvictedBytes += t.Keyed.EvictedBytes
		l.CheckpointBytes += t.Keyed.CheckpointBytes
		for _, op := range t.Operators {
			if op.Name != "Sink" {
				continue
			}
			for _, s := range op.Samples {
				switch s.Name {
				case "numRecordsIn":
					l.RowsOut += s.Value
				case "latency.p50":
					l.P50 = max(l.P50, float64(s.Value)/1000)
				case "latency.p99":
					l.P99 = max(l.P99, float64(s.Value)/1000)
				}
			}
		}
	}
}
