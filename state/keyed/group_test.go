package keyed_test

import (
	"testing"

	"github.com/weir-engine/weir/state/keyed"
)

// Key groups are in the names and sections of what is stored (docs/format/rows.md).
func TestGroupsAreTheFormats(t *testing.T) {
	for _, c := range []struct {
		hash uint64
		max  int
		want int
	}{
		{0, 128, 0},
		{0xc42ccb5866d2f692, 128, 98},
		{0xffff_ffff_ffff_ffff, 128, 127},
		{0xffff_0000_0000_0000, 32768, 32767},
		{0x0000_ffff_ffff_ffff, 32768, 0},
	} {
		if got := keyed.GroupOf(c.hash, c.max); got != c.want {
			t.Errorf("group of %#x among %d: %d, want %d", c.hash, c.max, got, c.want)
		}
	}
}

func TestRangesPartTheGroups(t *testing.T) {
	for _, maxParallelism := range []int{1, 7, 128} {
		for p := 1; p <= maxParallelism; p++ {
			next := 0
			for s := range p {
				r := keyed.RangeOf(s, p, maxParallelism)
				if r.From != next || r.To <= r.From {
					t.Fatalf("subtask %d of %d, %d groups: %v does not follow %d", s, p, maxParallelism, r, next)
				}
				for g := r.From; g < r.To; g++ {
					if keyed.SubtaskOf(g, p, maxParallelism) != s {
						t.Fatalf("group %d of %d belongs to subtask %d, not %d of %d", g, maxParallelism, keyed.SubtaskOf(g, p, maxParallelism), s, p)
					}
				}
				next = r.To
			}
			if next != maxParallelism {
				t.Fatalf("%d subtasks have %d of %d groups", p, next, maxParallelism)
			}
		}
	}
}
