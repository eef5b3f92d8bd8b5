package metric

import (
	"math/bits"
	"sync/atomic"
)

// Histogram counts values in buckets that are at most an eighth wide: buckets
// of one below 16, then eight to each power of two. It is as large as the range
// of int64 needs and never grows.
type Histogram struct{ buckets [bucketOfMax + 1]atomic.Int64 }

const (
	eighths     = 3
	bucketOfMax = (63-eighths)<<eighths + 1<<eighths - 1
)

// Record counts a value; a negative one, of a clock that was set back, is 0.
func (h *Histogram) Record(x int64) { h.buckets[bucket(max(x, 0))].Add(1) }

// bucket is the number of a value's bucket.
func bucket(x int64) int {
	octave := bits.Len64(uint64(x)) - 1 - eighths
	if octave <= 0 {
		return int(x)
	}
	return octave<<eighths + int(x>>octave)
}

// upper is the greatest value of a bucket.
func upper(b int) int64 {
	octave := b>>eighths - 1
	if octave <= 0 {
		return int64(b)
	}
	return int64(b-octave<<eighths+1)<<octave - 1
}

// Quantile is a value that q of those recorded do not exceed, at most an eighth
// too high; 0 where there are none.
func (h *Histogram) Quantile(q float64) int64 {
	var counts [len(h.buckets)]int64
	total := int64(0)
	for i := range h.buckets {
		counts[i] = h.buckets[i].Load()
		total += counts[i]
	}
	if total == 0 {
		return 0
	}
	rank := max(int64(q*float64(total)+0.5), 1)
	for i, n := range counts {
		if rank -= n; rank <= 0 {
			return upper(i)
		}
	}
	return upper(len(counts) - 1)
}
