package lsm

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestSortedDesk puts down keys that share long beginnings, that are beginnings
// of each other, and that end in zeros.
func TestSortedDesk(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 200 {
		d := &desk{}
		seen := map[string]bool{}
		for range r.IntN(2000) {
			key := bytes.Repeat([]byte{byte(r.IntN(2))}, r.IntN(20))
			for range r.IntN(12) {
				key = append(key, byte(r.IntN(1+round))*byte(r.IntN(2)))
			}
			if seen[string(key)] {
				continue
			}
			seen[string(key)] = true
			if !d.fits(len(key) + 1) {
				d.enlarge(len(key) + 1)
			}
			d.add(false, key, [][]byte{{byte(len(key))}})
		}
		rows := d.sorted()
		if len(rows) != len(seen) {
			t.Fatalf("%d rows of %d keys", len(rows), len(seen))
		}
		for i := range rows {
			key := d.keyOf(&rows[i])
			if i > 0 && bytes.Compare(d.keyOf(&rows[i-1]), key) >= 0 {
				t.Fatalf("round %d: %x stands before %x", round, d.keyOf(&rows[i-1]), key)
			}
			if !seen[string(key)] || d.valueOf(&rows[i])[0] != byte(len(key)) {
				t.Fatalf("round %d: %x has lost its value", round, key)
			}
		}
	}
}
