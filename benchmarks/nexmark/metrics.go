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
				if s.Name == "numRecordsIn" {
					l.RowsOut += s.Value
				}
			}
		}
	}
}
