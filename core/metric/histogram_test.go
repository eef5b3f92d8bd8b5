package metric

import (
	"math"
	"testing"
)

func TestBuckets(t *testing.T) {
	last := -1
	for x := int64(0); x >= 0 && x < math.MaxInt64/2; x += x/64 + 1 {
		b := bucket(x)
		if b != last && b != last+1 {
			t.Fatalf("%d lies in bucket %d behind %d", x, b, last)
		}
		if last = b; upper(b) < x || upper(b) > x+x/8 {
			t.Fatalf("bucket %d of %d ends at %d", b, x, upper(b))
		}
	}
	if b := bucket(math.MaxInt64); b != bucketOfMax || upper(b) != math.MaxInt64 {
		t.Errorf("the greatest value lies in bucket %d, which ends at %d", b, upper(b))
	}
}

func TestQuantile(t *testing.T) {
	h := &Histogram{}
	if h.Quantile(0.5) != 0 {
		t.Error("nothing recorded, but a quantile")
	}
	for x := range int64(1000) {
		h.Record(x + 1)
	}
	h.Record(-5)
	for _, c := range []struct {
		q         float64
		low, high int64
	}{{0, 0, 0}, {0.5, 500, 563}, {0.99, 990, 1114}, {1, 1000, 1125}} {
		if got := h.Quantile(c.q); got < c.low || got > c.high {
			t.Errorf("quantile %g is %d, want %d to %d", c.q, got, c.low, c.high)
		}
	}
}
