package lsm_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/state/keyed"
)

// TestDeletedRowsLeaveMemory: keys that come and go must not pile up, and what was
// deleted must stay so below.
func TestDeletedRowsLeaveMemory(t *testing.T) {
	b, _ := open(t, 64<<20)
	s := values(t, b, 16)
	r := rand.New(rand.NewPCG(1, 2))
	const n = 1000
	for round := range 10 {
		ids := make([]int, n)
		var keys keyed.Keys
		var absent keyed.Rows
		for i := range ids {
			ids[i] = round*n + i
			if round > 0 {
				keys.Append(keyOf(ids[i] - n)) // of the round before
				absent.AppendAbsent()
			}
		}
		put(t, s, r, 16, ids)
		if round > 0 {
			if err := s.Put(&keys, nil, &absent); err != nil {
				t.Fatal(err)
			}
		}
		up, err := b.Snapshot(int64(round + 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := up.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		b.Completed(int64(round + 1))
		if round > 0 {
			got := keyed.Rows{Width: 16}
			if err := s.Get(&keys, &got); err != nil {
				t.Fatal(err)
			}
			for i, has := range got.Has {
				if has {
					t.Fatalf("round %d: row %d is back", round, i)
				}
			}
		}
	}
	put(t, s, r, 16, []int{0}) // what is durable is forgotten, and Stats counted, with a change
	put(t, s, r, 16, []int{0})
	if rows := b.Stats().Rows; rows > n+1 {
		t.Errorf("%d rows are in memory, %d live", rows, n+1)
	}
}
