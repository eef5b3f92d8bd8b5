package lsm_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/weir-engine/weir/state/keyed"
)

// BenchmarkFlush writes two checkpoints in turn, each of all rows: of two int64 as
// key, as an operator on a stream encodes them.
func BenchmarkFlush(b *testing.B) {
	const rows, width = 400_000, 96
	backend, _ := open(b, 1<<30)
	s := values(b, backend, width)
	var batches []*keyed.Keys
	for i := range rows {
		if i%8192 == 0 {
			batches = append(batches, &keyed.Keys{})
		}
		key := append([]byte{1}, binary.BigEndian.AppendUint64(nil, uint64(i/3)|1<<63)...)
		key = append(append(key, 1), binary.BigEndian.AppendUint64(nil, uint64(i*7919%rows)|1<<63)...)
		hash, _ := keyOf(i)
		batches[len(batches)-1].Append(hash, key)
	}
	row := make([]byte, width)
	for i := range row {
		row[i] = byte(i * i % 23)
	}
	b.SetBytes(rows * (18 + width))
	b.ResetTimer()
	for n := range b.N {
		b.StopTimer()
		for _, k := range batches {
			r := keyed.Rows{Width: width}
			for i := range k.N() {
				binary.LittleEndian.PutUint64(row, uint64(n+i))
				r.Append(row)
			}
			if err := s.Put(k, nil, &r); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		up, err := backend.Snapshot(int64(n + 1))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := up.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
		backend.Completed(int64(n + 1))
	}
	b.ReportMetric(float64(backend.Stats().CheckpointBytes)/float64(b.N)/rows, "stored-B/row")
}
