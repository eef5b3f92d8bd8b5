package nexmark

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/io/connector"
)

// blockEvents is the run of consecutive events that lies in one split: splits
// take turns, so that readers stay together in event time.
const blockEvents = 1000

type source struct {
	config  *config
	columns []int
	need    need
	splits  int
}

// Enumerate deals out splits.
func (s *source) Enumerate(_ context.Context, restored []byte) (connector.Enumerator, error) {
	e := &enumerator{splits: s.splits}
	if restored != nil {
		if err := json.Unmarshal(restored, &e.state); err != nil {
			return nil, fmt.Errorf("nexmark: read enumerator state: %w", err)
		}
	}
	return e, nil
}

// Open makes a reader.
func (s *source) Open(_ context.Context, rc connector.ReaderContext) (connector.Reader, error) {
	return newReader(s.config, s.columns, s.need, rc.BatchRows), nil
}

// position is a split's state: of Of splits it has the blocks whose number is
// Split modulo Of, and Next is the next event to make.
type position struct {
	Split int   `json:"split"`
	Of    int   `json:"of"`
	Next  int64 `json:"next"`
}

func (p position) split() connector.Split {
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // three numbers always marshal
	}
	return connector.Split{ID: fmt.Sprintf("%d/%d", p.Split, p.Of), Data: data}
}

// after is the event of this split that follows event n.
func (p position) after(n int64) int64 {
	if (n+1)%blockEvents != 0 {
		return n + 1
	}
	return n + 1 + int64(p.Of-1)*blockEvents
}

// enumerator deals the splits, each whole, the first time it is asked.
type enumerator struct {
	splits int
	state  struct {
		Dealt bool              `json:"dealt"`
		Left  []connector.Split `json:"left,omitempty"`
	}
}

func (e *enumerator) Assign(_ context.Context, _, parallelism int) ([]connector.Split, bool, error) {
	if !e.state.Dealt {
		e.state.Dealt = true
		of := e.splits
		if of == 0 {
			of = parallelism
		}
		for i := range of {
			e.state.Left = append(e.state.Left, position{Split: i, Of: of, Next: int64(i) * blockEvents}.split())
		}
	}
	if len(e.state.Left) == 0 {
		return nil, true, nil
	}
	// The first to ask must not take everything: a share each.
	share := max(1, e.splits/max(1, parallelism))
	share = min(share, len(e.state.Left))
	out := e.state.Left[:share]
	e.state.Left = e.state.Left[share:]
	return out, false, nil
}

func (e *enumerator) Wake() <-chan struct{} { return nil }

func (e *enumerator) AddSplitsBack(splits []connector.Split) {
	e.state.Left = append(e.state.Left, splits...)
}

func (e *enumerator) Snapshot() ([]byte, error) { return json.Marshal(e.state) }

func (e *enumerator) Close() error { return nil }
